use doublet_common::container::Content;

use crate::profile::{InstrumentFile, InstrumentProfile};
use crate::radiation::{Anode, WavelengthSource};

const PRM: &str = "            123456789012345678901234567890123456789012345678901234567890\n\
    INS   BANK      1\n\
    INS   HTYPE   PXCR\n\
    INS  1 ICONS  1.540598  1.544426       0.0         0     0.500    0     0.497\n\
    INS  1 IRAD     3\n\
    INS  1PRCF1     3   19   0.00100\n\
    INS  1PRCF11   0.712000E+00  -0.631000E+00   0.894000E+00   0.000000E+00\n\
    INS  1PRCF12   0.215000E+01   0.133000E+01   0.241000E-01   0.187000E-01\n\
    INS  1PRCF13   0.000000E+00   0.000000E+00   0.000000E+00   0.000000E+00\n\
    INS  1PRCF14   0.000000E+00   0.000000E+00   0.000000E+00   0.000000E+00\n\
    INS  1PRCF15   0.000000E+00   0.000000E+00   0.000000E+00\n";

const INSTPRM: &str = "#GSAS-II instrument parameter file; do not add/delete items!\n\
    Type:PXC\nBank:1.0\nLam1:1.5405\nLam2:1.5443\nZero:0.0\nI(L2)/I(L1):0.5\nPolariz.:0.5\nU:1.163\nV:-0.126\nW:0.063\n\
    X:0.173\nY:1.25\nZ:0.0\nSH/L:0.0022\nAzimuth:0.0\nGonio. radius:217.5\n";

fn read(text: &str) -> crate::Result<InstrumentFile> {
    InstrumentFile::from_content(&Content::from_bytes("i.prm", text.as_bytes().to_vec())?)
}

fn agree(file: &InstrumentFile, truth: [f64; 7]) {
    let i = file.instrument;
    let numbers = [i.u_deg2, i.v_deg2, i.w_deg2, i.x_deg, i.y_deg, i.s_over_l, i.h_over_l];
    for (value, truth) in numbers.into_iter().zip(truth) {
        assert!((value - truth).abs() <= 1e-12 * truth.abs().max(1e-3), "{value} {truth}");
    }
}

/// Gaussian and Lorentzian FWHM at an angle.
fn widths(file: &InstrumentFile, two_theta_deg: f64) -> [f64; 2] {
    InstrumentProfile::from(file.instrument).parts(two_theta_deg).fwhm_deg
}

fn remarked(file: &InstrumentFile, words: &str) -> bool {
    file.origin.as_ref().unwrap().remarks.iter().any(|remark| remark.contains(words))
}

#[test]
fn records_agree_with_another_reader() {
    // Truth: rietx 1.10, which reads the same text; a script of its own for the widths.
    let file = read(PRM).unwrap();
    let truth = [0.0003948166340469448, -0.00034990069674666036, 0.0004957388635364729, 0.0215, 0.0133, 0.0241, 0.0187];
    agree(&file, truth);
    let [gaussian, lorentzian] = widths(&file, 120.0);
    assert!((gaussian - 0.03277412060312741).abs() < 1e-12 && (lorentzian - 0.06603627574066605).abs() < 1e-12);
    let radiation = file.origin.as_ref().unwrap().radiation.clone().unwrap();
    let lines: Vec<_> = radiation.lines.iter().map(|l| (l.wavelength_angstrom, l.relative_intensity)).collect();
    assert_eq!(lines, [(1.540598, 1.0), (1.544426, 0.497)]);
    assert_eq!((radiation.anode, radiation.source), (Some(Anode::Cu), WavelengthSource::Instrument));
    assert!(remarked(&file, "function 3 of GSAS, set 1") && remarked(&file, "no uncertainties"));
}

#[test]
fn gsas_2_agrees_with_another_reader() {
    // Truth: rietx 1.10, which reads the same text; a script of its own for the widths.
    let file = read(INSTPRM).unwrap();
    let truth =
        [0.0006449041367929732, -6.986923580044249e-05, 3.4934617900221245e-05, 0.00173, 0.0125, 0.0011, 0.0011];
    agree(&file, truth);
    let [gaussian, lorentzian] = widths(&file, 60.0);
    assert!((gaussian - 0.014476313114892893).abs() < 1e-12 && (lorentzian - 0.009214510296266427).abs() < 1e-12);
    assert!(remarked(&file, "SH/L = 0.0022"));
    // One wavelength, several on a line, two banks of which the first is of flight time, a remark of several lines.
    let other = "#Bank 1: GSAS-II instrument parameter file\n  Type:PNT; difC:5000\n#Bank 2: GSAS-II instrument parameter file\n\
        Type:PXC;Bank:2\nSource:'''a\nU:9\n'''\nLam:0.4131;Zero:0.01;Polariz.:0.99\nU:1;V:-1;W:2;X:0.1;Y:0.2;Z:0.3\n";
    let file = read(other).unwrap();
    assert_eq!(file.instrument.x_deg, 0.001);
    assert_eq!(file.origin.as_ref().unwrap().radiation.as_ref().unwrap().lines.len(), 1);
    for words in ["bank 2 of 2", "Z = 0.3", "zero of 0.01°", "polarisation 0.99"] {
        assert!(remarked(&file, words), "{words}");
    }
}

#[test]
fn the_gaussian_scherrer_term_is_contained_in_u_and_w() {
    // Truth: σ² = GU tan²θ + GV tanθ + GW + GP/cos²θ with GP = 0.3, by a script of its own.
    let file = read(&PRM.replace("0.894000E+00   0.000000E+00", "0.894000E+00   0.300000E+00")).unwrap();
    for (at, gaussian) in [(20.0, 0.024856483366363993), (60.0, 0.02543887270579513), (120.0, 0.04170808404429396)] {
        assert!((widths(&file, at)[0] - gaussian).abs() < 1e-12);
    }
    assert!(remarked(&file, "GP = 0.3 is contained"));
}

#[test]
fn every_function_has_its_own_order() {
    // Truth: the order of coefficients in the manual and in EXPGUI.
    let with = |function: usize, first: &str, second: &str| {
        let text = format!(
            "INS   HTYPE   PXCR\nINS  1 ICONS  1.540598  0.000000      -7.3         0       0.9    1       0.0\n\
             INS  1PRCF1     {function}    8      0.01\nINS  1PRCF11   {first}\nINS  1PRCF12   {second}\n\
             INS  1PRCF2     2    6      0.01\nINS  2 ICONS  1.540598\n"
        );
        read(&text).unwrap()
    };
    let deg = |file: &InstrumentFile| (file.instrument.x_deg, file.instrument.y_deg);
    let one = with(1, "1.0 2.0 3.0 0.5", "0 0 0 0");
    assert_eq!(deg(&one), (0.0, 0.0));
    assert!(remarked(&one, "asym = 0.5"));
    let two = with(2, "1.0 2.0 3.0 4.0", "5.0 6.0 0 8.0");
    assert_eq!(deg(&two), (0.04, 0.05));
    for words in
        ["trns = 6, shft = 8", "zero of -7.3", "polarisation 0.9 of kind 1", "1 more profile sets", "1 of 2 banks"]
    {
        assert!(remarked(&two, words), "{words}");
    }
    let three = with(3, "GU 1.0 GV 2.0 GW 3.0 GP 0.0", "LX 5.0 LY 6.0 S/L 0.01 H/L 0.02");
    assert_eq!((deg(&three), three.instrument.s_over_l, three.instrument.h_over_l), ((0.05, 0.06), 0.01, 0.02));
    let four = with(4, "1.0 2.0 3.0 0.0", "5.0 6.0 0 0");
    assert_eq!(deg(&four), (0.05, 0.0));
    assert!(remarked(&four, "ptec = 6"));
    assert_eq!(deg(&with(5, "1.0 2.0 3.0 0.0", "5.0 6.0 0 0")), (0.05, 0.06));
}

#[test]
fn widths_below_zero_are_said() {
    let file = read(&INSTPRM.replace("V:-0.126", "V:-1.9")).unwrap();
    assert!(remarked(&file, "the Gaussian width is negative from 2θ = 10° to 115°"), "{:?}", file.origin);
}

#[test]
fn faults_name_the_line() {
    for (text, part) in [
        (PRM.replace("PXCR", "PNTR"), "i.prm, line 4: found histogram of kind PNTR, expected PXC"),
        (PRM.replace("  1.540598", "  0.000000"), "line 4: found wavelength 0, expected 0.1..=10.0"),
        (PRM.replace("  1.540598", "  1.54x598"), "line 4: found 1.54x598"),
        (PRM.replace("PRCF1     3   19", "PRCF1     7   19"), "line 6: found profile function 7 of 19"),
        (PRM.replace("PRCF1     3   19", "PRCF1     3   99"), "line 6: found profile function 3 of 99"),
        (PRM.replace("PRCF1     3   19", "PRCF1     3   20"), "line 6: found 19 coefficients, expected 20"),
        (PRM.replace("-0.631000E+00", "-0.631000Q+00"), "line 7: found -0.631000Q+00"),
        (PRM.replace("PRCF", "PREF"), "line 4: found a bank without profile"),
        (PRM.replace("0.241000E-01", "0.241000E+01"), "s_over_l = 2.41, expected 0 to 0.5"),
        (INSTPRM.replace("PXC", "PNT"), "line 1: found Type PNT, expected PXC or PNC"),
        (INSTPRM.replace("W:0.063\n", ""), "line 1: found a bank without W"),
        (INSTPRM.replace("0.063", "0.o63"), "line 11: found W = 0.o63"),
        (INSTPRM.replace("1.5443", "15443"), "line 5: found wavelength 15443"),
    ] {
        let message = read(&text).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn an_experiment_file_gives_its_first_histogram_of_constant_wavelength() {
    // Truth: layout of the records; the phase's own coefficients are the specimen's.
    let text = " EXPR  HTYP1  PNT  PNC\nHST  1 ICONS  5000.000      0.00      0.00\nHST  2 ICONS  1.910000\n\
        HST  2PRCF1     2    6      0.01\nHST  2PRCF11   2.0 -2.0 5.0 1.0\nHST  2PRCF12   1.0 0.0\n\
        HAP1 2PRCF      2   18   0.01000\nHAP1 2PRCF 1   2.0 -2.0 5.0 9.0\n";
    let file = read(text).unwrap();
    assert_eq!((file.instrument.x_deg, file.instrument.y_deg), (0.01, 0.01));
    for words in ["2 of 2 banks or histograms", "specimen's broadening", "a neutron diffractometer"] {
        assert!(remarked(&file, words), "{words}");
    }
}
