//! Peaks of a wide spectrum by a top-hat filter.

/// One peak on the measured axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Peak {
    /// Energy in eV.
    pub(super) energy_ev: f64,
    /// Its σ.
    pub(super) energy_sigma_ev: f64,
    /// Area above the mean of the flanks, in intensity · eV.
    pub(super) area: f64,
    /// Its σ.
    pub(super) area_sigma: f64,
    /// Filtered height over its noise.
    pub(super) significance: f64,
}

/// Widths of the filter in eV: core levels at survey resolution, broad pairs and Auger groups.
const WIDTHS_EV: [f64; 3] = [2.5, 5.0, 10.0];
/// Significance of a peak.
pub(super) const SIGNIFICANT: f64 = 6.0;
/// A broader filter must beat a narrower one by this to take its place.
const BROADER: f64 = 1.3;
/// Median of |x| for a standard normal x.
const MEDIAN_NORMAL: f64 = 0.674_49;

/// Response of one filter at one point.
#[derive(Clone, Copy)]
struct Response {
    height: f64,
    sigma: f64,
}

/// All peaks in ascending energy.
pub(super) fn find(energy_ev: &[f64], intensity: &[f64], sigma: &[f64]) -> Vec<Peak> {
    let sigma = at_least_the_scatter(intensity, sigma);
    let mut peaks: Vec<Peak> = Vec::new();
    for width in WIDTHS_EV {
        let responses: Vec<Response> =
            (0..energy_ev.len()).map(|i| response(energy_ev, intensity, &sigma, i, width)).collect();
        let z = |i: usize| if responses[i].sigma > 0.0 { responses[i].height / responses[i].sigma } else { 0.0 };
        for i in 1..energy_ev.len().saturating_sub(1) {
            let within = |j: &usize| (energy_ev[*j] - energy_ev[i]).abs() <= 0.5 * width;
            let from = (0..i).rev().take_while(within).last().unwrap_or(i);
            let to = (i..energy_ev.len()).take_while(within).last().unwrap_or(i);
            let highest = (from..=to).all(|j| responses[j].height < responses[i].height || j == i);
            if !highest || z(i) < SIGNIFICANT {
                continue;
            }
            let peak = measured(energy_ev, intensity, &responses[i], z(i), i, width);
            let near = |other: &Peak| (other.energy_ev - peak.energy_ev).abs() < 0.6 * width;
            // A broad filter that only smears narrower peaks says nothing new.
            if peaks.iter().all(|other| !near(other)) {
                peaks.push(peak);
            } else if let Some(same) = peaks.iter_mut().find(|other| near(other))
                && peak.significance > BROADER * same.significance
                && width > WIDTHS_EV[0]
            {
                (same.area, same.area_sigma, same.significance) = (peak.area, peak.area_sigma, peak.significance);
            }
        }
    }
    peaks.sort_by(|a, b| a.energy_ev.total_cmp(&b.energy_ev));
    peaks
}

/// σ scaled up where the second differences scatter more than it says.
fn at_least_the_scatter(intensity: &[f64], sigma: &[f64]) -> Vec<f64> {
    let mut ratios: Vec<f64> = intensity
        .windows(3)
        .zip(&sigma[1..])
        .map(|(w, s)| (w[0] - 2.0 * w[1] + w[2]).abs() / (6.0_f64.sqrt() * s.max(f64::MIN_POSITIVE)))
        .collect();
    ratios.sort_by(f64::total_cmp);
    let scatter = ratios.get(ratios.len() / 2).copied().unwrap_or(1.0) / MEDIAN_NORMAL;
    sigma.iter().map(|s| s * scatter.max(1.0)).collect()
}

/// Mean over the width minus mean of both flanks of half the width.
fn response(energy_ev: &[f64], intensity: &[f64], sigma: &[f64], i: usize, width: f64) -> Response {
    let span = |low: f64, high: f64| {
        let from = energy_ev.partition_point(|e| *e < energy_ev[i] + low - 1e-9);
        let to = energy_ev.partition_point(|e| *e <= energy_ev[i] + high + 1e-9);
        from..to
    };
    let (inner, left, right) = (span(-0.5 * width, 0.5 * width), span(-width, -0.5 * width), span(0.5 * width, width));
    let inner = inner.start.max(left.end)..inner.end.min(right.start);
    if left.is_empty() || right.is_empty() || inner.is_empty() {
        return Response { height: 0.0, sigma: 0.0 };
    }
    let mean = |r: &std::ops::Range<usize>| intensity[r.clone()].iter().sum::<f64>() / r.len() as f64;
    let noise =
        |r: &std::ops::Range<usize>| sigma[r.clone()].iter().map(|s| s * s).sum::<f64>() / (r.len() * r.len()) as f64;
    // The lower flank alone bounds a peak whose other flank is the step of its own losses.
    let height = mean(&inner) - 0.5 * (mean(&left) + mean(&right));
    let variance = noise(&inner) + 0.25 * (noise(&left) + noise(&right));
    Response { height, sigma: variance.sqrt() }
}

/// Energy by a parabola through the highest points near `i`, area from the filter.
fn measured(energy_ev: &[f64], intensity: &[f64], at: &Response, z: f64, i: usize, width: f64) -> Peak {
    let near = |j: &usize| (energy_ev[*j] - energy_ev[i]).abs() <= 0.5 * width;
    let range = i.saturating_sub(50)..(i + 51).min(energy_ev.len());
    let top = range.filter(near).max_by(|a, b| intensity[*a].total_cmp(&intensity[*b])).unwrap_or(i);
    let centre = match (top.checked_sub(1).and_then(|k| intensity.get(k)), intensity.get(top + 1)) {
        (Some(a), Some(c)) => {
            let bend = a - 2.0 * intensity[top] + c;
            let step = 0.5 * (energy_ev[top + 1] - energy_ev[top - 1]);
            energy_ev[top] + if bend < 0.0 { (0.5 * (a - c) / bend).clamp(-0.5, 0.5) * step } else { 0.0 }
        }
        _ => energy_ev[top],
    };
    let step = energy_ev.get(top + 1).map_or(1.0, |next| next - energy_ev[top]);
    Peak {
        energy_ev: centre,
        energy_sigma_ev: (0.3 * step).hypot(0.4 * width / z),
        area: at.height * width,
        area_sigma: at.sigma * width,
        significance: z,
    }
}
