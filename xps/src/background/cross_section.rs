//! Tougaard's cross sections for the loss of energy T on the way out of the solid,
//!
//! `K(T) = B·T / ((C + s·T²)² + D·T²)` for `T > T0`, else 0.
//!
//! U2, the universal one of metals, their alloys and oxides: s = +1, D = 0, C = 1643 eV², B = 2866 eV² (S. Tougaard, Surf.
//! Interface Anal. 11 (1988) 453; 25 (1997) 137). U3: s = −1, with C and D for each class of solids whose loss has a narrow
//! plasmon (the paper of 1997). Of these, C and D of polymers were checked against the numbers that CasaXPS writes into its
//! files; those of the four others are guide values, checked against the plasmons alone ([`Solid::is_checked`]). U4 adds the gap
//! T0. B is fitted here as the amplitude of the losses; for a homogeneous solid it comes out near the published value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parameters of Tougaard's loss cross section but its amplitude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossCrossSection {
    /// C in eV².
    pub c_ev2: f64,
    /// Sign of `T²` beside C: +1 for the universal two-parameter form, −1 for the three-parameter form.
    pub sign: f64,
    /// D in eV².
    pub d_ev2: f64,
    /// No loss is smaller than this, in eV (band gap).
    pub gap_ev: f64,
}

/// Classes of solids with a cross section of their own (Tougaard 1997).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Solid {
    /// Organic polymers.
    Polymer,
    /// Silicon dioxide.
    SiliconDioxide,
    /// Silicon.
    Silicon,
    /// Germanium.
    Germanium,
    /// Aluminium.
    Aluminium,
}

impl Solid {
    /// Whether C and D were checked against a second source.
    pub fn is_checked(self) -> bool {
        self == Self::Polymer
    }

    /// C and D in eV².
    pub fn c_and_d_ev2(self) -> [f64; 2] {
        match self {
            Self::Polymer => [551.0, 436.0],
            Self::SiliconDioxide => [542.0, 275.0],
            Self::Silicon => [325.0, 96.0],
            Self::Germanium => [260.0, 62.0],
            Self::Aluminium => [230.0, 4.5],
        }
    }
}

impl LossCrossSection {
    /// The universal cross section, C = 1643 eV².
    pub const UNIVERSAL: Self = Self { c_ev2: 1643.0, sign: 1.0, d_ev2: 0.0, gap_ev: 0.0 };
    /// B of the universal cross section in eV².
    pub const UNIVERSAL_B_EV2: f64 = 2866.0;

    /// Three-parameter form, without losses below `gap_ev`.
    pub fn three_parameters(c_ev2: f64, d_ev2: f64, gap_ev: f64) -> Self {
        Self { c_ev2, sign: -1.0, d_ev2, gap_ev }
    }

    /// Cross section of a class of solids.
    pub fn of(solid: Solid) -> Self {
        let [c, d] = solid.c_and_d_ev2();
        Self::three_parameters(c, d, 0.0)
    }

    /// K at a loss of `t` eV for amplitude 1.
    pub fn at(&self, t: f64) -> f64 {
        if t <= self.gap_ev {
            return 0.0;
        }
        let base = self.c_ev2 + self.sign * t * t;
        t / (base * base + self.d_ev2 * t * t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Energy in eV at which the cross section is largest.
    fn maximum(of: &LossCrossSection) -> f64 {
        let at = (1..2000).map(|i| 0.05 * f64::from(i)).max_by(|a, b| of.at(*a).total_cmp(&of.at(*b)));
        at.unwrap()
    }

    #[test]
    fn the_universal_cross_section_peaks_where_tougaard_says() {
        // Truth: dK/dT = 0 at T = √(C/3) = 23.4 eV; and ∫ K dT = B/(2C) = 0.872, the losses of one mean free path.
        assert!((maximum(&LossCrossSection::UNIVERSAL) - (1643.0_f64 / 3.0).sqrt()).abs() < 0.06);
        let integral: f64 = (0..200_000).map(|i| 0.05 * LossCrossSection::UNIVERSAL.at(0.05 * f64::from(i))).sum();
        let whole = LossCrossSection::UNIVERSAL_B_EV2 * integral;
        assert!((whole - LossCrossSection::UNIVERSAL_B_EV2 / (2.0 * 1643.0)).abs() < 1e-3, "{whole}");
    }

    #[test]
    fn solids_lose_their_plasmon() {
        // Truth: volume plasmons of aluminium 15.0, silicon 16.7, germanium 15.9 eV, and the loss maxima near 22 eV of
        // silicon dioxide and polymers (Egerton, Electron Energy-Loss Spectroscopy, 2011); 1.5 eV covers the difference
        // between the maximum of K and the plasmon.
        for (solid, plasmon) in [
            (Solid::Aluminium, 15.0),
            (Solid::Silicon, 16.7),
            (Solid::Germanium, 15.9),
            (Solid::SiliconDioxide, 22.5),
            (Solid::Polymer, 21.5),
        ] {
            let at = maximum(&LossCrossSection::of(solid));
            assert!((at - plasmon).abs() < 1.5, "{solid:?}: {at}");
        }
    }
}
