//! Breadth of one line, and what of it the sample causes.
//!
//! A line is a pseudo-Voigt of full width Γ and Lorentzian share η. By the relations of Thompson, Cox and Hastings
//! (J. Appl. Cryst. 20 (1987) 79) it stands for a Gaussian and a Lorentzian width. Convolution with the instrument adds
//! Lorentzian widths and squares of Gaussian widths, so the sample's are `Γ_L − Γ_L,instrument` and
//! `√(Γ_G² − Γ_G,instrument²)`; the sample's line is the Voigt function of these. (Not the pseudo-Voigt again: its width
//! falls linearly as a Gaussian part vanishes, a true convolution's quadratically, and σ would diverge there.)

use doublet_common::lineshape::{Shape, Tch, Voigt, Width};
use doublet_common::{Quantity, Result};

/// An observed line: pseudo-Voigt width and share with their uncertainties.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breadth {
    /// Full width at half maximum, degrees.
    pub fwhm_deg: Quantity,
    /// Integral breadth, degrees.
    pub integral_breadth_deg: Quantity,
    /// Lorentzian share, 0 to 1.
    pub lorentzian_fraction: Quantity,
    /// Covariance of width and share, degrees.
    pub covariance_deg: f64,
}

/// What the sample contributes to a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleBreadth {
    /// Full width at half maximum, degrees.
    pub fwhm_deg: Quantity,
    /// Integral breadth, degrees.
    pub integral_breadth_deg: Quantity,
}

/// Gaussian and Lorentzian widths with their derivatives by (Γ, η): `d[component][variable]`.
struct Components {
    widths: [f64; 2],
    derivatives: [[f64; 2]; 2],
}

/// Takes Gaussian and Lorentzian instrument widths (FWHM, degrees) out of a line.
/// Gives none if the line is not wider than the instrument in either part.
///
/// # Errors
/// [`doublet_common::Error::Domain`] if a width is not positive or the share not in 0…1.
pub fn without_instrument(line: &Breadth, instrument_deg: [f64; 2]) -> Result<Option<SampleBreadth>> {
    let observed = components(line.fwhm_deg.value, line.lorentzian_fraction.value)?;
    let [gaussian_instrument, lorentzian_instrument] = instrument_deg;
    let [gaussian, lorentzian] = observed.widths;
    let square = gaussian * gaussian - gaussian_instrument * gaussian_instrument;
    let sample = [square.max(0.0).sqrt(), (lorentzian - lorentzian_instrument).max(0.0)];
    if sample[0] + sample[1] <= 0.0 {
        return Ok(None);
    }
    // ∂(sample width)/∂(observed width): G/G_s for the Gaussian, 1 for the Lorentzian, 0 for a part that vanished.
    let slopes = [if sample[0] > 0.0 { gaussian / sample[0] } else { 0.0 }, f64::from(u8::from(sample[1] > 0.0))];
    let shape = Voigt::new(sample[0], sample[1])?;
    let quantity = |width: Width| {
        let by = |variable: usize| -> f64 {
            (0..2).map(|part| width.d_parameters[part] * slopes[part] * observed.derivatives[part][variable]).sum()
        };
        Quantity { value: width.value, sigma: propagate(line, [by(0), by(1)]) }
    };
    Ok(Some(SampleBreadth {
        fwhm_deg: quantity(shape.fwhm()),
        integral_breadth_deg: quantity(shape.integral_breadth()),
    }))
}

fn propagate(line: &Breadth, gradient: [f64; 2]) -> Option<f64> {
    let (fwhm, fraction) = (line.fwhm_deg.sigma?, line.lorentzian_fraction.sigma.unwrap_or(0.0));
    let variance = (gradient[0] * fwhm).powi(2)
        + (gradient[1] * fraction).powi(2)
        + 2.0 * gradient[0] * gradient[1] * line.covariance_deg;
    (variance >= 0.0).then(|| variance.sqrt())
}

/// Inverts (Γ_G, Γ_L) → (Γ, η).
fn components(fwhm: f64, fraction: f64) -> Result<Components> {
    const STEPS: usize = 20;
    let eta = fraction.clamp(0.0, 1.0);
    // Start: the approximate inverse of the same paper.
    let mut gaussian = (1.0 - 0.74417 * eta - 0.24781 * eta * eta - 0.00810 * eta.powi(3)).max(0.0).sqrt();
    let mut lorentzian = 0.72928 * eta + 0.19289 * eta * eta + 0.07783 * eta.powi(3);
    let mut inverse = [[1.0, 0.0], [0.0, 1.0]];
    for _ in 0..STEPS {
        let shape = Tch::new(gaussian, lorentzian)?;
        let mixing = shape.mixing();
        let ([a, b], [c, d]) = (mixing.d_fwhm, mixing.d_lorentzian_fraction);
        let determinant = a * d - b * c;
        inverse = [[d / determinant, -b / determinant], [-c / determinant, a / determinant]];
        let (width_error, share_error) = (1.0 - mixing.fwhm, eta - mixing.lorentzian_fraction);
        let step = inverse.map(|row| row[0] * width_error + row[1] * share_error);
        gaussian = (gaussian + step[0]).max(0.0);
        lorentzian = (lorentzian + step[1]).max(0.0);
        if step[0].abs() + step[1].abs() < 1e-14 {
            break;
        }
    }
    // Computed for unit width: widths scale with Γ, so that ∂/∂Γ is the width itself and ∂/∂η scales.
    Ok(Components {
        widths: [gaussian * fwhm, lorentzian * fwhm],
        derivatives: [[gaussian, inverse[0][1] * fwhm], [lorentzian, inverse[1][1] * fwhm]],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(gaussian: f64, lorentzian: f64) -> Breadth {
        let shape = Tch::new(gaussian, lorentzian).unwrap();
        Breadth {
            fwhm_deg: Quantity::new(shape.mixing().fwhm, 0.001),
            integral_breadth_deg: Quantity::new(shape.integral_breadth().value, 0.001),
            lorentzian_fraction: Quantity::new(shape.mixing().lorentzian_fraction, 0.02),
            covariance_deg: -0.000_01,
        }
    }

    #[test]
    fn components_come_back() {
        // Truth: the widths that went in.
        for (g, l) in [(0.1, 0.0), (0.1, 0.02), (0.1, 0.1), (0.02, 0.1), (0.0, 0.1)] {
            let breadth = line(g, l);
            let found = components(breadth.fwhm_deg.value, breadth.lorentzian_fraction.value).unwrap().widths;
            assert!((found[0] - g).abs() < 1e-6 && (found[1] - l).abs() < 1e-6, "{g} {l}: {found:?}");
        }
    }

    #[test]
    fn the_instrument_is_taken_out() {
        // Truth: widths add linearly (Lorentzian) and in squares (Gaussian).
        let observed = line((0.06f64.powi(2) + 0.05f64.powi(2)).sqrt(), 0.02 + 0.1);
        let sample = without_instrument(&observed, [0.06, 0.02]).unwrap().unwrap();
        let truth = Voigt::new(0.05, 0.1).unwrap();
        assert!((sample.fwhm_deg.value - truth.fwhm().value).abs() < 1e-9);
        assert!((sample.integral_breadth_deg.value - truth.integral_breadth().value).abs() < 1e-9);
    }

    #[test]
    fn a_line_narrower_than_the_instrument_has_no_sample_width() {
        assert_eq!(without_instrument(&line(0.05, 0.01), [0.06, 0.02]).unwrap(), None);
    }

    #[test]
    fn sigma_follows_finite_differences() {
        // Truth: first-order propagation with numerical derivatives.
        let instrument = [0.04, 0.015];
        let observed = line(0.08, 0.06);
        let at = |d_fwhm: f64, d_share: f64| {
            let mut moved = observed;
            moved.fwhm_deg.value += d_fwhm;
            moved.lorentzian_fraction.value += d_share;
            without_instrument(&moved, instrument).unwrap().unwrap()
        };
        let h = 1e-6;
        let numeric = |pick: fn(&SampleBreadth) -> f64| {
            let a = (pick(&at(h, 0.0)) - pick(&at(-h, 0.0))) / (2.0 * h);
            let b = (pick(&at(0.0, h)) - pick(&at(0.0, -h))) / (2.0 * h);
            ((a * 0.001).powi(2) + (b * 0.02).powi(2) + 2.0 * a * b * -0.000_01).sqrt()
        };
        let sample = without_instrument(&observed, instrument).unwrap().unwrap();
        let fwhm = numeric(|s| s.fwhm_deg.value);
        let integral = numeric(|s| s.integral_breadth_deg.value);
        assert!((sample.fwhm_deg.sigma.unwrap() / fwhm - 1.0).abs() < 1e-6);
        assert!((sample.integral_breadth_deg.sigma.unwrap() / integral - 1.0).abs() < 1e-6);
    }
}
