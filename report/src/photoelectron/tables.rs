//! The tables of a photoelectron result: units in the column names, σ beside every value. CSV files and the sheets of
//! the workbook are the same tables.

use doublet_xps::analysis::{Analysis, ComponentResult, RegionAnalysis, SampleQuantification};

use super::words;
use crate::csv::{Row, Table};
use crate::text::printable;

/// `components.csv`: one row per fitted state.
pub fn components_csv(analysis: &Analysis) -> String {
    components(analysis).finish()
}

/// `quantification.csv`: one row per quantified state, with the error budget.
pub fn quantification_csv(analysis: &Analysis) -> String {
    quantification(analysis).finish()
}

/// `findings.csv`: one row per finding of the review.
pub fn findings_csv(analysis: &Analysis) -> String {
    findings(analysis).finish()
}

/// `c-1s.csv` and the like: the curves of one region point by point, residuals in units of σ.
pub(super) fn curves_csv(region: &RegionAnalysis) -> String {
    curves(region).finish()
}

pub(super) fn components(analysis: &Analysis) -> Table {
    let mut table = Table::new(&[
        "sample",
        "core_level",
        "component",
        "state",
        "level",
        "binding_energy_ev",
        "binding_energy_sigma_ev",
        "measured_energy_ev",
        "measured_energy_sigma_ev",
        "fwhm_ev",
        "fwhm_sigma_ev",
        "area",
        "area_sigma_counting",
        "area_sigma_resampled",
        "area_sigma_choices",
        "area_unit",
        "atomic_percent",
        "atomic_percent_sigma",
        "shape",
        "splitting_ev",
        "splitting_sigma_ev",
        "area_ratio",
        "area_ratio_sigma",
        "second_line_fwhm_ev",
        "second_line_fwhm_sigma_ev",
        "fitted_relations",
        "tied_to",
        "tabulated_low_ev",
        "tabulated_high_ev",
        "tabulated_source",
        "energy_reference",
    ]);
    for region in &analysis.regions {
        for component in &region.components {
            table.push(component_row(analysis, region, component));
        }
    }
    table
}

fn component_row(analysis: &Analysis, region: &RegionAnalysis, component: &ComponentResult) -> Row {
    let doublet = component.doublet.as_ref();
    let released: Vec<&str> =
        doublet.map(|d| d.released.iter().map(|r| words::release(*r)).collect()).unwrap_or_default();
    let tie = component.tie.as_ref().map(|tie| format!("{} {}", tie.core_level, printable(&tie.state)));
    let range = component.tabulated_range_ev;
    let reference = analysis.energy_reference.iter().find(|scale| scale.sample == region.sample);
    Row::default()
        .text(&sample(region.sample.as_ref()))
        .text(&region.core_level.to_string())
        .text(&printable(&component.label))
        .text(&printable(&component.state))
        .text(&component.level.to_string())
        .quantity(&component.binding_energy_ev)
        .quantity(&component.measured_energy_ev)
        .quantity(&component.fwhm_ev)
        .quantity(&component.area)
        .optional(component.area_sigma_resampled)
        .optional(component.area_sigma_choices)
        .text(words::area_unit(region.intensity_unit))
        .optional_quantity(component.atomic_percent.as_ref())
        .text(component.shape.name())
        .optional_quantity(doublet.map(|d| &d.splitting_ev))
        .optional_quantity(doublet.map(|d| &d.area_ratio))
        .optional_quantity(doublet.map(|d| &d.fwhm_ev))
        .text(&released.join("; "))
        .text(&tie.unwrap_or_default())
        .optional(range.map(|r| r[0]))
        .optional(range.map(|r| r[1]))
        .text(&printable(component.tabulated_source.as_deref().unwrap_or_default()))
        .text(&reference.map(|scale| printable(&scale.reference)).unwrap_or_default())
}

fn sample(name: Option<&String>) -> String {
    name.map(|name| printable(name)).unwrap_or_default()
}

pub(super) fn quantification(analysis: &Analysis) -> Table {
    let mut table = Table::new(&[
        "sample",
        "level",
        "state",
        "atomic_percent",
        "atomic_percent_sigma",
        "sigma_counting",
        "sigma_choices",
        "sigma_sensitivity_factors",
        "sigma_path_length",
        "kinetic_energy_ev",
        "sensitivity_factor",
        "sensitivity_level",
        "sensitivity_source",
        "transmission",
        "path_length",
        "library",
        "path_length_model",
        "transmission_model",
    ]);
    for sample in &analysis.quantification {
        push_quantified(&mut table, sample);
    }
    table
}

fn push_quantified(table: &mut Table, of: &SampleQuantification) {
    for row in &of.rows {
        let budget = &row.error_budget;
        table.push(
            Row::default()
                .text(&sample(of.sample.as_ref()))
                .text(&row.level.to_string())
                .text(&printable(&row.state))
                .quantity(&row.atomic_percent)
                .number(budget.counting)
                .number(budget.choices)
                .number(budget.sensitivity_factors)
                .number(budget.path_length)
                .optional(row.kinetic_energy_ev)
                .number(row.sensitivity_factor)
                .text(&row.sensitivity_level.to_string())
                .text(&printable(&row.sensitivity_source))
                .number(row.transmission)
                .number(row.path_length)
                .text(&printable(&of.library))
                .text(&printable(&of.path_length))
                .text(&printable(&of.transmission)),
        );
    }
}

pub(super) fn findings(analysis: &Analysis) -> Table {
    let mut table = Table::new(&["severity", "rule", "subject", "message", "value", "threshold", "advice", "source"]);
    for finding in &analysis.findings {
        table.push(
            Row::default()
                .text(words::severity(finding.severity))
                .text(&printable(&finding.rule))
                .text(&printable(&finding.subject))
                .text(&printable(&finding.message))
                .optional(finding.value)
                .text(&printable(&finding.threshold))
                .text(&printable(&finding.advice))
                .text(&printable(&finding.source)),
        );
    }
    table
}

/// Quality of the fits: one row per region.
pub(super) fn statistics(analysis: &Analysis) -> Table {
    let mut table = Table::new(&[
        "sample",
        "core_level",
        "window_low_ev",
        "window_high_ev",
        "background",
        "points",
        "free_parameters",
        "reduced_chi_squared",
        "durbin_watson",
        "background_above_data",
        "converged",
        "termination",
        "photon_energy_ev",
        "pass_energy_ev",
        "step_ev",
        "counting_time_s",
    ]);
    for region in &analysis.regions {
        let s = &region.statistics;
        table.push(
            Row::default()
                .text(&sample(region.sample.as_ref()))
                .text(&region.core_level.to_string())
                .number(region.window_ev[0])
                .number(region.window_ev[1])
                .text(&printable(&region.background.name))
                .count(s.points)
                .count(s.free_parameters)
                .optional(s.reduced_chi_squared)
                .optional(s.durbin_watson)
                .number(s.background_above_data)
                .text(if s.converged { "yes" } else { "no" })
                .text(&printable(&s.termination))
                .optional(region.photon_energy_ev)
                .optional(region.pass_energy_ev)
                .number(region.step_ev)
                .optional(region.counting_time_s),
        );
    }
    table
}

/// The curves of one region: what another program needs to draw the figure.
pub(super) fn curves(region: &RegionAnalysis) -> Table {
    let curves = &region.curves;
    let names: Vec<String> = region.components.iter().map(|component| printable(&component.label)).collect();
    let mut header = vec!["binding_energy_ev", "observed", "sigma", "background", "envelope", "residual_sigma"];
    header.extend(names.iter().map(String::as_str));
    let mut table = Table::new(&header);
    let at = |curve: &[f64], i: usize| curve.get(i).copied();
    for (i, energy) in curves.binding_energy_ev.iter().enumerate() {
        let columns = [&curves.observed, &curves.sigma, &curves.background, &curves.envelope, &curves.residuals];
        let row = columns.iter().fold(Row::default().number(*energy), |row, curve| row.optional(at(curve, i)));
        table.push(curves.components.iter().fold(row, |row, curve| row.optional(at(curve, i))));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::Cell;

    fn cell<'a>(table: &'a Table, row: usize, column: &str) -> &'a Cell {
        let index = table.header().iter().position(|name| name == column).unwrap();
        &table.rows().nth(row).unwrap()[index]
    }

    #[test]
    fn values_stand_under_their_names() {
        let analysis = crate::photoelectron::example();
        let table = components(&analysis);
        let first = &analysis.regions[0].components[0];
        assert_eq!(cell(&table, 0, "binding_energy_ev"), &Cell::Number(first.binding_energy_ev.value));
        assert_eq!(cell(&table, 0, "area_sigma_counting"), &Cell::Number(first.area.sigma.unwrap()));
        assert_eq!(cell(&table, 0, "area_unit"), &Cell::Text("counts eV".into()));
        assert_eq!(cell(&table, 0, "splitting_ev"), &Cell::Empty);
        let table = quantification(&analysis);
        let total: f64 = (0..table.rows().count())
            .map(|i| if let Cell::Number(p) = cell(&table, i, "atomic_percent") { *p } else { 0.0 })
            .sum();
        assert!((total - 100.0).abs() < 1e-9, "{total}");
    }

    #[test]
    fn every_row_of_a_table_has_the_columns_of_its_header() {
        let analysis = crate::photoelectron::example();
        let mut tables =
            vec![components(&analysis), quantification(&analysis), findings(&analysis), statistics(&analysis)];
        tables.extend(analysis.regions.iter().map(curves));
        for table in tables {
            assert!(table.rows().next().is_some());
            assert!(table.rows().all(|row| row.len() == table.header().len()));
        }
    }
}
