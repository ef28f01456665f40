//! Lanczos1 with residuals in doubled precision.
//!
//! Its certified residuals are 9·10⁻¹⁴ for data of 2.5: 160 roundings of the data. Residuals formed in plain double
//! precision carry too few digits for a standard error to 4 digits, whatever the solver (3.1 to 3.4 are reached). Here `f − y` is formed in pairs
//! of doubles (Dekker, Numer. Math. 18 (1971) 224) and fitted to zero.

use std::path::Path;

use doublet_common::Result;
use doublet_common::fit::{Jacobian, Model};

/// An unevaluated sum of two doubles.
#[derive(Debug, Clone, Copy)]
struct Pair(f64, f64);

impl Pair {
    fn sum(a: f64, b: f64) -> Self {
        let s = a + b;
        let t = s - a;
        Self(s, (a - (s - t)) + (b - t))
    }

    fn add(self, other: Self) -> Self {
        let s = Self::sum(self.0, other.0);
        Self::sum(s.0, s.1 + self.1 + other.1)
    }

    fn times(self, other: Self) -> Self {
        let p = self.0 * other.0;
        let error = self.0.mul_add(other.0, -p);
        Self::sum(p, error + self.0 * other.1 + self.1 * other.0)
    }

    /// Quotient by a double.
    fn over(self, divisor: f64) -> Self {
        let q = self.0 / divisor;
        Self::sum(q, ((-q).mul_add(divisor, self.0) + self.1) / divisor)
    }

    /// Taylor series of a 512th of the argument, squared nine times.
    fn exp(self) -> Self {
        let r = Self(self.0 / 512.0, self.1 / 512.0);
        let (mut sum, mut term) = (Self(1.0, 0.0), Self(1.0, 0.0));
        for k in 1..14 {
            term = term.times(r).over(f64::from(k));
            sum = sum.add(term);
        }
        (0..9).fold(sum, |s, _| s.times(s))
    }

    /// Decimal number as it is written, such as `2.513400000000E+00`.
    fn parse(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once(['E', 'e']).unwrap_or((text, "0"));
        let decimals = mantissa.split_once('.').map_or(0, |(_, d)| d.len()) as i32;
        let integer: f64 = mantissa.replace('.', "").parse().unwrap();
        let power = exponent.parse::<i32>().unwrap() - decimals;
        assert!(integer.abs() < 2f64.powi(53) && power.abs() <= 22);
        if power < 0 { Self(integer, 0.0).over(10f64.powi(-power)) } else { Self(integer * 10f64.powi(power), 0.0) }
    }
}

/// `f − y` of Lanczos1.
#[derive(Debug)]
pub(crate) struct Lanczos1 {
    y: Vec<Pair>,
    x: Vec<Pair>,
}

impl Lanczos1 {
    /// From the file of the problem.
    pub(crate) fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join("Lanczos1.txt")).unwrap();
        let rows = text.lines().filter_map(|line| line.strip_prefix("data "));
        let (y, x) =
            rows.map(|row| row.split_once(' ').unwrap()).map(|(y, x)| (Pair::parse(y), Pair::parse(x))).unzip();
        Self { y, x }
    }
}

impl Model for Lanczos1 {
    fn observations(&self) -> usize {
        self.y.len()
    }

    fn evaluate(&self, b: &[f64], values: &mut [f64], mut jacobian: Option<&mut Jacobian>) -> Result<()> {
        if let Some(j) = &mut jacobian {
            (0..6).for_each(|k| _ = j.window(k, 0..self.y.len()));
        }
        for (i, (y, x)) in self.y.iter().zip(&self.x).enumerate() {
            let mut difference = Pair(-y.0, -y.1);
            for k in 0..3 {
                let e = Pair(-b[2 * k + 1], 0.0).times(*x).exp();
                difference = difference.add(e.times(Pair(b[2 * k], 0.0)));
                if let Some(j) = &mut jacobian {
                    j.columns[2 * k].values[i] = e.0;
                    j.columns[2 * k + 1].values[i] = -x.0 * b[2 * k] * e.0;
                }
            }
            values[i] = difference.0;
        }
        Ok(())
    }
}

#[test]
fn exponential_has_twenty_eight_digits() {
    // Truth: e = 2.71828182845904523536028747135266…; the second double of it.
    let e = Pair(1.0, 0.0).exp();
    assert_eq!(e.0, std::f64::consts::E);
    assert!((e.1 - 1.445646891729250e-16).abs() < 1e-28, "{:e}", e.1);
}
