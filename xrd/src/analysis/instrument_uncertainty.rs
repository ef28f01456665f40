//! What the uncertainty of the instrument's profile does to sizes and strains.
//!
//! The numbers of an instrument are fitted ones, and what they miss is common to all lines: no averaging over reflections
//! takes it away. Their covariance is split into its principal components, sizes are computed anew with the instrument moved
//! by one standard deviation along each, to both sides, and half the differences are added in quadrature to the σ that the
//! lines give (JCGM 100:2008, 5.1.3, note 2). Signs and curvature need no formula that way, whatever the method.

use std::collections::BTreeMap;

use doublet_common::Quantity;
use nalgebra::SMatrix;

use super::PhaseSize;
use crate::error::Result;
use crate::profile::InstrumentProfile;
use crate::recipe::INSTRUMENT_NUMBERS;

/// Share of the largest variance below which a principal component is rounding.
const NO_VARIANCE: f64 = 1e-12;

/// Enlarges the σ of `sizes` by what the instrument's covariance causes; `again` computes them behind another instrument.
///
/// # Errors
/// What `again` refuses.
pub(super) fn include(
    sizes: &mut [PhaseSize],
    instrument: &InstrumentProfile,
    again: impl Fn(&InstrumentProfile) -> Result<Vec<PhaseSize>>,
) -> Result<()> {
    let Some(covariance) = &instrument.covariance else { return Ok(()) };
    let mut variances: Vec<BTreeMap<String, f64>> = vec![BTreeMap::new(); sizes.len()];
    for component in components(covariance) {
        let mut sides = [again(&moved(instrument, &component, 1.0))?, again(&moved(instrument, &component, -1.0))?];
        for (k, size) in sizes.iter_mut().enumerate() {
            let [up, down] = sides.each_mut().map(|side| side.get_mut(k).map(values).unwrap_or_default());
            for (name, value) in values(size) {
                let change = match (up.get(&name), down.get(&name)) {
                    (Some(up), Some(down)) => 0.5 * (up - down),
                    (Some(one), None) | (None, Some(one)) => one - value,
                    (None, None) => continue,
                };
                *variances[k].entry(name).or_default() += change * change;
            }
        }
    }
    for (size, variances) in sizes.iter_mut().zip(&variances) {
        visit(size, |name, quantity, share| {
            let variance = variances.get(name).copied().unwrap_or(0.0);
            quantity.sigma = quantity.sigma.map(|sigma| sigma.hypot(variance.sqrt()));
            if let Some(share) = share {
                *share = Some(variance.sqrt());
            }
        });
    }
    Ok(())
}

/// Says in every comparison what the σ hold of the instrument.
pub(super) fn say(sizes: &mut [PhaseSize], instrument: &InstrumentProfile) {
    for size in sizes.iter_mut().filter(|size| size.instrument_removed) {
        let text = match instrument.covariance {
            None => "the instrument's profile counts as exact: it came without uncertainties".into(),
            Some(_) => sentence(size),
        };
        size.comparison.push(text);
    }
}

/// Principal components of a covariance, each as long as its standard deviation.
fn components(covariance: &[[f64; INSTRUMENT_NUMBERS]; INSTRUMENT_NUMBERS]) -> Vec<[f64; INSTRUMENT_NUMBERS]> {
    // In units of each number's own σ, which differ by orders of magnitude.
    let scale: [f64; INSTRUMENT_NUMBERS] = std::array::from_fn(|i| covariance[i][i].max(0.0).sqrt());
    let correlation = SMatrix::<f64, INSTRUMENT_NUMBERS, INSTRUMENT_NUMBERS>::from_fn(|i, j| {
        if scale[i] > 0.0 && scale[j] > 0.0 { covariance[i][j] / (scale[i] * scale[j]) } else { 0.0 }
    });
    let eigen = correlation.symmetric_eigen();
    let largest = eigen.eigenvalues.max();
    (0..INSTRUMENT_NUMBERS)
        .filter(|k| eigen.eigenvalues[*k] > NO_VARIANCE * largest && largest > 0.0)
        .map(|k| std::array::from_fn(|i| scale[i] * eigen.eigenvectors[(i, k)] * eigen.eigenvalues[k].sqrt()))
        .collect()
}

fn moved(instrument: &InstrumentProfile, by: &[f64; INSTRUMENT_NUMBERS], sign: f64) -> InstrumentProfile {
    let numbers = instrument.numbers();
    InstrumentProfile::of_numbers(std::array::from_fn(|i| numbers[i] + sign * by[i]))
}

/// Calls `each` with every size and strain that all lines give together: name, number, and where its share of σ stands.
fn visit(size: &mut PhaseSize, mut each: impl FnMut(&str, &mut Quantity, Option<&mut Option<f64>>)) {
    for (name, mean) in [("fwhm", &mut size.mean_size_fwhm_nm), ("integral", &mut size.mean_size_integral_nm)] {
        mean.iter_mut().for_each(|mean| each(name, mean, None));
    }
    for row in &mut size.methods {
        if let Some(quantity) = &mut row.size_nm {
            each(&format!("size {:?}", row.method), quantity, Some(&mut row.size_sigma_by_instrument_nm));
        }
        if let Some(quantity) = &mut row.strain {
            each(&format!("strain {:?}", row.method), quantity, Some(&mut row.strain_sigma_by_instrument));
        }
    }
    for direction in &mut size.directions {
        if let Some(quantity) = &mut direction.size_nm {
            each(&format!("direction {}", direction.direction), quantity, None);
        }
    }
}

fn values(size: &mut PhaseSize) -> BTreeMap<String, f64> {
    let mut values = BTreeMap::new();
    visit(size, |name, quantity, _| {
        values.insert(name.to_owned(), quantity.value);
    });
    values
}

fn sentence(size: &PhaseSize) -> String {
    let text =
        "σ of means, methods and directions hold the uncertainty of the instrument's profile, which all lines share";
    let best = size.methods.iter().find(|row| Some(row.method) == size.best_method).or(size.methods.first());
    match best.and_then(|row| Some((row, row.size_nm?.sigma?, row.size_sigma_by_instrument_nm?))) {
        Some((row, whole, share)) => {
            format!("{text}: {share:.2} nm of the ± {whole:.2} nm of {}", row.method.name())
        }
        None => text.into(),
    }
}
