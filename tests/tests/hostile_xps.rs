//! What damaged and hostile photoelectron files get: an error that names file, place and value; never a panic, never an
//! unbounded allocation. Every file here is made by the test itself.

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use doublet_common::container::Content;
use doublet_xps::formats::{read_content, writer};
use doublet_xps::region::{EnergyScale, IntensityUnit, RawSpectrum, ReadOptions, Region};

fn content(bytes: impl Into<Vec<u8>>) -> Content {
    Content::from_bytes("hostile.file", bytes.into()).unwrap()
}

fn read(bytes: impl Into<Vec<u8>>) -> Result<Vec<Region>, String> {
    let options = ReadOptions { axis: Some(EnergyScale::Binding), photon_energy_ev: None };
    read_content(&content(bytes), &options).map_err(|error| error.to_string())
}

fn region(label: &str, points: usize) -> Region {
    let energies = (0..points).map(|i| 280.0 + 0.1 * i as f64).collect();
    let counts = (0..points).map(|i| 100.0 + (i % 7) as f64).collect();
    let mut raw = RawSpectrum::new(label, energies, Some(EnergyScale::Binding), counts, IntensityUnit::Counts);
    raw.dwell_time_s = Some(0.1);
    raw.scans = Some(3.0);
    raw.into_region(&content("x"), "test", &ReadOptions::default()).unwrap()
}

/// A VAMAS file of two blocks, as lines.
fn vamas() -> Vec<String> {
    let bytes = writer("vamas").unwrap()(&[region("C 1s", 12), region("O 1s", 9)]).unwrap();
    String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
}

fn joined(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

/// The refusal of a VAMAS file whose line `number` (from 1) has been replaced.
fn refusal(number: usize, text: &str) -> String {
    let mut lines = vamas();
    lines[number - 1] = text.into();
    read(joined(&lines)).expect_err("the damage must be noticed")
}

fn line_of(lines: &[String], text: &str) -> usize {
    lines.iter().position(|line| line == text).unwrap_or_else(|| panic!("{text}")) + 1
}

#[test]
fn the_sound_file_reads() {
    let regions = read(joined(&vamas())).unwrap();
    assert_eq!(
        regions.iter().map(|r| (r.label.as_str(), r.data.len())).collect::<Vec<_>>(),
        [("C 1s", 12), ("O 1s", 9)]
    );
}

#[test]
fn wrong_vamas_counts_name_block_and_line() {
    let lines = vamas();
    // Number of ordinates of the first block: the line before the smallest and largest value.
    let ordinates = line_of(&lines, "12");
    for (declared, block, part) in [
        ("13", "block 1 \"C 1s\"", "ordinate value 13 of 13 (declared in line 61)"),
        ("11", "block 2", "found"),
        ("2000000", "block 1 \"C 1s\"", "no more than the"),
        ("-3", "block 1 \"C 1s\"", "found -3"),
        ("1.5", "block 1 \"C 1s\"", "a whole number"),
        ("many", "block 1 \"C 1s\"", "found \"many\""),
    ] {
        let text = refusal(ordinates, declared);
        assert!(
            text.contains("hostile.file, line ") && text.contains(block) && text.contains(part),
            "{declared}: {text}"
        );
    }
    let blocks = line_of(&lines, "NORM") + 8;
    assert_eq!(lines[blocks - 1], "2");
    let text = refusal(blocks, "3");
    assert!(text.contains("found \"end of experiment\", expected block 3 of 3"), "{text}");
    let text = refusal(blocks, "1");
    assert!(text.contains("\"O 1s\", expected \"end of experiment\" after the last of 1 blocks"), "{text}");
    let text = refusal(blocks, "99999999999");
    assert!(text.contains("line 15: found 99999999999"), "{text}");
}

#[test]
fn bad_vamas_values_name_line_and_value() {
    let lines = vamas();
    let first_value = line_of(&lines, "12") + 3;
    for value in ["nan", "inf", "1e999", "", "counts", "1E+37", "1,234"] {
        let text = refusal(first_value, value);
        assert!(text.contains(&format!("line {first_value}")) && text.contains("block 1 \"C 1s\""), "{value}: {text}");
    }
    let text = refusal(line_of(&lines, "NORM"), "NORMAL");
    assert!(text.contains("found \"NORMAL\"") && text.contains("one of MAP, MAPDP"), "{text}");
    let text = refusal(line_of(&lines, "XPS"), "MAGIC");
    assert!(text.contains("found \"MAGIC\"") && text.contains("block 1"), "{text}");
    let start = line_of(&lines, "Binding energy") + 2;
    assert!(refusal(start + 1, "0").contains("energies that all ascend"));
    // Huge and negative counts are numbers: they are read, and said to be no counts where they cannot be.
    let mut negative = lines.clone();
    negative[first_value - 1] = "-5".into();
    let regions = read(joined(&negative)).unwrap();
    assert_eq!(regions[0].unit, IntensityUnit::Arbitrary);
    assert!(regions[0].input.reader_warnings.iter().any(|w| w.contains("-5") && w.contains("negative")));
}

#[test]
fn a_truncated_vamas_file_is_refused_at_every_line() {
    let lines = vamas();
    for keep in 1..lines.len() - 1 {
        let text = read(joined(&lines[..keep])).expect_err("truncated");
        assert!(text.contains("hostile.file, line "), "{keep}: {text}");
    }
    // Only the end mark is missing: read, and said.
    let regions = read(joined(&lines[..lines.len() - 1])).unwrap();
    assert!(regions[0].input.reader_warnings.iter().any(|w| w.contains("end of experiment")));
}

#[test]
fn inclusion_lists_inherit_from_the_first_block() {
    let mut lines = vamas();
    // An exclusion list of one entry, parameter 12 (analysis source label), and its line taken from the second block.
    let list = line_of(&lines, "REGULAR") + 3;
    assert_eq!(lines[list - 1], "0");
    lines[list - 1] = "-1".into();
    lines.insert(list, "12".into());
    let second = lines.iter().rposition(|line| line == "O 1s").unwrap();
    let technique = second + lines[second..].iter().position(|line| line == "XPS").unwrap();
    lines.remove(technique + 1);
    let regions = read(joined(&lines)).unwrap();
    assert_eq!(regions[1].intensity().len(), 9);
    lines[list] = "41".into();
    assert!(read(joined(&lines)).unwrap_err().contains("found 41, expected the prefix number of a block parameter"));
}

#[test]
fn line_ends_and_leading_blanks_do_not_matter() {
    let lines = vamas();
    let plain = read(joined(&lines)).unwrap();
    for text in [lines.join("\r\n") + "\r\n", lines.join("\r") + "\r", format!("\n \n\n{}", joined(&lines))] {
        let other = read(text).unwrap();
        assert_eq!(plain[1].data, other[1].data);
    }
    let marked: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(joined(&lines).encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(read(marked).unwrap()[0].data, plain[0].data);
}

#[test]
fn what_is_no_spectrum_is_refused_by_name() {
    for (bytes, part) in [
        (b"".to_vec(), "an empty file"),
        (b"\0\x01\x02\x03binary".to_vec(), "known format"),
        (b"285.0\n".to_vec(), "known format"),
        (b"285.0 10\n".to_vec(), "known format"),
        (b"285.0 10\n285.1 nan\n285.2 12\n".to_vec(), "line 2: found \"nan\""),
        (b"285.0 10\n285.1 11\n285.05 12\n".to_vec(), "energy 285.05 at point 2"),
        (b"285.0 10\n285.1,11\n285.2;12\n285.3 9\n".to_vec(), "mixed"),
        (b"# doublet XPS region\nbinding_energy_ev,counts\n1,2\n2,x\n".to_vec(), "line 4: found \"x\""),
        (b"# doublet XPS region\nangle,counts\n1,2\n".to_vec(), "binding_energy_ev or kinetic_energy_ev"),
        (b"PK\x03\x04 xl/workbook.xml".to_vec(), "ZIP"),
    ] {
        let text = read(bytes.clone()).expect_err("refused");
        assert!(text.starts_with("hostile.file") && text.contains(part), "{}: {text}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn an_undeclared_axis_is_never_guessed() {
    let text = read_content(&content("285.0 10\n285.1 11\n"), &ReadOptions::default()).unwrap_err().to_string();
    assert!(text.contains("--axis be") && text.contains("--photon-energy"), "{text}");
}

/// A container as Avantage writes it, with one spectrum of `points` points whose axis claims `declared`.
fn vgd(points: u32, declared: u32) -> Vec<u8> {
    let words = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let mut space = words(&[0x2_0000, 1]);
    for _ in 0..3 {
        space.extend(2_u32.to_le_bytes());
        space.extend([0, 0]);
    }
    space.extend(declared.to_le_bytes());
    space.extend(1188.68_f64.to_le_bytes());
    space.extend(0.1_f64.to_le_bytes());
    space.push(1);
    space.extend(1_u32.to_le_bytes());
    let index = words(&[0x2_0000, 1, 0, declared.wrapping_sub(1), 1, 0]);
    let data: Vec<u8> = (0..points).flat_map(|i| f64::from(100 + i % 7).to_le_bytes()).collect();
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (name, bytes) in [("VGData", data), ("VGSpaceAxes", space), ("VGDataAxes", index)] {
        file.create_stream(name).unwrap().write_all(&bytes).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

#[test]
fn thermo_axes_that_lie_are_refused() {
    assert_eq!(read(vgd(231, 231)).unwrap()[0].data.len(), 231);
    for (points, declared, part) in [
        (231, 232, "found 1848 bytes, expected 232 doubles"),
        (231, 0, "0 points"),
        (231, u32::MAX, "points"),
        (231, 9_999_999, "9999999 doubles"),
    ] {
        let text = read(vgd(points, declared)).expect_err("refused");
        assert!(text.contains("hostile.file, stream") && text.contains(part), "{declared}: {text}");
    }
}

#[test]
fn truncated_containers_name_a_byte() {
    let whole = vgd(20_000, 20_000);
    for keep in [9, 511, 600, 4096, 8192, whole.len() / 2] {
        let text = read(&whole[..keep]).expect_err("refused");
        assert!(text.contains("hostile.file, byte ") || text.contains("known format"), "{keep}: {text}");
    }
}

/// Damage from a fixed seed (Knuth's linear congruential constants): every reading ends soon, with regions or an error.
#[test]
fn seeded_damage_never_panics() {
    let mut state = 7_u64;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 33) as usize) % n.max(1)
    };
    let csv = writer("csv").unwrap()(&[region("C 1s", 50)]).unwrap();
    let sources = [joined(&vamas()).into_bytes(), vgd(231, 231), csv];
    let start = Instant::now();
    for round in 0..3000 {
        let mut bytes = sources[round % sources.len()].clone();
        for _ in 0..1 + below(3) {
            let at = below(bytes.len());
            match below(5) {
                0 => bytes[at] = below(256) as u8,
                1 => bytes[at] = b"0123456789.-eE+\n, "[below(18)],
                2 => bytes.truncate(at.max(1)),
                3 => {
                    let end = (at + below(40)).min(bytes.len());
                    bytes.drain(at..end);
                }
                _ => {
                    let end = (at + below(40)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
            if bytes.is_empty() {
                bytes.push(b'x');
            }
        }
        if let Err(text) = read(bytes) {
            assert!(text.starts_with("hostile.file"), "{round}: {text}");
        }
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
