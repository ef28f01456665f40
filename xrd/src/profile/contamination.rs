//! Lines of the tube beside Kα: what of Kβ the filter lets pass, and W Lα of tungsten that the cathode left on the anode.
//!
//! Each reflection shows them at smaller angles than its Kα lines (at larger ones where W Lα is the longer wave), in one
//! ratio for the whole pattern but for the Lorentz and polarisation factor at its own angle. The ratio holds what the
//! tube, the filter, the detector and the absorption of the sample make of it, so it belongs to a measurement and not to
//! a table.
//!
//! Wavelengths: *International Tables for Crystallography* C (2004), section 4.2.2, as other programs carry them; Kβ1,3
//! as one line. W Lα2/Lα1: Elam, Ravel & Sieber, Radiat. Phys. Chem. 63 (2002) 121.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::emission::{BraggLine, place};
use crate::error::{Error, Result};
use crate::pattern::lorentz_polarisation;
use crate::radiation::{EmissionLine, Radiation};

/// Lines that may contaminate Kα.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContaminationKind {
    /// Kβ1,3 of the anode.
    KBeta,
    /// Lα1 and Lα2 of tungsten.
    WLAlpha,
}

/// A contamination line with its strength.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contamination {
    /// Which.
    pub kind: ContaminationKind,
    /// Name, such as `Cu Kβ`.
    pub label: String,
    /// Its lines, the strongest first; their intensities sum to 1.
    pub lines: Vec<EmissionLine>,
    /// Intensity relative to all Kα lines together, Lorentz and polarisation factors apart.
    pub ratio: f64,
}

const W_L_ALPHA_ANGSTROM: [f64; 2] = [1.4763112, 1.487452];
const W_L_ALPHA_RATIO: f64 = 0.11;

impl ContaminationKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::KBeta, Self::WLAlpha];

    /// Name in recipes and on the command line.
    pub fn option(self) -> &'static str {
        match self {
            Self::KBeta => "k_beta",
            Self::WLAlpha => "w_l_alpha",
        }
    }
}

impl Contamination {
    /// The lines of one kind for this radiation.
    ///
    /// # Errors
    /// [`Error::Recipe`] for Kβ of an anode that is not stated.
    pub fn new(kind: ContaminationKind, radiation: &Radiation, ratio: f64) -> Result<Self> {
        let line = |label: &str, wavelength_angstrom, relative_intensity| EmissionLine {
            label: label.into(),
            wavelength_angstrom,
            relative_intensity,
        };
        let (label, lines) = match kind {
            ContaminationKind::KBeta => {
                let Some(anode) = radiation.anode else {
                    return Err(Error::Recipe(
                        "contamination.k_beta: neither the file nor the recipe names the anode, expected one".into(),
                    ));
                };
                (format!("{anode:?} Kβ"), vec![line("Kβ1,3", anode.k_beta_angstrom(), 1.0)])
            }
            ContaminationKind::WLAlpha => {
                let [first, second] = W_L_ALPHA_ANGSTROM;
                let share = 1.0 / (1.0 + W_L_ALPHA_RATIO);
                ("W Lα".to_owned(), vec![line("Lα1", first, share), line("Lα2", second, 1.0 - share)])
            }
        };
        Ok(Self { kind, label, lines, ratio })
    }

    /// Its lines for the peak whose reference line stands at `two_theta_deg`, the strongest first. Shares are of the area of all
    /// Kα lines. A line that would have to stand beyond 180° is left out.
    pub fn bragg_lines(&self, radiation: &Radiation, two_theta_deg: f64) -> impl Iterator<Item = BraggLine> {
        let reference = radiation.reference_wavelength_angstrom();
        let monochromator = radiation.monochromator_two_theta_deg;
        let of_parent = lorentz_polarisation(two_theta_deg, monochromator);
        self.lines.iter().filter_map(move |line| {
            let (two_theta_deg, d_reference) = place(line.wavelength_angstrom / reference, two_theta_deg)?;
            let change = lorentz_polarisation(two_theta_deg, monochromator) / of_parent;
            Some(BraggLine { two_theta_deg, d_reference, share: self.ratio * line.relative_intensity * change })
        })
    }

    /// Where the reference line of the reflection stands whose strongest line of this kind stands at `two_theta_deg`; none
    /// beyond backscattering.
    pub fn parent_two_theta_deg(&self, radiation: &Radiation, two_theta_deg: f64) -> Option<f64> {
        let ratio = radiation.reference_wavelength_angstrom() / self.lines.first()?.wavelength_angstrom;
        let sine = ratio * (0.5 * two_theta_deg).to_radians().sin();
        (sine < 1.0).then(|| 2.0 * sine.asin().to_degrees())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiation::Anode;

    #[test]
    fn lines_stand_where_braggs_law_puts_them() {
        // Truth: Bragg's law for corundum (113), d = 2.0853 Å: Cu Kα1 43.355°, Cu Kβ 39.006°, W Lα1 41.469° from
        // 2 asin(λ/2d) with λ = 1.5405929, 1.3922340 and 1.4763112 Å.
        let radiation = Radiation::k_alpha(Anode::Cu);
        let parent = radiation.two_theta_deg(2.0853).unwrap();
        for (kind, wavelength) in [(ContaminationKind::KBeta, 1.3922340), (ContaminationKind::WLAlpha, 1.4763112f64)] {
            let contamination = Contamination::new(kind, &radiation, 0.01).unwrap();
            let expected = 2.0 * (wavelength / (2.0 * 2.0853)).asin().to_degrees();
            let line = contamination.bragg_lines(&radiation, parent).next().unwrap();
            assert!((line.two_theta_deg - expected).abs() < 1e-10);
            let back = contamination.parent_two_theta_deg(&radiation, line.two_theta_deg).unwrap();
            assert!((back - parent).abs() < 1e-10);
            let sum: f64 = contamination.lines.iter().map(|line| line.relative_intensity).sum();
            assert!((sum - 1.0).abs() < 1e-15);
        }
        let nameless = Radiation { anode: None, ..radiation };
        assert!(Contamination::new(ContaminationKind::KBeta, &nameless, 0.01).is_err());
    }
}
