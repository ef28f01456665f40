//! From states to parameters: doublets as one object, shared widths, ties within and across regions, starting values.

use doublet_common::SigmaSource;
use doublet_common::fit::{ParameterId, Parameters};
use doublet_reference_patterns::photoelectrons::{self as tables, Level, PartnerWidth, StateKind};

use super::compiled::{Line, RegionModel, SampleModel};
use super::shape::ComponentShape;
use super::start::{self, Sought, Start};
use crate::background::{ActiveBackground, BackgroundKind, classical};
use crate::error::{Error, Result};
use crate::lineshape::DoniachSunjic;
use crate::recipe::{Component, Quantification, RegionRecipe, Release};

/// One measured region with what the recipe wants of it.
#[derive(Debug, Clone)]
pub struct RegionData<'a> {
    /// What is fitted.
    pub recipe: &'a RegionRecipe,
    /// Binding energies as measured, in eV, ascending, cut to the window.
    pub energy_ev: Vec<f64>,
    /// Intensities.
    pub intensity: Vec<f64>,
    /// σ of the intensities.
    pub sigma: Vec<f64>,
    /// Where σ comes from.
    pub sigma_source: SigmaSource,
    /// Seconds for which each channel was counted, if the intensities are counts; else none.
    pub counting_time_s: Option<f64>,
}

impl RegionData<'_> {
    /// Whether the intensities are counts as collected.
    pub fn is_true_counts(&self) -> bool {
        self.sigma_source == SigmaSource::Counts && self.counting_time_s.is_some()
    }
}

/// Where a component stands in the compiled model.
#[derive(Debug, Clone)]
pub struct ComponentHandle {
    /// Index of the region.
    pub region: usize,
    /// Index in the region's recipe.
    pub component: usize,
    /// Index of the stronger (or only) line in the region's model.
    pub major: usize,
    /// Index of the weaker line.
    pub minor: Option<usize>,
}

/// A compiled model with its start.
#[derive(Debug, Clone)]
pub struct BuiltModel {
    /// The model.
    pub model: SampleModel,
    /// Parameters with start values, bounds and ties.
    pub parameters: Parameters,
    /// Components in the order of the recipe, region by region.
    pub components: Vec<ComponentHandle>,
    /// What was assumed or released.
    pub warnings: Vec<String>,
}

/// Smallest core-hole width that a fit starts from, in eV.
const LEAST_START_LORENTZIAN_EV: f64 = 0.1;
/// Range of a released splitting around its table value, in eV.
const SPLITTING_RANGE_EV: f64 = 0.5;

/// Compiles `regions` to one model. `shift_ev` is measured minus true binding energy, roughly.
///
/// # Errors
/// [`Error::Recipe`] for a tie whose target is not among the regions or whose area ratio no library gives;
/// [`Error::Model`] for a background that cannot be formed.
pub fn build(regions: &[RegionData<'_>], shift_ev: f64, quantification: &Quantification) -> Result<BuiltModel> {
    let mut builder = Builder {
        regions,
        shift_ev,
        quantification,
        parameters: Parameters::new(),
        lines: regions.iter().map(|r| vec![Vec::new(); r.recipe.components.len()]).collect(),
        shared: Vec::new(),
        warnings: Vec::new(),
    };
    let backgrounds = regions.iter().map(|r| background_of(r, shift_ev)).collect::<Result<Vec<_>>>()?;
    for region in regions.iter().map(|r| r.recipe).filter(|r| r.pre_subtracted.is_some()) {
        builder.warnings.push(format!(
            "{}: the {} background was decided before the fit; its uncertainty is not in that of the areas",
            region.core_level,
            region.background.describe()
        ));
    }
    for region in regions.iter().map(|r| r.recipe) {
        if let BackgroundKind::TougaardOf(solid) = region.background
            && !solid.is_checked()
        {
            builder.warnings.push(format!(
                "{}: {} are guide values; compare Tougaard, Surf. Interface Anal. 25 (1997) 137 before publishing, or give C and D",
                region.core_level,
                region.background.describe()
            ));
        }
    }
    for region in regions.iter().map(|r| r.recipe) {
        for component in region.components.iter().filter(|c| c.shape == ComponentShape::DoniachSunjic) {
            builder.warnings.push(format!(
                "{} {}: the area of a Doniach–Šunjić line has no end; the electrons within {} eV of its position are counted",
                component.level_or(&region.core_level),
                component.state,
                DoniachSunjic::AREA_REACH_EV
            ));
        }
    }
    let starts: Vec<Start> = regions.iter().zip(&backgrounds).map(|(r, b)| builder.start(r, b)).collect();
    for tied in [false, true] {
        for (r, region) in regions.iter().enumerate() {
            for (c, component) in region.recipe.components.iter().enumerate() {
                if component.tie.is_some() == tied {
                    builder.lines[r][c] = builder.component(r, c, component, &starts[r])?;
                }
            }
        }
    }
    Ok(builder.finish(backgrounds, &starts))
}

/// Background of a region as the recipe wants it: a part of the model, or a curve decided from the data.
fn background_of(region: &RegionData<'_>, shift_ev: f64) -> Result<ActiveBackground> {
    let kind = &region.recipe.background;
    match region.recipe.pre_subtracted {
        None => kind.active(&region.energy_ev, shift_ev),
        Some(ends) => {
            let curve = classical::background(kind, &region.energy_ev, &region.intensity, ends, shift_ev)?;
            Ok(ActiveBackground::decided(curve))
        }
    }
}

/// A parameter that several components follow.
struct Shared {
    region: usize,
    /// Level for core-hole widths (one for all states), kind of solid for the others.
    of: SharedBy,
    shape: ComponentShape,
    index: usize,
    id: ParameterId,
}

#[derive(PartialEq)]
enum SharedBy {
    Level(Level),
    Solid { metal: bool },
}

struct Builder<'a> {
    regions: &'a [RegionData<'a>],
    shift_ev: f64,
    quantification: &'a Quantification,
    parameters: Parameters,
    /// Lines by region and component.
    lines: Vec<Vec<Vec<Line>>>,
    shared: Vec<Shared>,
    warnings: Vec<String>,
}

impl Builder<'_> {
    fn start(&self, region: &RegionData<'_>, background: &ActiveBackground) -> Start {
        let sought: Vec<Sought> = region
            .recipe
            .components
            .iter()
            .map(|c| Sought {
                expected_ev: c.binding_energy_ev.unwrap_or(0.0) + self.shift_ev,
                tolerance_ev: c.tolerance_ev,
                partner: c.splitting_ev.zip(c.area_ratio),
                lorentzian_ev: natural_width(c.level_or(&region.recipe.core_level)),
                stays: c.tie.is_some(),
            })
            .collect();
        start::search(&region.energy_ev, &region.intensity, &region.sigma, &sought, background)
    }

    fn component(&mut self, r: usize, c: usize, component: &Component, start: &Start) -> Result<Vec<Line>> {
        let region = self.regions[r].recipe;
        let level = component.level_or(&region.core_level).clone();
        let name = |what: &str| format!("{}: {} {} {what}", region.core_level, level, component.state);
        let target = component.tie.as_ref().map(|_| self.target(r, c, component)).transpose()?;
        let (area, position) = match &target {
            Some(t) => (
                self.parameters.tied(name("area"), t.area, t.area_scale, 0.0),
                self.parameters.tied(name("position_ev"), t.position, 1.0, t.offset_ev),
            ),
            None => {
                let expected = component.binding_energy_ev.unwrap_or(0.0) + self.shift_ev;
                let (low, high) = (expected - component.tolerance_ev, expected + component.tolerance_ev);
                // An area that starts at zero has no influence on its own position and width.
                let least = 1e-3 * start.areas.iter().sum::<f64>().max(1.0);
                (
                    self.parameters.bounded(name("area"), start.areas[c].max(least), 0.0, f64::INFINITY),
                    self.parameters.bounded(name("position_ev"), start.positions_ev[c].clamp(low, high), low, high),
                )
            }
        };
        let shape_parameters = (0..component.shape.parameter_names().len())
            .map(|index| self.shape_parameter(r, component, &level, index, start, target.as_ref()))
            .collect::<Vec<ParameterId>>();
        let major = Line { area, position, shape: component.shape, shape_parameters };
        let minor = component.splitting_ev.zip(component.area_ratio);
        let minor = minor.map(|(splitting, ratio)| self.minor_line(component, &level, &major, splitting, ratio, &name));
        Ok(std::iter::once(major).chain(minor).collect())
    }

    fn shape_parameter(
        &mut self,
        r: usize,
        component: &Component,
        level: &Level,
        index: usize,
        start: &Start,
        target: Option<&Target>,
    ) -> ParameterId {
        let shape = component.shape;
        let region = self.regions[r].recipe;
        let label = shape.parameter_names().get(index).copied().unwrap_or_default();
        let name = format!("{}: {} {} {label}", region.core_level, level, component.state);
        let [lower, upper] = shape.bounds(index);
        if let Some(given) = component.shape_parameters.get(label) {
            let value = given.value.clamp(lower, upper);
            return if given.fixed {
                self.parameters.fixed(name, value)
            } else {
                self.parameters.bounded(name, value, lower, upper)
            };
        }
        if let Some(Target { width: Some(source), .. }) = target
            && index == 0
        {
            return self.parameters.tied(name, *source, 1.0, 0.0);
        }
        let value = match label {
            "lorentzian_fwhm" => natural_width(level),
            "lorentzian_fraction" => 0.3,
            "gaussian_fwhm" | "fwhm" => start.gaussian_ev,
            _ => shape.start(index),
        };
        if target.is_some() {
            // What the tie does not give is kept: the overlapping line would otherwise be free in disguise.
            return self.parameters.fixed(name, value.clamp(lower, upper));
        }
        let of = if label == "lorentzian_fwhm" {
            SharedBy::Level(level.clone())
        } else {
            let metal = tables::state(level, &component.state).is_some_and(|s| s.kind == StateKind::Metal);
            SharedBy::Solid { metal }
        };
        let shares = region.shared_widths || label == "lorentzian_fwhm";
        let leader = self.shared.iter().find(|s| s.region == r && s.of == of && s.shape == shape && s.index == index);
        if let (true, Some(leader)) = (shares, leader) {
            return self.parameters.tied(name, leader.id, 1.0, 0.0);
        }
        let id = self.parameters.bounded(name, value.clamp(lower, upper), lower, upper);
        self.shared.push(Shared { region: r, of, shape, index, id });
        id
    }

    fn minor_line(
        &mut self,
        component: &Component,
        level: &Level,
        major: &Line,
        splitting: f64,
        ratio: f64,
        name: &dyn Fn(&str) -> String,
    ) -> Line {
        let mut released = |what: Release, text: &str| {
            let is = component.release.contains(&what);
            if is {
                self.warnings.push(format!("{level} {}: {text} of the doublet is fitted, not kept", component.state));
            }
            is
        };
        let free_ratio = released(Release::Ratio, "the area ratio");
        let free_splitting = released(Release::Splitting, "the splitting");
        let free_width = released(Release::Width, "the width ratio");
        let area_value = ratio * self.parameters.get(major.area).value;
        let area = if free_ratio {
            self.parameters.bounded(name("minor area"), area_value, 0.0, f64::INFINITY)
        } else {
            self.parameters.tied(name("minor area"), major.area, ratio, 0.0)
        };
        let position = if free_splitting {
            let at = self.parameters.get(major.position).value + splitting;
            let range = SPLITTING_RANGE_EV + component.tolerance_ev;
            self.parameters.bounded(name("minor position_ev"), at, at - range, at + range)
        } else {
            self.parameters.tied(name("minor position_ev"), major.position, 1.0, splitting)
        };
        let relation = tables::spin_orbit(level).map(|pair| pair.partner_width);
        let labels = component.shape.parameter_names();
        let shape_parameters = major
            .shape_parameters
            .iter()
            .enumerate()
            .map(|(index, id)| {
                let label = labels.get(index).copied().unwrap_or_default();
                let own = name(&format!("minor {label}"));
                let natural = label == "lorentzian_fwhm" || label == "fwhm";
                let coster_kronig = natural && relation == Some(PartnerWidth::Free);
                if coster_kronig || (free_width && label.ends_with("fwhm")) {
                    let [lower, upper] = component.shape.bounds(index);
                    let value = self.parameters.get(*id).value;
                    return self.parameters.bounded(own, value, lower, upper);
                }
                let scale = match relation {
                    Some(PartnerWidth::Factor(factor)) if natural => factor,
                    _ => 1.0,
                };
                self.parameters.tied(own, *id, scale, 0.0)
            })
            .collect();
        Line { area, position, shape: component.shape, shape_parameters }
    }

    /// What a tied component follows.
    fn target(&mut self, r: usize, c: usize, component: &Component) -> Result<Target> {
        let Some(tie) = &component.tie else { return Err(Error::Recipe(format!("component {c} has no tie"))) };
        let region = self.regions[r].recipe;
        let level = component.level_or(&region.core_level);
        let missing = || {
            Error::Recipe(format!(
                "{level} \"{}\" is tied to {} \"{}\", which is not among the regions that were measured",
                component.state, tie.core_level, tie.state
            ))
        };
        let (tr, target_region) = self
            .regions
            .iter()
            .enumerate()
            .find(|(_, other)| other.recipe.core_level.subshell() == tie.core_level.subshell())
            .ok_or_else(missing)?;
        let tc = target_region.recipe.components.iter().position(|o| o.state == tie.state).ok_or_else(missing)?;
        let target = &target_region.recipe.components[tc];
        let line = self.lines[tr][tc].first().cloned().ok_or_else(missing)?;
        let target_level = target.level_or(&target_region.recipe.core_level);
        let total_ratio = match tie.area_ratio {
            Some(ratio) => ratio,
            None => {
                let factor = |level: &Level| {
                    crate::quantify::factor(self.quantification, level).map(|f| f.value).ok_or_else(|| {
                        Error::Recipe(format!(
                            "the library {} has no factor for {level}; give area_ratio in the tie of \"{}\"",
                            self.quantification.library, component.state
                        ))
                    })
                };
                factor(level)? / factor(target_level)?
            }
        };
        let time = match (self.regions[r].counting_time_s, target_region.counting_time_s) {
            (Some(own), Some(other)) => own / other,
            (None, None) => 1.0,
            _ => {
                self.warnings.push(format!(
                    "{level} \"{}\" is tied to {target_level} of another region; a counting time is unknown, and the two \
                     are taken as equal",
                    component.state
                ));
                1.0
            }
        };
        let total = |c: &Component| 1.0 + c.splitting_ev.and(c.area_ratio).unwrap_or(0.0);
        self.warnings.push(format!(
            "{level} {} is tied to {target_level} {}: {:+.2} eV, area ratio {total_ratio:.4} at equal counting time",
            component.state, tie.state, tie.offset_ev
        ));
        Ok(Target {
            area: line.area,
            area_scale: total_ratio * time * total(target) / total(component),
            position: line.position,
            offset_ev: tie.offset_ev,
            width: (tie.width && target.shape == component.shape)
                .then(|| line.shape_parameters.first().copied())
                .flatten(),
        })
    }

    fn finish(mut self, backgrounds: Vec<ActiveBackground>, starts: &[Start]) -> BuiltModel {
        let mut model = SampleModel::default();
        let mut components = Vec::new();
        for (r, background) in backgrounds.into_iter().enumerate() {
            let region = &self.regions[r];
            let mut lines = Vec::new();
            for (c, own) in std::mem::take(&mut self.lines[r]).into_iter().enumerate() {
                let major = lines.len();
                components.push(ComponentHandle {
                    region: r,
                    component: c,
                    major,
                    minor: (own.len() > 1).then_some(major + 1),
                });
                lines.extend(own);
            }
            let core_level = &region.recipe.core_level;
            let base_parameters = background
                .bases
                .iter()
                .zip(&starts[r].bases)
                .map(|((name, _), value)| self.parameters.free(format!("{core_level}: background {name}"), *value))
                .collect();
            let loss_parameter = background.has_loss().then(|| {
                let name = format!("{core_level}: background losses");
                self.parameters.bounded(name, starts[r].loss.max(0.0), 0.0, f64::INFINITY)
            });
            model.regions.push(RegionModel {
                energy_ev: region.energy_ev.clone(),
                lines,
                background,
                base_parameters,
                loss_parameter,
            });
        }
        BuiltModel { model, parameters: self.parameters, components, warnings: self.warnings }
    }
}

struct Target {
    area: ParameterId,
    area_scale: f64,
    position: ParameterId,
    offset_ev: f64,
    width: Option<ParameterId>,
}

/// Core-hole width that a fit starts from, in eV.
fn natural_width(level: &Level) -> f64 {
    tables::elemental_line(level).and_then(|line| line.width_ev).unwrap_or(0.0).max(LEAST_START_LORENTZIAN_EV)
}
