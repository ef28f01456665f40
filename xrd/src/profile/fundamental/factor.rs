//! One convolver in Fourier space with its derivatives, and products of them.

use num_complex::Complex;

/// Values at every frequency of a grid.
pub(super) type Transform = Vec<Complex<f64>>;

/// Transform of one aberration at every frequency of a grid.
pub(super) struct Factor {
    pub(super) value: Transform,
    /// Derivative by 2θ of the reflection, per degree; none: does not depend on it.
    pub(super) by_two_theta: Option<Transform>,
    /// Derivatives by own parameters.
    pub(super) by_own: Vec<(usize, Transform)>,
}

/// Product of all, and its derivatives by each of `own` parameters and, last, by 2θ; none where it does not depend on it.
pub(super) fn product(factors: &[Factor], own: usize) -> (Transform, Vec<Option<Transform>>) {
    let points = factors[0].value.len();
    let mut before: Vec<Transform> = vec![vec![Complex::new(1.0, 0.0); points]];
    for factor in factors {
        let last = &before[before.len() - 1];
        before.push(last.iter().zip(&factor.value).map(|(a, b)| a * b).collect());
    }
    let mut after = vec![Complex::new(1.0, 0.0); points];
    let mut derivatives: Vec<Option<Transform>> = vec![None; own + 1];
    for (factor, before) in factors.iter().zip(&before).rev() {
        let others: Transform = before.iter().zip(&after).map(|(a, b)| a * b).collect();
        let by_own = factor.by_own.iter().map(|(index, derivative)| (*index, derivative));
        for (index, derivative) in by_own.chain(factor.by_two_theta.iter().map(|derivative| (own, derivative))) {
            let sum = derivatives[index].get_or_insert_with(|| vec![Complex::default(); points]);
            for ((sum, d), others) in sum.iter_mut().zip(derivative).zip(&others) {
                *sum += d * others;
            }
        }
        after.iter_mut().zip(&factor.value).for_each(|(a, b)| *a *= b);
    }
    (before.pop().unwrap_or_default(), derivatives)
}
