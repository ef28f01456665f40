//! The 27 nonlinear problems of the NIST Statistical Reference Datasets: data, certified values, and models with analytic
//! derivatives.

use std::f64::consts::PI;
use std::path::Path;

use doublet_common::Result;
use doublet_common::fit::{Jacobian, Model, Parameters};

/// Value at predictors `x` and parameters `b`; fills the gradient over `b`.
pub(crate) type Curve = fn(b: &[f64], x: &[f64], gradient: &mut [f64]) -> f64;

/// One problem.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    /// Name that NIST gives it.
    pub(crate) name: &'static str,
    curve: Curve,
    /// Predictors, one row per observation.
    x: Vec<Vec<f64>>,
    /// Response, transformed as the model demands.
    pub(crate) observed: Vec<f64>,
    /// Both sets of start values.
    pub(crate) start: [Vec<f64>; 2],
    /// Certified parameters.
    pub(crate) certified: Vec<f64>,
    /// Certified standard errors.
    pub(crate) standard_error: Vec<f64>,
    /// Certified residual sum of squares.
    pub(crate) residual_sum_of_squares: f64,
}

impl Model for Problem {
    fn observations(&self) -> usize {
        self.observed.len()
    }

    fn evaluate(&self, b: &[f64], values: &mut [f64], jacobian: Option<&mut Jacobian>) -> Result<()> {
        let mut gradient = [0.0; 9];
        let gradient = &mut gradient[..b.len()];
        let Some(jacobian) = jacobian else {
            for (v, x) in values.iter_mut().zip(&self.x) {
                *v = (self.curve)(b, x, gradient);
            }
            return Ok(());
        };
        for j in 0..b.len() {
            jacobian.window(j, 0..values.len());
        }
        for (i, x) in self.x.iter().enumerate() {
            values[i] = (self.curve)(b, x, gradient);
            for (column, g) in jacobian.columns.iter_mut().zip(&*gradient) {
                column.values[i] = *g;
            }
        }
        Ok(())
    }
}

impl Problem {
    /// Free, unbounded parameters at one of the starts (0 or 1).
    pub(crate) fn parameters(&self, start: usize) -> Parameters {
        let mut set = Parameters::new();
        for (j, value) in self.start[start].iter().enumerate() {
            set.free(format!("b{}", j + 1), *value);
        }
        set
    }

    fn read(folder: &Path, name: &'static str, curve: Curve) -> Self {
        let text = std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
        let mut problem = Self {
            name,
            curve,
            x: Vec::new(),
            observed: Vec::new(),
            start: [Vec::new(), Vec::new()],
            certified: Vec::new(),
            standard_error: Vec::new(),
            residual_sum_of_squares: f64::NAN,
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split_whitespace();
            let key = words.next().unwrap();
            let numbers =
                |words: std::str::SplitWhitespace<'_>| words.map(|w| w.parse().unwrap()).collect::<Vec<f64>>();
            match key {
                "residual_sum_of_squares" => problem.residual_sum_of_squares = numbers(words)[0],
                "parameter" => {
                    words.next();
                    let row = numbers(words);
                    problem.start[0].push(row[0]);
                    problem.start[1].push(row[1]);
                    problem.certified.push(row[2]);
                    problem.standard_error.push(row[3]);
                }
                "data" => {
                    let row = numbers(words);
                    problem.observed.push(if name == "Nelson" { row[0].ln() } else { row[0] });
                    problem.x.push(row[1..].to_vec());
                }
                other => panic!("{name}: unknown line {other}"),
            }
        }
        problem
    }
}

/// All 27, read from `folder`.
pub(crate) fn all(folder: &Path) -> Vec<Problem> {
    CURVES.iter().map(|(name, curve)| Problem::read(folder, name, *curve)).collect()
}

const CURVES: [(&str, Curve); 27] = [
    ("Misra1a", saturating_exponential),
    ("Chwirut2", chwirut),
    ("Chwirut1", chwirut),
    ("Lanczos3", three_exponentials),
    ("Gauss1", two_gaussians),
    ("Gauss2", two_gaussians),
    ("DanWood", |b, x, g| {
        let power = x[0].powf(b[1]);
        (g[0], g[1]) = (power, b[0] * power * x[0].ln());
        b[0] * power
    }),
    ("Misra1b", |b, x, g| {
        let t = 1.0 + b[1] * x[0] / 2.0;
        (g[0], g[1]) = (1.0 - t.powi(-2), b[0] * x[0] * t.powi(-3));
        b[0] * g[0]
    }),
    ("Kirby2", |b, x, g| rational(b, x[0], g, 3)),
    ("Hahn1", |b, x, g| rational(b, x[0], g, 4)),
    ("Nelson", |b, x, g| {
        let e = (-b[2] * x[1]).exp();
        (g[0], g[1], g[2]) = (1.0, -x[0] * e, b[1] * x[0] * x[1] * e);
        b[0] - b[1] * x[0] * e
    }),
    ("MGH17", |b, x, g| {
        let (e4, e5) = ((-x[0] * b[3]).exp(), (-x[0] * b[4]).exp());
        (g[0], g[1], g[2], g[3], g[4]) = (1.0, e4, e5, -x[0] * b[1] * e4, -x[0] * b[2] * e5);
        b[0] + b[1] * e4 + b[2] * e5
    }),
    ("Lanczos1", three_exponentials),
    ("Lanczos2", three_exponentials),
    ("Gauss3", two_gaussians),
    ("Misra1c", |b, x, g| {
        let t = 1.0 + 2.0 * b[1] * x[0];
        (g[0], g[1]) = (1.0 - t.powf(-0.5), b[0] * x[0] * t.powf(-1.5));
        b[0] * g[0]
    }),
    ("Misra1d", |b, x, g| {
        let t = 1.0 + b[1] * x[0];
        (g[0], g[1]) = (b[1] * x[0] / t, b[0] * x[0] / (t * t));
        b[0] * g[0]
    }),
    ("Roszman1", |b, x, g| {
        let u = x[0] - b[3];
        let s = PI * (u * u + b[2] * b[2]);
        (g[0], g[1], g[2], g[3]) = (1.0, -x[0], -u / s, -b[2] / s);
        b[0] - b[1] * x[0] - (b[2] / u).atan() / PI
    }),
    ("ENSO", enso),
    ("MGH09", |b, x, g| {
        let x = x[0];
        let (top, bottom) = (x * x + x * b[1], x * x + x * b[2] + b[3]);
        g[0] = top / bottom;
        g[1] = b[0] * x / bottom;
        g[3] = -b[0] * top / (bottom * bottom);
        g[2] = g[3] * x;
        b[0] * g[0]
    }),
    ("Thurber", |b, x, g| rational(b, x[0], g, 4)),
    ("BoxBOD", saturating_exponential),
    ("Rat42", |b, x, g| {
        let e = (b[1] - b[2] * x[0]).exp();
        g[0] = 1.0 / (1.0 + e);
        g[1] = -b[0] * e * g[0] * g[0];
        g[2] = -x[0] * g[1];
        b[0] * g[0]
    }),
    ("MGH10", |b, x, g| {
        let u = x[0] + b[2];
        g[0] = (b[1] / u).exp();
        g[1] = b[0] * g[0] / u;
        g[2] = -b[1] * g[1] / u;
        b[0] * g[0]
    }),
    ("Eckerle4", |b, x, g| {
        let z = (x[0] - b[2]) / b[1];
        g[0] = (-0.5 * z * z).exp() / b[1];
        let value = b[0] * g[0];
        g[1] = value * (z * z - 1.0) / b[1];
        g[2] = value * z / b[1];
        value
    }),
    ("Rat43", |b, x, g| {
        let e = (b[1] - b[2] * x[0]).exp();
        g[0] = (1.0 + e).powf(-1.0 / b[3]);
        let value = b[0] * g[0];
        g[1] = -value * e / (b[3] * (1.0 + e));
        g[2] = -x[0] * g[1];
        g[3] = value * e.ln_1p() / (b[3] * b[3]);
        value
    }),
    ("Bennett5", |b, x, g| {
        let u = b[1] + x[0];
        g[0] = u.powf(-1.0 / b[2]);
        let value = b[0] * g[0];
        g[1] = -value / (b[2] * u);
        g[2] = value * u.ln() / (b[2] * b[2]);
        value
    }),
];

fn saturating_exponential(b: &[f64], x: &[f64], g: &mut [f64]) -> f64 {
    (g[0], g[1]) = (-(-b[1] * x[0]).exp_m1(), b[0] * x[0] * (-b[1] * x[0]).exp());
    b[0] * g[0]
}

fn chwirut(b: &[f64], x: &[f64], g: &mut [f64]) -> f64 {
    let bottom = b[1] + b[2] * x[0];
    let value = (-b[0] * x[0]).exp() / bottom;
    (g[0], g[1], g[2]) = (-x[0] * value, -value / bottom, -x[0] * value / bottom);
    value
}

fn three_exponentials(b: &[f64], x: &[f64], g: &mut [f64]) -> f64 {
    let mut value = 0.0;
    for k in 0..3 {
        let e = (-b[2 * k + 1] * x[0]).exp();
        (g[2 * k], g[2 * k + 1]) = (e, -x[0] * b[2 * k] * e);
        value += b[2 * k] * e;
    }
    value
}

fn two_gaussians(b: &[f64], x: &[f64], g: &mut [f64]) -> f64 {
    let e = (-b[1] * x[0]).exp();
    (g[0], g[1]) = (e, -x[0] * b[0] * e);
    let mut value = b[0] * e;
    for k in [2, 5] {
        let z = (x[0] - b[k + 1]) / b[k + 2];
        g[k] = (-z * z).exp();
        let peak = b[k] * g[k];
        g[k + 1] = peak * 2.0 * z / b[k + 2];
        g[k + 2] = g[k + 1] * z;
        value += peak;
    }
    value
}

/// Polynomial of `top` coefficients over `1 + …` with the rest.
fn rational(b: &[f64], x: f64, g: &mut [f64], top: usize) -> f64 {
    let above: f64 = b[..top].iter().rev().fold(0.0, |sum, c| sum * x + c);
    let below = 1.0 + x * b[top..].iter().rev().fold(0.0, |sum, c| sum * x + c);
    let value = above / below;
    for (k, g) in g.iter_mut().enumerate() {
        *g = if k < top { x.powi(k as i32) / below } else { -value * x.powi((k - top + 1) as i32) / below };
    }
    value
}

fn enso(b: &[f64], x: &[f64], g: &mut [f64]) -> f64 {
    let mut value = b[0];
    g[0] = 1.0;
    for (period, cosine) in [(None, 1), (Some(3), 4), (Some(6), 7)] {
        let angle = 2.0 * PI * x[0] / period.map_or(12.0, |p: usize| b[p]);
        let (sin, cos) = angle.sin_cos();
        (g[cosine], g[cosine + 1]) = (cos, sin);
        value += b[cosine] * cos + b[cosine + 1] * sin;
        if let Some(p) = period {
            g[p] = (b[cosine] * sin - b[cosine + 1] * cos) * angle / b[p];
        }
    }
    value
}
