//! The fit against scans whose truth is known.

use super::{CalibrateOptions, Pawley, PawleyFit, PawleyOptions, PositionError, calibrate, pawley};
use crate::analysis::{SizeStrainMethod, analyze};
use crate::identify::candidates;
use crate::profile::{EmissionModel, InstrumentProfile, MeasuredProfile};
use crate::radiation::{Anode, Radiation};
use crate::recipe::{InstrumentChoice, Recipe};
use crate::scan::Scan;
use crate::simulate::{Simulation, simulate};
use crate::structure::built_in;

fn fitted(scan: &Scan, radiation: &Radiation, refine_cell: bool) -> PawleyFit {
    let start = InstrumentProfile::from(InstrumentChoice {
        u_deg2: 0.001,
        w_deg2: 0.003,
        x_deg: 0.02,
        y_deg: 0.02,
        s_over_l: 0.02,
        h_over_l: 0.02,
        ..InstrumentChoice::default()
    });
    let profile = MeasuredProfile {
        radiation: radiation.clone(),
        spectrum: None,
        start,
        fixed: [false; 7],
        equal_heights: true,
        fit_ratio: false,
    };
    let structure = built_in("LaB6").unwrap();
    let input = Pawley { scan, radiation, structure: &structure, profile: &profile };
    let options =
        PawleyOptions { cell: None, refine_cell, position_error: PositionError::Displacement, chebyshev_degree: 5 };
    pawley(&input, &options).unwrap()
}

#[test]
fn parameters_of_a_simulated_scan_come_back() {
    // Truth: the simulation, made with Voigt functions by another sum over points.
    let text = "title = 't'\nseed = 3\ntwo_theta_range_deg = [18.0, 150.0]\nstep_deg = 0.02\nhighest_counts = 20000.0\n\
                background_counts = [200.0, -50.0]\ndisplacement_deg = 0.03\n[radiation]\nanode = 'Cu'\n[instrument]\n\
                u_deg2 = 0.002\nv_deg2 = -0.001\nw_deg2 = 0.002\nx_deg = 0.02\ny_deg = 0.015\ns_over_l = 0.03\nh_over_l = 0.03\n\
                [[phases]]\nid = 'LaB6'\nweight_percent = 100.0\n";
    // Noise-free counts show the bias, here below a tenth of σ; those of one seed scatter by σ.
    for (seed, most) in [(None, 0.1), (Some(4), 2.0)] {
        let scan = simulate(&Simulation { seed, ..Simulation::from_toml("s.toml", text).unwrap() }).unwrap();
        let fit = fitted(&scan, &Radiation::k_alpha(Anode::Cu), true);
        assert!(fit.fit.converged(), "{:?}", fit.warnings);
        let own = fit.own.iter().zip([0.002, -0.001, 0.002, 0.02, 0.015, 0.03, 0.03]);
        let cell = fit.cell.iter().zip([built_in("LaB6").unwrap().cell.values()[0]]);
        let displacement = ("displacement".to_owned(), fit.displacement_deg);
        for ((name, quantity), truth) in own.chain(cell).chain([(&displacement, 0.03)]) {
            let deviation = (quantity.value - truth).abs() / quantity.sigma.unwrap();
            assert!(deviation < most, "{name}: {quantity:?} for {truth}");
        }
    }
}

#[test]
fn a_calibration_finds_the_simulated_instrument() {
    // Truth: the simulation, at the certified cell of SRM 660c.
    let text = "title = 't'\nseed = 4\ntwo_theta_range_deg = [18.0, 150.0]\nstep_deg = 0.02\nhighest_counts = 20000.0\n\
                background_counts = [200.0, -50.0]\n[radiation]\nanode = 'Cu'\n[instrument]\nu_deg2 = 0.002\nv_deg2 = -0.001\n\
                w_deg2 = 0.002\nx_deg = 0.02\ny_deg = 0.015\ns_over_l = 0.03\nh_over_l = 0.03\n[[phases]]\nid = 'LaB6'\n\
                weight_percent = 100.0\ncell = [4.156826]\n";
    let scan = simulate(&Simulation::from_toml("s.toml", text).unwrap()).unwrap();
    let options = CalibrateOptions { temperature_c: Some(22.5), ..CalibrateOptions::new("lab6-660c") };
    let calibration = calibrate(&scan, &options).unwrap();
    let record = &calibration.record;
    for (parameter, truth) in record.parameters.iter().zip([0.002, -0.001, 0.002, 0.02, 0.015, 0.03, 0.03]) {
        assert!((parameter.value - truth).abs() < 2.5 * parameter.sigma.unwrap(), "{parameter:?} for {truth}");
    }
    assert!(
        calibration.widths.len() >= 20 && !record.warnings.iter().any(|w| w.contains("missing")),
        "{:?}",
        record.warnings
    );
    let unknown = CalibrateOptions { standard: "lab6".into(), ..options };
    assert!(calibrate(&scan, &unknown).unwrap_err().to_string().contains("lab6-660c"));
}

#[test]
fn the_certified_cell_is_taken_to_the_temperature_of_the_measurement() {
    // Truth: the simulation, at the cell that NIST gives for its scan of SRM 660c at 20.85 °C.
    let text = "title = 't'\nseed = 4\ntwo_theta_range_deg = [18.0, 150.0]\nstep_deg = 0.03\nhighest_counts = 20000.0\n\
                background_counts = [200.0]\n[radiation]\nanode = 'Cu'\n[instrument]\nw_deg2 = 0.002\nx_deg = 0.02\n\
                y_deg = 0.015\ns_over_l = 0.03\nh_over_l = 0.03\n[[phases]]\nid = 'LaB6'\nweight_percent = 100.0\n\
                cell = [4.156780]\n";
    let scan = simulate(&Simulation::from_toml("s.toml", text).unwrap()).unwrap();
    let at = |temperature_c| {
        let options = CalibrateOptions {
            temperature_c: Some(temperature_c),
            chebyshev_degree: 3,
            ..CalibrateOptions::new("lab6-660c")
        };
        calibrate(&scan, &options).unwrap()
    };
    let there = at(20.85);
    let record = &there.record;
    assert!(record.warnings.iter().any(|w| w.contains("taken to 20.85 °C") && w.contains("6.3")), "{record:?}");
    assert!((record.standard.cell_angstrom[0] - 4.156780).abs() < 6e-6);
    let far = at(80.0);
    assert!(far.record.warnings.iter().any(|w| w.contains("not at 80 °C")));
}

#[test]
fn natural_emission_gives_back_the_instrument_without_it() {
    // Truth: the simulation, in which every Kα line is the sum of Hölzer's Lorentzians.
    let text = "title = 't'\nseed = 6\ntwo_theta_range_deg = [18.0, 150.0]\nstep_deg = 0.02\nhighest_counts = 20000.0\n\
                background_counts = [100.0]\nemission = 'hoelzer'\n[radiation]\nanode = 'Cu'\n[instrument]\nu_deg2 = 0.002\n\
                v_deg2 = -0.001\nw_deg2 = 0.002\nx_deg = 0.02\ny_deg = 0.015\ns_over_l = 0.03\nh_over_l = 0.03\n[[phases]]\n\
                id = 'LaB6'\nweight_percent = 100.0\ncell = [4.156826]\n";
    let scan = simulate(&Simulation::from_toml("s.toml", text).unwrap()).unwrap();
    let options = |emission| CalibrateOptions {
        emission,
        temperature_c: Some(22.5),
        chebyshev_degree: 3,
        ..CalibrateOptions::new("lab6-660c")
    };
    let [natural, lines] =
        [EmissionModel::Hoelzer, EmissionModel::Lines].map(|emission| calibrate(&scan, &options(emission)).unwrap());
    let record = &natural.record;
    for (parameter, truth) in record.parameters.iter().zip([0.002, -0.001, 0.002, 0.02, 0.015, 0.03, 0.03]) {
        assert!((parameter.value - truth).abs() < 2.5 * parameter.sigma.unwrap(), "{parameter:?} for {truth}");
    }
    let quality = |calibration: &super::Calibration| calibration.statistics.reduced_chi_squared.unwrap();
    // χ² of 6601 points is known to 1.7 % of itself.
    assert!((quality(&natural) - 1.0).abs() < 0.05, "{}", quality(&natural));
    assert!(quality(&lines) > quality(&natural) + 0.05, "{}", quality(&lines));
    assert!(record.emission.contains("Hölzer") && record.warnings.iter().any(|w| w.contains("natural width")));
    // What the file says of one line's width is what Kα1 and Kα2 look like as one line each, here within 4 %.
    for at in [30.0, 60.0, 90.0, 120.0] {
        let width = |c: &super::Calibration| InstrumentProfile::from(c.instrument).asymmetric_fwhm_deg(at).unwrap();
        let ratio = width(&natural) / width(&lines);
        assert!((ratio - 1.0).abs() < 0.04, "{at}°: {ratio}");
    }
    let ratio = CalibrateOptions { fit_ratio: true, ..options(EmissionModel::Hoelzer) };
    assert!(calibrate(&scan, &ratio).unwrap_err().to_string().contains("cannot be fitted"));
}

/// A scan without noise behind natural Kα lines.
fn behind_natural_lines(phase: &str) -> Scan {
    let text = format!(
        "title = 't'\ntwo_theta_range_deg = [18.0, 150.0]\nstep_deg = 0.03\nhighest_counts = 20000.0\n\
         background_counts = [200.0]\nemission = 'hoelzer'\n[radiation]\nanode = 'Cu'\n[instrument]\nu_deg2 = 0.002\n\
         v_deg2 = -0.001\nw_deg2 = 0.002\nx_deg = 0.02\ny_deg = 0.015\ns_over_l = 0.03\nh_over_l = 0.03\n[[phases]]\n\
         {phase}\nweight_percent = 100.0\n"
    );
    simulate(&Simulation::from_toml("s.toml", &text).unwrap()).unwrap()
}

#[test]
fn sizes_behind_natural_lines_hold_whatever_emission_the_calibration_assumed() {
    // Truth: the simulated 45 nm (Scherrer's K = 0.89), all Kα lines being sums of Hölzer's Lorentzians: 0.4 and 0.1 % missed
    // behind a calibration with lines, 0.3 and 0.8 % with natural shapes; the volume-weighted column length likewise.
    const SIZE_NM: f64 = 45.0;
    // A Lorentzian's integral breadth is π/2 of its FWHM, which K = 0.89 made.
    let column_nm = SIZE_NM / (0.89 * std::f64::consts::FRAC_PI_2);
    let standard = behind_natural_lines("id = 'LaB6'\ncell = [4.156826]");
    let sample = behind_natural_lines(&format!("id = 'CeO2'\nsize_nm = {SIZE_NM}"));
    let recipe = Recipe::from_toml("r.toml", "[identification]\nphases = ['CeO2']").unwrap();
    for emission in [EmissionModel::Lines, EmissionModel::Hoelzer] {
        let options = CalibrateOptions {
            emission,
            temperature_c: Some(22.5),
            chebyshev_degree: 3,
            ..CalibrateOptions::new("lab6-660c")
        };
        let instrument = Some(calibrate(&standard, &options).unwrap().instrument);
        let recipe = Recipe { instrument, ..recipe.clone() }.resolve().unwrap();
        let set = candidates(&recipe.identification, Vec::new()).unwrap();
        let analysis = analyze(&sample, &recipe, &set).unwrap();
        let size = &analysis.crystallite_size[0];
        let joint = size.methods.iter().find(|row| row.method == SizeStrainMethod::JointLorentzian).unwrap();
        let scherrer = [(size.mean_size_fwhm_nm, SIZE_NM), (size.mean_size_integral_nm, 1.07 * column_nm)];
        for (found, truth) in scherrer.into_iter().chain([(joint.size_nm, column_nm)]) {
            let ratio = found.unwrap().value / truth;
            assert!((ratio - 1.0).abs() < 0.02, "{emission:?}: {ratio:.4} of {truth:.1} nm");
        }
        // No strain was simulated; 4.5e-5 and 1.9e-5 are found.
        assert!(joint.strain.is_none_or(|strain| strain.value.abs() < 1e-4), "{emission:?}: {:?}", joint.strain);
    }
}
