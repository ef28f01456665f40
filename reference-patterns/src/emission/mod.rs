//! Natural shape of characteristic X-ray lines: sums of Lorentzians.
//!
//! G. Hölzer, M. Fritsch, M. Deutsch, J. Härtwig, E. Förster, Phys. Rev. A 56 (1997) 4554, tables II to IV: centre, full
//! width at half maximum and relative area of each Lorentzian. Widths of the two Fe Kα2 lines at 6389.106 and 6390.275 eV are
//! 4.339 and 2.57 eV: only with these do the printed heights and areas agree. The energies are on a scale of their own; a
//! user ties the maximum of Kα1 to the wavelength that is used otherwise.

/// One Lorentzian of a characteristic line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lorentzian {
    /// Centre.
    pub energy_ev: f64,
    /// Full width at half maximum.
    pub fwhm_ev: f64,
    /// Share of the area of its group, as printed: a group sums to 1 within rounding.
    pub area: f64,
}

/// Groups of lines of one element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Emission {
    /// Element symbol.
    pub element: &'static str,
    /// Maximum of Kα1, eV.
    pub k_alpha1_maximum_ev: f64,
    /// Kα1 and Kα2.
    pub k_alpha: &'static [Lorentzian],
    /// Kβ1,3.
    pub k_beta: &'static [Lorentzian],
}

const fn l(energy_ev: f64, fwhm_ev: f64, area: f64) -> Lorentzian {
    Lorentzian { energy_ev, fwhm_ev, area }
}

static EMISSIONS: [Emission; 4] = [
    Emission {
        element: "Cr",
        k_alpha1_maximum_ev: 5414.81,
        k_alpha: &[
            l(5414.874, 1.457, 0.378),
            l(5414.099, 1.760, 0.132),
            l(5412.745, 3.138, 0.084),
            l(5410.583, 5.149, 0.073),
            l(5418.304, 1.988, 0.009),
            l(5405.551, 2.224, 0.271),
            l(5403.986, 4.740, 0.054),
        ],
        k_beta: &[
            l(5947.00, 1.70, 0.307),
            l(5935.31, 15.98, 0.236),
            l(5946.24, 1.90, 0.172),
            l(5942.04, 6.69, 0.148),
            l(5944.93, 3.37, 0.137),
        ],
    },
    Emission {
        element: "Fe",
        k_alpha1_maximum_ev: 6404.01,
        k_alpha: &[
            l(6404.148, 1.613, 0.278),
            l(6403.295, 1.965, 0.182),
            l(6400.653, 4.833, 0.106),
            l(6402.077, 2.803, 0.094),
            l(6391.190, 2.487, 0.207),
            l(6389.106, 4.339, 0.066),
            l(6390.275, 2.57, 0.065),
        ],
        k_beta: &[l(7046.90, 14.17, 0.301), l(7057.21, 3.12, 0.279), l(7058.36, 1.97, 0.241), l(7054.75, 6.38, 0.179)],
    },
    Emission {
        element: "Co",
        k_alpha1_maximum_ev: 6930.38,
        k_alpha: &[
            l(6930.425, 1.795, 0.378),
            l(6929.388, 2.695, 0.144),
            l(6927.676, 4.555, 0.127),
            l(6930.941, 0.808, 0.0088),
            l(6915.713, 2.406, 0.197),
            l(6914.659, 2.773, 0.095),
            l(6913.078, 4.463, 0.050),
        ],
        k_beta: &[
            l(7649.60, 3.05, 0.449),
            l(7647.83, 3.58, 0.189),
            l(7639.87, 9.78, 0.153),
            l(7645.49, 4.89, 0.103),
            l(7636.21, 13.59, 0.082),
            l(7654.13, 3.79, 0.025),
        ],
    },
    Emission {
        element: "Cu",
        k_alpha1_maximum_ev: 8047.83,
        k_alpha: &[
            l(8047.837, 2.285, 0.579),
            l(8045.367, 3.358, 0.080),
            l(8027.993, 2.666, 0.236),
            l(8026.504, 3.571, 0.105),
        ],
        k_beta: &[
            l(8905.532, 3.52, 0.485),
            l(8903.109, 3.52, 0.248),
            l(8908.462, 3.55, 0.110),
            l(8897.387, 8.08, 0.100),
            l(8911.393, 5.31, 0.055),
        ],
    },
];

/// Lines of an element; none where no shape is tabulated.
pub fn emission(element: &str) -> Option<&'static Emission> {
    EMISSIONS.iter().find(|emission| emission.element == element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maxima_and_areas_agree_with_the_printed_tables() {
        // Truth: table IV of the paper (maxima of the sums, good to 0.03 eV here) and areas that sum to 1 within rounding.
        for emission in &EMISSIONS {
            for group in [emission.k_alpha, emission.k_beta] {
                let sum: f64 = group.iter().map(|line| line.area).sum();
                assert!((sum - 1.0).abs() < 3e-3, "{} {sum}", emission.element);
            }
            let density = |energy: f64| -> f64 {
                let of = |line: &Lorentzian| {
                    line.area * line.fwhm_ev / ((energy - line.energy_ev).powi(2) + 0.25 * line.fwhm_ev.powi(2))
                };
                emission.k_alpha.iter().map(of).sum()
            };
            let maximum = (-500..500)
                .map(|i| emission.k_alpha1_maximum_ev + 0.002 * f64::from(i))
                .max_by(|a, b| density(*a).total_cmp(&density(*b)))
                .unwrap();
            assert!(
                (maximum - emission.k_alpha1_maximum_ev).abs() < 0.03,
                "{} {maximum} {}",
                emission.element,
                emission.k_alpha1_maximum_ev
            );
        }
    }
}
