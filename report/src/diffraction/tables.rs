//! The tables of a diffraction result as CSV: units in the column names, σ beside every value.

use doublet_common::Quantity;
use doublet_xrd::analysis::{Analysis, Line, Peak, Phase, ReflectionSize};

use super::words;
use crate::csv::{Row, Table};
use crate::formula::hkl_plain;
use crate::text::printable;

/// `peaks.csv`: one row per fitted peak.
pub fn peaks_csv(analysis: &Analysis) -> String {
    let unit = words::intensity_column(analysis.scan.intensity_unit);
    let area = format!("area_{unit}_deg");
    let area_sigma = format!("area_sigma_{unit}_deg");
    let height = format!("height_{unit}");
    let height_sigma = format!("height_sigma_{unit}");
    let mut table = Table::new(&[
        "peak",
        "two_theta_deg",
        "two_theta_sigma_deg",
        "d_angstrom",
        "d_sigma_angstrom",
        &area,
        &area_sigma,
        "relative_area_percent",
        &height,
        &height_sigma,
        "fwhm_deg",
        "fwhm_sigma_deg",
        "integral_breadth_deg",
        "integral_breadth_sigma_deg",
        "lorentzian_fraction",
        "lorentzian_fraction_sigma",
        "significance_sigma",
        "assigned_to",
        "explained",
    ]);
    for (i, peak) in analysis.peaks.iter().enumerate() {
        table.push(peak_row(i, peak, !analysis.unexplained_peaks.contains(&i)));
    }
    table.finish()
}

fn peak_row(index: usize, peak: &Peak, explained: bool) -> Row {
    let assigned: Vec<String> =
        peak.assigned_to.iter().map(|a| format!("{} ({})", printable(&a.phase_id), hkl_plain(a.hkl))).collect();
    Row::default()
        .count(index + 1)
        .quantity(&peak.two_theta_deg)
        .quantity(&peak.d_angstrom)
        .quantity(&peak.area)
        .number(peak.relative_area_percent)
        .quantity(&peak.height)
        .quantity(&peak.fwhm_deg)
        .quantity(&peak.integral_breadth_deg)
        .quantity(&peak.lorentzian_fraction)
        .number(peak.significance)
        .text(&assigned.join("; "))
        .text(if explained { "yes" } else { "no" })
}

/// `phases.csv`: one row per candidate with a verdict, and its mean crystallite size.
pub fn phases_csv(analysis: &Analysis) -> String {
    let mut table = Table::new(&[
        "id",
        "name",
        "formula",
        "space_group",
        "verdict",
        "evidence_sigma",
        "evidence_delta_chi_squared",
        "weight_percent",
        "weight_percent_sigma",
        "weight_sigma_fit",
        "weight_sigma_choices",
        "weight_sigma_microabsorption",
        "upper_limit_wt_percent",
        "a_angstrom",
        "a_sigma_angstrom",
        "b_angstrom",
        "b_sigma_angstrom",
        "c_angstrom",
        "c_sigma_angstrom",
        "alpha_deg",
        "alpha_sigma_deg",
        "beta_deg",
        "beta_sigma_deg",
        "gamma_deg",
        "gamma_sigma_deg",
        "volume_angstrom3",
        "volume_sigma_angstrom3",
        "density_g_cm3",
        "size_fwhm_nm",
        "size_fwhm_sigma_nm",
        "size_integral_nm",
        "size_integral_sigma_nm",
        "size_meaning",
        "lines_found",
        "lines_missing",
        "rivals",
        "structure_is_a_model",
        "references",
        "citation",
        "reason",
    ]);
    for phase in &analysis.phases {
        table.push(phase_row(analysis, phase));
    }
    table.finish()
}

fn phase_row(analysis: &Analysis, phase: &Phase) -> Row {
    let size = analysis.crystallite_size.iter().find(|size| size.phase_id == phase.id);
    let error = phase.weight_percent_error.as_ref();
    let rivals: Vec<String> = phase.rivals.iter().map(|rival| printable(&rival.id)).collect();
    let mut row = Row::default()
        .text(&printable(&phase.id))
        .text(&printable(&phase.name))
        .text(&printable(&phase.formula))
        .text(&printable(&phase.space_group))
        .text(words::verdict(phase.verdict))
        .number(phase.evidence_sigma)
        .number(phase.evidence_delta_chi_squared)
        .optional_quantity(phase.weight_percent.as_ref())
        .optional(error.map(|error| error.fit))
        .optional(error.map(|error| error.choices))
        .optional(error.map(|error| error.microabsorption))
        .optional(phase.upper_limit_wt_percent);
    for quantity in cell_quantities(phase) {
        row = row.optional_quantity(quantity);
    }
    row.number(phase.density_g_cm3)
        .optional_quantity(size.and_then(|size| size.mean_size_fwhm_nm.as_ref()))
        .optional_quantity(size.and_then(|size| size.mean_size_integral_nm.as_ref()))
        .text(&size.map(|size| printable(&size.meaning)).unwrap_or_default())
        .text(&lines(&phase.lines_found))
        .text(&lines(&phase.lines_missing))
        .text(&rivals.join("; "))
        .text(if phase.model { "yes" } else { "no" })
        .text(&printable(&phase.references.join("; ")))
        .text(&printable(&phase.citation))
        .text(&printable(&phase.reason))
}

/// a, b, c, α, β, γ, volume.
fn cell_quantities(phase: &Phase) -> [Option<&Quantity>; 7] {
    let Some(cell) = &phase.cell else { return [None; 7] };
    let ([a, b, c], [alpha, beta, gamma]) = (&cell.lengths_angstrom, &cell.angles_deg);
    [a, b, c, alpha, beta, gamma, &cell.volume_angstrom3].map(Some)
}

fn lines(lines: &[Line]) -> String {
    let texts: Vec<String> =
        lines.iter().map(|line| format!("({}) {:.3}", hkl_plain(line.hkl), line.two_theta_deg)).collect();
    texts.join("; ")
}

/// `sizes.csv`: one row per reflection that was tried.
pub fn sizes_csv(analysis: &Analysis) -> String {
    let mut table = Table::new(&[
        "phase_id",
        "h",
        "k",
        "l",
        "two_theta_deg",
        "two_theta_sigma_deg",
        "fwhm_deg",
        "fwhm_sigma_deg",
        "integral_breadth_deg",
        "integral_breadth_sigma_deg",
        "instrument_fwhm_deg",
        "sample_fwhm_deg",
        "sample_fwhm_sigma_deg",
        "sample_integral_breadth_deg",
        "sample_integral_breadth_sigma_deg",
        "sample_gaussian_fwhm_squared_deg2",
        "sample_gaussian_fwhm_squared_sigma_deg2",
        "sample_lorentzian_fwhm_deg",
        "sample_lorentzian_fwhm_sigma_deg",
        "sample_parts_covariance_deg3",
        "size_fwhm_nm",
        "size_fwhm_sigma_nm",
        "size_integral_nm",
        "size_integral_sigma_nm",
        "used_in_mean",
        "remark",
    ]);
    for size in &analysis.crystallite_size {
        for reflection in &size.reflections {
            table.push(size_row(&size.phase_id, reflection));
        }
    }
    table.finish()
}

fn size_row(phase_id: &str, reflection: &ReflectionSize) -> Row {
    let mut row = Row::default().text(&printable(phase_id));
    for index in reflection.hkl {
        row = row.integer(index);
    }
    row.quantity(&reflection.two_theta_deg)
        .quantity(&reflection.fwhm_deg)
        .quantity(&reflection.integral_breadth_deg)
        .optional(reflection.instrument_fwhm_deg)
        .optional_quantity(reflection.sample_fwhm_deg.as_ref())
        .optional_quantity(reflection.sample_integral_breadth_deg.as_ref())
        .optional_quantity(reflection.sample_gaussian_fwhm_squared_deg2.as_ref())
        .optional_quantity(reflection.sample_lorentzian_fwhm_deg.as_ref())
        .optional(reflection.sample_parts_covariance_deg3)
        .optional_quantity(reflection.size_fwhm_nm.as_ref())
        .optional_quantity(reflection.size_integral_nm.as_ref())
        .text(if reflection.used { "yes" } else { "no" })
        .text(&printable(&reflection.remark))
}

/// `size_strain.csv`: one row per phase and method.
pub(super) fn size_strain_csv(analysis: &Analysis) -> String {
    let mut table = Table::new(&[
        "phase_id",
        "method",
        "size_nm",
        "size_sigma_nm",
        "size_lower_limit_nm",
        "size_kind",
        "strain",
        "strain_sigma",
        "strain_upper_limit",
        "strain_kind",
        "correlation",
        "reflections",
        "reduced_chi_squared",
        "assumption",
        "verdict",
    ]);
    for size in &analysis.crystallite_size {
        for row in &size.methods {
            table.push(
                Row::default()
                    .text(&printable(&size.phase_id))
                    .text(row.method.name())
                    .optional_quantity(row.size_nm.as_ref())
                    .optional(row.size_lower_limit_nm)
                    .text(words::size_kind(row.size_kind))
                    .optional_quantity(row.strain.as_ref())
                    .optional(row.strain_upper_limit)
                    .text(if row.strain.is_some() || row.strain_upper_limit.is_some() {
                        words::strain_kind(row.strain_kind)
                    } else {
                        ""
                    })
                    .optional(row.correlation)
                    .count(row.reflections)
                    .optional(row.reduced_chi_squared)
                    .text(&printable(&row.assumption))
                    .text(&printable(&row.verdict)),
            );
        }
    }
    table.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Splits a row without quoted commas.
    fn field<'a>(csv: &'a str, row: usize, column: &str) -> &'a str {
        let lines: Vec<&str> = csv.split("\r\n").collect();
        let index = lines[0].split(',').position(|name| name == column).unwrap();
        lines[row].split(',').nth(index).unwrap()
    }

    #[test]
    fn values_stand_under_their_names() {
        let analysis = crate::synthetic::analysis();
        let csv = peaks_csv(&analysis);
        assert_eq!(field(&csv, 2, "two_theta_deg"), "20.55");
        assert_eq!(field(&csv, 2, "fwhm_sigma_deg"), "0.0034");
        assert_eq!(field(&csv, 2, "explained"), "no");
        assert_eq!(field(&csv, 3, "assigned_to"), "host (1 0 4)");
        let csv = sizes_csv(&analysis);
        assert_eq!(field(&csv, 2, "l"), "4");
        assert_eq!(
            field(&csv, 2, "size_fwhm_nm"),
            analysis.crystallite_size[0].reflections[1].size_fwhm_nm.unwrap().value.to_string()
        );
        assert_eq!(field(&csv, 10, "used_in_mean"), "no");
        let csv = size_strain_csv(&analysis);
        assert_eq!(field(&csv, 2, "method"), "Williamson–Hall (Lorentzian)");
        assert_eq!(field(&csv, 2, "strain"), "0.00042");
        let csv = phases_csv(&analysis);
        assert_eq!(field(&csv, 1, "gamma_deg"), "120");
        assert_eq!(field(&csv, 1, "gamma_sigma_deg"), "");
        assert_eq!(field(&csv, 1, "size_integral_nm"), "42.9");
        assert_eq!(field(&csv, 3, "upper_limit_wt_percent"), "1.84");
    }
}
