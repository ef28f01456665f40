//! Other programs' own arithmetic, so that their tables can be reproduced and checked.
//!
//! * Avantage divides an area in counts/s·eV by `SF · TXFN · 26.17 · λ`, λ in nm: 26.17 brings its normalised areas to the
//!   scale of its own transmission function; it cancels in concentrations.
//! * CasaXPS divides by `RSF · T · λ` with the transmission and the escape depth that its region or the data supply.

/// Constant in Avantage's normalised areas.
pub const AVANTAGE_CONSTANT: f64 = 26.17;

/// Normalised area as Avantage prints it ("Area (N)"): area in counts/s·eV, path length in nm.
pub fn avantage_normalised_area(
    area_cps_ev: f64,
    sensitivity_factor: f64,
    transmission: f64,
    path_length_nm: f64,
) -> f64 {
    area_cps_ev / (sensitivity_factor * transmission * AVANTAGE_CONSTANT * path_length_nm)
}

/// `Area/(RSF*T*MFP)` as CasaXPS prints it.
pub fn casa_normalised_area(raw_area: f64, rsf: f64, transmission: f64, path_length: f64) -> f64 {
    raw_area / (rsf * transmission * path_length)
}

/// Shares in percent of the sum; empty if the sum is not positive.
pub fn percent(normalised: &[f64]) -> Vec<f64> {
    let total: f64 = normalised.iter().sum();
    if total.is_finite() && total > 0.0 { normalised.iter().map(|n| 100.0 * n / total).collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casa_percentages() {
        // Truth: a CasaXPS results table (Fe 2p of FeO): Area/(RSF*T*MFP) and %At Conc.
        let found = percent(&[1430.56, 671.00, 958.37, 355.03]);
        for (found, printed) in found.iter().zip([41.89, 19.65, 28.06, 10.40]) {
            assert!((found - printed).abs() < 0.005, "{found} {printed}");
        }
        assert!(percent(&[0.0]).is_empty());
    }
}
