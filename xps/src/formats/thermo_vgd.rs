//! Thermo Scientific Avantage data files (`.vgd`): OLE2 containers, read by their own property dictionary.
//!
//! Streams: `VGData` holds little-endian doubles, energy fastest; `VGDataAxes` how many indices each data axis has;
//! `VGSpaceAxes` the physical axes; a property set the instrument's settings by number and name. Kinetic energies are on
//! the Fermi-referenced scale: the work function in the file is kept as metadata and not subtracted. The numbers are
//! counts after the instrument's own corrections (detector signature, transmission), counts = cps × dwell × scans.
//! The layout was established on K-Alpha files of Avantage 6.9 and on public descriptions of the streams.

use doublet_common::binary::Binary;
use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};
use doublet_common::format::Confidence;
use doublet_common::ole::{OleFile, PropertySet, PropertyValue, is_ole, property_sets};

use crate::error::Result;
use crate::region::{EnergyScale, IntensityUnit, Photons, RawSpectrum, StatedBy, Transmission};

mod axes;

use axes::Axes;

/// Short name of the format.
pub const NAME: &str = "thermo-vgd";

/// Stream with the intensities.
const DATA: &str = "VGData";
/// Stream with the instrument's properties; the name encodes the identifier of the property set.
const PROPERTIES: &str = "\u{5}Q5nw4m3lIjudbfwyAayojlptCa";
/// Stream with title and subject ([MS-OLEPS] 2.25.1).
const SUMMARY: &str = "\u{5}SummaryInformation";
const SUMMARY_TITLE: u32 = 2;
const SUMMARY_SUBJECT: u32 = 3;

/// Most spectra that one file may hold (an image of 256 × 256 points).
const MAX_SPECTRA: usize = 65_536;
/// Most coefficients of the transmission function.
const MAX_COEFFICIENTS: usize = 64;

/// Numbers of the properties, as the dictionary in the files names them.
mod id {
    pub(super) const TECHNIQUE: u32 = 4;
    pub(super) const SOURCE_ENERGY: u32 = 105;
    pub(super) const DWELL_TIME: u32 = 305;
    pub(super) const SCANS: u32 = 306;
    pub(super) const CURRENT_SCAN: u32 = 328;
    pub(super) const PASS_ENERGY: u32 = 404;
    pub(super) const WORK_FUNCTION: u32 = 406;
    pub(super) const TRANSMISSION_COEFFICIENTS: u32 = 413;
    pub(super) const TRANSMISSION_APPLIED: u32 = 415;
    pub(super) const FIRST_TRANSMISSION_COEFFICIENT: u32 = 100_000;
}

/// Value of the technique property for ion scattering, where the source energy is no photon energy.
const ION_SCATTERING: f64 = 6.0;

/// A compound file with a stream of this format.
pub fn sniff(content: &Content) -> Confidence {
    // Stream names stand in the directory as UTF-16.
    let name: Vec<u8> = "VGSpaceAxes".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let found = is_ole(content.bytes()) && content.bytes().windows(name.len()).any(|window| window == name);
    if found { Confidence::Certain } else { Confidence::No }
}

/// Reads every spectrum of a file: one, or one for each position, level or time.
///
/// # Errors
/// A damaged container or stream (with its byte), no energy axis, or a number of values that the axes contradict.
pub fn read(content: &Content) -> Result<Vec<RawSpectrum>> {
    let file = content.shown_name();
    let mut ole = OleFile::open(file, content.bytes())?;
    let space = ole.read("VGSpaceAxes")?;
    let index = ole.read("VGDataAxes")?;
    let axes = Axes::read(
        Binary::part(file, "stream \"VGSpaceAxes\"", &space),
        Binary::part(file, "stream \"VGDataAxes\"", &index),
    )?;
    let energy = axes.energy(content)?;
    let data = ole.read(DATA)?;
    let spectra = axes.spectra();
    if spectra > MAX_SPECTRA {
        let expected = format!("at most {MAX_SPECTRA}");
        return Err(content
            .error(Location::Part("stream \"VGDataAxes\"".into()), format!("{spectra} spectra"), expected)
            .into());
    }
    let values = values(file, &data, energy.points * spectra)?;
    let settings = Settings::read(content, &mut ole)?;
    Ok(values
        .chunks_exact(energy.points)
        .enumerate()
        .map(|(i, counts)| settings.spectrum(energy.values(), counts, &axes.labels(i)))
        .collect())
}

fn values(file: &str, bytes: &[u8], expected: usize) -> std::result::Result<Vec<f64>, FileError> {
    let binary = Binary::part(file, "stream \"VGData\"", bytes);
    if bytes.len() != expected.saturating_mul(8) {
        let found = format!("{} bytes", bytes.len());
        return Err(binary.error(0, found, format!("{expected} doubles, as the axes say")));
    }
    binary.f64s_at(0, expected)
}

/// What the property sets say.
struct Settings {
    title: String,
    sample: Option<String>,
    properties: PropertySet,
}

impl Settings {
    fn read(content: &Content, ole: &mut OleFile) -> std::result::Result<Self, FileError> {
        let mut set = |stream: &str| -> std::result::Result<PropertySet, FileError> {
            if !ole.has_stream(stream) {
                return Ok(PropertySet::default());
            }
            let sets = property_sets(content.shown_name(), stream, &ole.read(stream)?)?;
            Ok(sets.into_iter().next().unwrap_or_default())
        };
        let summary = set(SUMMARY)?;
        let text = |id: u32| match summary.get(id) {
            Some(PropertyValue::Text(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        };
        let stem = content.file_name().rsplit_once('.').map_or(content.file_name(), |(stem, _)| stem);
        Ok(Self {
            title: text(SUMMARY_TITLE).unwrap_or_else(|| stem.to_owned()),
            sample: text(SUMMARY_SUBJECT),
            properties: set(PROPERTIES)?,
        })
    }

    fn number(&self, id: u32) -> Option<f64> {
        self.properties.get(id).and_then(PropertyValue::as_f64).filter(|n| n.is_finite())
    }

    fn positive(&self, id: u32) -> Option<f64> {
        self.number(id).filter(|n| *n > 0.0)
    }

    fn spectrum(&self, energies: Vec<f64>, counts: &[f64], labels: &[(String, String)]) -> RawSpectrum {
        let place = labels.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ");
        let unit = IntensityUnit::Counts;
        let mut raw = RawSpectrum::new(self.title.clone(), energies, Some(EnergyScale::Kinetic), counts.to_vec(), unit);
        raw.place = Location::Part(format!("stream \"VGData\"{}{place}", if place.is_empty() { "" } else { ", " }));
        raw.block = place;
        raw.sample.clone_from(&self.sample);
        let ions = self.number(id::TECHNIQUE) == Some(ION_SCATTERING);
        raw.technique = Some(if ions { "ISS" } else { "XPS" }.into());
        raw.photons = self.positive(id::SOURCE_ENERGY).filter(|_| !ions).map(|energy_ev| Photons {
            energy_ev,
            label: None,
            stated_by: StatedBy::File,
        });
        raw.dwell_time_s = self.positive(id::DWELL_TIME);
        raw.scans = self.scans(&mut raw.warnings);
        raw.pass_energy_ev = self.positive(id::PASS_ENERGY);
        raw.work_function_ev = self.number(id::WORK_FUNCTION);
        raw.transmission = self.transmission();
        if let Some(Transmission { applied: Some(true), .. }) = raw.transmission {
            raw.warnings
                .push("the instrument has divided the counts by its transmission function before storing them".into());
        }
        raw.metadata = self.metadata();
        raw.metadata.extend(labels.iter().cloned());
        raw
    }

    /// Scans that were finished, which an aborted measurement has fewer of than were asked for.
    fn scans(&self, warnings: &mut Vec<String>) -> Option<f64> {
        let asked = self.positive(id::SCANS);
        let done = self.positive(id::CURRENT_SCAN);
        match (asked, done) {
            (Some(asked), Some(done)) if done < asked => {
                warnings.push(format!("{done} of {asked} scans were finished; the counts are those of {done}"));
                Some(done)
            }
            (Some(asked), _) => Some(asked),
            (None, done) => done,
        }
    }

    fn transmission(&self) -> Option<Transmission> {
        let n = self.positive(id::TRANSMISSION_COEFFICIENTS).map_or(0, |n| n as usize).min(MAX_COEFFICIENTS) as u32;
        let coefficients: Vec<f64> =
            (0..n).filter_map(|i| self.number(id::FIRST_TRANSMISSION_COEFFICIENT + i)).collect();
        let applied = match self.properties.get(id::TRANSMISSION_APPLIED) {
            Some(PropertyValue::Boolean(applied)) => Some(*applied),
            _ => None,
        };
        (applied.is_some() || !coefficients.is_empty()).then_some(Transmission { values: None, coefficients, applied })
    }

    /// Every property under its name in the dictionary, in file order; those without a name or a plain value left out.
    fn metadata(&self) -> Vec<(String, String)> {
        let plain = |value: &PropertyValue| !matches!(value, PropertyValue::Other(_) | PropertyValue::Identifier(_));
        self.properties
            .properties
            .iter()
            .filter(|property| plain(&property.value))
            .filter_map(|property| Some((property.name.clone()?, property.value.to_string())))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read_content;
    use crate::region::ReadOptions;
    use std::io::{Cursor, Write};

    /// A container as the instrument writes it, with two spectra at two etch times and no properties.
    pub(super) fn container(values: &[f64]) -> Vec<u8> {
        let space_axis = |points: u32, start: f64, step: f64, kind: u32| {
            let mut axis = Vec::new();
            for _ in 0..3 {
                axis.extend(2_u32.to_le_bytes());
                axis.extend([0, 0]);
            }
            axis.extend(points.to_le_bytes());
            axis.extend(start.to_le_bytes());
            axis.extend(step.to_le_bytes());
            axis.push(1);
            axis.extend(kind.to_le_bytes());
            axis
        };
        let words = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        let mut space = words(&[0x2_0000, 2]);
        space.extend(space_axis(3, 1000.0, 0.5, 1));
        space.extend(space_axis(2, 0.0, 30.0, 8));
        let index = words(&[0x2_0000, 2, 0, 2, 1, 0, 0, 1, 1, 0]);
        let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        for (name, bytes) in [("VGData", data), ("VGSpaceAxes", space), ("VGDataAxes", index)] {
            file.create_stream(name).unwrap().write_all(&bytes).unwrap();
        }
        file.flush().unwrap();
        file.into_inner().into_inner()
    }

    #[test]
    fn two_levels_are_two_spectra() {
        let bytes = container(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let content = Content::from_bytes("a.vgd", bytes).unwrap();
        assert_eq!(sniff(&content), Confidence::Certain);
        let regions = read_content(&content, &ReadOptions::default()).unwrap();
        assert_eq!(regions.len(), 2);
        assert_eq!(regions[1].intensity(), [4.0, 5.0, 6.0]);
        assert_eq!(regions[1].energy_ev(), [1000.0, 1000.5, 1001.0]);
        assert_eq!(regions[1].energy_scale, EnergyScale::Kinetic);
        assert_eq!(regions[1].block, "etch time 30 s");
    }

    #[test]
    fn values_that_the_axes_contradict_are_refused() {
        let content = Content::from_bytes("a.vgd", container(&[1.0, 2.0, 3.0, 4.0, 5.0])).unwrap();
        let text = read(&content).unwrap_err().to_string();
        assert!(text.contains("found 40 bytes, expected 6 doubles"), "{text}");
    }
}
