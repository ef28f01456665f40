//! X-rays of a laboratory tube: emission lines with wavelength and relative intensity.
//!
//! Wavelengths: NIST SRD 128 (Deslattes et al., Rev. Mod. Phys. 75 (2003) 35), direct measurements.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::scan::Scan;

/// Anode material of the tube.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Anode {
    /// Chromium.
    Cr,
    /// Iron.
    Fe,
    /// Cobalt.
    Co,
    /// Copper.
    Cu,
    /// Molybdenum.
    Mo,
    /// Silver.
    Ag,
}

/// Who stated the wavelengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WavelengthSource {
    /// The measurement file.
    File,
    /// The recipe or the command line.
    Recipe,
    /// The instrument file.
    Instrument,
}

/// One emission line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EmissionLine {
    /// `Kα1`, `Kα2`, ….
    pub label: String,
    /// Wavelength.
    pub wavelength_angstrom: f64,
    /// Integrated intensity relative to the first line.
    pub relative_intensity: f64,
}

/// The radiation of one scan. The first line is the one to which positions refer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Radiation {
    /// Anode, where known; it chooses f′ and f″.
    pub anode: Option<Anode>,
    /// Emission lines, reference line first.
    pub lines: Vec<EmissionLine>,
    /// Who stated the wavelengths.
    pub source: WavelengthSource,
    /// Bragg angle 2θ of a diffracted-beam or incident-beam monochromator, 0 without one: enters the polarisation factor.
    pub monochromator_two_theta_deg: f64,
}

impl Anode {
    /// Every anode.
    pub const ALL: [Self; 6] = [Self::Cr, Self::Fe, Self::Co, Self::Cu, Self::Mo, Self::Ag];

    /// Kβ1,3 wavelength in Å: that of Kβ1 in *International Tables* C (2004), section 4.2.2, as other programs carry it.
    pub fn k_beta_angstrom(self) -> f64 {
        match self {
            Self::Cr => 2.0848810,
            Self::Fe => 1.7566040,
            Self::Co => 1.6208260,
            Self::Cu => 1.3922340,
            Self::Mo => 0.632303,
            Self::Ag => 0.4970817,
        }
    }

    /// Kα1 and Kα2 wavelengths in Å, NIST SRD 128.
    pub fn k_alpha_angstrom(self) -> (f64, f64) {
        match self {
            Self::Cr => (2.2897260, 2.2936510),
            Self::Fe => (1.9360410, 1.9399730),
            Self::Co => (1.7889960, 1.7928350),
            Self::Cu => (1.5405929, 1.5444274),
            Self::Mo => (0.70931715, 0.713607),
            Self::Ag => (0.55942178, 0.5638131),
        }
    }
}

impl std::str::FromStr for Anode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|anode| format!("{anode:?}").eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| format!("anode \"{text}\", expected one of Cr, Fe, Co, Cu, Mo, Ag"))
    }
}

impl EmissionLine {
    /// Whether this is `other` to the digits that tables differ in.
    fn is(&self, other: &Self) -> bool {
        /// Editions of wavelength tables differ by less, relatively.
        const SAME_WAVELENGTH: f64 = 1e-4;
        /// Nominal and stated intensity ratios differ by less.
        const SAME_RATIO: f64 = 0.05;
        (self.wavelength_angstrom / other.wavelength_angstrom - 1.0).abs() < SAME_WAVELENGTH
            && (self.relative_intensity - other.relative_intensity).abs() < SAME_RATIO
    }
}

impl Radiation {
    /// Nominal integrated intensity ratio Kα2/Kα1.
    pub const K_ALPHA_RATIO: f64 = 0.5;

    /// Wavelengths in Å that a diffraction experiment can have, cold neutrons included.
    pub const WAVELENGTHS_ANGSTROM: RangeInclusive<f64> = 0.1..=10.0;

    /// Intensities relative to the reference line that another line can have; a weaker one is none.
    pub const RELATIVE_INTENSITIES: RangeInclusive<f64> = 1e-3..=1.0;

    /// Kα1 + Kα2 of a tube, tabulated wavelengths, nominal ratio, no monochromator.
    pub fn k_alpha(anode: Anode) -> Self {
        let (alpha1, alpha2) = anode.k_alpha_angstrom();
        Self::from_k_alpha(Some(anode), alpha1, alpha2, Self::K_ALPHA_RATIO, WavelengthSource::Recipe)
    }

    /// Kα1 + Kα2 of stated wavelengths and ratio; a ratio of zero leaves Kα1 alone.
    pub fn from_k_alpha(
        anode: Option<Anode>,
        alpha1_angstrom: f64,
        alpha2_angstrom: f64,
        ratio: f64,
        source: WavelengthSource,
    ) -> Self {
        let line = |label: &str, wavelength_angstrom, relative_intensity| EmissionLine {
            label: label.into(),
            wavelength_angstrom,
            relative_intensity,
        };
        let mut lines = vec![line("Kα1", alpha1_angstrom, 1.0)];
        if ratio > 0.0 {
            lines.push(line("Kα2", alpha2_angstrom, ratio));
        }
        Self { anode, lines, source, monochromator_two_theta_deg: 0.0 }
    }

    /// One strictly monochromatic line.
    pub fn monochromatic(wavelength_angstrom: f64, source: WavelengthSource) -> Self {
        Self {
            anode: None,
            lines: vec![EmissionLine { label: "λ".into(), wavelength_angstrom, relative_intensity: 1.0 }],
            source,
            monochromator_two_theta_deg: 0.0,
        }
    }

    /// What of it an experiment can have, by [`Radiation::WAVELENGTHS_ANGSTROM`] and [`Radiation::RELATIVE_INTENSITIES`]:
    /// without the other lines that cannot be, and none if the reference line cannot. What is left out is named in `warnings`.
    pub fn believable(mut self, warnings: &mut Vec<String>) -> Option<Self> {
        let possible = |line: &EmissionLine| Self::WAVELENGTHS_ANGSTROM.contains(&line.wavelength_angstrom);
        let (lengths, strengths) = (Self::WAVELENGTHS_ANGSTROM, Self::RELATIVE_INTENSITIES);
        if !self.lines.first().is_some_and(possible) {
            warnings
                .push(format!("radiation: no experiment has {}; left out, expected {lengths:?} Å", self.describe()));
            return None;
        }
        let reference = self.lines.remove(0);
        let (others, wrong): (Vec<_>, Vec<_>) =
            self.lines.drain(..).partition(|line| possible(line) && strengths.contains(&line.relative_intensity));
        warnings.extend(wrong.iter().map(|line| {
            format!(
                "radiation: {} of {} Å and relative intensity {} is left out, expected {lengths:?} Å and {strengths:?}",
                line.label, line.wavelength_angstrom, line.relative_intensity
            )
        }));
        self.lines = [vec![reference], others].concat();
        Some(self)
    }

    /// Wavelength to which positions refer.
    pub fn reference_wavelength_angstrom(&self) -> f64 {
        self.lines[0].wavelength_angstrom
    }

    /// Whether the lines agree with those of `other` to the digits that tables differ in.
    fn has_lines_of(&self, other: &Self) -> bool {
        self.lines.len() == other.lines.len() && self.lines.iter().zip(&other.lines).all(|(a, b)| a.is(b))
    }

    /// Whether every line of `other` is among the lines, to the digits that tables differ in.
    pub fn has_every_line_of(&self, other: &Self) -> bool {
        other.lines.iter().all(|line| self.lines.iter().any(|own| own.is(line)))
    }

    /// One line of text: anode, lines with wavelength and relative intensity.
    pub fn describe(&self) -> String {
        let lines: Vec<String> = self
            .lines
            .iter()
            .map(|line| format!("{} {} Å ({})", line.label, line.wavelength_angstrom, line.relative_intensity))
            .collect();
        let anode = self.anode.map_or(String::new(), |anode| format!("{anode:?} "));
        format!("{anode}{}", lines.join(", "))
    }

    /// Bragg angle 2θ in degrees of a lattice spacing at the reference line; none beyond backscattering.
    pub fn two_theta_deg(&self, d_angstrom: f64) -> Option<f64> {
        let sine = self.reference_wavelength_angstrom() / (2.0 * d_angstrom);
        (sine <= 1.0).then(|| 2.0 * sine.asin().to_degrees())
    }
}

/// The radiation of a scan: what its file states, else what was asked for by recipe or command line. Both are named in
/// the warnings that come with it where they differ.
///
/// A monochromator angle that only the recipe knows is added to the file's lines.
///
/// # Errors
/// [`Error::NoWavelength`] if neither states one: a wavelength is never assumed.
pub fn resolve(scan: &Scan, asked: Option<Radiation>) -> Result<(Radiation, Vec<String>)> {
    let mut warnings = Vec::new();
    let radiation = match (scan.radiation.clone(), asked) {
        (None, None) => return Err(Error::NoWavelength { file: scan.input.file_name.clone() }),
        (None, Some(asked)) => asked,
        (Some(stated), None) => stated,
        (Some(mut stated), Some(asked)) => {
            if !stated.has_lines_of(&asked) {
                warnings.push(format!(
                    "radiation: the file states {}, which is used; {} was asked for",
                    stated.describe(),
                    asked.describe()
                ));
            }
            if stated.monochromator_two_theta_deg == 0.0 && asked.monochromator_two_theta_deg > 0.0 {
                stated.monochromator_two_theta_deg = asked.monochromator_two_theta_deg;
                warnings.push(format!(
                    "radiation: the file names no monochromator; 2θ = {}° is taken from the recipe",
                    asked.monochromator_two_theta_deg
                ));
            }
            stated
        }
    };
    Ok((radiation, warnings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read_bytes;

    #[test]
    fn the_file_wins_and_both_are_named() {
        let bare = &read_bytes("a.xy", b"10 5\n11 6\n".to_vec()).unwrap()[0];
        let text = resolve(bare, None).unwrap_err().to_string();
        assert!(text.contains("a.xy") && text.contains("--radiation"), "{text}");
        let (asked, warnings) = resolve(bare, Some(Radiation::k_alpha(Anode::Co))).unwrap();
        assert_eq!((asked.anode, warnings.len()), (Some(Anode::Co), 0));

        let stated = &read_bytes("b.xy", b"# Anode: Cu\n10 5\n11 6\n".to_vec()).unwrap()[0];
        let (used, warnings) = resolve(stated, Some(Radiation::k_alpha(Anode::Co))).unwrap();
        assert_eq!(used.anode, Some(Anode::Cu));
        assert!(warnings[0].contains("Cu") && warnings[0].contains("1.788996"), "{warnings:?}");
        let mut same = Radiation::k_alpha(Anode::Cu);
        assert!(resolve(stated, Some(same.clone())).unwrap().1.is_empty());
        same.monochromator_two_theta_deg = 26.6;
        let (used, warnings) = resolve(stated, Some(same)).unwrap();
        assert_eq!((used.monochromator_two_theta_deg, warnings.len()), (26.6, 1));
    }

    #[test]
    fn lines_that_no_experiment_has_are_left_out_and_named() {
        let of = |alpha1, alpha2, ratio| Radiation::from_k_alpha(None, alpha1, alpha2, ratio, WavelengthSource::File);
        let mut warnings = Vec::new();
        let sound = of(1.5406, 1.5444, 0.5);
        assert_eq!(sound.clone().believable(&mut warnings), Some(sound));
        assert!(warnings.is_empty());
        for impossible in [of(1.5406, 1.5444, 1e-40), of(1.5406, 1.5444, f64::NAN), of(1.5406, 1e9, 0.5)] {
            warnings.clear();
            let lines = impossible.believable(&mut warnings).unwrap().lines;
            assert!(lines.len() == 1 && warnings.len() <= 1, "{warnings:?}");
        }
        assert!(warnings[0].contains("1000000000 Å"), "{warnings:?}");
        assert_eq!(of(f64::NAN, 1.5, 0.5).believable(&mut warnings), None);
        assert_eq!(of(1e-30, 1.5, 0.5).believable(&mut warnings), None);
    }

    #[test]
    fn silicon_111_at_cu_k_alpha1() {
        // NIST SRM 640c certificate: a = 5.4311946 Å, (111) at 28.441° for Cu Kα1 1.5405929 Å.
        let two_theta = Radiation::k_alpha(Anode::Cu).two_theta_deg(5.4311946 / 3f64.sqrt()).unwrap();
        assert!((two_theta - 28.441).abs() < 2e-3, "{two_theta}");
    }

    #[test]
    fn no_angle_beyond_backscattering() {
        assert!(Radiation::k_alpha(Anode::Cu).two_theta_deg(0.77).is_none());
    }
}
