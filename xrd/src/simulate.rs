//! Scans with known truth: structures in stated weight fractions, behind a stated instrument, counted with stated noise.
//!
//! Intensities follow `I ∝ w / (Z M V) · m |F|² Lp` (see [`crate::pattern`]); each line is a true Voigt function of the
//! instrument's Gaussian part and the sum of Lorentzian parts: instrument, size `K λ / (L cosθ)` with K = 0.89, and
//! microstrain `4 ε tanθ`, all as full widths at half maximum; microstrain may be Gaussian instead. The noise is that of counting, from a stated seed, so that
//! the same simulation gives the same scan anywhere.

use doublet_common::lineshape::{Shape, Voigt};
use doublet_common::provenance::{Input, sha256_hex};
use doublet_common::{Measurement, SigmaSource};
use ndarray::Array1;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Poisson};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::pattern::{PatternModel, lorentz_polarisation};
use crate::profile::{
    BraggLine, Contamination, ContaminationKind, EmissionModel, InstrumentProfile, Spectrum, bragg_lines, copies,
};
use crate::radiation::Radiation;
use crate::recipe::{ContaminationChoice, ContaminationStrength, InstrumentChoice, RadiationChoice};
use crate::scan::{IntensityUnit, Scan};
use crate::structure::{CrystalStructure, built_in};

/// Scherrer constant by which a size becomes a full width at half maximum.
pub const SCHERRER_K_FWHM: f64 = 0.89;

/// Most points that a simulation may have.
const MAX_POINTS: usize = 1_000_000;

/// Lines are followed this far beyond the range, so that their tails reach into it.
const MARGIN_DEG: f64 = 5.0;

/// A simulated measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// Title of the scan.
    pub title: String,
    /// Seed of the noise; none: expected counts without noise, rounded to whole counts.
    pub seed: Option<u64>,
    /// First and last 2θ, degrees.
    pub two_theta_range_deg: [f64; 2],
    /// Step, degrees.
    pub step_deg: f64,
    /// Radiation.
    pub radiation: RadiationChoice,
    /// How the Kα lines are described.
    #[serde(default, skip_serializing_if = "is_lines")]
    pub emission: EmissionModel,
    /// Lines of the tube beside Kα, with their ratios.
    #[serde(default, skip_serializing_if = "is_none")]
    pub contamination: ContaminationChoice,
    /// Profile of the instrument; one without any width is refused.
    #[serde(default)]
    pub instrument: InstrumentChoice,
    /// Counts at the highest point of the pattern, above background.
    pub highest_counts: f64,
    /// Chebyshev coefficients of the background on the range scaled to −1…1, counts.
    pub background_counts: Vec<f64>,
    /// Shift of every line by displacement · cosθ, degrees.
    #[serde(default)]
    pub displacement_deg: f64,
    /// Phases.
    #[serde(default)]
    pub phases: Vec<SimulatedPhase>,
}

/// One phase of a simulated sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulatedPhase {
    /// Id in the built-in set.
    pub id: String,
    /// Weight percent.
    pub weight_percent: f64,
    /// Size that broadens its lines, nm; none: no size broadening.
    pub size_nm: Option<f64>,
    /// Microstrain ε, which broadens by 4 ε tanθ.
    #[serde(default)]
    pub microstrain: f64,
    /// Microstrain that broadens by a Gaussian function of full width 4 ε tanθ.
    #[serde(default)]
    pub gaussian_microstrain: f64,
    /// Free cell parameters to use instead of the structure's (cubic: a; hexagonal: a, c; …), Å and degrees.
    pub cell: Option<Vec<f64>>,
}

fn is_lines(emission: &EmissionModel) -> bool {
    *emission == EmissionModel::Lines
}

fn is_none(contamination: &ContaminationChoice) -> bool {
    *contamination == ContaminationChoice::default()
}

impl Simulation {
    /// Reads a simulation; `name` appears in the error.
    ///
    /// # Errors
    /// [`Error::Recipe`] for anything that is not TOML of the known fields, with line and column.
    pub fn from_toml(name: &str, text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| Error::Recipe(format!("{name}: {}", error.to_string().trim_end())))
    }

    fn points(&self) -> Result<Vec<f64>> {
        let [low, high] = self.two_theta_range_deg;
        let in_range = 0.0 < low && low < high && high < 180.0;
        let steps = ((high - low) / self.step_deg).round();
        if !in_range || !(1.0..MAX_POINTS as f64).contains(&steps) || self.step_deg <= 0.0 {
            return Err(Error::Recipe(format!(
                "two_theta_range_deg [{low}, {high}] in steps of {}, expected ascending angles within 0 to 180 and at most {MAX_POINTS} points",
                self.step_deg
            )));
        }
        // Angles with the digits that a file holds: 0.02 · 3 must be 0.06.
        Ok((0..=steps as usize).map(|i| ((low + i as f64 * self.step_deg) * 1e6).round() / 1e6).collect())
    }
}

/// The scan of a simulation with phases of the built-in set.
///
/// # Errors
/// [`Error::Recipe`] with field and value for numbers that make no measurement; [`Error::Structure`] for unknown phases.
pub fn simulate(simulation: &Simulation) -> Result<Scan> {
    if simulation.instrument == InstrumentChoice::default() {
        return Err(Error::Recipe("[instrument] is missing and no instrument file is given, expected a width".into()));
    }
    let structures: Vec<CrystalStructure> =
        simulation.phases.iter().map(|phase| built_in(&phase.id)).collect::<Result<_>>()?;
    let radiation = simulation.radiation.resolve()?;
    let two_theta_deg = simulation.points()?;
    let mut expected = expected_lines(simulation, &structures, &radiation, &two_theta_deg)?;
    let highest = expected.iter().copied().fold(0.0, f64::max);
    if !(simulation.highest_counts >= 0.0 && simulation.highest_counts <= 1e12) {
        return refuse("highest_counts", simulation.highest_counts, "0 to 1e12");
    }
    let scale = if highest > 0.0 { simulation.highest_counts / highest } else { 0.0 };
    let background = background(simulation, &two_theta_deg)?;
    for (counts, background) in expected.iter_mut().zip(&background) {
        *counts = *counts * scale + background;
    }
    scan(simulation, radiation, two_theta_deg, &counted(&expected, simulation.seed))
}

fn refuse<T>(field: &str, value: f64, expected: &str) -> Result<T> {
    Err(Error::Recipe(format!("{field} = {value}, expected {expected}")))
}

/// Lines of all phases on a common arbitrary scale.
fn expected_lines(
    simulation: &Simulation,
    structures: &[CrystalStructure],
    radiation: &Radiation,
    two_theta_deg: &[f64],
) -> Result<Vec<f64>> {
    let mut expected = vec![0.0; two_theta_deg.len()];
    let contamination = contamination(&simulation.contamination, radiation)?;
    let spectrum = simulation.emission.spectrum(radiation)?;
    let [low, high] = simulation.two_theta_range_deg;
    // Contamination lines of a reflection stand far from it.
    let high = if contamination.is_empty() { high } else { 179.0 };
    let range = ((low - MARGIN_DEG).max(0.5), (high + MARGIN_DEG).min(179.0));
    for (phase, structure) in simulation.phases.iter().zip(structures) {
        check(phase)?;
        let model = PatternModel::new(structure, radiation, range)?;
        let cell = cell(phase, &model)?;
        let per_mass = phase.weight_percent / model.constants.zmv();
        let wavelength = radiation.reference_wavelength_angstrom();
        let positions = model.positions(&cell, wavelength);
        for (reflection, position) in model.reflections.iter().zip(positions.two_theta_deg) {
            let Some(bragg_deg) = position else { continue };
            let lp = lorentz_polarisation(bragg_deg, radiation.monochromator_two_theta_deg);
            let area = per_mass * f64::from(reflection.multiplicity) * reflection.f_squared * lp;
            let centre = bragg_deg + simulation.displacement_deg * (0.5 * bragg_deg).to_radians().cos();
            let InstrumentChoice { s_over_l, h_over_l, .. } = simulation.instrument;
            let of_lines = of_lines(spectrum.as_ref(), radiation, centre).into_iter();
            let of_lines = of_lines.map(|(line, natural)| (line, natural, bragg_deg, wavelength));
            let others = contamination.iter().flat_map(|c| {
                c.bragg_lines(radiation, bragg_deg).zip(&c.lines).map(|(mut line, emission)| {
                    let own = line.two_theta_deg;
                    line.two_theta_deg += simulation.displacement_deg * (0.5 * own).to_radians().cos();
                    (line, 0.0, own, emission.wavelength_angstrom)
                })
            });
            for (emission, natural_deg, own_deg, wavelength) in of_lines.chain(others) {
                let shape = line(simulation, phase, own_deg, wavelength, natural_deg)?;
                let fwhm_deg = shape.fwhm().value;
                for copy in copies(s_over_l, h_over_l, emission.two_theta_deg, fwhm_deg) {
                    let area = area * emission.share * copy.weight;
                    for (counts, x) in expected.iter_mut().zip(two_theta_deg) {
                        *counts += area * shape.at(x - copy.position_deg).value;
                    }
                }
            }
        }
    }
    Ok(expected)
}

/// Kα lines of a peak and the natural width of each.
fn of_lines(spectrum: Option<&Spectrum>, radiation: &Radiation, two_theta_deg: f64) -> Vec<(BraggLine, f64)> {
    let Some(spectrum) = spectrum else {
        return bragg_lines(radiation, two_theta_deg).map(|line| (line, 0.0)).collect();
    };
    let width = |(line, relative): (BraggLine, f64)| {
        (line, (2.0 * (0.5 * line.two_theta_deg).to_radians().tan() * relative).to_degrees())
    };
    spectrum.bragg_lines(two_theta_deg).map(width).collect()
}

fn contamination(choice: &ContaminationChoice, radiation: &Radiation) -> Result<Vec<Contamination>> {
    choice.check()?;
    let both = [(ContaminationKind::KBeta, choice.k_beta), (ContaminationKind::WLAlpha, choice.w_l_alpha)];
    let line = |(kind, strength): (ContaminationKind, Option<ContaminationStrength>)| match strength? {
        ContaminationStrength::Ratio(ratio) => Some(Contamination::new(kind, radiation, ratio)),
        ContaminationStrength::Free(_) => {
            let field = kind.option();
            Some(Err(Error::Recipe(format!("contamination.{field} = \"free\" in a simulation, expected a ratio"))))
        }
    };
    both.into_iter().filter_map(line).collect()
}

fn check(phase: &SimulatedPhase) -> Result<()> {
    let field = |name: &str| format!("phases.{}.{name}", phase.id);
    if !(phase.weight_percent > 0.0 && phase.weight_percent <= 100.0) {
        return refuse(&field("weight_percent"), phase.weight_percent, "more than 0, at most 100");
    }
    if let Some(size) = phase.size_nm.filter(|size| !(*size >= 0.5 && *size <= 1e6)) {
        return refuse(&field("size_nm"), size, "0.5 to 1e6");
    }
    for (name, strain) in [("microstrain", phase.microstrain), ("gaussian_microstrain", phase.gaussian_microstrain)] {
        if !(0.0..=0.1).contains(&strain) {
            return refuse(&field(name), strain, "0 to 0.1");
        }
    }
    Ok(())
}

fn cell(phase: &SimulatedPhase, model: &PatternModel) -> Result<Vec<f64>> {
    /// Intensities are computed at the structure's own cell: another must be near it.
    const NEAR: f64 = 0.05;
    let own = model.cell_parameters.values();
    let Some(given) = &phase.cell else { return Ok(own) };
    let near = given.len() == own.len() && given.iter().zip(&own).all(|(g, o)| (g / o - 1.0).abs() <= NEAR);
    if near {
        return Ok(given.clone());
    }
    Err(Error::Recipe(format!("phases.{}.cell = {given:?}, expected {own:?} to within 5 %", phase.id)))
}

/// Shape of one emission line of a reflection.
fn line(
    simulation: &Simulation,
    phase: &SimulatedPhase,
    bragg_deg: f64,
    wavelength_angstrom: f64,
    natural_deg: f64,
) -> Result<Voigt> {
    let theta = (0.5 * bragg_deg).to_radians();
    let instrument = InstrumentProfile::from(simulation.instrument);
    let size = phase
        .size_nm
        .map_or(0.0, |size| (SCHERRER_K_FWHM * 0.1 * wavelength_angstrom / (size * theta.cos())).to_degrees());
    let strain = (4.0 * phase.microstrain * theta.tan()).to_degrees();
    let gaussian_strain = (4.0 * phase.gaussian_microstrain * theta.tan()).to_degrees();
    let gaussian = instrument.gaussian_fwhm_squared_deg2(bragg_deg).max(0.0).sqrt().hypot(gaussian_strain);
    let lorentzian = instrument.lorentzian_fwhm_deg(bragg_deg).max(0.0) + size + strain + natural_deg;
    Ok(Voigt::new(gaussian, lorentzian)?)
}

fn background(simulation: &Simulation, two_theta_deg: &[f64]) -> Result<Vec<f64>> {
    let [low, high] = simulation.two_theta_range_deg;
    two_theta_deg
        .iter()
        .map(|x| {
            let s = (2.0 * x - low - high) / (high - low);
            // Clenshaw's recurrence for Σ c_k T_k(s).
            let (mut next, mut after) = (0.0, 0.0);
            for c in simulation.background_counts.iter().skip(1).rev() {
                (next, after) = (2.0 * s * next - after + c, next);
            }
            let value = s * next - after + simulation.background_counts.first().unwrap_or(&0.0);
            if value >= 0.0 && value.is_finite() {
                Ok(value)
            } else {
                refuse(&format!("background_counts at {x}°"), value, "a background that is nowhere negative")
            }
        })
        .collect()
}

/// Poisson counts of the expected ones; without a seed the expected ones, rounded.
fn counted(expected: &[f64], seed: Option<u64>) -> Vec<f64> {
    let Some(seed) = seed else { return expected.iter().map(|counts| counts.round()).collect() };
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    expected.iter().map(|mean| Poisson::new(*mean).map_or(0.0, |poisson| poisson.sample(&mut random))).collect()
}

fn scan(simulation: &Simulation, radiation: Radiation, two_theta_deg: Vec<f64>, counts: &[f64]) -> Result<Scan> {
    let data = Measurement::from_counts(two_theta_deg.into(), Array1::from(counts.to_vec()), SigmaSource::Counts)?;
    let text = toml::to_string(simulation).map_err(|error| Error::Recipe(error.to_string()))?;
    let comment = |text: String| (Scan::COMMENT.to_owned(), text);
    let seed = simulation.seed.map_or("no noise".to_owned(), |seed| format!("Poisson noise from seed {seed}"));
    let mut metadata = vec![comment(format!("{}, not measured: doublet xrd simulate, {seed}", Scan::SIMULATION_MARK))];
    for phase in &simulation.phases {
        let size = phase.size_nm.map_or("no size broadening".to_owned(), |size| format!("size {size} nm"));
        metadata.push(comment(format!(
            "truth: {} {} wt%, {size}, microstrain {}{}",
            phase.id,
            phase.weight_percent,
            phase.microstrain,
            if phase.gaussian_microstrain > 0.0 {
                format!(", Gaussian microstrain {}", phase.gaussian_microstrain)
            } else {
                String::new()
            }
        )));
    }
    let scan = Scan::of_data("simulation", data, IntensityUnit::Counts, Some(radiation));
    let input = Input {
        bytes: text.len() as u64,
        sha256: sha256_hex(text.as_bytes()),
        format: "simulation".into(),
        ..scan.input
    };
    Ok(Scan { counting_time_s: Some(1.0), title: Some(simulation.title.clone()), metadata, input, ..scan })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fluorite() -> Simulation {
        let id = doublet_reference_patterns::crystals::phases()[0].id;
        let text = format!(
            "title = 't'\nseed = 7\ntwo_theta_range_deg = [20.0, 30.0]\nstep_deg = 0.02\nhighest_counts = 1e6\n\
             background_counts = [100.0, -20.0]\n[radiation]\nanode = 'Cu'\n[instrument]\nw_deg2 = 0.0025\n\
             [[phases]]\nid = '{id}'\nweight_percent = 100.0\nsize_nm = 50.0\n"
        );
        Simulation::from_toml("simulation.toml", &text).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_counts_and_another_does_not() {
        let simulation = fluorite();
        let first = simulate(&simulation).unwrap();
        assert_eq!(first, simulate(&simulation).unwrap());
        let other = simulate(&Simulation { seed: Some(8), ..simulation }).unwrap();
        assert_ne!(first.intensity(), other.intensity());
        assert!(first.is_simulated());
    }

    #[test]
    fn counts_scatter_as_poisson_counts_do() {
        // Truth: χ² of Poisson counts around their mean is the number of points, σ = √(2n).
        let simulation = fluorite();
        let noisy = simulate(&simulation).unwrap();
        let mean = simulate(&Simulation { seed: None, ..simulation }).unwrap();
        let n = noisy.data.len() as f64;
        let chi: f64 = noisy.intensity().iter().zip(mean.intensity()).map(|(a, b)| (a - b).powi(2) / b.max(1.0)).sum();
        assert!((chi - n).abs() < 4.0 * (2.0 * n).sqrt(), "{chi} for {n}");
    }

    #[test]
    fn impossible_numbers_are_refused() {
        let bad = Simulation { step_deg: 1e-9, ..fluorite() };
        assert!(simulate(&bad).unwrap_err().to_string().contains("steps of 0.000000001"));
        let bad = Simulation { background_counts: vec![1.0, 5.0], ..fluorite() };
        assert!(simulate(&bad).unwrap_err().to_string().contains("background_counts"));
        let mut bad = fluorite();
        bad.phases[0].weight_percent = -1.0;
        assert!(simulate(&bad).unwrap_err().to_string().contains("weight_percent = -1"));
    }
}
