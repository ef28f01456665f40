//! Columns of numbers: energy, intensity, perhaps σ and more.
//!
//! What the energies are is taken from a header that names them (`Binding Energy`, `B.E.`, `KE`) or from the user; it is
//! never guessed from the numbers. The unit of the intensities is arbitrary unless the header names it.

use doublet_common::container::Content;
use doublet_common::error::Location;
use doublet_common::format::Confidence;
use doublet_common::text::table::{Dialect, Table, read_table};
use ndarray::Array1;

use crate::error::Result;
use crate::region::{Column, EnergyScale, IntensityUnit, RawSpectrum};

/// Short name of the format.
pub const NAME: &str = "columns";

/// Text with rows of numbers can be this.
pub fn sniff(content: &Content) -> Confidence {
    let rows = content.text().ok().and_then(|text| Dialect::of(&text.content)).map_or(0, |(_, rows)| rows);
    if rows >= 2 { Confidence::Possible } else { Confidence::No }
}

/// Reads the table of a text file as one spectrum.
///
/// # Errors
/// As [`read_table`].
pub fn read(content: &Content) -> Result<Vec<RawSpectrum>> {
    let table = read_table(content.shown_name(), content.text()?)?;
    let stem = content.file_name().split('.').next().unwrap_or("").to_owned();
    Ok(vec![spectrum(table, stem)])
}

fn spectrum(table: Table, label: String) -> RawSpectrum {
    let labels = table.labels.unwrap_or_default();
    let name = |i: usize| labels.get(i).map(String::as_str);
    let mut columns = table.columns.into_iter();
    let energies = columns.next().unwrap_or_default();
    let intensities = columns.next().unwrap_or_default();
    let unit = name(1).map_or(IntensityUnit::Arbitrary, intensity_unit);
    let mut raw = RawSpectrum::new(label, energies, name(0).and_then(energy_scale), intensities, unit);
    raw.place = table.lines.first().map_or(Location::Whole, |line| Location::Line(*line));
    raw.warnings = table.warnings;
    raw.metadata = table.remarks.into_iter().map(|remark| ("comment".to_owned(), remark.text)).collect();
    for (i, values) in columns.enumerate() {
        let label = name(i + 2).map_or_else(|| format!("column {}", i + 3), str::to_owned);
        let lower = label.to_lowercase();
        let positive = values.iter().all(|value| *value > 0.0);
        if raw.sigmas.is_none() && positive && (lower.starts_with("sigma") || lower == "σ" || lower.contains("error"))
        {
            raw.sigmas = Some(values);
        } else {
            raw.columns.push(Column { label, unit: String::new(), values: Array1::from(values) });
        }
    }
    raw
}

/// What a heading says of the energies below it.
pub(super) fn energy_scale(heading: &str) -> Option<EnergyScale> {
    let word = |wanted: &str| heading.split(|c: char| !c.is_alphanumeric() && c != '.').any(|part| part == wanted);
    let lower = heading.to_lowercase();
    let binding = lower.contains("binding") || word("BE") || word("B.E.");
    let kinetic = lower.contains("kinetic") || word("KE") || word("K.E.");
    match (binding, kinetic) {
        (true, false) => Some(EnergyScale::Binding),
        (false, true) => Some(EnergyScale::Kinetic),
        _ => None,
    }
}

/// What a heading says of the intensities below it.
pub(super) fn intensity_unit(heading: &str) -> IntensityUnit {
    let lower = heading.to_lowercase().replace(' ', "");
    if ["cps", "counts/s", "count/s", "counts_per_s", "countspers", "c/s"].iter().any(|word| lower.contains(word)) {
        IntensityUnit::CountsPerSecond
    } else if lower.contains("count") {
        IntensityUnit::Counts
    } else {
        IntensityUnit::Arbitrary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read_content;
    use crate::region::{ReadOptions, Region};

    fn read_text(text: &str, options: &ReadOptions) -> Result<Vec<Region>> {
        read_content(&Content::from_bytes("scan.txt", text.as_bytes().to_vec()).unwrap(), options)
    }

    #[test]
    fn headings_declare_the_axis() {
        for (heading, scale) in [
            ("Binding Energy (eV)", Some(EnergyScale::Binding)),
            ("B.E.", Some(EnergyScale::Binding)),
            ("KE/eV", Some(EnergyScale::Kinetic)),
            ("Energy", None),
            ("MAKE", None),
        ] {
            assert_eq!(energy_scale(heading), scale, "{heading}");
        }
        assert_eq!(intensity_unit("Counts / s"), IntensityUnit::CountsPerSecond);
        assert_eq!(intensity_unit("Counts"), IntensityUnit::Counts);
        assert_eq!(intensity_unit("Intensity"), IntensityUnit::Arbitrary);
    }

    #[test]
    fn the_axis_is_declared_or_refused() {
        let rows = "290,0;100,5\n289,9;110\n289,8;120\n";
        let text = read_text(rows, &ReadOptions::default()).unwrap_err().to_string();
        assert!(text.contains("scan.txt") && text.contains("--axis"), "{text}");
        let binding = ReadOptions { axis: Some(EnergyScale::Binding), photon_energy_ev: None };
        let region = &read_text(rows, &binding).unwrap()[0];
        assert_eq!(region.energy_ev(), [289.8, 289.9, 290.0]);
        assert_eq!(region.intensity(), [120.0, 110.0, 100.5]);
        let named = format!("Binding Energy;Counts\n{rows}");
        let region = &read_text(&named, &ReadOptions::default()).unwrap()[0];
        assert_eq!((region.energy_scale, region.unit), (EnergyScale::Binding, IntensityUnit::Counts));
    }

    #[test]
    fn kinetic_energies_with_photon_energy() {
        let options = ReadOptions { axis: Some(EnergyScale::Kinetic), photon_energy_ev: Some(1486.6) };
        let region = &read_text("1200 5\n1201 6\n1202 7\n", &options).unwrap()[0];
        assert!((region.energy_ev()[0] - 284.6).abs() < 1e-9);
        assert_eq!(region.intensity()[0], 7.0);
    }
}
