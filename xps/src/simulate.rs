//! Simulated spectra with known truth: a description in TOML becomes regions of Poisson counts, from a stated seed.
//!
//! Areas follow from atomic percent, `A = brightness · t · x · RSF · (KE/1000 eV)^0.75` with Scofield's cross sections, so
//! that a quantification with the same library and path length must find `x` again. Every region says that it is
//! simulated, and holds its truth as comments.

use doublet_common::container::Content;
use doublet_common::lineshape::{Shape as _, Voigt};
use doublet_reference_patterns::photoelectrons::{self as tables, Level, Library};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::region::{DataSet, EnergyScale, IntensityUnit, Photons, RawSpectrum, ReadOptions, Region, StatedBy};

/// First words of the comment by which every simulated region says what it is.
pub const SIMULATION_MARK: &str = "Simulated data";
/// Name of the metadata entries that hold comments of a region.
pub(crate) const COMMENT: &str = "block comment";
/// Most points of a simulated region.
const MAX_POINTS: usize = 100_000;
/// Step of the grid on which losses are integrated, in eV.
const LOSS_STEP_EV: f64 = 0.02;
/// How far below a region losses are integrated from, in eV.
const LOSS_RANGE_EV: f64 = 60.0;
/// Exponent of the kinetic energy in the path length.
const PATH_LENGTH_EXPONENT: f64 = 0.75;

/// A sample to simulate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// Name of the sample.
    pub sample: String,
    /// Photon energy in eV.
    pub photon_energy_ev: f64,
    /// By how much every line appears above its binding energy, in eV.
    pub charge_shift_ev: f64,
    /// Counts·eV per second for one atomic percent of a line with the cross section of C 1s at 1000 eV.
    pub brightness: f64,
    /// Pass energy in eV, for the record.
    pub pass_energy_ev: f64,
    /// Regions.
    #[serde(rename = "region")]
    pub regions: Vec<SimulatedRegion>,
}

/// A region to simulate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulatedRegion {
    /// Core level.
    pub core_level: Level,
    /// First and last binding energy in eV, charging not included.
    pub range_ev: [f64; 2],
    /// Step in eV.
    pub step_ev: f64,
    /// Dwell time per channel and scan in seconds.
    pub dwell_time_s: f64,
    /// Number of scans.
    pub scans: u32,
    /// Constant background in counts per second.
    pub background_cps: f64,
    /// Shirley amplitude per eV.
    #[serde(default)]
    pub shirley_per_ev: f64,
    /// Lines.
    #[serde(rename = "component")]
    pub components: Vec<SimulatedComponent>,
}

/// A state to simulate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulatedComponent {
    /// State.
    pub state: String,
    /// Level; missing: that of the region.
    #[serde(default)]
    pub level: Option<Level>,
    /// True binding energy of the stronger line in eV.
    pub binding_energy_ev: f64,
    /// Atomic percent.
    pub atomic_percent: f64,
    /// Factor on the area that follows from it (1: as quantified).
    #[serde(default = "one")]
    pub factor: f64,
    /// Gaussian width in eV.
    pub gaussian_fwhm_ev: f64,
    /// Lorentzian width in eV.
    pub lorentzian_fwhm_ev: f64,
}

fn one() -> f64 {
    1.0
}

impl Simulation {
    /// Reads a description; `name` appears in the error.
    ///
    /// # Errors
    /// Anything that is not TOML of known fields, with line and column; numbers that cannot be simulated.
    pub fn from_toml(name: &str, text: &str) -> Result<Self> {
        let simulation: Self =
            toml::from_str(text).map_err(|error| Error::Recipe(format!("{name}: {}", error.to_string().trim_end())))?;
        simulation.check()?;
        Ok(simulation)
    }

    fn check(&self) -> Result<()> {
        let demand = |ok: bool, what: String| if ok { Ok(()) } else { Err(Error::Recipe(what)) };
        let positive = |v: f64| v.is_finite() && v > 0.0;
        demand(
            positive(self.photon_energy_ev),
            format!("photon_energy_ev = {}, expected a positive number", self.photon_energy_ev),
        )?;
        demand(positive(self.brightness), format!("brightness = {}, expected a positive number", self.brightness))?;
        for region in &self.regions {
            let name = &region.core_level;
            let [low, high] = region.range_ev;
            let points = (high - low) / region.step_ev;
            demand(
                positive(region.step_ev) && (1.0..MAX_POINTS as f64).contains(&points),
                format!(
                    "{name}: range [{low}, {high}] with step {}, expected 2 to {MAX_POINTS} points",
                    region.step_ev
                ),
            )?;
            demand(
                positive(region.dwell_time_s)
                    && region.scans > 0
                    && positive(region.background_cps)
                    && region.shirley_per_ev >= 0.0,
                format!("{name}: dwell_time_s, scans and background_cps must be positive, shirley_per_ev not negative"),
            )?;
        }
        Ok(())
    }

    /// Noise-free area of a component, both lines together, in counts·eV.
    ///
    /// # Errors
    /// [`Error::Recipe`] for a level without cross section.
    pub fn true_area(&self, region: &SimulatedRegion, component: &SimulatedComponent) -> Result<f64> {
        let level = component.level.as_ref().unwrap_or(&region.core_level).subshell();
        let rsf = tables::sensitivity(Library::Scofield, &level)
            .ok_or_else(|| Error::Recipe(format!("{level} has no cross section in the Scofield library")))?;
        let kinetic = self.photon_energy_ev - component.binding_energy_ev;
        let time = region.dwell_time_s * f64::from(region.scans);
        let path = (kinetic.max(1.0) / 1000.0).powf(PATH_LENGTH_EXPONENT);
        Ok(self.brightness * time * component.atomic_percent * rsf * path * component.factor)
    }
}

/// Simulates every region with Poisson noise from `seed`.
///
/// # Errors
/// [`Error::Recipe`] for levels without cross section; widths that are not positive.
pub fn simulate(simulation: &Simulation, seed: u64) -> Result<DataSet> {
    let regions = simulation
        .regions
        .iter()
        .enumerate()
        .map(|(index, region)| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(index as u64);
            simulate_region(simulation, region, seed, &mut rng)
        })
        .collect::<Result<Vec<Region>>>()?;
    Ok(DataSet { regions })
}

/// One line: area, position, shape.
struct Line {
    area: f64,
    position_ev: f64,
    shape: Voigt,
}

fn lines(simulation: &Simulation, region: &SimulatedRegion) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for component in &region.components {
        let level = component.level.as_ref().unwrap_or(&region.core_level);
        let shape = Voigt::new(component.gaussian_fwhm_ev, component.lorentzian_fwhm_ev)?;
        let total = simulation.true_area(region, component)?;
        let position_ev = component.binding_energy_ev + simulation.charge_shift_ev;
        let pair = tables::spin_orbit(level).zip(level.minor_to_major_area());
        let major = total / (1.0 + pair.map_or(0.0, |(_, ratio)| ratio));
        if let Some((pair, ratio)) = pair {
            let position_ev = position_ev + pair.splitting_ev;
            lines.push(Line { area: ratio * major, position_ev, shape: shape.clone() });
        }
        lines.push(Line { area: major, position_ev, shape });
    }
    Ok(lines)
}

/// Noise-free counts on the axis.
fn clean(region: &SimulatedRegion, lines: &[Line], axis: &[f64]) -> Vec<f64> {
    let signal = |e: f64| lines.iter().map(|l| l.area * l.shape.at(e - l.position_ev).value).sum::<f64>();
    let base = region.background_cps * region.dwell_time_s * f64::from(region.scans);
    let mut at = axis.first().copied().unwrap_or(0.0) - LOSS_RANGE_EV;
    let mut integral = 0.0;
    axis.iter()
        .map(|e| {
            // Whole steps, then the remainder, of the running integral.
            let steps = ((e - at) / LOSS_STEP_EV).ceil().max(1.0);
            let step = (e - at) / steps;
            for k in 0..steps as usize {
                let from = at + k as f64 * step;
                integral += 0.5 * step * (signal(from) + signal(from + step));
            }
            at = *e;
            base + signal(*e) + region.shirley_per_ev * integral
        })
        .collect()
}

fn simulate_region(
    simulation: &Simulation,
    region: &SimulatedRegion,
    seed: u64,
    rng: &mut ChaCha8Rng,
) -> Result<Region> {
    let [low, high] = region.range_ev.map(|e| e + simulation.charge_shift_ev);
    let points = ((high - low) / region.step_ev).round() as usize + 1;
    let axis: Vec<f64> = (0..points).map(|i| low + i as f64 * region.step_ev).collect();
    let lines = lines(simulation, region)?;
    let counts: Vec<f64> = clean(region, &lines, &axis)
        .iter()
        .map(|mean| Poisson::new(mean.max(1e-9)).map_or(0.0, |poisson| poisson.sample(rng)))
        .collect();
    let mut metadata = vec![(COMMENT.to_string(), format!("{SIMULATION_MARK}, not measured: seed {seed}"))];
    for component in &region.components {
        let level = component.level.as_ref().unwrap_or(&region.core_level);
        metadata.push((
            COMMENT.to_string(),
            format!(
                "truth: {level} {} at {} eV, area {:.1} counts eV, {} atomic percent",
                component.state,
                component.binding_energy_ev,
                simulation.true_area(region, component)?,
                component.atomic_percent
            ),
        ));
    }
    let label = region.core_level.to_string();
    let raw = RawSpectrum {
        core_level_hint: Some(label.clone()),
        sample: Some(simulation.sample.clone()),
        block: label.clone(),
        technique: Some("XPS".into()),
        dwell_time_s: Some(region.dwell_time_s),
        scans: Some(f64::from(region.scans)),
        pass_energy_ev: Some(simulation.pass_energy_ev),
        photons: Some(Photons {
            energy_ev: simulation.photon_energy_ev,
            label: Some("Al mono (simulated)".into()),
            stated_by: StatedBy::File,
        }),
        metadata,
        ..RawSpectrum::new(label, axis, Some(EnergyScale::Binding), counts, IntensityUnit::Counts)
    };
    let content = Content::from_bytes("simulated", Vec::new())?;
    raw.into_region(&content, "simulated", &ReadOptions::default())
}
