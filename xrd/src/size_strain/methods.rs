//! All methods on the lines of one phase, side by side.

use doublet_common::Quantity;

use super::directions::{Lattice, anisotropy, directions, orders};
use super::estimate::{row, strain_of_square};
use super::lines::{Line, lines};
use super::scherrer::{MeasuredReflection, scherrer};
use super::warren_averbach::WarrenAverbach;
use super::{comparison, halder_wagner, joint, limits, warren_averbach, williamson_hall};
use crate::analysis::{
    BreadthPlot, FourierEnd, FourierSize, FourierSource, PhaseSize, SizeKind, SizeStrain, SizeStrainMethod, StrainKind,
};
use crate::error::Result;
use crate::recipe::SizeChoice;

/// Lines that a straight line needs to be more than drawn through them.
pub(super) const FEWEST_LINES: usize = 3;
/// Share of ⟨D⟩v beyond the end of the coefficients that is worth a word.
const NOTED_CONTINUATION: f64 = 0.02;

/// Size and strain of one phase by every method.
///
/// # Errors
/// [`doublet_common::Error::Domain`] if a width is not positive.
pub fn size_and_strain(
    phase_id: &str,
    name: &str,
    lattice: Lattice,
    reflections: &[MeasuredReflection],
    wavelength_angstrom: f64,
    choice: &SizeChoice,
) -> Result<PhaseSize> {
    let mut size = scherrer(phase_id, name, reflections, wavelength_angstrom, choice)?;
    let used: Vec<&MeasuredReflection> =
        size.reflections.iter().zip(reflections).filter(|(row, _)| row.used).map(|(_, line)| line).collect();
    let lines = lines(&used, 0.1 * wavelength_angstrom)?;
    size.methods = scherrer_rows(&size, lines.len());
    size.detection_limit = limits::detection_limit(&lines)?;
    let mut others = Vec::new();
    if lines.len() >= FEWEST_LINES {
        let joint = [joint::gaussian(&lines), joint::lorentzian(&lines), joint::double_voigt(&lines)?];
        let (straight, plot) = williamson_hall::linear(&lines)?;
        size.williamson_hall_plot = plot.map(|plot| named(plot, lattice));
        let (parabola, plot) = halder_wagner::halder_wagner(&lines)?;
        size.halder_wagner_plot = plot.map(|plot| named(plot, lattice));
        let (fourier, of_fourier) = fourier(&lines, size.instrument_removed);
        size.fourier = fourier;
        size.methods.extend([straight, williamson_hall::squared(&lines)?, parabola]);
        size.methods.extend(joint.iter().map(|fit| fit.row.clone()).filter(|row| !row.verdict.is_empty()));
        size.methods.extend(of_fourier);
        if let Some(best) = joint::best(&joint) {
            size.best_method = Some(joint[best].row.method);
            others = joint[best].terms.clone();
        }
    }
    size.directions = directions(&lines, lattice, &others)?;
    size.comparison = comparison::sentences(&size, anisotropy(&size.directions));
    limits::cap(&mut size);
    if !size.instrument_removed {
        size.methods.iter_mut().for_each(|row| row.verdict = limit(&row.verdict));
    }
    Ok(size)
}

/// The verdict on breadths that still hold the instrument's.
fn limit(verdict: &str) -> String {
    let join = if verdict.is_empty() { "" } else { "; " };
    format!("{verdict}{join}size a lower, strain an upper limit: the instrument was not removed")
}

/// Scherrer's means as rows of the comparison.
fn scherrer_rows(size: &PhaseSize, reflections: usize) -> Vec<SizeStrain> {
    let of = |method, mean: Option<Quantity>, k: f64, what: &str| {
        let assumption = format!(
            "all of the breadth is by size; {what} = Kλ/(D cosθ) with K = {k}, D being the cube root of the crystallite's volume"
        );
        let mut row = row(method, reflections, &assumption);
        row.size_kind = SizeKind::ScherrerSize;
        row.size_nm = mean;
        row.reduced_chi_squared = size.spread_reduced_chi_squared;
        row.verdict = match (mean, size.spread_reduced_chi_squared) {
            (None, _) => "no size: no line is broader than the instrument".into(),
            (Some(_), Some(spread)) if spread > super::linear::chance((2 * reflections).saturating_sub(2)) => {
                format!("lines deviate {:.1} times more than σ: size alone does not describe them", spread.sqrt())
            }
            _ => "describes the lines within their σ".into(),
        };
        row
    };
    if size.reflections.is_empty() {
        return Vec::new();
    }
    vec![
        of(SizeStrainMethod::ScherrerFwhm, size.mean_size_fwhm_nm, size.scherrer_k[0], "FWHM"),
        of(SizeStrainMethod::ScherrerIntegral, size.mean_size_integral_nm, size.scherrer_k[1], "integral breadth"),
    ]
}

/// All lines together, then each direction with several orders.
/// Analyses of all lines, with their row, and of each direction that has orders.
fn fourier(lines: &[Line], instrument_removed: bool) -> (Vec<FourierSize>, Option<SizeStrain>) {
    let all = warren_averbach::analyze(lines, None);
    let row = all.as_ref().map(|all| fourier_row(all, lines.len(), instrument_removed));
    let directions = orders(lines);
    let each = directions.iter().filter_map(|(direction, family)| warren_averbach::analyze(family, Some(*direction)));
    (all.into_iter().chain(each).map(|found| found.size).collect(), row)
}

fn fourier_row(found: &WarrenAverbach, lines: usize, instrument_removed: bool) -> SizeStrain {
    let fourier = &found.size;
    let source = match fourier.source {
        FourierSource::MeasuredProfiles if instrument_removed => {
            "measured profiles, emission lines and instrument divided out, continued by the functions fitted outside their windows"
        }
        FourierSource::MeasuredProfiles => {
            "measured profiles, emission lines divided out, continued by the functions fitted outside their windows"
        }
        FourierSource::VoigtFunctions => {
            "Voigt functions fitted, since too few measured profiles stand apart far enough"
        }
    };
    let assumption = format!(
        "Fourier coefficients of {source}; strain Gaussian in the distribution and alike in all directions, so that all \
         reflections are orders of one"
    );
    let mut row = row(SizeStrainMethod::WarrenAverbach, fourier.reflections.len(), &assumption);
    row.size_nm = fourier.volume_weighted_nm;
    row.strain_kind = StrainKind::RootMeanSquare;
    let (square, sigma) = found.mean_square_strain;
    strain_of_square(&mut row, square, sigma, 1.0);
    row.reduced_chi_squared = found.reduced_chi_squared;
    row.verdict = fourier_verdict(fourier, lines);
    row
}

/// Range, length of the strain, hook and A(0).
fn fourier_verdict(fourier: &FourierSize, lines: usize) -> String {
    let last = fourier.length_nm.last().copied().unwrap_or_default();
    let at = fourier.strain_at_nm.unwrap_or_default();
    let name = |hkl: [i32; 3]| format!("({} {} {})", hkl[0], hkl[1], hkl[2]);
    let end = match fourier.end {
        FourierEnd::Fallen => "where the coefficients are gone".to_owned(),
        FourierEnd::Noise { hkl } => format!("where those of {} fall below 5σ", name(hkl)),
        FourierEnd::Instrument { hkl } => format!("where the instrument has a twentieth left at {}", name(hkl)),
    };
    let mut verdict = format!("L from 0 to {last:.1} nm, {end}");
    if fourier.continued_share > NOTED_CONTINUATION {
        let percent = 100.0 * fourier.continued_share;
        verdict.push_str(&format!("; {percent:.0} % of ⟨D⟩v by exponential continuation beyond"));
    }
    let left_out = lines - fourier.reflections.len();
    if left_out > 0 {
        verdict.push_str(&format!("; {left_out} of {lines} reflections left out (not apart, or soon lost in noise)"));
    }
    verdict.push_str(&format!("; strain over L = {at:.1} nm; "));
    verdict.push_str(&hook(fourier));
    verdict
}

/// What is to be said of the coefficients at short lengths.
fn hook(fourier: &FourierSize) -> String {
    let off =
        |origin: &Quantity| (origin.value - 1.0).abs() > warren_averbach::SIGNIFICANT * origin.sigma.unwrap_or(0.0);
    let origin = fourier.origin.filter(off).map(|origin| origin.value);
    match (origin, fourier.tangent_at_nm > 0.0) {
        (Some(origin), _) if origin > 1.0 => format!(
            "hook: A(0) is {:.1} % lower than the other lengths have it (background, tails); A_S is divided by that",
            100.0 * (origin - 1.0) / origin
        ),
        (_, true) => "hook: no column lengths make these coefficients at short L".into(),
        (Some(origin), _) => format!(
            "no hook, but A(0) is {:.1} % higher than the other lengths have it (background, or lines with broad feet)",
            100.0 * (1.0 - origin) / origin
        ),
        (None, false) => "no hook".into(),
    }
}

/// Points with the names of their directions.
fn named(mut plot: BreadthPlot, lattice: Lattice) -> BreadthPlot {
    plot.points.iter_mut().for_each(|point| point.direction = lattice.direction(point.hkl).into());
    plot
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size_strain::Breadth;
    use doublet_common::lineshape::{Shape, Tch};

    const LAMBDA_NM: f64 = 0.15405929;
    const INSTRUMENT: [f64; 2] = [0.05, 0.01];

    /// A line of Lorentzian size and both kinds of strain behind the instrument.
    fn reflection(
        hkl: [i32; 3],
        two_theta_deg: f64,
        size_nm: f64,
        [lorentzian, gaussian]: [f64; 2],
    ) -> MeasuredReflection {
        let theta = (0.5 * two_theta_deg).to_radians();
        let breadth_l = (LAMBDA_NM / (size_nm * theta.cos()) + 4.0 * lorentzian * theta.tan()).to_degrees();
        let fwhm_l = breadth_l / std::f64::consts::FRAC_PI_2;
        let fwhm_g =
            (4.0 * gaussian * theta.tan()).to_degrees() * (4.0 * std::f64::consts::LN_2 / std::f64::consts::PI).sqrt();
        let shape = Tch::new(INSTRUMENT[0].hypot(fwhm_g), INSTRUMENT[1] + fwhm_l).unwrap();
        let breadth = Breadth {
            fwhm_deg: Quantity::new(shape.mixing().fwhm, 0.002),
            lorentzian_fraction: Quantity::new(shape.mixing().lorentzian_fraction, 0.02),
            integral_breadth_deg: Quantity::new(shape.integral_breadth().value, 0.003),
            covariance_deg: 0.0,
        };
        MeasuredReflection {
            hkl,
            two_theta_deg: Quantity::new(two_theta_deg, 0.001),
            observed: breadth,
            breadth,
            own: Some(breadth),
            instrument_deg: Some(INSTRUMENT),
            instrument_lines: [(0.0, 1.0)].into(),
            profile: None,
            unfit: None,
        }
    }

    const TUNGSTEN: [([i32; 3], f64); 7] = [
        ([1, 1, 0], 40.26),
        ([2, 0, 0], 58.25),
        ([2, 1, 1], 73.19),
        ([2, 2, 0], 87.00),
        ([3, 1, 0], 100.63),
        ([2, 2, 2], 114.92),
        ([3, 2, 1], 131.17),
    ];

    fn analyzed(size_nm: f64, strain: [f64; 2]) -> PhaseSize {
        let lines = TUNGSTEN.map(|(hkl, angle)| reflection(hkl, angle, size_nm, strain));
        size_and_strain("W", "W", Lattice::Cubic, &lines, 10.0 * LAMBDA_NM, &SizeChoice::default()).unwrap()
    }

    fn row(size: &PhaseSize, method: SizeStrainMethod) -> &SizeStrain {
        size.methods.iter().find(|row| row.method == method).unwrap()
    }

    fn near(row: &SizeStrain, size_nm: f64, strain: f64, tolerance: f64) {
        let found = row.size_nm.unwrap().value;
        assert!((found / size_nm - 1.0).abs() < tolerance, "{:?}: {found} for {size_nm}", row.method);
        if strain > 0.0 {
            let found = row.strain.unwrap().value;
            assert!((found / strain - 1.0).abs() < tolerance, "{:?}: {found} for {strain}", row.method);
        }
    }

    #[test]
    fn each_method_gives_what_its_own_assumption_put_in() {
        // Truth: the size and strain of the lines; the relations of the pseudo-Voigt are good to 1 % of the width.
        let lorentzian = analyzed(20.0, [2e-3, 0.0]);
        near(row(&lorentzian, SizeStrainMethod::WilliamsonHall), 20.0, 2e-3, 0.03);
        near(row(&lorentzian, SizeStrainMethod::JointLorentzian), 20.0, 2e-3, 0.03);
        assert_eq!(lorentzian.best_method, Some(SizeStrainMethod::JointLorentzian));
        let gaussian = analyzed(20.0, [0.0, 2e-3]);
        near(row(&gaussian, SizeStrainMethod::JointGaussian), 20.0, 2e-3, 0.03);
        // The parabola's own error: 7.5 % of a breadth at most.
        near(row(&gaussian, SizeStrainMethod::HalderWagner), 20.0, 2e-3, 0.10);
        assert_eq!(gaussian.best_method, Some(SizeStrainMethod::JointGaussian));
    }

    #[test]
    fn warren_and_averbach_find_the_averages_of_exponential_columns() {
        // Truth: columns of exponential distribution make Lorentzian lines and A_S = exp(−2L/⟨D⟩v): ⟨D⟩v = 2⟨D⟩a, no hook;
        // a Gaussian strain e of integral breadth has the root mean square e √(2/π).
        let size = analyzed(20.0, [0.0, 2e-3]);
        let all = &size.fourier[0];
        assert!((all.volume_weighted_nm.unwrap().value / 20.0 - 1.0).abs() < 0.02, "{all:?}");
        assert!((all.area_weighted_nm.unwrap().value / 10.0 - 1.0).abs() < 0.05 && !all.hook, "{all:?}");
        near(row(&size, SizeStrainMethod::WarrenAverbach), 20.0, 2e-3 * (2.0 / std::f64::consts::PI).sqrt(), 0.03);
        let orders = size.fourier.iter().find(|f| f.direction == Some([1, 1, 0])).unwrap();
        assert_eq!(orders.reflections, [[1, 1, 0], [2, 2, 0]]);
    }

    #[test]
    fn what_scherrer_makes_of_strain_is_said() {
        let size = analyzed(20.0, [0.0, 2e-3]);
        let said = |part: &str| size.comparison.iter().any(|sentence| sentence.contains(part));
        assert!(said("Scherrer's equation takes the broadening by strain for size"), "{:?}", size.comparison);
        assert!(
            said("Joint fit, Gaussian strain describes the lines best") && said("no anisotropy"),
            "{:?}",
            size.comparison
        );
    }

    #[test]
    fn flat_crystallites_are_said_to_be_anisotropic() {
        // Truth: sizes of 15 nm along h00 and hh0 lines and 30 nm along the rest.
        let lines = TUNGSTEN.map(|(hkl, angle)| {
            let thin = Lattice::Cubic.direction(hkl) == "hh0";
            reflection(hkl, angle, if thin { 15.0 } else { 30.0 }, [0.0; 2])
        });
        let size = size_and_strain("W", "W", Lattice::Cubic, &lines, 10.0 * LAMBDA_NM, &SizeChoice::default()).unwrap();
        assert!(size.comparison.iter().any(|s| s.contains("anisotropic: 15.0 nm along hh0")), "{:?}", size.comparison);
        let along = |name: &str| size.directions.iter().find(|d| d.direction == name).unwrap().size_nm.unwrap().value;
        assert!((along("hh0") / 15.0 - 1.0).abs() < 0.02 && (along("h00") / 30.0 - 1.0).abs() < 0.02);
    }

    #[test]
    fn the_limit_of_an_instrument_is_a_fifth_of_its_width() {
        // Truth: a fifth of the instrument's FWHM at the narrowest line, as Lorentzian breadth; σ makes it no larger.
        let limit = analyzed(20.0, [0.0; 2]).detection_limit.unwrap();
        let width = Tch::new(INSTRUMENT[0], INSTRUMENT[1]).unwrap().mixing().fwhm.to_radians();
        let cosine = TUNGSTEN.map(|(_, angle)| (0.5 * angle).to_radians().cos()).into_iter().fold(1.0, f64::min);
        let fifth = LAMBDA_NM / (0.2 * width * cosine * std::f64::consts::FRAC_PI_2);
        assert!((limit.size_at_fifth_of_instrument_nm / fifth - 1.0).abs() < 1e-3, "{limit:?} {fifth}");
        assert!(limit.largest_size_nm <= fifth * 1.001 && limit.smallest_strain > 0.0);
    }
}
