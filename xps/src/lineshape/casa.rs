//! Line shapes by the names that CasaXPS gives them: `GL(30)`, `SGL(30)`, `LA(1.53,243)`, `LF(0.54,10,80,100,6)`.
//!
//! The width that CasaXPS writes beside a name is the measured one: of `GL` the FWHM of the product itself (which is smaller
//! than the width in its formula), of the others twice the half width towards lower binding energy.
//!
//! The integers that set the Gaussian of `LA` and `LF` are not documented. For `LF(α,β,w,m,n)` they were established on one
//! file, `LF(0.54,10,80,100,6)` with two widths: n convolutions with `exp(−(240 x / (m F))²)`, F the Lorentzian width; how m and n
//! act apart from each other is an assumption. `LA(α,β,m)` is taken to have one such Gaussian. There is no exported curve of it;
//! but with fits as they stand in files the scatter of the residuals is least within about 8 % of that width for most regions, m from
//! 100 to 243, and the areas then agree within 0.7 %; a W 4f prefers up to 40 % more. This is inferred, not known.

use doublet_common::Result;
use doublet_common::lineshape::Shape;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::char;
use nom::combinator::{all_consuming, opt};
use nom::multi::separated_list1;
use nom::number::complete::double;
use nom::sequence::delimited;
use nom::{IResult, Parser};

use super::{AsymmetricLorentzian, GlProduct, GlSum, SIGMA_TO_FWHM, TailedGl};

/// Number of the Gaussian for which CasaXPS writes `LA(0)`; `LA(100)` has none (Fairley et al., J. Vac. Sci. Technol. A 41 (2023)
/// 013203, supplement).
const LA_MOST_GAUSSIAN: f64 = 1401.0;

/// A line shape as CasaXPS names it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CasaShape {
    /// `GL(m)`: product, m the Lorentzian fraction from 0 to 1.
    GlProduct(f64),
    /// `GL(m)T(k)`: product with an exponential tail, m from 0 to 1.
    TailedGl {
        /// Lorentzian fraction.
        fraction: f64,
        /// CasaXPS's number for the tail.
        tail: f64,
    },
    /// `SGL(m)`: sum, m the Lorentzian fraction of the height from 0 to 1.
    GlSum(f64),
    /// `LA(α,β,m)`, `LA(α,m)` (α = β), or `LA(m)`, a Lorentzian of which m per cent of the way to a Gaussian are taken back.
    Asymmetric {
        /// Exponent towards higher binding energy.
        alpha: f64,
        /// Exponent towards lower binding energy.
        beta: f64,
        /// CasaXPS's number for the Gaussian.
        gaussian: f64,
    },
    /// `LF(α,β,w,m)` or `LF(α,β,w,m,n)`.
    Damped {
        /// Exponent towards higher binding energy.
        alpha: f64,
        /// Exponent towards lower binding energy.
        beta: f64,
        /// Damping width in units of the Lorentzian width.
        damping: f64,
        /// CasaXPS's number for the Gaussian.
        gaussian: f64,
        /// How often it is applied.
        convolutions: f64,
    },
}

impl CasaShape {
    /// Reads a name; none if it is another shape.
    pub fn parse(name: &str) -> Option<Self> {
        let (_, (first, tail)) = all_consuming((call, opt(call))).parse(name.trim()).ok()?;
        let (shape, numbers) = &first;
        match (*shape, &numbers[..], tail) {
            ("GL", [m], Some(("T", k))) if (0.0..=100.0).contains(m) && k.len() == 1 => {
                Some(Self::TailedGl { fraction: m / 100.0, tail: k[0] })
            }
            (.., Some(_)) => None,
            ("GL", [m], _) if (0.0..=100.0).contains(m) => Some(Self::GlProduct(m / 100.0)),
            ("SGL", [m], _) if (0.0..=100.0).contains(m) => Some(Self::GlSum(m / 100.0)),
            ("LA", [m], _) if (0.0..=100.0).contains(m) => {
                let gaussian = LA_MOST_GAUSSIAN * (1.0 - m / 100.0);
                Some(Self::Asymmetric { alpha: 1.0, beta: 1.0, gaussian })
            }
            ("LA", [alpha, gaussian], _) => Some(Self::Asymmetric { alpha: *alpha, beta: *alpha, gaussian: *gaussian }),
            ("LA", [alpha, beta, gaussian], _) => {
                Some(Self::Asymmetric { alpha: *alpha, beta: *beta, gaussian: *gaussian })
            }
            ("LF", [alpha, beta, damping, gaussian, rest @ ..], _) if rest.len() < 2 => Some(Self::Damped {
                alpha: *alpha,
                beta: *beta,
                damping: *damping,
                gaussian: *gaussian,
                convolutions: rest.first().copied().unwrap_or(1.0),
            }),
            _ => None,
        }
    }

    /// Whether its two sides differ.
    pub fn is_asymmetric(self) -> bool {
        match self {
            Self::GlProduct(_) | Self::GlSum(_) => false,
            Self::TailedGl { .. } => true,
            Self::Asymmetric { alpha, beta, .. } | Self::Damped { alpha, beta, .. } => alpha != beta,
        }
    }

    /// The shape whose FWHM, as CasaXPS measures it, is `fwhm_ev`; its area is one.
    ///
    /// # Errors
    /// As the shapes themselves: widths, exponents and fractions outside their range.
    pub fn shape(self, fwhm_ev: f64) -> Result<Box<dyn Shape>> {
        Ok(match self {
            Self::GlProduct(m) => Box::new(GlProduct::new(fwhm_ev / product_width(m)?, m)?),
            // Towards lower binding energy there is the product alone.
            Self::TailedGl { fraction, tail } => {
                Box::new(TailedGl::new(fwhm_ev / product_width(fraction)?, fraction, tail)?)
            }
            Self::GlSum(m) => Box::new(GlSum::new(fwhm_ev, m)?),
            Self::Asymmetric { alpha, beta, gaussian } => Box::new(scaled(fwhm_ev, alpha, beta, None, gaussian, 1.0)?),
            Self::Damped { alpha, beta, damping, gaussian, convolutions } => {
                Box::new(scaled(fwhm_ev, alpha, beta, Some(damping), gaussian, convolutions)?)
            }
        })
    }
}

/// FWHM of the product in units of the width in its formula.
fn product_width(fraction: f64) -> Result<f64> {
    Ok(GlProduct::new(1.0, fraction)?.fwhm().value)
}

/// LA or LF of the measured width `fwhm_ev`.
fn scaled(
    fwhm_ev: f64,
    alpha: f64,
    beta: f64,
    damping: Option<f64>,
    gaussian: f64,
    convolutions: f64,
) -> Result<AsymmetricLorentzian> {
    // exp(−(x/a)²) has σ = a/√2; n of them add in quadrature.
    let sigma = gaussian / 240.0 * (0.5 * convolutions).sqrt();
    // The shape scales with F, so that one measurement at F = 1 gives F.
    let make = |f: f64| AsymmetricLorentzian::new(f, f * sigma * SIGMA_TO_FWHM, alpha, beta, damping);
    make(fwhm_ev / make(1.0)?.casa_fwhm_ev())
}

/// `NAME(number,number,…)`
fn call(text: &str) -> IResult<&str, (&str, Vec<f64>)> {
    (take_while1(|c: char| c.is_ascii_alphabetic()), delimited(tag("("), separated_list1(char(','), double), tag(")")))
        .parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_files_have_them() {
        assert_eq!(CasaShape::parse("GL(30)"), Some(CasaShape::GlProduct(0.3)));
        assert_eq!(CasaShape::parse("SGL(30)"), Some(CasaShape::GlSum(0.3)));
        let la = CasaShape::parse("LA(1.53,243)").unwrap();
        assert_eq!(la, CasaShape::Asymmetric { alpha: 1.53, beta: 1.53, gaussian: 243.0 });
        assert!(!la.is_asymmetric() && CasaShape::parse("LA(1.3,2.5,11)").unwrap().is_asymmetric());
        let lf = CasaShape::parse("LF(0.54,10,80,100,6)").unwrap();
        assert!(matches!(lf, CasaShape::Damped { damping: 80.0, gaussian: 100.0, convolutions: 6.0, .. }));
        let voigt = CasaShape::parse("LA(50)").unwrap();
        assert_eq!(voigt, CasaShape::Asymmetric { alpha: 1.0, beta: 1.0, gaussian: 700.5 });
        let tailed = CasaShape::parse("GL(30)T(1.2)").unwrap();
        assert!(tailed == CasaShape::TailedGl { fraction: 0.3, tail: 1.2 } && tailed.is_asymmetric());
        for other in ["", "GL", "GL()", "SGL(30)T(1)", "GL(30)T(1)T(2)", "GL(130)", "DS(0.1,200)", "LF(1,2)", "GL(30)x"]
        {
            assert_eq!(CasaShape::parse(other), None, "{other}");
        }
    }
}
