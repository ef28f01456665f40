//! From the columns of a file to a region: binding energy, ascending order, counts and their σ.

use doublet_common::container::Content;
use doublet_common::error::Location;
use doublet_common::provenance::Input;
use doublet_common::{Measurement, SigmaSource};
use ndarray::Array1;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Column, EnergyScale, IntensityUnit, Photons, Region, ScanType, StatedBy, Transmission};
use crate::core_level::core_level_in;
use crate::error::{Error, Result};
use crate::foreign_fit::ForeignFit;

/// Range from which a scan without a telling name is taken for a survey, in eV.
const SURVEY_SPAN_EV: f64 = 300.0;
/// Fewest points from which the scatter of the intensities is judged.
const MIN_SCATTER_POINTS: usize = 40;
/// Smallest mean for which Poisson scatter is close enough to normal for the median to be used.
const MIN_SCATTER_MEAN: f64 = 5.0;
/// Scatter ratios outside this range contradict the claim that the intensities are counts. Detectors that share counts
/// between neighbouring channels reach 0.25 (measured on four makers' spectra).
const CREDIBLE_SCATTER: std::ops::RangeInclusive<f64> = 0.1..=3.0;
/// Scatter ratio below which neighbouring channels visibly share their noise (of 200 points, chance alone gives 0.5 at
/// times).
const SHARED_NOISE_BELOW: f64 = 0.45;
/// Median of a χ² variable with one degree of freedom.
const MEDIAN_CHI_SQUARED_1: f64 = 0.454_936;

/// What the user declares of files that do not say it themselves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReadOptions {
    /// What the energies of a file without a named axis are.
    pub axis: Option<EnergyScale>,
    /// Photon energy in eV; wins over the file's own, and the contradiction is said.
    pub photon_energy_ev: Option<f64>,
}

/// A spectrum as its file stores it; [`RawSpectrum::into_region`] makes the region.
#[derive(Debug, Clone)]
pub struct RawSpectrum {
    /// Name.
    pub label: String,
    /// Where in the file it stands, for errors.
    pub place: Location,
    /// Text from which the core level is read, where it is not the label.
    pub core_level_hint: Option<String>,
    /// Sample.
    pub sample: Option<String>,
    /// Block, sheet or part of the file.
    pub block: String,
    /// Technique.
    pub technique: Option<String>,
    /// Energies in eV, strictly monotonic in either direction.
    pub energies_ev: Vec<f64>,
    /// What they are in the file; none if the file does not say.
    pub energy_scale: Option<EnergyScale>,
    /// Intensities.
    pub intensities: Vec<f64>,
    /// Their unit in the file.
    pub stored_unit: IntensityUnit,
    /// Standard uncertainties of the intensities, where the file states them.
    pub sigmas: Option<Vec<f64>>,
    /// Dwell time per channel and scan in seconds.
    pub dwell_time_s: Option<f64>,
    /// Number of scans.
    pub scans: Option<f64>,
    /// Pass energy in eV.
    pub pass_energy_ev: Option<f64>,
    /// Photon energy.
    pub photons: Option<Photons>,
    /// Transmission, in stored order.
    pub transmission: Option<Transmission>,
    /// Work function in eV.
    pub work_function_ev: Option<f64>,
    /// Further columns, in stored order.
    pub columns: Vec<Column>,
    /// Fit found in the file, curves in stored order.
    pub analysis: Option<ForeignFit>,
    /// Everything else.
    pub metadata: Vec<(String, String)>,
    /// What the reader noticed about this spectrum.
    pub warnings: Vec<String>,
}

impl RawSpectrum {
    /// A spectrum of nothing but its columns.
    pub fn new(
        label: impl Into<String>,
        energies_ev: Vec<f64>,
        energy_scale: Option<EnergyScale>,
        intensities: Vec<f64>,
        stored_unit: IntensityUnit,
    ) -> Self {
        Self {
            label: label.into(),
            place: Location::Whole,
            core_level_hint: None,
            sample: None,
            block: String::new(),
            technique: None,
            energies_ev,
            energy_scale,
            intensities,
            stored_unit,
            sigmas: None,
            dwell_time_s: None,
            scans: None,
            pass_energy_ev: None,
            photons: None,
            transmission: None,
            work_function_ev: None,
            columns: Vec::new(),
            analysis: None,
            metadata: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The region: BE = hν − KE where hν is known, ascending, counts = cps × dwell × scans where all are known.
    ///
    /// # Errors
    /// Fewer than two points, columns of different length, values that are not finite, energies that do not run in one
    /// direction: with file, place, index and value; [`Error::NoEnergyAxis`] if nobody says what the energies are.
    pub fn into_region(mut self, content: &Content, format: &str, options: &ReadOptions) -> Result<Region> {
        let place = self.place.clone();
        let refuse = |found: String, expected: &str| content.error(place.clone(), found, expected);
        let points = self.energies_ev.len();
        if points < 2 || self.intensities.len() != points {
            let found = format!("{points} energies and {} intensities", self.intensities.len());
            return Err(refuse(found, "at least two of each, in equal number").into());
        }
        if let Some(i) = self.intensities.iter().position(|y| !y.is_finite()) {
            let found = format!("intensity {} at point {i}", self.intensities[i]);
            return Err(refuse(found, "a finite number").into());
        }
        let descending = direction(&self.energies_ev).map_err(|(i, e)| {
            refuse(format!("energy {e} at point {i}"), "energies that all ascend or all descend")
                .with_advice("split overlapping scans into separate regions")
        })?;
        self.declare_photons(options);
        let Some(scale) = self.energy_scale.or(options.axis) else {
            return Err(Error::NoEnergyAxis { file: content.shown_name().to_owned() });
        };
        let (scale, turned) = self.convert_to_binding_energy(scale);
        if turned != descending {
            self.reverse();
        }
        if let (Some(fit), Some(photons)) = (&mut self.analysis, &self.photons) {
            fit.resolve_binding_energies(photons.energy_ev);
        }
        let unit = self.convert_to_counts();
        let data = self.measurement(unit).map_err(|error| refuse(error.to_string(), "a measured curve"))?;
        Ok(self.finish(scale, data, unit, content.input(format, Vec::new())))
    }

    /// The photon energy to use: the user's, else the file's.
    fn declare_photons(&mut self, options: &ReadOptions) {
        let Some(energy_ev) = options.photon_energy_ev else { return };
        if let Some(stated) = self.photons.as_ref().filter(|photons| photons.energy_ev != energy_ev) {
            let warning = format!("photon energy {energy_ev} eV as given; the file states {} eV", stated.energy_ev);
            self.warnings.push(warning);
        }
        let label = self.photons.take().and_then(|photons| photons.label);
        self.photons = Some(Photons { energy_ev, label, stated_by: StatedBy::User });
    }

    /// Turns kinetic into binding energy where the photon energy is known; whether that turned the direction round.
    fn convert_to_binding_energy(&mut self, scale: EnergyScale) -> (EnergyScale, bool) {
        let (EnergyScale::Kinetic, Some(photons)) = (scale, &self.photons) else { return (scale, false) };
        for energy in &mut self.energies_ev {
            *energy = photons.energy_ev - *energy;
        }
        (EnergyScale::Binding, true)
    }

    fn reverse(&mut self) {
        self.energies_ev.reverse();
        self.intensities.reverse();
        self.sigmas.iter_mut().for_each(|sigmas| sigmas.reverse());
        if let Some(values) = self.transmission.as_mut().and_then(|t| t.values.as_mut()) {
            *values = values.iter().rev().copied().collect();
        }
        for column in &mut self.columns {
            column.values = column.values.iter().rev().copied().collect();
        }
        for curve in self.analysis.iter_mut().flat_map(|a| &mut a.curves) {
            curve.values.reverse();
        }
    }

    /// Counts where they are known or follow; the unit of the intensities afterwards.
    fn convert_to_counts(&mut self) -> IntensityUnit {
        if self.stored_unit == IntensityUnit::CountsPerSecond
            && let (Some(dwell), Some(scans)) = (self.dwell_time_s, self.scans)
            && dwell > 0.0
            && scans > 0.0
        {
            for y in self.intensities.iter_mut().chain(self.sigmas.iter_mut().flatten()) {
                *y *= dwell * scans;
            }
            return self.counts_unless_negative();
        }
        match self.stored_unit {
            IntensityUnit::Counts => self.counts_unless_negative(),
            other => other,
        }
    }

    fn counts_unless_negative(&mut self) -> IntensityUnit {
        let Some(i) = self.intensities.iter().position(|y| *y < 0.0) else { return IntensityUnit::Counts };
        self.warnings.push(format!(
            "intensity {} at {} eV is negative: these are no counts, their unit is taken as arbitrary",
            self.intensities[i], self.energies_ev[i]
        ));
        IntensityUnit::Arbitrary
    }

    /// σ of the file where stated; σ² = counts for counts; otherwise σ² = gain × intensity, the gain judged from the scatter.
    fn measurement(&mut self, unit: IntensityUnit) -> doublet_common::Result<Measurement> {
        let scatter = scatter_ratio(&self.intensities);
        let credible = scatter.is_none_or(|ratio| CREDIBLE_SCATTER.contains(&ratio));
        let x = Array1::from_vec(std::mem::take(&mut self.energies_ev));
        let y = Array1::from_vec(std::mem::take(&mut self.intensities));
        if let Some(sigmas) = self.sigmas.take() {
            return Measurement::new(x, y, Array1::from_vec(sigmas), SigmaSource::File);
        }
        if unit == IntensityUnit::Counts && credible {
            if let Some(ratio) = scatter.filter(|ratio| *ratio < SHARED_NOISE_BELOW) {
                self.warnings.push(format!(
                    "point-to-point variance is {ratio:.2} of what independent counts show: neighbouring channels share \
                     counts, so that χ² comes out below 1 and residuals correlate"
                ));
            }
            return Measurement::from_counts(x, y, SigmaSource::Counts);
        }
        let gain = scatter.filter(|ratio| *ratio > 0.0).unwrap_or(1.0);
        self.warnings.push(match (unit, scatter) {
            (IntensityUnit::Counts, _) => format!(
                "the point-to-point variance is {gain:.3} times the intensity: the stored numbers are no plain counts but \
                 multiplied by a factor, or smoothed; σ is taken from the scatter and χ² is not absolute"
            ),
            (_, Some(_)) => format!(
                "counts are not known; σ² = {gain:.3e} × intensity is taken from the point-to-point scatter and χ² is not \
                 absolute"
            ),
            (_, None) => "counts are not known and the scatter cannot be judged; σ² = intensity is an assumption".into(),
        });
        let sigma = y.mapv(|value: f64| (gain * value.abs().max(gain)).sqrt());
        Measurement::new(x, y, sigma, SigmaSource::AssumedCounts)
    }

    fn finish(self, energy_scale: EnergyScale, data: Measurement, unit: IntensityUnit, mut input: Input) -> Region {
        let span = data.x()[data.len() - 1] - data.x()[0];
        let lower = self.label.to_lowercase();
        let survey =
            lower.contains("survey") || lower.contains("wide") || lower.starts_with("su1s") || span >= SURVEY_SPAN_EV;
        input.reader_warnings.extend(self.warnings);
        let core_level = self.core_level_hint.as_deref().and_then(core_level_in).or_else(|| core_level_in(&self.label));
        Region {
            core_level: if survey { None } else { core_level },
            label: self.label,
            sample: self.sample.filter(|s| !s.trim().is_empty()),
            block: self.block,
            technique: self.technique,
            scan_type: if survey { ScanType::Survey } else { ScanType::Narrow },
            energy_scale,
            data,
            unit,
            stored_unit: self.stored_unit,
            dwell_time_s: self.dwell_time_s,
            scans: self.scans,
            pass_energy_ev: self.pass_energy_ev,
            photons: self.photons,
            transmission: self.transmission,
            work_function_ev: self.work_function_ev,
            columns: self.columns,
            analysis: self.analysis.filter(|a| !a.is_empty()),
            metadata: self.metadata,
            input,
        }
    }
}

/// Whether the energies descend; index and value of the first that breaks the direction.
fn direction(energies: &[f64]) -> std::result::Result<bool, (usize, f64)> {
    if let Some(i) = energies.iter().position(|e| !e.is_finite()) {
        return Err((i, energies[i]));
    }
    let descending = energies[1] < energies[0];
    match energies.windows(2).position(|w| if descending { w[1] >= w[0] } else { w[1] <= w[0] }) {
        Some(i) => Err((i + 1, energies[i + 1])),
        None => Ok(descending),
    }
}

/// Point-to-point variance divided by the mean, from third differences (which cancel any smooth curve).
///
/// Independent counts give 1; counts multiplied by a factor f give f; smoothed or interpolated data less than their
/// factor. The median over the points keeps steep lines from mattering. None for fewer than 40 points of mean ≥ 5 counts
/// in the case of small integers, or where every intensity is zero.
pub fn scatter_ratio(intensities: &[f64]) -> Option<f64> {
    let looks_counted = intensities.iter().all(|y| y.fract() == 0.0);
    let mut ratios: Vec<f64> = intensities
        .windows(4)
        .filter_map(|w| {
            let mean = (w[0] + w[1] + w[2] + w[3]) / 4.0;
            let third = w[3] - 3.0 * w[2] + 3.0 * w[1] - w[0];
            // Var(third difference) = (1 + 9 + 9 + 1) σ².
            let usable = mean > 0.0 && (!looks_counted || mean >= MIN_SCATTER_MEAN);
            usable.then(|| third * third / (20.0 * mean))
        })
        .collect();
    if ratios.len() < MIN_SCATTER_POINTS {
        return None;
    }
    ratios.sort_by(f64::total_cmp);
    Some(ratios[ratios.len() / 2] / MEDIAN_CHI_SQUARED_1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region_of(raw: RawSpectrum, options: &ReadOptions) -> Result<Region> {
        raw.into_region(&Content::from_bytes("f.csv", Vec::new()).unwrap(), "test", options)
    }

    fn al() -> Option<Photons> {
        Some(Photons { energy_ev: 1486.6, label: None, stated_by: StatedBy::File })
    }

    #[test]
    fn kinetic_energies_become_ascending_binding_energies() {
        let mut raw = RawSpectrum::new(
            "C 1s",
            vec![1196.6, 1201.6, 1206.6],
            Some(EnergyScale::Kinetic),
            vec![10.0, 20.0, 30.0],
            IntensityUnit::CountsPerSecond,
        );
        raw.photons = al();
        raw.dwell_time_s = Some(0.5);
        raw.scans = Some(4.0);
        raw.work_function_ev = Some(4.2);
        raw.transmission =
            Some(Transmission { values: Some(ndarray::array![1.0, 2.0, 3.0]), coefficients: vec![], applied: None });
        let region = region_of(raw, &ReadOptions::default()).unwrap();
        assert_eq!(region.energy_scale, EnergyScale::Binding);
        for (be, expected) in region.energy_ev().iter().zip([280.0, 285.0, 290.0]) {
            assert!((be - expected).abs() < 1e-9, "the work function must not enter: {be}");
        }
        assert_eq!(region.intensity(), [60.0, 40.0, 20.0]);
        assert_eq!(region.unit, IntensityUnit::Counts);
        assert_eq!(region.counts_per_second().unwrap(), ndarray::array![30.0, 20.0, 10.0]);
        assert_eq!(region.transmission.unwrap().values.unwrap(), ndarray::array![3.0, 2.0, 1.0]);
        assert_eq!(region.core_level.as_deref(), Some("C 1s"));
    }

    #[test]
    fn turning_energies_are_refused_with_index_and_value() {
        let raw = |energies: Vec<f64>| {
            let n = energies.len();
            let scale = Some(EnergyScale::Binding);
            let mut raw = RawSpectrum::new("a", energies, scale, vec![1.0; n], IntensityUnit::Counts);
            raw.place = Location::Line(3);
            region_of(raw, &ReadOptions::default()).unwrap_err().to_string()
        };
        assert!(raw(vec![1.0, 2.0, 1.5]).contains("f.csv, line 3: found energy 1.5 at point 2"));
        assert!(raw(vec![2.0, 2.0]).contains("energy 2 at point 1"));
        assert!(raw(vec![2.0, f64::NAN]).contains("energy NaN at point 1"));
        assert!(raw(vec![2.0]).contains("1 energies and 1 intensities"));
    }

    #[test]
    fn an_undeclared_axis_is_refused_and_a_declared_one_taken() {
        let raw = || RawSpectrum::new("a", vec![1200.0, 1201.0], None, vec![1.0, 2.0], IntensityUnit::CountsPerSecond);
        let text = region_of(raw(), &ReadOptions::default()).unwrap_err().to_string();
        assert!(text.contains("f.csv") && text.contains("--axis be"), "{text}");
        let kinetic = ReadOptions { axis: Some(EnergyScale::Kinetic), photon_energy_ev: None };
        assert_eq!(region_of(raw(), &kinetic).unwrap().energy_scale, EnergyScale::Kinetic);
        let both = ReadOptions { photon_energy_ev: Some(1486.6), ..kinetic };
        let region = region_of(raw(), &both).unwrap();
        assert_eq!(region.energy_scale, EnergyScale::Binding);
        assert!((region.energy_ev()[0] - 285.6).abs() < 1e-9);
        assert_eq!(region.photons.unwrap().stated_by, StatedBy::User);
    }

    #[test]
    fn negative_counts_are_no_counts() {
        let energies = (0..50).map(f64::from).collect();
        let raw = RawSpectrum::new("a", energies, Some(EnergyScale::Binding), vec![-1.0; 50], IntensityUnit::Counts);
        let region = region_of(raw, &ReadOptions::default()).unwrap();
        assert_eq!(region.unit, IntensityUnit::Arbitrary);
        assert_eq!(region.data.sigma_source(), SigmaSource::AssumedCounts);
    }

    /// Truth: Poisson statistics of simulated counts (a linear congruential generator summed to a normal deviate).
    #[test]
    fn scatter_tells_counts_from_scaled_counts() {
        let mut state = 12345_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let counts: Vec<f64> = (0..2000)
            .map(|i| {
                let mean = 1000.0 + 4000.0 * (-((f64::from(i) - 1000.0) / 100.0).powi(2)).exp();
                let normal: f64 = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
                (mean + mean.sqrt() * normal).round()
            })
            .collect();
        let ratio = scatter_ratio(&counts).unwrap();
        assert!((ratio - 1.0).abs() < 0.15, "{ratio}");
        let scaled: Vec<f64> = counts.iter().map(|n| n * 10.0).collect();
        assert!((scatter_ratio(&scaled).unwrap() / ratio - 10.0).abs() < 1e-9);
        assert_eq!(scatter_ratio(&[1.0; 10]), None);
    }
}
