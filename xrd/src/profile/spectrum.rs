//! Natural shape of the emission: each line a Lorentzian in wavelength.

use doublet_reference_patterns::emission::{Lorentzian, emission};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::radiation::Radiation;

/// One Lorentzian of an emission spectrum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpectrumLine {
    /// Centre.
    pub wavelength_angstrom: f64,
    /// Full width at half maximum.
    pub fwhm_angstrom: f64,
    /// Share of the whole area.
    pub share: f64,
}

/// Emission spectrum of a tube.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spectrum {
    /// Wavelength to which positions refer: the maximum of Kα1.
    pub reference_wavelength_angstrom: f64,
    /// Lorentzians; their shares sum to 1.
    pub lines: Vec<SpectrumLine>,
    /// Where they come from.
    pub source: String,
}

/// Satellites Kα3,4 of copper as one line: H. Berger, X-ray Spectrom. 15 (1986) 241: wavelength and width in Å, area relative
/// to all Kα lines, on a scale where the strongest Kα1 component stands at the second wavelength.
const COPPER_SATELLITES: (f64, f64, f64, f64) = (1.534753, 3.6854e-3, 0.0159, 1.540596);

impl Spectrum {
    /// Kα lines of the anode after Hölzer et al. (1997), with the maximum of Kα1 at the reference wavelength of
    /// `radiation`; for copper with the satellites Kα3,4.
    ///
    /// # Errors
    /// [`Error::Recipe`] without anode or for one whose natural shape is not tabulated.
    pub fn k_alpha(radiation: &Radiation) -> Result<Self> {
        let anode = radiation.anode.map(|anode| format!("{anode:?}")).unwrap_or_default();
        let Some(emission) = emission(&anode) else {
            return Err(Error::Recipe(format!(
                "natural shape of the emission: anode \"{anode}\", expected one of Cr, Fe, Co, Cu"
            )));
        };
        let reference = radiation.reference_wavelength_angstrom();
        let scaled = |line: &Lorentzian| {
            let wavelength_angstrom = reference * emission.k_alpha1_maximum_ev / line.energy_ev;
            SpectrumLine {
                wavelength_angstrom,
                fwhm_angstrom: wavelength_angstrom * line.fwhm_ev / line.energy_ev,
                share: line.area,
            }
        };
        let mut lines: Vec<SpectrumLine> = emission.k_alpha.iter().map(scaled).collect();
        let mut source = "Hölzer et al., Phys. Rev. A 56 (1997) 4554".to_owned();
        if anode == "Cu" {
            let (wavelength, fwhm, share, scale) = COPPER_SATELLITES;
            lines.push(SpectrumLine {
                wavelength_angstrom: wavelength * lines[0].wavelength_angstrom / scale,
                fwhm_angstrom: fwhm,
                share,
            });
            source += "; Kα3,4: Berger, X-ray Spectrom. 15 (1986) 241";
        }
        let sum: f64 = lines.iter().map(|line| line.share).sum();
        lines.iter_mut().for_each(|line| line.share /= sum);
        Ok(Self { reference_wavelength_angstrom: reference, lines, source })
    }
}
