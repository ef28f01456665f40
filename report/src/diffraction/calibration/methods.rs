//! The methods paragraph of a calibration.

use doublet_xrd::profile::EmissionModel;
use doublet_xrd::refine::{Calibration, PositionError};

use crate::citations::{Citations, works};
use crate::diffraction::methods::{Methods, measurement, software};
use crate::number::{compact, fixed, significant};
use crate::text::printable;

/// Writes the methods text.
pub(super) fn methods(calibration: &Calibration) -> Methods {
    let mut citations = Citations::default();
    let paragraphs = vec![
        measurement(&calibration.scan, calibration.options.radiation.as_ref(), &mut citations),
        fit(calibration, &mut citations),
        software("calibration", &calibration.record.tool, &calibration.input),
    ];
    Methods { paragraphs, references: citations.into_list() }
}

fn fit(calibration: &Calibration, citations: &mut Citations) -> String {
    let (options, standard, statistics) = (&calibration.options, &calibration.record.standard, &calibration.statistics);
    let cell: Vec<String> = standard.cell_angstrom.iter().map(|length| format!("{} Å", fixed(*length, 6))).collect();
    let mut text = format!(
        "The profile of the instrument was measured on the standard {} ({}) with its cell of {} at {} °C held fixed. The \
         areas of its {} reflections were free (Pawley fit {}); a reflection is a Voigt function with a Gaussian width \
         U tan²θ + V tanθ + W {} and a Lorentzian width X/cosθ + Y tanθ behind the axial divergence of Finger, Cox and \
         Jephcoat {}, {}, with all emission lines at the angles that Bragg's law gives. Also fitted: {} and a \
         Chebyshev background of degree {}.",
        printable(&standard.id),
        printable(&standard.certificate),
        cell.join(" and "),
        compact(standard.temperature_c, 5),
        calibration.reflections.len(),
        citations.cite(works::PAWLEY),
        citations.cite(works::CAGLIOTI),
        citations.cite(works::FINGER_COX_JEPHCOAT),
        if options.separate_heights { "S/L and H/L apart" } else { "S/L = H/L" },
        match options.position_error {
            PositionError::None => "no error of position",
            PositionError::Zero => "a zero error",
            PositionError::Displacement => "a specimen displacement",
            PositionError::Both => "a zero error and a specimen displacement",
        },
        options.chebyshev_degree,
    );
    if options.fit_ratio {
        text.push_str(" The ratio Kα2/Kα1 was fitted.");
    }
    if options.emission != EmissionModel::Lines {
        text.push_str(&format!(" Kα had its natural shape ({}).", calibration.record.emission));
    }
    let percent = |value: Option<f64>| value.map_or("–".into(), |value| fixed(100.0 * value, 2));
    let shown = |value: Option<f64>| value.map_or("–".into(), |value| significant(value, 3));
    text.push_str(&format!(
        " The fit has {} parameters, a reduced χ² of {}, Rwp = {} % (expected {} %) and a Durbin–Watson statistic of {}. \
         Standard uncertainties are those of counting, multiplied by {} for misfit and serial correlation of the \
         residuals {}.",
        statistics.free_parameters,
        shown(statistics.reduced_chi_squared),
        percent(statistics.r_weighted),
        percent(statistics.r_expected),
        shown(statistics.durbin_watson),
        fixed(calibration.inflation, 2),
        citations.cite(works::BERAR_LELANN),
    ));
    text
}
