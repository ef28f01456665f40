use crate::formats::read_bytes;
use crate::scan::{IntensityUnit, Scan};

const Y: [u32; 25] = [
    739, 122, 202, 251, 204, 731, 788, 544, 83, 130, 332, 418, 578, 457, 275, 185, 637, 674, 77, 146, 434, 382, 804,
    489, 407,
];
const DETECTORS: [u32; 25] = [11, 1, 1, 11, 11, 4, 2, 4, 1, 10, 8, 7, 3, 6, 3, 9, 6, 1, 3, 8, 6, 5, 3, 1, 7];
const RAMP: &str = "  10.000   0.050  11.200\n";

/// Rows of fields.
fn rows(fields: impl Iterator<Item = String>, in_row: usize) -> String {
    let fields: Vec<String> = fields.collect();
    fields.chunks(in_row).map(|row| row.concat() + "\n").collect()
}

fn averaged(points: usize, width: usize) -> String {
    rows((0..points).map(|i| format!("{:2}{:width$}", DETECTORS[i % 25], Y[i % 25])), 10)
}

fn read(text: &str) -> Scan {
    read_bytes("a.dat", text.as_bytes().to_vec()).unwrap_or_else(|error| panic!("{error}")).remove(0)
}

fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

fn close(value: f64, truth: f64) {
    assert!((value - truth).abs() < 2e-6 * truth, "{value} {truth}");
}

#[test]
fn blocks_with_and_without_sigma() {
    // Truth: the format's definition.
    let free = read("10.0 0.5 12.5 quartz\n100 121 144 169\n196 225\n-1000\n");
    assert_eq!(free.intensity(), [100.0, 121.0, 144.0, 169.0, 196.0, 225.0]);
    assert_eq!((free.sigma()[1], free.two_theta_deg()[5]), (11.0, 12.5));
    assert_eq!(free.title.as_deref(), Some("quartz"));
    let psi = "HRPT, sample\nlambda=  1.49400, T= 0\n  2.0 0.1 2.4 1800., x\n 5. 6. 7. 8. 9.\n 1. 2. 3. 4. 5.\n Filelist='x'\n";
    let psi = read(psi);
    assert_eq!(psi.sigma(), [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(psi.radiation.as_ref().unwrap().reference_wavelength_angstrom(), 1.494);
}

#[test]
fn averages_over_detectors() {
    // Truth: crysfml 0.8 on the same texts.
    let old = read(&format!("{RAMP}{}", averaged(25, 6)));
    let text = format!("'sample of D1B'\n2\n3\n{:31.3}{:53.3}\n{:4}\n{}   -1000\n", 10.0, 0.2, 25, averaged(25, 8));
    let d1b = read(&text);
    for (scan, last) in [(&old, 11.2), (&d1b, 14.8)] {
        assert_eq!((scan.data.len(), sum(scan.intensity()), scan.unit), (25, 10089.0, IntensityUnit::Counts));
        close(sum(scan.sigma()), 260.12729597091675);
        close(scan.sigma()[0], 8.196451187133789);
        close(scan.two_theta_deg()[24], last);
        assert!(scan.input.reader_warnings.iter().any(|w| w.contains("neutron")));
    }
    assert_eq!((old.title.as_deref(), d1b.title.as_deref()), (None, Some("sample of D1B")));
    // crysfml leaves out the last row before the end mark: sums of the thirty points before.
    let text = format!(
        "sample of D1A\n{:24.3}\n{:8.3}\n{:8.0}{:8.0}\n{}   -1000\n  -10000\n",
        0.05,
        10.0,
        20000.0,
        10000.0,
        averaged(30, 6) + &averaged(10, 6)
    );
    let d1a = read(&text);
    assert_eq!((d1a.data.len(), d1a.title.as_deref()), (40, Some("sample of D1A")));
    assert_eq!(sum(&d1a.intensity()[..30]), 11607.0);
    close(sum(&d1a.sigma()[..30]), 428.0330328941345);
    close(d1a.two_theta_deg()[29], 11.45);
}

#[test]
fn sigma_by_turns_and_in_blocks() {
    // Truth: the definitions; Σσ of the rounded roots by a script of its own.
    let y: Vec<String> = Y.iter().map(|y| format!("{y:8}")).collect();
    let sigma: Vec<String> = Y.iter().map(|y| format!("{:8.2}", f64::from(*y).sqrt())).collect();
    let by_turns: String =
        y.chunks(10).zip(sigma.chunks(10)).map(|(y, s)| y.concat() + "\n" + &s.concat() + "\n").collect();
    let blocks = rows(y.into_iter(), 10) + &rows(sigma.into_iter(), 10);
    for (text, turns) in [(by_turns, true), (blocks, false)] {
        let scan = read(&format!("! remark\n{RAMP}{text}"));
        assert_eq!(sum(scan.intensity()), 10089.0);
        assert!((sum(scan.sigma()) - 478.82).abs() < 1e-9 && scan.sigma()[24] == 20.17);
        assert_eq!(scan.input.reader_warnings.iter().any(|w| w.contains("by turns")), turns);
    }
}

#[test]
fn monitors_scale_the_variance() {
    // Truth: crysfml 0.8 on the same text: σ² = 50000/12500 times the intensity.
    let text = |sigma: usize| {
        format!(
            "sample of G4.1\nident\n1.5 A\n    25    290.000   295.000{sigma:5}   50000.0   12500.0\n{RAMP}{}",
            rows(Y.iter().map(|y| format!("{y:8}")), 10)
        )
    };
    let scan = read(&text(0));
    close(sum(scan.sigma()), 957.7216167449951);
    close(scan.sigma()[0], 54.369110107421875);
    let message = read_bytes("a.dat", text(1).into_bytes()).unwrap_err().to_string();
    assert!(message.contains("line 5: found none, expected 25 σ"), "{message}");
}

#[test]
fn variable_time_gives_rates() {
    // Truth: crysfml 0.8 on the same text gives rates times the mean time, 11106.4/3.2.
    let time = |i: usize| if i < 10 { 2.0 } else { 4.0 };
    let fields = Y.iter().enumerate().map(|(i, y)| format!("{:6.1}{y:10}", time(i)));
    let scan = read(&format!("variable time\n2\n3\n4\n{RAMP}{}", rows(fields, 5)));
    close(sum(scan.intensity()), 11106.400157928467 / 3.2);
    assert_eq!((scan.intensity()[0], scan.sigma()[0]), (369.5, 739f64.sqrt() / 2.0));
    assert_eq!(scan.unit, IntensityUnit::CountsPerSecond);
}

#[test]
fn columns_stay_columns() {
    let columns = read("10 0.5 90\n10.5 7 2\n11 8 2\n");
    assert_eq!(columns.intensity(), [0.5, 7.0, 8.0]);
}

#[test]
fn faults_name_the_line() {
    let cut = format!("a\n2\n3\n{:31.3}{:53.3}\n  30\n{}", 10.0, 0.2, averaged(25, 8));
    let broken = cut.replace(" 5     382", " 5     38x");
    for (text, part) in [
        ("10 0.5 15 x\n1 2 3 4 5\n6 7\n", "line 1: found 7 intensities, expected 11"),
        ("10 0.5 15 x\n1 2 3 4 5\n6 seven 8 9\n", "line 3: found seven"),
        ("10 0.5 12.5 x\n1 2 3 4 5\n-6\n", "line 3: found intensity -6"),
        ("10 0.5 12.5 x\n1 2 3 4 5\n6 7\n", "line 3: found 2 numbers, expected 1 in this row"),
        (&cut, "line 5: found 25 intensities, expected 30"),
        (&broken, "line 8: found"),
    ] {
        let message = read_bytes("a.dat", text.as_bytes().to_vec()).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}
