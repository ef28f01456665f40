//! Natural shape of characteristic X-ray lines: sums of Lorentzians.
//!
//! G. Hölzer, M. Fritsch, M. Deutsch, J. Härtwig, E. Förster, Phys. Rev. A 56 (1997) 4554, tables II to IV: centre, full
//! width at half maximum and relative area of each Lorentzian. The energies are on a scale of their own; a user ties the
//! maximum of Kα1 to the wavelength that is used otherwise.

use std::sync::OnceLock;

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
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Emission {
    /// Element symbol.
    pub element: &'static str,
    /// Maximum of Kα1, eV.
    pub k_alpha1_maximum_ev: f64,
    /// Kα1 and Kα2.
    pub k_alpha: Vec<Lorentzian>,
    /// Kβ1,3.
    pub k_beta: Vec<Lorentzian>,
}

/// Every element whose lines are tabulated.
pub fn emissions() -> &'static [Emission] {
    static EMISSIONS: OnceLock<Vec<Emission>> = OnceLock::new();
    EMISSIONS.get_or_init(|| {
        let mut list: Vec<Emission> = Vec::new();
        for line in include_str!("emission.txt").lines().filter(|line| !line.starts_with('#')) {
            read(line, &mut list);
        }
        list
    })
}

/// Lines of an element; none where no shape is tabulated.
pub fn emission(element: &str) -> Option<&'static Emission> {
    emissions().iter().find(|emission| emission.element == element)
}

/// Takes one row into the list; the row of the maximum comes first of its element.
fn read(line: &'static str, list: &mut Vec<Emission>) -> Option<()> {
    let mut words = line.split(' ');
    let (element, what) = (words.next()?, words.next()?);
    let mut number = || words.next()?.parse::<f64>().ok();
    if what == "maximum" {
        list.push(Emission { element, k_alpha1_maximum_ev: number()?, ..Emission::default() });
        return Some(());
    }
    let lorentzian = Lorentzian { energy_ev: number()?, fwhm_ev: number()?, area: number()? };
    let emission = list.iter_mut().find(|emission| emission.element == element)?;
    let group = if what == "Ka" { &mut emission.k_alpha } else { &mut emission.k_beta };
    group.push(lorentzian);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maxima_and_areas_agree_with_the_printed_tables() {
        // Truth: table IV of the paper (maxima of the sums, good to 0.03 eV here) and areas that sum to 1 within rounding.
        let rows = include_str!("emission.txt").lines().filter(|line| !line.starts_with('#')).count();
        let read: usize = emissions().iter().map(|e| 1 + e.k_alpha.len() + e.k_beta.len()).sum();
        assert_eq!((read, emissions().len()), (rows, 4));
        for emission in emissions() {
            for group in [&emission.k_alpha, &emission.k_beta] {
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
