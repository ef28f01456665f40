//! Emission lines of one Bragg peak: `sin θ_k = (λ_k / λ_0) sin θ_0`, so `dθ_k/dθ_0 = (λ_k / λ_0) cos θ_0 / cos θ_k`.

use crate::radiation::Radiation;

/// One emission line of a Bragg peak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BraggLine {
    /// Position.
    pub two_theta_deg: f64,
    /// Derivative of the position with respect to that of the reference line.
    pub d_reference: f64,
    /// Share of the peak's area; the shares of all lines sum to 1.
    pub share: f64,
}

/// Position of a line of `ratio` times the reference wavelength, for a reference line at `two_theta_deg`, and its derivative by
/// that; none beyond 180°.
pub(super) fn place(ratio: f64, two_theta_deg: f64) -> Option<(f64, f64)> {
    let (sine, cosine) = (0.5 * two_theta_deg).to_radians().sin_cos();
    let line_sine = ratio * sine;
    let line_cosine = (1.0 - line_sine * line_sine).max(0.0).sqrt();
    // The reference line itself must not move by a rounding.
    let at = if ratio == 1.0 { two_theta_deg } else { 2.0 * line_sine.min(1.0).asin().to_degrees() };
    (line_cosine > 0.0).then_some((at, ratio * cosine / line_cosine))
}

/// Emission lines of the peak whose reference line stands at `two_theta_deg`, reference line first. A line that would
/// have to stand beyond 180° is left out; the shares remain those of the whole emission.
pub fn bragg_lines(radiation: &Radiation, two_theta_deg: f64) -> impl Iterator<Item = BraggLine> {
    let reference = radiation.reference_wavelength_angstrom();
    let total: f64 = radiation.lines.iter().map(|line| line.relative_intensity).sum();
    radiation.lines.iter().filter_map(move |line| {
        let (two_theta_deg, d_reference) = place(line.wavelength_angstrom / reference, two_theta_deg)?;
        Some(BraggLine { two_theta_deg, d_reference, share: line.relative_intensity / total })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiation::Anode;

    #[test]
    fn copper_doublet_splits_as_braggs_law_says() {
        // Truth: Bragg's law for d = 1 Å, 2 asin(λ/2d): 100.760° and 101.098° for Cu Kα1 1.5405929, Kα2 1.5444274 Å.
        let radiation = Radiation::k_alpha(Anode::Cu);
        let expected = radiation.lines.iter().map(|l| 2.0 * (l.wavelength_angstrom / 2.0).asin().to_degrees());
        let lines: Vec<_> = bragg_lines(&radiation, radiation.two_theta_deg(1.0).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        for (line, expected) in lines.iter().zip(expected) {
            assert!((line.two_theta_deg - expected).abs() < 1e-12);
        }
        assert!((lines[0].share - 2.0 / 3.0).abs() < 1e-15 && (lines[1].share - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn derivative_agrees_with_difference() {
        let radiation = Radiation::k_alpha(Anode::Mo);
        for two_theta in [5.0, 40.0, 120.0, 160.0] {
            let at = |t: f64| bragg_lines(&radiation, t).nth(1).unwrap();
            let numerical = (at(two_theta + 1e-5).two_theta_deg - at(two_theta - 1e-5).two_theta_deg) / 2e-5;
            assert!((at(two_theta).d_reference - numerical).abs() < 1e-7);
        }
    }

    #[test]
    fn a_line_beyond_backscattering_is_left_out() {
        assert_eq!(bragg_lines(&Radiation::k_alpha(Anode::Cu), 179.0).count(), 1);
    }
}
