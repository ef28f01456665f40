use crate::formats::read_bytes;
use crate::radiation::Anode;

fn put(bytes: &mut Vec<u8>, at: usize, value: &[u8]) {
    bytes.resize(bytes.len().max(at + value.len()), 0);
    bytes[at..at + value.len()].copy_from_slice(value);
}

/// A constructed file of version 1 with ranges of three points; the later ones without mark, as some programs wrote them.
fn version1(ranges: u32) -> Vec<u8> {
    let mut bytes = b"RAW ".to_vec();
    for number in 0..ranges {
        let origin = bytes.len() - 4;
        put(&mut bytes, origin + 4, &3u32.to_le_bytes());
        for (at, value) in [(8, 1.5f32), (12, 0.02), (24, 20.0 + number as f32), (72, 1.5406), (76, 1.54439)] {
            put(&mut bytes, origin + at, &value.to_le_bytes());
        }
        put(&mut bytes, origin + 40, b"corundum");
        put(&mut bytes, origin + 152, &(ranges - 1 - number).to_le_bytes());
        for count in [4.0f32, 9.0, 16.0] {
            bytes.extend(count.to_le_bytes());
        }
    }
    bytes
}

/// A constructed file of version 2 with ranges of two points, from 30°, 31°, … on.
fn version2(ranges: u16) -> Vec<u8> {
    let mut bytes = b"RAW2".to_vec();
    put(&mut bytes, 4, &ranges.to_le_bytes());
    put(&mut bytes, 168, b"01-Jan-1995 12:00:00");
    put(&mut bytes, 188, b"Co");
    for (at, value) in [(190, 1.78897f32), (194, 1.79285), (198, 0.5)] {
        put(&mut bytes, at, &value.to_le_bytes());
    }
    put(&mut bytes, 255, &[0]);
    for number in 0..ranges {
        let at = bytes.len();
        for (offset, value) in [(8, 2.0f32), (12, 0.05), (16, 30.0 + f32::from(number))] {
            put(&mut bytes, at + offset, &value.to_le_bytes());
        }
        for (offset, value) in [(0, 48u16), (2, 2), (46, 298)] {
            put(&mut bytes, at + offset, &value.to_le_bytes());
        }
        for count in [100.0f32, 121.0] {
            bytes.extend(count.to_le_bytes());
        }
    }
    bytes
}

/// A constructed file of version 4 with ranges of two points, from 30°, 31°, … on, each of a kind of scan.
fn version4(kinds: &[&str]) -> Vec<u8> {
    let mut bytes = b"RAW4.00".to_vec();
    put(&mut bytes, 60, &[0]);
    for (number, kind) in kinds.iter().enumerate() {
        let at = bytes.len();
        put(&mut bytes, at + 159, &[0]);
        put(&mut bytes, at + 32, kind.as_bytes());
        for (offset, value) in [(72, 30.0 + number as f64), (80, 0.05)] {
            put(&mut bytes, at + offset, &value.to_le_bytes());
        }
        put(&mut bytes, at + 92, &(500.0 * (number + 1) as f32).to_le_bytes());
        for (offset, value) in [(88, 2u32), (136, 4)] {
            put(&mut bytes, at + offset, &value.to_le_bytes());
        }
        for count in [64.0f32, 81.0] {
            bytes.extend(count.to_le_bytes());
        }
    }
    bytes
}

#[test]
fn version_1_as_described() {
    let scans = read_bytes("old.raw", version1(2)).unwrap();
    assert_eq!(scans.len(), 2);
    assert_eq!(scans[1].two_theta_deg()[0], 21.0);
    let scan = &scans[0];
    assert_eq!((scan.intensity(), scan.sigma()), (&[4.0, 9.0, 16.0][..], &[2.0, 3.0, 4.0][..]));
    assert!((scan.two_theta_deg()[2] - 20.04).abs() < 1e-12);
    assert_eq!((scan.title.as_deref(), scan.counting_time_s), (Some("corundum"), Some(1.5)));
    assert_eq!(scan.radiation.as_ref().unwrap().lines[1].wavelength_angstrom, 1.54439);
    assert!(scan.input.reader_warnings.iter().any(|w| w.contains("ratio")));
}

#[test]
fn version_2_as_described() {
    let scans = read_bytes("old.raw", version2(2)).unwrap();
    assert_eq!((scans.len(), scans[1].two_theta_deg()[0]), (2, 31.0));
    let scan = &scans[0];
    assert_eq!((scan.two_theta_deg()[0], scan.intensity()), (30.0, &[100.0, 121.0][..]));
    assert_eq!(scan.radiation.as_ref().unwrap().anode, Some(Anode::Co));
    assert_eq!(scan.counting_time_s, Some(2.0));
    assert!(scan.metadata.contains(&("temperature (K)".into(), "298".into())));
}

/// Truth: the layout; a range of another kind is left out and told.
#[test]
fn version_4_has_several_ranges() {
    let bytes = version4(&["Locked Coupled", "Rocking Curve", "Unlocked Coupled"]);
    let scans = read_bytes("new.raw", bytes).unwrap();
    let starts: Vec<f64> = scans.iter().map(|scan| scan.two_theta_deg()[0]).collect();
    assert_eq!(starts, [30.0, 32.0]);
    assert_eq!([scans[0].counting_time_s, scans[1].counting_time_s], [Some(0.5), Some(1.5)]);
    assert_eq!(scans[1].sigma(), [8.0, 9.0]);
    assert!(scans.iter().all(|scan| scan.input.reader_warnings.iter().any(|w| w.contains("range 2 of 3"))));
}

#[test]
fn cut_files_name_the_byte() {
    for whole in [version1(2), version2(2)] {
        for length in (4..whole.len()).step_by(7) {
            let Err(error) = read_bytes("cut.raw", whole[..length].to_vec()) else { panic!("{length} bytes") };
            assert!(error.to_string().contains("cut.raw"), "{error}");
        }
    }
}

/// A header of version 3 that announces no range and is cut before its end.
#[test]
fn a_cut_header_without_ranges_is_refused() {
    let mut bytes = b"RAW1.01".to_vec();
    put(&mut bytes, 700, &[0]);
    let message = read_bytes("cut.raw", bytes).unwrap_err().to_string();
    assert!(message.contains("byte 0") && message.contains("712 more bytes"), "{message}");
}

#[test]
fn false_sizes_are_refused() {
    let mut bytes = version1(1);
    put(&mut bytes, 4, &u32::MAX.to_le_bytes());
    let message = read_bytes("a.raw", bytes).unwrap_err().to_string();
    assert!(message.contains("byte 4") && message.contains("4294967295 points"), "{message}");
    let mut bytes = version2(1);
    put(&mut bytes, 256, &7u16.to_le_bytes());
    let message = read_bytes("a.raw", bytes).unwrap_err().to_string();
    assert!(message.contains("byte 256") && message.contains("7 bytes"), "{message}");
}
