//! Other programs' own arithmetic, so that their tables can be reproduced and checked.
//!
//! * Avantage divides an area in counts/s·eV by `SF · TXFN · 26.17 · λ`, λ in nm by TPP-2M of a solid that its exports do not
//!   name. Only the product 26.17·λ shows; from the four lines of one export it is inferred that λ = 2.368 nm (KE/1000 eV)^0.765
//!   within 0.03 % between 950 and 1290 eV. Two of the lines give the other two within 0.22 %, the outer two the inner ones within
//!   0.06 %. No second export was at hand: another solid in Avantage's settings, or energies beyond that range, may differ. The
//!   constant cancels in concentrations.
//! * CasaXPS divides by `RSF · T · MFP`: T is the transmission in the file at the position of the component, between points
//!   joined by straight lines, and MFP the kinetic energy to the power that the file gives as "MFP Exponent".

use doublet_common::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::foreign_fit::{ForeignComponent, ForeignPeak};
use crate::region::{EnergyScale, Region};

/// Constant in Avantage's normalised areas.
pub const AVANTAGE_CONSTANT: f64 = 26.17;
/// Path length at 1000 eV in nm and its exponent, as Avantage's tables imply them.
const AVANTAGE_PATH_NM: f64 = 2.368;
const AVANTAGE_EXPONENT: f64 = 0.765;
/// Name of CasaXPS's number in VAMAS blocks.
const CASA_EXPONENT: &str = "MFP Exponent";

/// Range of kinetic energies in eV in which Avantage's path length was inferred.
const AVANTAGE_RANGE_EV: std::ops::RangeInclusive<f64> = 950.0..=1290.0;

/// What has to be known about a table before its numbers are used; nothing for arithmetic that is stated in full.
pub fn caveats(program: Program, rows: &[ProgramRow]) -> Vec<String> {
    if program == Program::CasaXps {
        return Vec::new();
    }
    let mut caveats = vec![
        "the path length is inferred from one export of Avantage (0.03 % from 950 to 1290 eV); Avantage names neither its formula's \
         solid nor the values"
            .to_owned(),
    ];
    let beyond = |row: &&ProgramRow| !AVANTAGE_RANGE_EV.contains(&(AL_K_ALPHA_EV - row.binding_energy_ev.value));
    caveats.extend(
        rows.iter()
            .filter(beyond)
            .map(|row| format!("{}: kinetic energy beyond that range, the path length is extrapolated", row.name)),
    );
    caveats
}

/// Path length in nm that Avantage's tables imply at a kinetic energy in eV.
pub fn avantage_path_length_nm(kinetic_energy_ev: f64) -> f64 {
    AVANTAGE_PATH_NM * (kinetic_energy_ev / 1000.0).powf(AVANTAGE_EXPONENT)
}

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

/// Whose arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// Thermo Avantage: areas of its peak table.
    Avantage,
    /// CasaXPS: areas of its components.
    CasaXps,
}

/// One row of another program's table, computed anew. σ is absent: the programs state none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProgramRow {
    /// Spectrum.
    pub region: String,
    /// Sample.
    pub sample: Option<String>,
    /// Name of the peak or component.
    pub name: String,
    /// Binding energy in eV.
    pub binding_energy_ev: Quantity,
    /// Area as the program states it: Avantage counts/s·eV, CasaXPS in its own unit.
    pub area: Quantity,
    /// Sensitivity factor.
    pub sensitivity_factor: f64,
    /// Relative transmission.
    pub transmission: f64,
    /// Path length: nm for Avantage, relative for CasaXPS.
    pub path_length: f64,
    /// Normalised area.
    pub normalised_area: Quantity,
    /// Atomic percent of the rows of one sample.
    pub atomic_percent: Quantity,
}

/// The table that `program` would print from the areas in the files; empty if the files hold none.
pub fn table(program: Program, regions: &[Region]) -> Vec<ProgramRow> {
    let mut rows: Vec<ProgramRow> = regions
        .iter()
        .filter_map(|region| Some((region, region.analysis.as_ref()?)))
        .flat_map(|(region, fit)| match program {
            Program::Avantage => fit.peaks.iter().filter_map(|p| avantage_row(region, p)).collect::<Vec<_>>(),
            Program::CasaXps => fit.components.iter().filter_map(|c| casa_row(region, c)).collect(),
        })
        .collect();
    let totals: Vec<(Option<String>, f64)> =
        rows.iter().map(|row| (row.sample.clone(), row.normalised_area.value)).collect();
    for row in &mut rows {
        let total: f64 = totals.iter().filter(|(sample, _)| *sample == row.sample).map(|(_, n)| n).sum();
        row.atomic_percent = Quantity::without_sigma(100.0 * row.normalised_area.value / total);
    }
    rows
}

fn avantage_row(region: &Region, peak: &ForeignPeak) -> Option<ProgramRow> {
    let (area, factor, position) = (peak.area_cps_ev?, peak.sensitivity_factor?, peak.binding_energy_ev?);
    // Avantage exports are of Al Kα unless the workbook says otherwise.
    let photon = region.photons.as_ref().map_or(AL_K_ALPHA_EV, |p| p.energy_ev);
    let path_length = avantage_path_length_nm(photon - position);
    let transmission = peak.transmission.filter(|t| *t > 0.0).unwrap_or(1.0);
    let normalised = avantage_normalised_area(area, factor, transmission, path_length);
    row(region, &peak.name, position, area, [factor, transmission, path_length], normalised)
}

/// Photon energy of the Thermo spectrometers in eV, as their data files state it.
const AL_K_ALPHA_EV: f64 = 1486.68;

fn casa_row(region: &Region, component: &ForeignComponent) -> Option<ProgramRow> {
    let photon = region.photons.as_ref()?.energy_ev;
    let kinetic = component.stored_position_ev.value;
    let position = component.binding_energy_ev?;
    let transmission = transmission_at(region, photon, kinetic).unwrap_or(1.0);
    let exponent = region.metadata.iter().find(|(name, _)| name.starts_with(CASA_EXPONENT));
    let exponent = exponent.and_then(|(_, value)| value.trim().parse::<f64>().ok()).unwrap_or(0.0);
    let path_length = kinetic.powf(exponent);
    let normalised = casa_normalised_area(component.area.value, component.rsf, transmission, path_length);
    row(region, &component.name, position, component.area.value, [component.rsf, transmission, path_length], normalised)
}

/// Transmission in the file at a kinetic energy, between points joined by straight lines.
fn transmission_at(region: &Region, photon_ev: f64, kinetic_ev: f64) -> Option<f64> {
    let values = region.transmission.as_ref()?.values.as_ref()?;
    let at = if region.energy_scale == EnergyScale::Binding { photon_ev - kinetic_ev } else { kinetic_ev };
    let energy = region.energy_ev();
    let k = energy.partition_point(|e| *e < at).clamp(1, energy.len().checked_sub(1).filter(|n| *n > 0)?);
    let (e0, e1) = (*energy.get(k - 1)?, *energy.get(k)?);
    let (t0, t1) = (*values.get(k - 1)?, *values.get(k)?);
    let found = t0 + (t1 - t0) * ((at - e0) / (e1 - e0)).clamp(0.0, 1.0);
    (found.is_finite() && found > 0.0).then_some(found)
}

fn row(
    region: &Region,
    name: &str,
    position: f64,
    area: f64,
    [factor, transmission, path_length]: [f64; 3],
    normalised: f64,
) -> Option<ProgramRow> {
    normalised.is_finite().then(|| ProgramRow {
        region: region.label.clone(),
        sample: region.sample.clone(),
        name: name.into(),
        binding_energy_ev: Quantity::without_sigma(position),
        area: Quantity::without_sigma(area),
        sensitivity_factor: factor,
        transmission,
        path_length,
        normalised_area: Quantity::without_sigma(normalised),
        atomic_percent: Quantity::without_sigma(f64::NAN),
    })
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
