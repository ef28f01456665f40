//! Spreadsheets that Thermo Scientific Avantage exports (`.xls`, `.xlsx`): spectra, fitted curves, peak table.
//!
//! Headings are in the language of the program, so that the reader keys on what is not translated: a cell `Elements=`
//! beside the number of points, a row that begins with `eV` under the headings, `BE`, `FWHM` and `CPS` in the head of the
//! peak table. Words of several languages only help to tell background, envelope and residual apart; a curve with another
//! heading is a component.

use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::ole::is_ole;
use doublet_common::spreadsheet::{Cell, Sheet, is_spreadsheet_container, read_spreadsheet};

use super::columns::intensity_unit;
use crate::error::Result;
use crate::foreign_fit::{CurveKind, ForeignCurve, ForeignFit, ForeignPeak};
use crate::region::{EnergyScale, IntensityUnit, RawSpectrum};

mod peak_table;

/// Short name of the format.
pub const NAME: &str = "avantage-sheets";

/// Cell beside the number of points of an axis.
const ELEMENTS: &str = "Elements=";
/// Unit of the energy axis, first cell of the row above the points.
const ENERGY_UNIT: &str = "eV";
/// Rows in which the head of a sheet must end.
const MAX_HEAD_ROWS: u32 = 200;

/// Words for binding and kinetic energy, background, envelope and residual in the program's languages.
const BINDING: [&str; 7] = ["binding", "bindungs", "liaison", "结合能", "結合", "束縛", "enlace"];
const KINETIC: [&str; 6] = ["kinetic", "kinetische", "cinétique", "动能", "運動", "cinética"];
const BACKGROUND: [&str; 8] =
    ["backgnd", "background", "背底", "背景", "untergrund", "fond", "バックグラウンド", "fondo"];
const ENVELOPE: [&str; 6] = ["envelope", "包络", "包絡", "hüllkurve", "enveloppe", "envolvente"];
const RESIDUAL: [&str; 4] = ["resid", "残差", "residuum", "résid"];

/// A spreadsheet with the axis mark of this format.
pub fn sniff(content: &Content) -> Confidence {
    let bytes = content.bytes();
    if !is_spreadsheet_container(bytes) {
        return Confidence::No;
    }
    if is_ole(bytes) {
        let stream: Vec<u8> = "Workbook".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let has = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
        let wide: Vec<u8> = ELEMENTS.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = has(ELEMENTS.as_bytes()) || has(&wide);
        return if !has(&stream) {
            Confidence::No
        } else if marked {
            Confidence::Certain
        } else {
            Confidence::Possible
        };
    }
    // The texts of a compressed workbook are not looked at here; its directory names are.
    let has = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
    if has(b"xl/workbook.xml") { Confidence::Likely } else { Confidence::No }
}

/// Reads every spectrum of a workbook, with the rows of its peak table that belong to it.
///
/// # Errors
/// A damaged workbook, no sheet with a spectrum, or a number of points that is not the declared one (with sheet and cell).
pub fn read(content: &Content) -> Result<Vec<RawSpectrum>> {
    let sheets = read_spreadsheet(content.shown_name(), content.bytes())?;
    let mut spectra = Vec::new();
    for sheet in &sheets {
        spectra.extend(spectrum(content, sheet)?);
    }
    if spectra.is_empty() {
        let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
        let found = format!("sheets {}", names.join(", "));
        let expected = format!("a sheet with a cell \"{ELEMENTS}\" and a row that begins with \"{ENERGY_UNIT}\"");
        return Err(content.error(Location::Whole, found, expected).into());
    }
    for sheet in &sheets {
        for peak in peak_table::read(sheet) {
            assign(&mut spectra, peak);
        }
    }
    Ok(spectra)
}

/// The spectrum of a sheet; none if it holds none.
fn spectrum(content: &Content, sheet: &Sheet) -> std::result::Result<Option<RawSpectrum>, FileError> {
    let Some((elements_row, declared)) = energy_elements(sheet) else { return Ok(None) };
    let Some(units_row) = units_row(sheet, elements_row) else { return Ok(None) };
    let energies = energies(content, sheet, units_row, declared)?;
    let columns = curve_columns(sheet, units_row);
    // The measured intensities stand under no heading, or under the first where all have one.
    let measured = columns.iter().find(|(_, heading)| heading.is_empty()).or(columns.first());
    let Some((measured, _)) = measured else { return Ok(None) };
    let points = energies.len() as u32;
    let mut intensities = Vec::with_capacity(energies.len());
    for row in units_row + 1..=units_row + points {
        intensities.push(sheet.cell(row, *measured).and_then(Cell::number).ok_or_else(|| {
            let found = sheet.cell(row, *measured).map_or("nothing".to_owned(), |cell| format!("\"{cell}\""));
            content.error(sheet.place(row, *measured), found, "an intensity")
        })?);
    }
    let unit = sheet.cell(units_row, *measured).map_or(IntensityUnit::Arbitrary, |cell| intensity_unit(cell.text()));
    let scale = scale(sheet.cell(units_row.saturating_sub(1), 0).map_or("", Cell::text));
    let mut raw = RawSpectrum::new(sheet.name.clone(), energies, scale, intensities, unit);
    raw.place = sheet.place(units_row + 1, 0);
    raw.block.clone_from(&sheet.name);
    raw.technique = Some("XPS".into());
    raw.metadata = head(sheet, elements_row, units_row);
    let mut fit = ForeignFit { program: "Avantage".into(), ..ForeignFit::default() };
    for (column, heading) in columns.iter().filter(|(column, _)| column != measured) {
        fit.curves.push(curve(sheet, *column, heading, units_row, points));
    }
    raw.analysis = Some(fit);
    Ok(Some(raw))
}

/// Row of the energy axis's `Elements=`, and the number beside it.
fn energy_elements(sheet: &Sheet) -> Option<(u32, usize)> {
    sheet.rows.range(..MAX_HEAD_ROWS).find_map(|(row, cells)| {
        let (column, _) = cells.iter().find(|(_, cell)| cell.text() == ELEMENTS)?;
        let count = cells.get(&(column + 1)).and_then(Cell::number)?;
        (count >= 1.0 && count.fract() == 0.0).then_some((*row, count as usize))
    })
}

fn units_row(sheet: &Sheet, after: u32) -> Option<u32> {
    let begins = |cells: &std::collections::BTreeMap<u32, Cell>| cells.get(&0).is_some_and(|c| c.text() == ENERGY_UNIT);
    sheet.rows.range(after + 1..MAX_HEAD_ROWS).find(|(_, cells)| begins(cells)).map(|(row, _)| *row)
}

/// Energies below the unit; as many as declared.
fn energies(
    content: &Content,
    sheet: &Sheet,
    units_row: u32,
    declared: usize,
) -> std::result::Result<Vec<f64>, FileError> {
    let mut energies = Vec::new();
    for (expected, (row, cells)) in (units_row + 1..).zip(sheet.rows.range(units_row + 1..)) {
        match cells.get(&0).and_then(Cell::number) {
            Some(energy) if *row == expected => energies.push(energy),
            _ => break,
        }
    }
    if energies.len() != declared {
        let found = format!("{} energies", energies.len());
        let end = sheet.place(units_row + energies.len() as u32 + 1, 0);
        return Err(content.error(end, found, format!("{declared}, as the cell beside \"{ELEMENTS}\" says")));
    }
    Ok(energies)
}

/// Columns with a unit, other than the energy, each with the heading above.
fn curve_columns(sheet: &Sheet, units_row: u32) -> Vec<(u32, String)> {
    let units = sheet.rows.get(&units_row).into_iter().flatten();
    units
        .filter(|(column, cell)| **column > 0 && !cell.text().is_empty())
        .map(|(column, _)| {
            let heading = units_row.checked_sub(1).and_then(|row| sheet.cell(row, *column)).map(Cell::to_string);
            (*column, heading.unwrap_or_default())
        })
        .collect()
}

fn contains_any(text: &str, words: &[&str]) -> bool {
    let lower = text.to_lowercase();
    words.iter().any(|word| lower.contains(word))
}

fn scale(heading: &str) -> Option<EnergyScale> {
    match (contains_any(heading, &BINDING), contains_any(heading, &KINETIC)) {
        (true, false) => Some(EnergyScale::Binding),
        (false, true) => Some(EnergyScale::Kinetic),
        _ => None,
    }
}

fn curve(sheet: &Sheet, column: u32, heading: &str, units_row: u32, points: u32) -> ForeignCurve {
    let kind = if contains_any(heading, &BACKGROUND) {
        CurveKind::Background
    } else if contains_any(heading, &ENVELOPE) {
        CurveKind::Envelope
    } else if contains_any(heading, &RESIDUAL) {
        CurveKind::Residual
    } else {
        CurveKind::Component
    };
    // Outside the range of a background the program writes zeros.
    let written = |value: &f64| kind != CurveKind::Background || *value != 0.0;
    let values = (units_row + 1..=units_row + points)
        .map(|row| sheet.cell(row, column).and_then(Cell::number).filter(written))
        .collect();
    ForeignCurve { name: heading.to_owned(), kind, values }
}

/// What stands above the points and is neither axis nor heading.
fn head(sheet: &Sheet, elements_row: u32, units_row: u32) -> Vec<(String, String)> {
    sheet
        .rows
        .range(..units_row.saturating_sub(1))
        .filter(|(row, _)| **row != elements_row)
        .map(|(_, cells)| ("header".to_owned(), cells.values().map(Cell::to_string).collect::<Vec<_>>().join(" | ")))
        .collect()
}

/// Gives a row of the peak table to the spectrum whose title it states, else to the one of the same core level.
fn assign(spectra: &mut [RawSpectrum], peak: ForeignPeak) {
    let titled = spectra.iter().position(|raw| peak.cells.iter().any(|(_, cell)| cell.trim() == raw.label));
    let level = crate::core_level::core_level_in(&peak.name);
    let found = titled.or_else(|| {
        level.and_then(|l| {
            spectra.iter().position(|raw| crate::core_level::core_level_in(&raw.label).as_ref() == Some(&l))
        })
    });
    match found {
        Some(i) => {
            let spectrum = spectra[i].label.clone();
            if let Some(fit) = &mut spectra[i].analysis {
                fit.peaks.push(ForeignPeak { spectrum: Some(spectrum), ..peak });
            }
        }
        None => {
            let warning = format!("peak \"{}\" of the peak table belongs to no spectrum of the file", peak.name);
            spectra.iter_mut().take(1).for_each(|raw| raw.warnings.push(warning.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Cell {
        text.parse().map_or_else(|_| Cell::Text(text.into()), Cell::Number)
    }

    fn sheet(name: &str, rows: &[(u32, &[(u32, &str)])]) -> Sheet {
        let rows = rows
            .iter()
            .map(|(row, cells)| (*row, cells.iter().map(|(column, text)| (*column, cell(text))).collect()))
            .collect();
        Sheet { name: name.into(), rows }
    }

    fn content() -> Content {
        Content::from_bytes("a.xls", vec![0]).unwrap()
    }

    fn c1s(declared: &str) -> Sheet {
        sheet(
            "C1s Scan",
            &[
                (6, &[(0, "Achse"), (1, "Energie"), (2, ELEMENTS), (3, declared)]),
                (14, &[(0, "Bindungsenergie (E)"), (4, "Untergrund"), (5, "C1s A"), (6, "Hüllkurve")]),
                (15, &[(0, "eV"), (2, "Counts / s"), (4, "Counts / s"), (5, "Counts / s"), (6, "Counts / s")]),
                (16, &[(0, "290"), (2, "10"), (4, "0"), (5, "9"), (6, "9")]),
                (17, &[(0, "289.9"), (2, "12"), (4, "8"), (5, "11"), (6, "11.5")]),
            ],
        )
    }

    #[test]
    fn curves_are_told_apart_in_another_language() {
        let raw = spectrum(&content(), &c1s("2")).unwrap().unwrap();
        assert_eq!((raw.energy_scale, raw.stored_unit), (Some(EnergyScale::Binding), IntensityUnit::CountsPerSecond));
        assert_eq!(raw.intensities, [10.0, 12.0]);
        let curves = &raw.analysis.as_ref().unwrap().curves;
        assert_eq!(
            curves.iter().map(|c| c.kind).collect::<Vec<_>>(),
            [CurveKind::Background, CurveKind::Component, CurveKind::Envelope]
        );
        assert_eq!(curves[0].values, [None, Some(8.0)]);
    }

    #[test]
    fn a_wrong_number_of_points_names_the_cell() {
        let text = spectrum(&content(), &c1s("3")).unwrap_err().to_string();
        assert!(text.contains("sheet \"C1s Scan\", cell A19: found 2 energies, expected 3"), "{text}");
    }

    #[test]
    fn other_sheets_hold_no_spectrum() {
        assert!(spectrum(&content(), &sheet("Titles", &[(0, &[(0, "16:27")])])).unwrap().is_none());
    }
}
