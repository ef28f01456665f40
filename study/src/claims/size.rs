//! A crystallite size that is claimed.

use doublet_common::Quantity;
use doublet_xrd::analysis::{ClaimVerdict, PhaseSize};

use super::SampleAnswer;
use crate::analysis::SampleAnalysis;

/// Difference in σ from which a claimed size is not supported.
const LARGEST_Z: f64 = 2.0;

pub(super) fn answer(
    phase: Option<&str>,
    size_nm: f64,
    sigma_nm: Option<f64>,
    samples: &[&SampleAnalysis],
) -> (Vec<String>, Vec<SampleAnswer>) {
    let answers = samples.iter().map(|sample| {
        let sizes = sample.xrd.iter().flat_map(|analysis| &analysis.crystallite_size);
        let measured =
            sizes.filter(|s| Some(s.phase_id.as_str()) == phase).find_map(|s| Some((s, s.mean_size_fwhm_nm?)));
        match measured {
            Some((size, measured)) => judge(sample, size, measured, size_nm, sigma_nm),
            None => SampleAnswer::new(sample, ClaimVerdict::NotDecidable, "No size of this phase could be measured."),
        }
    });
    (Vec::new(), answers.collect())
}

fn judge(
    sample: &SampleAnalysis,
    size: &PhaseSize,
    measured: Quantity,
    size_nm: f64,
    sigma_nm: Option<f64>,
) -> SampleAnswer {
    let own = measured.sigma.unwrap_or(0.0);
    let value = format!("{:.1} ± {own:.1} nm", measured.value);
    if !size.instrument_removed {
        let (verdict, words) = if size_nm + LARGEST_Z * own < measured.value {
            (ClaimVerdict::NotSupported, "is below the lower limit")
        } else {
            (ClaimVerdict::NotDecidable, "is above the lower limit")
        };
        let text = format!("{size_nm} nm {words} of {value}: without an instrument profile no size can be told.");
        return SampleAnswer::new(sample, verdict, text);
    }
    let sigma = own.hypot(sigma_nm.unwrap_or(0.0));
    let z = (size_nm - measured.value) / sigma;
    let verdict = match sigma > 0.0 {
        true if z.abs() <= LARGEST_Z => ClaimVerdict::Supported,
        true => ClaimVerdict::NotSupported,
        false => ClaimVerdict::NotDecidable,
    };
    let text =
        format!("Measured {value} (Scherrer, full width at half maximum, strain neglected): {:.1} σ away.", z.abs());
    SampleAnswer::new(sample, verdict, text)
}
