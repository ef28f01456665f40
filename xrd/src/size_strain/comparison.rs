//! Sentences on what the methods say together: which describes the lines, where others differ from it, and why.

use doublet_common::Quantity;

use super::methods::FEWEST_LINES;
use crate::analysis::{FourierSize, FourierSource, PhaseSize, SizeStrain, SizeStrainMethod};

/// Two sizes differ from here on, in their joint σ. They rest on the same lines, so that this is generous.
const DIFFERENT: f64 = 2.0;

/// An average that is less certain than this share of it is not worth a sentence.
const LARGEST_RELATIVE_SIGMA: f64 = 0.25;

/// All sentences; `anisotropy` is that on directions.
pub(super) fn sentences(size: &PhaseSize, anisotropy: Option<String>) -> Vec<String> {
    let mut sentences = Vec::new();
    let of = |method| size.methods.iter().find(|row| row.method == method);
    let best = size.best_method.and_then(of);
    if let Some(best) = best {
        sentences.push(described(best));
        sentences.extend(
            size.methods
                .iter()
                .filter(|row| row.method != best.method)
                .filter_map(|row| differs(row, best, &size.scherrer_k).map(|by| because(row, best, by, size))),
        );
        if sentences.len() == 1 && size.methods.iter().filter(|row| row.size_nm.is_some()).count() > 1 {
            sentences.push("all methods agree with it within 2σ".into());
        }
    }
    if let Some(fourier) = of(SizeStrainMethod::WarrenAverbach).and(size.fourier.iter().find(|f| f.direction.is_none()))
    {
        sentences.extend(averages(fourier));
    }
    sentences.extend(best.and_then(|best| either_kind(best, of)));
    sentences.extend(anisotropy);
    sentences.extend(negative_strain(size));
    // Scherrer's row counts all lines that have a width of their own.
    if let Some(lines) = size.methods.first().map(|row| row.reflections).filter(|n| (1..FEWEST_LINES).contains(n)) {
        sentences.push(format!(
            "{lines} reflections of their own are too few to tell size from strain: methods on peaks other than Scherrer's need \
             {FEWEST_LINES}"
        ));
    }
    if !size.instrument_removed && !size.methods.is_empty() {
        sentences.push(
            "no instrument profile was removed: every size here is a lower limit and every strain an upper one".into(),
        );
    }
    sentences
}

fn described(best: &SizeStrain) -> String {
    let chi = best.reduced_chi_squared.map(|chi| format!(" (reduced χ² {chi:.2})")).unwrap_or_default();
    let strain = match (best.strain_upper_limit, best.method) {
        (Some(limit), _) => format!("strain is not significant, under {limit:.1e} (95 %)"),
        (None, _) if best.strain.is_none() => "strain was taken to be none".into(),
        (None, method) => match method.strain_is() {
            Some(SizeStrainMethod::JointGaussian) => "strain broadens the lines by a Gaussian function".into(),
            Some(SizeStrainMethod::JointLorentzian) => "strain broadens the lines by a Lorentzian function".into(),
            _ => "strain is significant".to_owned(),
        },
    };
    let name = best.method.name();
    if best.method.is_whole_pattern() {
        return format!("{name} rests on every measured point{chi} and is the value to quote; {strain}");
    }
    format!("{name} describes the lines best for its parameters{chi}, of the fits to both of their parts; {strain}")
}

/// Where the lines do not tell of which kind the strain is: what the other kind would give.
fn either_kind<'a>(best: &SizeStrain, of: impl Fn(SizeStrainMethod) -> Option<&'a SizeStrain>) -> Option<String> {
    /// Difference of χ² below which neither is the better one: likelihoods within a factor of e³.
    const UNDECIDED: f64 = 6.0;
    let both = [SizeStrainMethod::JointGaussian, SizeStrainMethod::JointLorentzian];
    let other = of(*both.iter().find(|kind| best.method.strain_is().is_some_and(|best| best != **kind))?)?;
    let own = of(best.method.strain_is()?)?;
    if best.strain_upper_limit.is_some() && other.strain_upper_limit.is_some() {
        return None;
    }
    let freedom = 2.0 * (own.reflections as f64 - 1.0);
    let difference = freedom * (other.reduced_chi_squared? - own.reduced_chi_squared?).abs();
    let length = other.size_nm?;
    let strain = match (other.strain_upper_limit, other.strain) {
        (Some(limit), _) => format!("strain under {limit:.1e}"),
        (None, Some(strain)) => format!("strain {:.1e} ± {:.1e}", strain.value, strain.sigma?),
        (None, None) => return None,
    };
    (difference < UNDECIDED).then(|| {
        format!(
            "the widths do not tell whether strain is Gaussian or Lorentzian (Δχ² {difference:.1}): {} gives {:.1} ± {:.1} nm, {strain}",
            other.method.name(),
            length.value,
            length.sigma.unwrap_or(0.0)
        )
    })
}

/// Volume-weighted column length that a row stands for.
fn column_length(row: &SizeStrain, scherrer_k: &[f64; 2]) -> Option<Quantity> {
    let size = row.size_nm?;
    let k = match row.method {
        SizeStrainMethod::ScherrerIntegral => scherrer_k[1],
        // A FWHM is not an integral breadth: no column length follows from it without the shape of the line.
        SizeStrainMethod::ScherrerFwhm => return None,
        _ => 1.0,
    };
    Some(Quantity { value: size.value / k, sigma: size.sigma.map(|sigma| sigma / k) })
}

/// Relative difference of two column lengths, if there is one.
fn differs(row: &SizeStrain, best: &SizeStrain, scherrer_k: &[f64; 2]) -> Option<f64> {
    let (a, b) = (column_length(row, scherrer_k)?, column_length(best, scherrer_k)?);
    let sigma = a.sigma?.max(b.sigma?);
    ((a.value - b.value).abs() > DIFFERENT * sigma).then_some(a.value / b.value - 1.0)
}

fn because(row: &SizeStrain, best: &SizeStrain, by: f64, size: &PhaseSize) -> String {
    let strained = best.strain_upper_limit.is_none();
    let of_profiles = size.fourier.first().is_some_and(|f| f.source == FourierSource::MeasuredProfiles);
    let same = row.method.strain_is().is_some() && row.method.strain_is() == best.method.strain_is();
    let cause = match row.method {
        _ if row.method.is_whole_pattern() => "it rests on one size and one strain, which do not describe the pattern",
        _ if same => {
            "the lines with a width of their own are not all lines, and weigh otherwise than the points of the pattern"
        }
        SizeStrainMethod::ScherrerFwhm | SizeStrainMethod::ScherrerIntegral if strained => {
            "Scherrer's equation takes the broadening by strain for size"
        }
        SizeStrainMethod::ScherrerFwhm | SizeStrainMethod::ScherrerIntegral => {
            "Scherrer's equation takes one breadth for all lines, which here scatter with angle or direction though no strain is seen"
        }
        SizeStrainMethod::WilliamsonHall if best.method.strain_is() == Some(SizeStrainMethod::JointGaussian) => {
            "adding breadths takes a Gaussian strain for a Lorentzian one, which leaves too little breadth for size"
        }
        SizeStrainMethod::WilliamsonHallSquared => {
            "adding squares takes Lorentzian broadening for Gaussian, which leaves too much breadth for size"
        }
        SizeStrainMethod::HalderWagner if best.method.strain_is() == Some(SizeStrainMethod::JointGaussian) => {
            "the parabola only approximates the breadth of a Voigt function"
        }
        SizeStrainMethod::HalderWagner | SizeStrainMethod::JointGaussian => {
            "size is taken for purely Lorentzian and strain for purely Gaussian, which the shapes of the lines contradict"
        }
        SizeStrainMethod::WilliamsonHall | SizeStrainMethod::JointLorentzian => {
            "size and strain are both taken for purely Lorentzian, which the shapes of the lines contradict"
        }
        SizeStrainMethod::WarrenAverbach if of_profiles => {
            "strain is taken to change the coefficients with d*², as a Gaussian does, and the lines for what was measured and no Voigt functions"
        }
        SizeStrainMethod::WarrenAverbach => {
            "strain is taken to change the coefficients with d*², as a Gaussian does, and size to have a Gaussian part of its own"
        }
        _ => "size and strain are each given two parts, more than these lines can tell apart",
    };
    let sign = if by < 0.0 { "smaller" } else { "larger" };
    format!("{}: column length {:.0} % {sign}, because {cause}", row.method.name(), 100.0 * by.abs())
}

/// Breadths that fall with angle, which strain cannot make.
fn negative_strain(size: &PhaseSize) -> Option<String> {
    let falls = |row: &&SizeStrain| row.strain.is_some_and(|e| e.sigma.is_some_and(|s| e.value < -DIFFERENT * s));
    let row = size.methods.iter().find(falls)?;
    let cause = if size.instrument_removed {
        "the instrument profile does not fit this scan, or the size is anisotropic"
    } else {
        "the instrument, which was not removed, widens the lines at low angles (axial divergence), or the size is anisotropic"
    };
    let strain = row.strain?.value;
    Some(format!("{}: the strain comes out negative ({strain:.1e}), which no strain is: {cause}", row.method.name()))
}

/// Area- and volume-weighted lengths, whose ratio is that of the distribution.
fn averages(fourier: &FourierSize) -> Option<String> {
    let (area, volume) = (fourier.area_weighted_nm?, fourier.volume_weighted_nm?);
    let hook = if fourier.tangent_at_nm > 0.0 {
        format!(
            "; the coefficients bend downwards at short lengths (hook), the tangent was taken at {:.1} nm",
            fourier.tangent_at_nm
        )
    } else {
        String::new()
    };
    if area.sigma.is_none_or(|sigma| sigma > LARGEST_RELATIVE_SIGMA * area.value) {
        return None;
    }
    if volume.value < area.value {
        return Some(format!(
            "⟨D⟩v comes out below ⟨D⟩a ({:.2} times), which no distribution of columns allows: size and strain are not told apart by the Fourier coefficients of these lines{hook}",
            volume.value / area.value
        ));
    }
    Some(format!(
        "⟨D⟩v is {:.2} times ⟨D⟩a = {:.1} ± {:.1} nm: the two are different averages of one distribution (spheres of one size: \
         1.13, exponentially distributed columns, which make Lorentzian lines: 2){hook}",
        volume.value / area.value,
        area.value,
        area.sigma.unwrap_or(0.0)
    ))
}
