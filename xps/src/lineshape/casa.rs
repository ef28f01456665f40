//! Line shapes by the names that CasaXPS gives them: `GL(30)`, `SGL(30)`, `LA(1.53,243)`, `LF(0.54,10,80,100,6)`.
//!
//! The integers that set the Gaussian of `LA` and `LF` are not documented. For `LF(α,β,w,m,n)` they were established on one
//! file, `LF(0.54,10,80,100,6)` with two widths: n convolutions with `exp(−(240 x / (m F))²)`, F the Lorentzian width; how m and n
//! act apart from each other is an assumption. For `LA` there was no curve to learn from, and no Gaussian is stated.

use doublet_common::Result;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::char;
use nom::combinator::all_consuming;
use nom::multi::separated_list1;
use nom::number::complete::double;
use nom::sequence::delimited;
use nom::{IResult, Parser};

use super::{AsymmetricLorentzian, SIGMA_TO_FWHM};

/// A line shape as CasaXPS names it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CasaShape {
    /// `GL(m)`: product, m the Lorentzian fraction from 0 to 1.
    GlProduct(f64),
    /// `SGL(m)`: sum, m the Lorentzian fraction of the height from 0 to 1.
    GlSum(f64),
    /// `LA(α,m)` (α = β) or `LA(α,β,m)`.
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
        let (_, (shape, numbers)) = all_consuming(call).parse(name.trim()).ok()?;
        match (shape, &numbers[..]) {
            ("GL", [m]) if (0.0..=100.0).contains(m) => Some(Self::GlProduct(m / 100.0)),
            ("SGL", [m]) if (0.0..=100.0).contains(m) => Some(Self::GlSum(m / 100.0)),
            ("LA", [alpha, gaussian]) => Some(Self::Asymmetric { alpha: *alpha, beta: *alpha, gaussian: *gaussian }),
            ("LA", [alpha, beta, gaussian]) => {
                Some(Self::Asymmetric { alpha: *alpha, beta: *beta, gaussian: *gaussian })
            }
            ("LF", [alpha, beta, damping, gaussian, rest @ ..]) if rest.len() < 2 => Some(Self::Damped {
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
            Self::Asymmetric { alpha, beta, .. } | Self::Damped { alpha, beta, .. } => alpha != beta,
        }
    }

    /// The damped shape whose FWHM, as CasaXPS measures it, is `fwhm_ev`; none for the other shapes.
    ///
    /// # Errors
    /// As [`AsymmetricLorentzian::new`].
    pub fn damped(self, fwhm_ev: f64) -> Option<Result<AsymmetricLorentzian>> {
        let Self::Damped { alpha, beta, damping, gaussian, convolutions } = self else { return None };
        // exp(−(x/a)²) has σ = a/√2; n of them add in quadrature.
        let sigma = gaussian / 240.0 * (0.5 * convolutions).sqrt();
        // The shape scales with F, so that one measurement at F = 1 gives F.
        let make = |f: f64| AsymmetricLorentzian::new(f, f * sigma * SIGMA_TO_FWHM, alpha, beta, Some(damping));
        Some(make(1.0).and_then(|unit| make(fwhm_ev / unit.casa_fwhm_ev())))
    }
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
        for other in ["", "GL", "GL()", "GL(130)", "DS(0.1,200)", "LF(1,2)", "GL(30)x"] {
            assert_eq!(CasaShape::parse(other), None, "{other}");
        }
    }
}
