use super::*;
use crate::formats::{read_bytes, write};
use crate::radiation::{Anode, Radiation};
use crate::scan::IntensityUnit;
use doublet_common::SigmaSource;

/// A small file; the arguments replace its data points and attributes of its scan.
fn file(version: &str, points: &str, scan: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<xrdMeasurements xmlns=\"http://www.xrdml.com/XRDMeasurement/{version}\" status=\"Completed\">
 <comment><entry>Simulated data: a test</entry><entry/></comment>
 <sample type=\"To be analyzed\"><id>S-1</id><name>Quartz &amp; co</name></sample>
 <xrdMeasurement measurementType=\"Scan\" status=\"Completed\" sampleMode=\"Reflection\">
  <usedWavelength intended=\"K-Alpha 1\">
   <kAlpha1 unit=\"Angstrom\">1.5405980</kAlpha1><kAlpha2 unit=\"Angstrom\">1.5444260</kAlpha2>
   <kBeta unit=\"Angstrom\">1.3922500</kBeta><ratioKAlpha2KAlpha1>0.5000</ratioKAlpha2KAlpha1>
  </usedWavelength>
  <incidentBeamPath>
   <radius unit=\"mm\">240.00</radius>
   <xRayTube><tension unit=\"kV\">45</tension><anodeMaterial>Cu</anodeMaterial>
    <focus type=\"Line\"><length unit=\"mm\">12.0</length><width unit=\"mm\">0.4</width></focus></xRayTube>
   <sollerSlit name=\"Soller slits 0.04 rad.\"><opening unit=\"rad\">0.0400</opening></sollerSlit>
   <divergenceSlit name=\"Slit\"><distanceToSample unit=\"mm\">140.00</distanceToSample><height unit=\"mm\">0.38</height></divergenceSlit>
  </incidentBeamPath>
  <diffractedBeamPath><radius unit=\"mm\">240.00</radius></diffractedBeamPath>
  <scan appendNumber=\"0\" mode=\"Continuous\" {scan}>
   <dataPoints>
{points}
   </dataPoints>
  </scan>
 </xrdMeasurement>
</xrdMeasurements>\n"
    )
}

const GONIO: &str = "scanAxis=\"Gonio\" status=\"Completed\"";
const AXIS: &str = "<positions axis=\"2Theta\" unit=\"deg\"><startPosition>10.0</startPosition><endPosition>13.0</endPosition></positions>";

fn points(rest: &str) -> String {
    format!("{AXIS}\n{rest}")
}

fn one(text: &str) -> Scan {
    let mut scans = read_bytes("a.xrdml", text.as_bytes().to_vec()).unwrap();
    assert_eq!(scans.len(), 1);
    scans.remove(0)
}

fn refusal(text: &str) -> String {
    read_bytes("a.xrdml", text.as_bytes().to_vec()).unwrap_err().to_string()
}

#[test]
fn header_and_points() {
    let counts =
        "<commonCountingTime unit=\"seconds\">2.5</commonCountingTime>\n<counts unit=\"counts\">0 4 9\n16</counts>";
    let scan = one(&file("2.1", &points(counts), GONIO));
    assert_eq!(scan.two_theta_deg(), [10.0, 11.0, 12.0, 13.0]);
    assert_eq!((scan.intensity(), scan.sigma()), (&[0.0, 4.0, 9.0, 16.0][..], &[1.0, 2.0, 3.0, 4.0][..]));
    assert_eq!((scan.unit, scan.data.sigma_source()), (IntensityUnit::Counts, SigmaSource::Counts));
    assert_eq!((scan.counting_time_s, scan.goniometer_radius_mm), (Some(2.5), Some(240.0)));
    assert_eq!(scan.title.as_deref(), Some("Quartz & co"));
    assert!(scan.is_simulated());
    let radiation = scan.radiation.as_ref().unwrap();
    assert_eq!((radiation.anode, radiation.lines.len()), (Some(Anode::Cu), 2));
    assert_eq!(radiation.lines[1].wavelength_angstrom, 1.544426);
    // 0.38 mm seen from the focus, 240 − 140 mm away.
    assert!((scan.optics.divergence_deg.unwrap() - 0.2177).abs() < 1e-4);
    assert_eq!((scan.optics.soller_incident_rad, scan.optics.focus_length_mm), (Some(0.04), Some(12.0)));
    assert_eq!(scan.input.format, "xrdml");
    assert!(scan.input.reader_warnings.is_empty(), "{:?}", scan.input.reader_warnings);
}

#[test]
fn counts_are_multiplied_by_their_factors_and_intensities_are_not() {
    let factors = "<beamAttenuationFactors>1.0 188.0 188.0 1.0</beamAttenuationFactors>";
    let raw = one(&file("2.1", &points(&format!("{factors}<counts unit=\"counts\">5 100 0 7</counts>")), GONIO));
    let done =
        one(&file("1.5", &points(&format!("{factors}<intensities unit=\"counts\">5 18800 0 7</intensities>")), GONIO));
    assert_eq!(raw.intensity(), [5.0, 18800.0, 0.0, 7.0]);
    assert_eq!(raw.sigma(), [5f64.sqrt(), 1880.0, 188.0, 7f64.sqrt()]);
    assert_eq!(raw.unit, IntensityUnit::AttenuationCorrectedCounts);
    assert_eq!(raw.data, done.data);
    let common = "<commonBeamAttenuationFactor>10</commonBeamAttenuationFactor><counts>1 2 3 4</counts>";
    assert_eq!(one(&file("2.1", &points(common), GONIO)).intensity(), [10.0, 20.0, 30.0, 40.0]);
}

#[test]
fn unequal_counting_times_give_counts_per_second() {
    let text = "<countingTimes unit=\"seconds\">1 2 4 4</countingTimes><counts unit=\"counts\">100 100 100 0</counts>";
    let scan = one(&file("2.0", &points(text), GONIO));
    assert_eq!((scan.unit, scan.counting_time_s), (IntensityUnit::CountsPerSecond, None));
    assert_eq!((scan.intensity(), scan.sigma()), (&[100.0, 50.0, 25.0, 0.0][..], &[10.0, 5.0, 2.5, 0.25][..]));
}

#[test]
fn listed_positions_and_a_descending_axis() {
    let axis = "<positions axis=\"2Theta\" unit=\"deg\"><listPositions>12.0 11.5 10.0</listPositions></positions>";
    let scan = one(&file("1.3", &format!("{axis}<intensities unit=\"counts\">3 2 1</intensities>"), GONIO));
    assert_eq!((scan.two_theta_deg(), scan.intensity()), (&[10.0, 11.5, 12.0][..], &[1.0, 2.0, 3.0][..]));
    assert!(scan.input.reader_warnings.iter().any(|w| w.contains("turned round")));
}

#[test]
fn only_scans_along_two_theta_are_powder_scans() {
    let data = points("<counts unit=\"counts\">1 2 3 4</counts>");
    let omega = file("2.1", &data, "scanAxis=\"Omega\" status=\"Completed\"");
    let text = refusal(&omega);
    assert!(text.contains("line 18: found scanAxis \"Omega\", expected a scan along 2θ"), "{text}");
    let end = "</xrdMeasurement>";
    let block = &omega[omega.find("<xrdMeasurement ").unwrap()..omega.find(end).unwrap() + end.len()];
    let both = file("2.1", &data, GONIO).replacen("<xrdMeasurement ", &format!("{block}<xrdMeasurement "), 1);
    let scan = one(&both);
    assert!(scan.input.reader_warnings.iter().any(|w| w.contains("left out") && w.contains("Omega")));
    let area = file("2.1", &data, GONIO).replace("measurementType=\"Scan\"", "measurementType=\"Area measurement\"");
    assert!(refusal(&area).contains("found an area measurement"));
}

#[test]
fn several_scans_are_kept_apart() {
    let text = file("2.1", &points("<counts unit=\"counts\">1 2 3 4</counts>"), GONIO);
    let end = "</scan>";
    let scan = &text[text.find("<scan ").unwrap()..text.find(end).unwrap() + end.len()];
    let second = scan.replace("1 2 3 4", "5 6 7 8").replace("appendNumber=\"0\"", "appendNumber=\"1\"");
    let scans = read_bytes("a.xrdml", text.replacen(end, &format!("{end}{second}"), 1).into_bytes()).unwrap();
    assert_eq!(scans.iter().map(|s| s.intensity()[0]).collect::<Vec<_>>(), [1.0, 5.0]);
    assert!(scans[1].metadata.contains(&("append number".into(), "1".into())));
    assert!(scans[0].input.reader_warnings[0].contains("2 scans"));
    let aborted = scan.replace("1 2 3 4", "1").replace("Completed", "Aborted");
    let first = one(&text.replacen(end, &format!("{end}{aborted}"), 1));
    assert!(first.input.reader_warnings[0].contains("left out") && first.data.len() == 4);
    assert!(refusal(&text.replacen(end, &format!("{end}{}", scan.replace("1 2 3 4", "1")), 1)).contains("1 point(s)"));
}

#[test]
fn what_is_unusual_is_said() {
    let counts = "<counts unit=\"counts\">1 2 3 4</counts>";
    let warned = |text: &str, part: &str| {
        let scan = one(text);
        assert!(
            scan.input.reader_warnings.iter().any(|w| w.contains(part)),
            "{part}: {:?}",
            scan.input.reader_warnings
        );
        scan
    };
    warned(&file("2.1", &points(counts), "scanAxis=\"Gonio\" status=\"Aborted\""), "status is \"Aborted\"");
    warned(&file("3.0", &points(counts), GONIO), "schema version 3.0");
    warned(&file("1.5", &points("<intensities unit=\"counts\">1.5 2 3 4</intensities>"), GONIO), "not whole counts");
    let slit = "<divergenceCorrections>1 2 3 4</divergenceCorrections>";
    warned(&file("2.1", &points(&format!("{slit}{counts}")), GONIO), "programmable slit");
    let fixed = "<positions axis=\"Omega\" unit=\"deg\"><commonPosition>4.0</commonPosition></positions>";
    let scan = file("2.1", &points(&format!("{fixed}{counts}")), "scanAxis=\"2Theta\" status=\"Completed\"");
    warned(&scan, "ω stands at 4°");
    let tilted = "<positions axis=\"Omega\" unit=\"deg\"><startPosition>4.8</startPosition><endPosition>6.3</endPosition></positions>";
    let scan = file("2.1", &points(&format!("{tilted}{counts}")), "scanAxis=\"2Theta-Omega\" status=\"Completed\"");
    warned(&scan, "-0.2000° off θ");
    let germanium =
        "<monochromator name=\"M\"><crystal>Ge</crystal><hkl><h>1</h><k>1</k><l>1</l></hkl></monochromator>";
    let text = file("2.1", &points(counts), GONIO).replace("<xRayTube>", &format!("{germanium}<xRayTube>"));
    let radiation = warned(&text, "Kα1 alone").radiation.unwrap();
    // Bragg's law: Ge (111), d = 5.6575/√3 Å, at Cu Kα1.
    assert!((radiation.monochromator_two_theta_deg - 27.28).abs() < 0.01, "{}", radiation.monochromator_two_theta_deg);
    assert_eq!(radiation.lines.len(), 1);
    let graphite = "<monochromator name=\"G\"><crystal>C</crystal><hkl><h>0</h><k>0</k><l>2</l></hkl></monochromator><radius unit=\"mm\">240.00</radius></diff";
    let text = file("2.1", &points(counts), GONIO).replace("<radius unit=\"mm\">240.00</radius></diff", graphite);
    let radiation = one(&text).radiation.unwrap();
    assert!((radiation.monochromator_two_theta_deg - 26.56).abs() < 0.02);
    assert_eq!(radiation.lines.len(), 2);
}

#[test]
fn the_wavelength_comes_from_the_file_or_its_anode_or_not_at_all() {
    let text = file("2.1", &points("<counts unit=\"counts\">1 2 3 4</counts>"), GONIO);
    let (start, end) = (text.find("<usedWavelength").unwrap(), text.find("<incidentBeamPath").unwrap());
    let bare = text.replace(&text[start..end], "");
    let scan = one(&bare);
    assert_eq!(scan.radiation.as_ref().unwrap().lines, Radiation::k_alpha(Anode::Cu).lines);
    assert!(scan.input.reader_warnings.iter().any(|w| w.contains("NIST SRD 128")));
    assert!(one(&bare.replace("<anodeMaterial>Cu</anodeMaterial>", "")).radiation.is_none());
    let beta = one(&text.replace("K-Alpha 1", "K-Beta")).radiation.unwrap();
    assert_eq!((beta.lines.len(), beta.reference_wavelength_angstrom()), (1, 1.39225));
    assert!(refusal(&text.replace("1.5405980", "15.4")).contains("line 7: found <kAlpha1> = 15.4"));
    assert!(refusal(&text.replace("0.5000<", "5<")).contains("line 8: found Kα2/Kα1 = 5"));
}

#[test]
fn damage_is_named_with_line_and_value() {
    let cases = [
        (
            "<counts unit=\"counts\">1 2\n3x 4</counts>",
            "line 22: found \"3x\" as value 3 of <counts>, expected a number",
        ),
        ("<counts unit=\"counts\">1 2\n-3 4</counts>", "line 22: found intensity -3, expected counts of zero or more"),
        (
            "<counts unit=\"counts\">1 nan 3 4</counts>",
            "line 21: found \"nan\" as value 2 of <counts>, expected a finite",
        ),
        ("<counts unit=\"cps\">1 2 3 4</counts>", "line 21: found intensities in \"cps\""),
        ("<counts unit=\"counts\"></counts>", "found 0 point(s), expected a scan of at least 2"),
        ("<counts unit=\"counts\">7</counts>", "found 1 point(s), expected a scan of at least 2"),
        ("<spam/>", "line 19: found neither, expected <counts> or <intensities>"),
        (
            "<countingTimes>1 2</countingTimes><counts>1 2 3 4</counts>",
            "line 21: found 2 values in <countingTimes> for 4",
        ),
        (
            "<commonCountingTime>0</commonCountingTime><counts>1 2 3 4</counts>",
            "0 in <commonCountingTime>, expected a factor",
        ),
        ("<beamAttenuationFactors>1 1 -1 1</beamAttenuationFactors><counts>1 2 3 4</counts>", "-1 in <beamAtt"),
    ];
    for (data, part) in cases {
        let message = refusal(&file("2.1", &points(data), GONIO));
        assert!(message.contains(part), "{data}: {message}");
    }
    let list = "<positions axis=\"2Theta\"><listPositions>1 2 3</listPositions></positions><counts>1 2 3 4</counts>";
    assert!(refusal(&file("2.1", list, GONIO)).contains("3 positions for 4 intensities"));
    let list =
        "<positions axis=\"2Theta\"><listPositions>1 2\n1.5 4</listPositions></positions><counts>1 2 3 4</counts>";
    assert!(refusal(&file("2.1", list, GONIO)).contains("line 21: found 2θ = 1.5 after 2"));
    let fixed = "<positions axis=\"2Theta\"><commonPosition>1</commonPosition></positions><counts>1 2 3 4</counts>";
    assert!(refusal(&file("2.1", fixed, GONIO)).contains("line 20: found a fixed 2θ"));
    let radians = AXIS.replace("deg", "rad") + "<counts>1 2 3 4</counts>";
    assert!(refusal(&file("2.1", &radians, GONIO)).contains("2θ in \"rad\""));
    assert!(refusal(&file("2.1", "<counts>1 2 3 4</counts>", GONIO)).contains("found no 2θ"));
}

#[test]
fn what_is_written_is_read_back() {
    let factors =
        "<commonCountingTime>0.5</commonCountingTime><beamAttenuationFactors>1 188 188 1</beamAttenuationFactors>";
    let cases = [
        ("2.1", format!("{factors}<counts unit=\"counts\">5 1877 0 7</counts>"), "2.1"),
        ("2.1", "<countingTimes>1 2 4 4</countingTimes><counts>100 100 100 0</counts>".into(), "2.1"),
        ("1.5", "<intensities unit=\"counts\">1.5 2 3 4</intensities>".into(), "1.5"),
        (
            "1.3",
            "<beamAttenuationFactors>131.32 1 1 131.32</beamAttenuationFactors>\
            <intensities unit=\"counts\">2628764 5 0 0</intensities>"
                .into(),
            "1.5",
        ),
    ];
    for (version, data, written_version) in cases {
        let scan = one(&file(version, &points(&data), GONIO));
        let bytes = write(std::slice::from_ref(&scan), "xrdml").unwrap();
        let again = one(std::str::from_utf8(&bytes).unwrap());
        assert_eq!(again.data.sigma_source(), scan.data.sigma_source());
        for (a, b) in again.intensity().iter().zip(scan.intensity()).chain(again.sigma().iter().zip(scan.sigma())) {
            assert!((a - b).abs() <= 1e-12 * b.abs(), "{a} {b}");
        }
        assert_eq!(again.two_theta_deg(), scan.two_theta_deg());
        assert_eq!((&again.radiation, again.unit), (&scan.radiation, scan.unit));
        assert_eq!((again.counting_time_s, again.goniometer_radius_mm), (scan.counting_time_s, Some(240.0)));
        assert_eq!((again.title.as_deref(), again.is_simulated()), (Some("Quartz & co"), true));
        assert!(again.metadata.contains(&("schema version".into(), written_version.into())));
    }
}

#[test]
fn doubt_about_counts_survives() {
    let scan = read_bytes("a.xy", b"10 1000\n11 17\n12 5\n".to_vec()).unwrap();
    let again = one(std::str::from_utf8(&write(&scan, "xrdml").unwrap()).unwrap());
    assert_eq!((again.unit, again.data.sigma_source()), (IntensityUnit::Arbitrary, SigmaSource::AssumedCounts));
    assert!(again.input.reader_warnings.iter().any(|w| w == NOT_COUNTS));
    assert_eq!(again.counting_time_s, None);
}

#[test]
fn what_xrdml_cannot_hold_is_refused() {
    let scan = read_bytes("a.xye", b"10 500 50\n11 600 51\n12 40 9\n".to_vec()).unwrap();
    let text = write(&scan, "xrdml").unwrap_err().to_string();
    assert!(text.contains("write xye or csv instead"), "{text}");
}
