//! Runs a study: recipes, then every sample by itself and in parallel, then what compares them.

use std::path::{Path, PathBuf};

use doublet_common::container::Content;
use doublet_common::provenance::Tool;
use doublet_xps::recipe::{EnergyReference, shipped_text};
use doublet_xps::region::{DataSet, ReadOptions};
use doublet_xrd::analysis::Verdict;
use doublet_xrd::identify::{CandidateSet, candidates};
use doublet_xrd::structure::cif;
use rayon::prelude::*;

use crate::analysis::{MainPhase, SampleAnalysis, StudyAnalysis};
use crate::claims;
use crate::comparison::compare;
use crate::density::density;
use crate::error::{Error, Result};
use crate::properties::properties;
use crate::study_file::{Sample, Study};
use crate::surface::surface;

/// What all samples share.
struct Shared<'a> {
    study: &'a Study,
    folder: &'a Path,
    xrd: doublet_xrd::recipe::ResolvedRecipe,
    candidates: CandidateSet,
    /// None: usual states of what was measured.
    xps: Option<doublet_xps::recipe::Recipe>,
}

/// Analyses every sample of a study whose files lie in or below `folder`. `done` is called after each sample. A sample, or
/// one technique of it, that fails is told in its place and does not stop the others.
///
/// # Errors
/// Recipes that cannot be read or resolved; a claim about a phase that no candidate is called.
pub fn analyze(study: &Study, folder: &Path, done: &(dyn Fn() + Sync)) -> Result<StudyAnalysis> {
    let shared = Shared::new(study, folder)?;
    let mut samples: Vec<SampleAnalysis> = study
        .samples
        .par_iter()
        .map(|sample| {
            let analysis = shared.sample(sample);
            done();
            analysis
        })
        .collect();
    let main_phase = main_phase(study, &samples);
    let main = main_phase.as_ref().map(|phase| phase.id.as_str());
    for (sample, given) in samples.iter_mut().zip(&study.samples) {
        complete(sample, given, main);
    }
    let mut warnings = Vec::new();
    if main.is_none() && samples.iter().any(|sample| sample.xrd.is_some()) {
        warnings.push("no phase is present in any sample: sizes, cells and densities are not compared".to_owned());
    }
    Ok(StudyAnalysis {
        tool: Tool::this(),
        study: study.clone(),
        comparisons: compare(&samples),
        claims: claims::answer(study, &samples, &shared.candidates, main),
        samples,
        main_phase,
        warnings,
    })
}

impl<'a> Shared<'a> {
    fn new(study: &'a Study, folder: &'a Path) -> Result<Self> {
        let text = |name: &str| -> Result<String> {
            let content = Content::from_path(&folder.join(name))?;
            Ok(content.text().map_err(doublet_common::Error::from)?.content.clone())
        };
        let mut xrd = match &study.recipes.xrd {
            Some(name) => doublet_xrd::recipe::Recipe::from_toml(name, &text(name)?)?.resolve()?,
            None => doublet_xrd::recipe::Recipe::default().resolve()?,
        };
        let xps = match &study.recipes.xps {
            Some(name) => {
                let shipped = shipped_text(name).filter(|_| !folder.join(name).is_file());
                let text = shipped.map_or_else(|| text(name), |shipped| Ok(shipped.to_owned()))?;
                let recipe = doublet_xps::recipe::Recipe::from_toml(name, &text)?;
                recipe.resolve()?;
                Some(recipe)
            }
            None => None,
        };
        let own = xrd.identification.cif.iter().map(|file| cif::read_path(&folder.join(file)));
        let own = own.collect::<doublet_xrd::Result<Vec<_>>>()?;
        let candidates = candidates(&xrd.identification, own)?;
        if let Some(name) = claims::unknown(study, &candidates) {
            return Err(Error::StudyFile(format!(
                "claim about \"{name}\": no built-in phase and no CIF of the recipe has this name, formula or id"
            )));
        }
        xrd.claims.clear();
        Ok(Self { study, folder, xrd, candidates, xps })
    }

    fn sample(&self, given: &Sample) -> SampleAnalysis {
        let mut sample =
            SampleAnalysis { label: given.label.clone(), treatment: given.treatment.clone(), ..Default::default() };
        if let Some(name) = &given.xrd {
            match self.diffraction(given, name) {
                Ok(analysis) => sample.xrd = Some(analysis),
                Err(error) => sample.failures.push(format!("diffraction: {error}")),
            }
        }
        if !given.xps.is_empty() {
            match self.photoelectrons(given, &mut sample.warnings) {
                Ok(analysis) => sample.xps = Some(analysis),
                Err(error) => sample.failures.push(format!("photoelectrons: {error}")),
            }
        }
        sample
    }

    fn diffraction(&self, given: &Sample, name: &str) -> Result<doublet_xrd::analysis::Analysis> {
        let mut scans = doublet_xrd::formats::read_file(&self.folder.join(name))?;
        let count = scans.len();
        let mut scan = scans.swap_remove(0);
        if count > 1 {
            scan.input.reader_warnings.push(format!("the file holds {count} scans; the first is used"));
        }
        let mut recipe = self.xrd.clone();
        recipe.claims = claims::texts(self.study, &given.label);
        Ok(doublet_xrd::analysis::analyze(&scan, &recipe, &self.candidates)?)
    }

    fn photoelectrons(&self, given: &Sample, warnings: &mut Vec<String>) -> Result<doublet_xps::analysis::Analysis> {
        let paths: Vec<PathBuf> = given.xps.iter().map(|name| self.folder.join(name)).collect();
        let mut set = doublet_xps::formats::read_files(&paths, &ReadOptions::default())?;
        let mut names: Vec<&str> = set.regions.iter().filter_map(|region| region.sample.as_deref()).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() > 1 {
            warnings.push(format!("the files name several samples ({}); all are taken for this one", names.join(", ")));
        }
        for region in &mut set.regions {
            region.sample = Some(given.label.clone());
        }
        let recipe = match &self.xps {
            Some(recipe) => measured_part(recipe, &set, warnings),
            None => doublet_xps::recipe::Recipe::suggested(&set)?,
        };
        Ok(doublet_xps::analysis::analyze(&set, &recipe.resolve()?)?)
    }
}

/// The recipe without core levels that were not measured, and without what is tied to them.
fn measured_part(
    recipe: &doublet_xps::recipe::Recipe,
    set: &DataSet,
    warnings: &mut Vec<String>,
) -> doublet_xps::recipe::Recipe {
    let measured: Vec<String> = set.regions.iter().filter_map(|region| region.core_level.clone()).collect();
    let has = |level: &doublet_reference_patterns::photoelectrons::Level| {
        measured.iter().any(|own| {
            own.parse()
                .is_ok_and(|own: doublet_reference_patterns::photoelectrons::Level| own.subshell() == level.subshell())
        })
    };
    let mut part = recipe.clone();
    part.regions.retain(|region| has(&region.core_level));
    for region in &mut part.regions {
        region.components.retain(|component| {
            let kept = component.tie.as_ref().is_none_or(|tie| has(&tie.core_level));
            if !kept {
                warnings.push(format!(
                    "{} {} is left out: what it is tied to was not measured",
                    component.level_or(&region.core_level),
                    component.state
                ));
            }
            kept
        });
    }
    if let Some(EnergyReference::Line { line, .. }) = &part.energy_reference
        && !has(line)
    {
        warnings.push(format!("{line} was not measured: no charge reference"));
        part.energy_reference = Some(EnergyReference::None);
    }
    part
}

/// Density, surface and properties, which need to know the main phase.
fn complete(sample: &mut SampleAnalysis, given: &Sample, main: Option<&str>) {
    let nominal = given.nominal_composition.as_deref();
    if let Some(masses) = &given.archimedes {
        match density(masses, sample.xrd.as_ref(), main, nominal) {
            Ok(density) => sample.density = Some(density),
            Err(error) => sample.failures.push(format!("density: {error}")),
        }
    }
    if let (Some(xrd), Some(xps)) = (&sample.xrd, &sample.xps) {
        sample.surface = surface(xrd, xps, main, nominal);
    }
    sample.properties = properties(sample, main);
}

/// The phase named in the study file, else the one with most weight in most samples.
fn main_phase(study: &Study, samples: &[SampleAnalysis]) -> Option<MainPhase> {
    let analyses = || samples.iter().filter_map(|sample| sample.xrd.as_ref());
    let named = |id: &str, choice: String| {
        let phase = analyses().flat_map(|a| &a.phases).find(|phase| phase.id == id);
        let (name, formula) = phase.map(|p| (p.name.clone(), p.formula.clone())).unwrap_or_default();
        MainPhase { id: id.to_owned(), name, formula, choice }
    };
    if let Some(id) = &study.main_phase {
        return Some(named(id, "named in the study file".into()));
    }
    let mut votes: Vec<(&str, usize, f64)> = Vec::new();
    for analysis in analyses() {
        let present = analysis.phases.iter().filter(|phase| phase.verdict == Verdict::Present);
        let weight = |phase: &&doublet_xrd::analysis::Phase| phase.weight_percent.map_or(100.0, |w| w.value);
        let Some(most) = present.max_by(|a, b| weight(a).total_cmp(&weight(b))) else { continue };
        match votes.iter_mut().find(|(id, ..)| *id == most.id) {
            Some(vote) => (vote.1, vote.2) = (vote.1 + 1, vote.2 + weight(&most)),
            None => votes.push((&most.id, 1, weight(&most))),
        }
    }
    let (id, count, _) = votes.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(a.2.total_cmp(&b.2)))?;
    Some(named(id, format!("most weight in {count} of {} scans", analyses().count())))
}
