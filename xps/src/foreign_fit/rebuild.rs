//! Curves of a CasaXPS fit, which its files hold as numbers only: background and components are computed again on the axis of
//! the data, so that a reviewer can judge the fit by its residuals.
//!
//! How CasaXPS computes them was established on files and on the curves that it exports (the tests on real files state how
//! closely each is met): the ends of a background are means of 1 + averaging points around the limits of the region, less the
//! offset in per cent; U2, U3 and U4 Tougaard are `B·T / ((C − T²)² + D·T²)` for T ≥ T0 with C = −450 eV², D = 0 for U2, B such
//! that both ends are met; areas are in counts per second times eV; the FWHM of a component is the measured one. The Gaussian
//! of `LA` is inferred (see [`CasaShape`]). A part that is not known is not guessed: the curves are then left out and the
//! reason is given.

use super::{CurveKind, ForeignComponent, ForeignCurve, ForeignFit, ForeignRegion};
use crate::background::BackgroundKind;
use crate::background::classical::between;
use crate::lineshape::CasaShape;
use crate::region::{EnergyScale, IntensityUnit, Region};

/// C of CasaXPS's two-parameter Tougaard background, in eV², in the form of three parameters.
const CASA_U2_C_EV2: f64 = -450.0;
/// CasaXPS counts a loss of exactly T0; this share of it lets rounding pass.
const GAP_ROUNDING: f64 = 1e-6;
/// Least points of a region.
const LEAST_POINTS: usize = 5;

/// Background, components and envelope on the axis of the data, in the unit of its intensities; none outside of the fitted
/// limits, where the program has no background. Curves that the file itself holds are returned as they are.
///
/// # Errors
/// Why the curves cannot be computed: an unknown background or line shape, limits outside of the data, a kinetic axis.
pub fn curves(region: &Region, fit: &ForeignFit) -> Result<Vec<ForeignCurve>, String> {
    if !fit.curves.is_empty() {
        return Ok(fit.curves.clone());
    }
    if region.energy_scale != EnergyScale::Binding {
        return Err("the axis is kinetic and the photon energy unknown".into());
    }
    let n = region.intensity().len();
    let mut background = vec![None; n];
    for part in &fit.regions {
        let (first, curve) = background_of(region, fit, part)?;
        background[first..first + curve.len()].iter_mut().zip(curve).for_each(|(b, value)| *b = Some(value));
    }
    if background.iter().all(Option::is_none) {
        return Err("no quantification region holds a background".into());
    }
    let lines = fit.components.iter().map(|c| component(region, fit, c)).collect::<Result<Vec<_>, _>>()?;
    let within = |values: &dyn Fn(usize, f64) -> f64| -> Vec<Option<f64>> {
        background.iter().enumerate().map(|(i, b)| b.map(|b| values(i, b))).collect()
    };
    let envelope = within(&|i, b| b + lines.iter().map(|line| line[i]).sum::<f64>());
    let curve = |name: &str, kind, values| ForeignCurve { name: name.into(), kind, values };
    let mut curves = vec![curve("Background", CurveKind::Background, background.clone())];
    for (part, line) in fit.components.iter().zip(&lines) {
        curves.push(curve(&part.name, CurveKind::Component, within(&|i, b| b + line[i])));
    }
    if !lines.is_empty() {
        curves.push(curve("Envelope", CurveKind::Envelope, envelope));
    }
    Ok(curves)
}

/// First point of a region and its background from there on.
fn background_of(region: &Region, fit: &ForeignFit, part: &ForeignRegion) -> Result<(usize, Vec<f64>), String> {
    let kind = kind(part)?;
    let limits = part.binding_energy_ev.ok_or("limits without a photon energy")?.map(|e| e - fit.energy_shift_ev);
    let (energy, intensity) = (region.energy_ev(), region.intensity());
    let first = energy.partition_point(|e| *e < limits[0]);
    let end = energy.partition_point(|e| *e <= limits[1]);
    if end < first + LEAST_POINTS {
        return Err(format!("region \"{}\" holds fewer than {LEAST_POINTS} points of the data", part.name));
    }
    let around = (0.5 * part.averaging).round().clamp(0.0, 1000.0) as usize;
    let height = |i: usize, offset_percent: f64| {
        let points = &intensity[i.saturating_sub(around)..(i + around + 1).min(intensity.len())];
        points.iter().sum::<f64>() / points.len() as f64 * (1.0 - offset_percent / 100.0)
    };
    let [high_offset, low_offset] = part.end_offsets;
    let ends = [height(first, low_offset), height(end - 1, high_offset)];
    between(&kind, &energy[first..end], &intensity[first..end], ends)
        .map(|curve| (first, curve))
        .map_err(|error| error.to_string())
}

/// The background that CasaXPS means.
fn kind(part: &ForeignRegion) -> Result<BackgroundKind, String> {
    let [_, c_ev2, d_ev2, gap_ev] = part.cross_section;
    match part.background.trim() {
        "Linear" => Ok(BackgroundKind::Linear),
        "Shirley" => Ok(BackgroundKind::Shirley),
        "U 2 Tougaard" => Ok(BackgroundKind::TougaardU3 { c_ev2: CASA_U2_C_EV2, d_ev2: 0.0 }),
        "U 3 Tougaard" | "U 4 Tougaard" => {
            Ok(BackgroundKind::TougaardU4 { c_ev2, d_ev2, gap_ev: gap_ev * (1.0 - GAP_ROUNDING) })
        }
        other => Err(format!("how CasaXPS computes the background \"{other}\" is not known here")),
    }
}

/// One component on the axis of the data.
fn component(region: &Region, fit: &ForeignFit, part: &ForeignComponent) -> Result<Vec<f64>, String> {
    let shape = CasaShape::parse(&part.line_shape)
        .ok_or_else(|| format!("the line shape {} of \"{}\" is not known here", part.line_shape, part.name))?
        .shape(part.fwhm_ev.value)
        .map_err(|error| format!("\"{}\": {error}", part.name))?;
    let position = part.binding_energy_ev.ok_or("a position without a photon energy")? - fit.energy_shift_ev;
    let time = if region.unit == IntensityUnit::Counts { region.counting_time_s().unwrap_or(1.0) } else { 1.0 };
    let area = part.area.value * time;
    Ok(region.energy_ev().iter().map(|e| area * shape.at(e - position).value).collect())
}
