//! Diffraction files that are damaged, cut, absurd or hostile: each is refused with file, place, value and expectation,
//! in bounded time and memory, and nothing ever panics.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use doublet_common::container::Content;
use doublet_xrd::Error;
use doublet_xrd::formats::{read_bytes, write};
use doublet_xrd::profile::InstrumentFile;

#[path = "hostile_xrd/seeds.rs"]
mod seeds;

/// Longest time that any file of this test may take, on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once('\u{FEFF}')
        .chain(text.chars())
        .flat_map(|c| {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>()
        })
        .collect()
}

/// A short scan in columns.
fn columns() -> String {
    (0..200).map(|i| format!("{:.2} {}\n", 10.0 + 0.02 * f64::from(i), 100 + (i * 7919) % 97)).collect()
}

/// A short scan in XRDML with these data points.
fn xrdml(data: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <xrdMeasurements xmlns=\"http://www.xrdml.com/XRDMeasurement/2.1\" status=\"Completed\">\n\
         <sample type=\"To be analyzed\"><id>hostile</id></sample>\n\
         <xrdMeasurement measurementType=\"Scan\" status=\"Completed\">\n\
         <usedWavelength intended=\"K-Alpha 1\"><kAlpha1 unit=\"Angstrom\">1.5405980</kAlpha1>\
         <kAlpha2 unit=\"Angstrom\">1.5444260</kAlpha2><ratioKAlpha2KAlpha1>0.5</ratioKAlpha2KAlpha1></usedWavelength>\n\
         <incidentBeamPath><xRayTube><anodeMaterial>Cu</anodeMaterial></xRayTube></incidentBeamPath>\n\
         <scan scanAxis=\"Gonio\" status=\"Completed\">\n<dataPoints>\n\
         <positions axis=\"2Theta\" unit=\"deg\"><startPosition>10</startPosition><endPosition>13</endPosition></positions>\n\
         <commonCountingTime unit=\"seconds\">1.0</commonCountingTime>\n\
         {data}\n</dataPoints>\n</scan>\n</xrdMeasurement>\n</xrdMeasurements>\n"
    )
}

fn counts(list: &str) -> String {
    xrdml(&format!("<counts unit=\"counts\">{list}</counts>"))
}

fn billion_laughs() -> String {
    let mut entities = String::from("<!ENTITY lol0 \"lol\">\n");
    for level in 1..10 {
        let inner = format!("&lol{};", level - 1).repeat(10);
        entities.push_str(&format!("<!ENTITY lol{level} \"{inner}\">\n"));
    }
    format!(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE xrdMeasurements [\n{entities}]>\n<xrdMeasurements>&lol9;</xrdMeasurements>"
    )
}

/// Bytes that look like nothing, the same on every run.
fn noise(length: usize) -> Vec<u8> {
    let mut random = Random(1);
    (0..length).map(|_| random.next() as u8).collect()
}

/// Name of the file, its bytes, and what the message must contain besides the name.
type Case = (&'static str, Vec<u8>, &'static [&'static str]);

fn text_cases() -> Vec<Case> {
    let with = |extra: &str| format!("{}{extra}", columns()).into_bytes();
    vec![
        ("empty.xy", Vec::new(), &["found an empty file", "expected a measured file"]),
        ("blank.xy", b"\n \n\t\n".to_vec(), &["expected the content of a known format"]),
        ("words.txt", b"Dear colleague,\nhere is the scan.\n".to_vec(), &["line 1", "Dear colleague"]),
        ("one.xy", b"10.0 500\n".to_vec(), &["line 1", "1 point(s)", "at least 2"]),
        ("onecolumn.xy", b"10\n11\n12\n".to_vec(), &["line 1", "\"10\"", "expected"]),
        ("nan.xy", with("14.00 nan\n"), &["line 201", "\"nan\"", "a finite number"]),
        ("nanfirst.xy", b"nan 5\n10.1 5\n10.2 6\n".to_vec(), &["line 1", "\"nan\"", "a finite number"]),
        ("inf.xye", b"10 5 2\n10.1 -inf 2\n".to_vec(), &["line 2", "\"-inf\"", "a finite number"]),
        ("negative.xy", with("14.00 -17\n"), &["line 201", "intensity -17", "zero or more", "third column"]),
        ("huge.xy", with("14.00 1e30\n"), &["line 201", "at most 1e15"]),
        ("overflow.xy", with("14.00 1e400\n"), &["line 201", "\"1e400\"", "double precision"]),
        ("back.xy", with("13.00 5\n"), &["line 201", "2θ = 13 after 13.98", "more than"]),
        ("twice.xy", with("13.98 5\n"), &["line 201", "2θ = 13.98 after 13.98"]),
        ("dates.csv", b"41110,5\n41111,6\n".to_vec(), &["line 1", "2θ = 41110", "degrees"]),
        ("mixed.xy", with("14.00;5\n14.02 6\n"), &["line 201", "\"14.00;5\"", "mixed"]),
        ("thousands.xy", with("14.00 1,024\n"), &["line 201", "\"1,024\"", "without thousand separators"]),
        ("letters.xy", with("14.0O 12\n14.02 13\n"), &["line 201", "\"14.0O 12\"", "expected columns separated"]),
        ("ragged.xy", with("14.00 12 3\n"), &["line 201", "3 columns", "2 as in line 1"]),
        ("wide.txt", b"10 1 2 3 4 5\n11 1 2 3 4 5\n".to_vec(), &["line 1", "6 columns", "2 or 3"]),
        ("sigma.xye", b"10 5 2\n11 5 0\n12 5 2\n".to_vec(), &["line 2", "σ = 0", "a positive number"]),
        ("q.xy", b"# Q intensity\n1 5\n2 6\n".to_vec(), &["line 2", "named \"q\"", "2θ in degrees"]),
        ("nul.xy", with("14.00\0 12\n"), &["byte", "control character 0x00"]),
        (
            "cut16.xy",
            {
                let mut b = utf16(&columns());
                b.pop();
                b
            },
            &["byte", "half a character"],
        ),
        ("nan16.xy", utf16("10 5\n11 nan\n"), &["line 2", "\"nan\"", "a finite number"]),
        ("oneline.xy", b"1 ".repeat(5_000_000), &["line 1", "columns", "at most"]),
        ("onenumber.xy", vec![b'7'; 10_000_000], &["line 1", "expected"]),
        ("cut.dat", b"10 0.1 12\n1 2 3 4 5\n".to_vec(), &["line 1", "5 intensities", "21, as line 1 announces"]),
        ("long.dat", b"10 0.1 11\n1 2 3 4 5 6 7 8 9 10 11 12\n".to_vec(), &["line 2", "12 numbers", "11 in this row"]),
        (
            "lambda.cif",
            b"data_a\n_diffrn_radiation_wavelength 1e10\nloop_\n_pd_meas_2theta_scan\n_pd_meas_counts_total\n1 2\n2 3\n".to_vec(),
            &["line 2", "wavelength 10000000000 Å", "0.1..=10.0 Å"],
        ),
        ("word.dat", b"10 0.1 12\n1 2 3 4 5\n6 seven\n".to_vec(), &["line 3", "seven", "21 in all"]),
    ]
}

/// A scan in UDF with these range, step and intensities.
fn udf(range: &str, step: &str, scan: &str) -> Vec<u8> {
    format!(
        "SampleIdent,hostile,/\nAnode,Cu,/\nLabdaAlpha1, 1.54060,/\nLabdaAlpha2, 1.54439,/\nRatioAlpha21, 0.5,/\n\
         DivergenceSlit,Fixed, 1/2,/\nDataAngleRange, {range},/\nScanStepSize, {step},/\nRawScan\n{scan}"
    )
    .into_bytes()
}

/// A scan in CPI with this start, step and these intensities up to 10.03°.
fn cpi(start: &str, step: &str, scan: &str) -> Vec<u8> {
    format!("SIETRONICS XRD SCAN\n{start}\n10.03\n{step}\nCu\n1.5406\n1-1-1995\n0.5\nhostile\nSCANDATA\n{scan}")
        .into_bytes()
}

/// A scan of PC-APD with these step, start and end and four intensities (layout: `doublet_xrd::formats`, module `philips_rd`).
fn philips(mark: &str, step: f64, start: f64, end: f64) -> Vec<u8> {
    let mut bytes = vec![0; if mark.starts_with("V3") { 250 } else { 810 }];
    bytes[..4].copy_from_slice(mark.as_bytes());
    for (at, value) in [(94, 1.5406f64), (102, 1.54439), (110, 0.5), (214, step), (222, start), (230, end)] {
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }
    bytes.extend([100u16, 173, 200, 224].iter().flat_map(|packed| packed.to_le_bytes()));
    bytes
}

/// RAW_1.06 of STOE with one range of three counts (layout: `doublet_xrd::formats`, module `stoe_raw`).
fn stoe() -> Vec<u8> {
    let mut bytes = vec![0; 6 * 512];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, b"RAW_1.06Powdat");
    for (at, value) in [(310, 3u16), (312, 1), (360, 3), (378, 1), (480, 5), (2048 + 34, 3)] {
        put(at, &value.to_le_bytes());
    }
    for (at, value) in [(322, 1.5406f32), (326, 1.54439), (2048 + 44, 10.0), (2048 + 52, 11.0), (2048 + 60, 0.5)] {
        put(at, &value.to_le_bytes());
    }
    for (at, value) in [(2560, 100i32), (2564, 70_000), (2568, 144)] {
        put(at, &value.to_le_bytes());
    }
    bytes
}

/// Files of Philips, Sietronics and STOE: cut, with absurd sizes, with axes that are none.
fn vendor_cases() -> Vec<Case> {
    let stoe_with = |at: usize, value: &[u8]| {
        let mut bytes = stoe();
        bytes[at..at + value.len()].copy_from_slice(value);
        bytes
    };
    let whole = philips("V3RD", 0.01, 10.0, 10.03);
    let inside = stoe()[..2564].to_vec();
    vec![
        ("cut.udf", udf("10, 10.03", "0.01", "1,2,3"), &["line 10", "the end of the file", "cut"]),
        ("header.udf", b"SampleIdent,hostile,/\nAnode,Cu,/\n".to_vec(), &["no line RawScan", "cut"]),
        ("short.udf", udf("10, 10.03", "0.01", "1,2,3/"), &["line 8", "3 intensities", "4 from 10 to 10.03"]),
        ("huge.udf", udf("10, 10.03", "1e-9", "1,2,3/"), &["line 8", "0.000000001", "2 to 2000000"]),
        ("long.udf", udf("10, 10.03", "0.01", &"1,".repeat(2_100_000)), &["line 10", "more points", "at most 2000000"]),
        ("nan.udf", udf("nan, 10.03", "0.01", "1,2,3,4/"), &["line 7", "nan", "a finite number"]),
        ("negative.udf", udf("10, 10.03", "0.01", "1,-2,3,4/"), &["line 10", "intensity -2", "zero or more"]),
        ("cut.cpi", cpi("10", "0.01", "1\n2\n"), &["line 12", "2 intensities", "4, as lines 2 to 4", "cut"]),
        ("header.cpi", b"SIETRONICS XRD SCAN\n10\n11\n".to_vec(), &["line 1", "3 line(s)", "SCANDATA"]),
        ("nan.cpi", cpi("NaN", "0.01", "1\n2\n3\n4\n"), &["line 2", "NaN", "a finite number"]),
        ("huge.cpi", cpi("10", "1e-12", "1\n2\n3\n4\n"), &["line 2", "2 to 2000000"]),
        ("cut.rd", whole[..255].to_vec(), &["byte 250", "the end after 255", "8 more bytes"]),
        ("header.rd", whole[..100].to_vec(), &["byte", "more bytes", "cut"]),
        ("nan.rd", philips("V3RD", 0.01, f64::NAN, 10.03), &["byte 214", "NaN to 10.03", "2 to 2000000"]),
        ("huge.rd", philips("V3RD", 1e-12, 10.0, 10.03), &["byte 214", "2 to 2000000"]),
        ("far.rd", philips("V3RD", 100.0, 10.0, 310.0), &["2θ = 210", "degrees"]),
        ("size.sd", philips("V5RD", 0.01, 10.0, 10.02), &["byte 810", "818 bytes", "816", "UDF"]),
        ("cut.raw", inside, &["byte 2560", "the end after 2564", "12 more bytes"]),
        ("version.raw", stoe_with(7, b"9"), &["byte 0", "RAW_1.09", "RAW_1.03 to RAW_1.06"]),
        ("points.raw", stoe_with(2048 + 34, &[255; 2]), &["byte 2560", "262140 more bytes"]),
        ("ranges.raw", stoe_with(378, &[255; 2]), &["byte 378", "65535 ranges", "1 to 8"]),
        ("record.raw", stoe_with(480, &[255; 2]), &["byte", "more bytes", "cut"]),
        ("axis.raw", stoe_with(2048 + 44, &f32::NAN.to_le_bytes()), &["byte 2560", "2θ = NaN", "degrees"]),
    ]
}

fn binary_cases() -> Vec<Case> {
    let packed = gzip(columns().as_bytes());
    let bomb = gzip(&b"10.0 5\n".repeat(2_000_000));
    vec![
        ("noise.xy", noise(100_000), &["byte", "(the file begins", "known format"]),
        ("noise.xrdml", noise(100_000), &["byte", "(the file begins", "known format"]),
        ("cut.xy.gz", packed[..packed.len() / 2].to_vec(), &["byte", "a complete gzip stream", "cut or damaged"]),
        ("cut4.xy.gz", packed[..4].to_vec(), &["byte", "a complete gzip stream"]),
        ("cut8.xy.gz", packed[..packed.len() - 8].to_vec(), &["byte", "a complete gzip stream"]),
        ("bomb.xy.gz", bomb, &["unpack to more than", "an expansion of at most 200"]),
        ("nested.gz", gzip(&packed), &["gzip inside gzip"]),
        ("inner.xy.gz", gzip(b"10 5\n11 nan\n"), &["(unpacked)", "line 2", "\"nan\""]),
    ]
}

fn xml_cases() -> Vec<Case> {
    let whole = counts("1 2 3 4");
    let list: String = (0..200).map(|i| format!("{i} ")).collect();
    let long = counts(&list);
    let deep = format!("<xrdMeasurements>{}", "<a>".repeat(500_000));
    let wide = format!("<xrdMeasurements>{}</xrdMeasurements>", "<a/>".repeat(1_200_000));
    let external = "<?xml version=\"1.0\"?><!DOCTYPE xrdMeasurements SYSTEM \"file:///etc/passwd\"><xrdMeasurements/>";
    vec![
        ("laughs.xrdml", billion_laughs().into_bytes(), &["line 2", "document type declaration", "entities"]),
        ("external.xrdml", external.as_bytes().to_vec(), &["line 1", "document type declaration"]),
        ("deep.xrdml", deep.into_bytes(), &["line 1", "nested 101 deep", "at most 100"]),
        ("wide.xrdml", wide.into_bytes(), &["more XML nodes", "at most"]),
        ("cut.xrdml", whole.as_bytes()[..whole.len() / 2].to_vec(), &["line", "well-formed XML", "cut"]),
        ("cutlist.xrdml", long.as_bytes()[..long.len() - 150].to_vec(), &["line", "well-formed XML"]),
        ("html.xrdml", b"<html><body>404</body></html>".to_vec(), &["line 1", "<html>", "<xrdMeasurements>"]),
        ("bare.xrdml", b"<xrdMeasurements/>".to_vec(), &["line 1", "no <scan>", "expected"]),
        ("nan.xrdml", counts("1 NaN 3 4").into_bytes(), &["line 11", "\"NaN\" as value 2 of <counts>", "finite"]),
        ("hex.xrdml", counts("1 0x2 3 4").into_bytes(), &["line 11", "\"0x2\" as value 2", "a number"]),
        ("negative.xrdml", counts("1 2 -3 4").into_bytes(), &["line 11", "intensity -3", "zero or more"]),
        ("huge.xrdml", counts("1 2 3 1e20").into_bytes(), &["line 11", "at most 1e15"]),
        ("none.xrdml", counts("").into_bytes(), &["0 point(s)", "at least 2"]),
        ("one.xrdml", counts("5").into_bytes(), &["1 point(s)", "at least 2"]),
        (
            "factors.xrdml",
            xrdml("<beamAttenuationFactors>1 1 188</beamAttenuationFactors><counts>1 2 3 4</counts>").into_bytes(),
            &["line 11", "3 values in <beamAttenuationFactors> for 4", "one for each"],
        ),
        (
            "positions.xrdml",
            counts("1 2 3 4")
                .replace(
                    "<startPosition>10</startPosition><endPosition>13</endPosition>",
                    "<listPositions>10 11 12</listPositions>",
                )
                .into_bytes(),
            &["line 9", "3 positions for 4 intensities", "one for each"],
        ),
        ("flat.xrdml", counts("1 2 3 4").replace(">13<", ">10<").into_bytes(), &["line 9", "2θ = 10 after 10"]),
        (
            "axis.xrdml",
            counts("1 2 3 4").replace("Gonio", "Phi").into_bytes(),
            &["line 7", "scanAxis \"Phi\"", "along 2θ"],
        ),
        ("lambda.xrdml", counts("1 2 3 4").replace("1.5405980", "0.0001").into_bytes(), &["line 5", "0.0001", "Å"]),
        ("text.xrdml", counts("1 2 3 4").replace("1.5405980", "copper").into_bytes(), &["line 5", "\"copper\""]),
        ("nan16.xrdml", utf16(&counts("1 2 nan 4")), &["line 11", "\"nan\" as value 3"]),
    ]
}

#[test]
fn bad_files_are_refused_with_file_place_value_and_expectation() {
    let mut wrong = Vec::new();
    for (name, bytes, parts) in text_cases().into_iter().chain(binary_cases()).chain(vendor_cases()).chain(xml_cases())
    {
        let start = Instant::now();
        let message = match read_bytes(name, bytes) {
            Ok(scans) => panic!("{name} was read as {} scan(s)", scans.len()),
            Err(error) => error.to_string(),
        };
        assert!(start.elapsed() < LONGEST, "{name} took {:?}", start.elapsed());
        assert!(message.chars().count() < 400, "{name}: a message is no dump: {message}");
        let missing =
            [name, "expected"].into_iter().chain(parts.iter().copied()).filter(|part| !message.contains(part));
        wrong.extend(missing.map(|part| format!("\"{part}\" not in: {message}\n")));
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[test]
fn harmless_oddities_are_read() {
    let odd: [(&str, Vec<u8>, usize); 7] = [
        ("utf16.xy", utf16(&columns()), 200),
        ("utf16.xrdml", utf16(&counts("1 2 3 4")), 4),
        ("wrong-name.xrdml", columns().into_bytes(), 200),
        ("wrong-name.xy", counts("1 2 3 4").into_bytes(), 4),
        ("no-name", columns().replace('\n', "\r").into_bytes(), 200),
        ("junk.prn", format!("{}\r\n\x1A", columns()).into_bytes(), 200),
        ("packed", gzip(columns().as_bytes()), 200),
    ];
    for (name, bytes, points) in odd {
        let scans = read_bytes(name, bytes).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scans[0].data.len(), points, "{name}");
    }
}

/// Xorshift of Marsaglia (2003): the same damage on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.next() % bound as u64) as usize }
    }
}

/// Flips, cuts, removes, repeats or inserts a few bytes.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let places = 1 + random.below(4);
    for _ in 0..places {
        let at = random.below(bytes.len());
        let length = random.below(30).min(bytes.len() - at);
        match random.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..at + length)),
            3 => {
                let repeated = bytes[at..at + length].to_vec();
                bytes.splice(at..at, repeated);
            }
            4 => bytes.insert(at, random.next() as u8),
            _ => {
                const WORDS: [&[u8]; 10] =
                    [b"nan", b"-", b",", b"e999", b"\n", b"<", b"&x;", b"\xFF\xFE", b"9999999999", b"]]>"];
                bytes.splice(at..at, WORDS[random.below(WORDS.len())].iter().copied());
            }
        }
    }
}

/// How many damaged copies of each valid file are read, and from which seed; `just fuzz` asks for many and another seed.
fn damage_plan() -> (usize, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let cases = number("DOUBLET_FUZZ_CASES").unwrap_or(500);
    (cases as usize, number("DOUBLET_FUZZ_SEED").unwrap_or(20_260_101).max(1))
}

/// RAW1.01 with one range of four points (layout: `doublet_xrd::formats`, module `bruker_raw`).
fn bruker_raw() -> Vec<u8> {
    let mut bytes = vec![0; 712 + 304];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, b"RAW1.01");
    put(12, &1u32.to_le_bytes());
    for (at, value) in [(712, 304u32), (716, 4), (712 + 252, 4)] {
        put(at, &value.to_le_bytes());
    }
    for (at, value) in [(624, 1.5406f64), (632, 1.54439), (648, 0.5), (712 + 16, 10.0), (712 + 176, 0.02)] {
        put(at, &value.to_le_bytes());
    }
    bytes.extend([5f32, 6.0, 7.0, 8.0].iter().flat_map(|count| count.to_le_bytes()));
    bytes
}

#[test]
fn damaged_instrument_files_never_panic() {
    let (cases, start) = damage_plan();
    let mut random = Random(start);
    let (mut read, mut refused) = (0usize, 0usize);
    for (name, seed) in seeds::instruments() {
        for case in 0..=cases {
            let mut bytes = seed.clone().into_bytes();
            if case > 0 {
                damage(&mut bytes, &mut random);
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let outcome = catch_unwind(|| {
                Content::from_bytes(name, bytes)
                    .map_err(Error::from)
                    .and_then(|content| InstrumentFile::from_content(&content))
            });
            match outcome {
                Ok(Ok(_)) => read += 1,
                Ok(Err(error)) => {
                    assert!(case > 0 && error.to_string().starts_with(name), "{error}");
                    refused += 1;
                }
                Err(_) => panic!("case {case} of {name} panicked: {text:?}"),
            }
        }
    }
    assert!(read > 50 && refused > 200, "{read} read, {refused} refused: the damage tests nothing");
}

#[test]
fn damaged_files_never_panic() {
    let mut seeds: Vec<(&str, Vec<u8>)> = vec![
        ("columns.xy", columns().into_bytes()),
        ("sigma.xye", columns().lines().map(|l| format!("{l} 9.5\n")).collect::<String>().into_bytes()),
        ("comma.csv", format!("# Anode: Cu\n2theta;I\n{}", columns().replace('.', ",").replace(' ', ";")).into_bytes()),
        ("utf16.txt", utf16(&columns())),
        ("scan.xrdml", counts(&(0..200).map(|i| format!("{i} ")).collect::<String>()).into_bytes()),
        ("scan16.xrdml", utf16(&counts("1 2 3 4"))),
        (
            "listed.xrdml",
            xrdml(
                "<countingTimes>1 2 3 4</countingTimes><beamAttenuationFactors>1 9 9 1\
            </beamAttenuationFactors><counts>1 2 3 4</counts>",
            )
            .into_bytes(),
        ),
        ("packed.xy.gz", gzip(columns().as_bytes())),
        ("binary.raw", bruker_raw()),
        ("stoe.raw", stoe()),
        ("philips.rd", philips("V3RD", 0.01, 10.0, 10.03)),
        ("philips.sd", philips("V5SD", 0.01, 10.0, 10.03)),
        ("philips.udf", udf("10, 10.03", "0.01", "100, 121,\n 144, 169,/\n")),
        ("sietronics.cpi", cpi("10", "0.01", "100\n121\n144\n169\n")),
        (
            "loop.cif",
            b"data_a\n_diffrn_radiation_wavelength 1.54\nloop_\n_pd_meas_2theta_scan\n_pd_meas_counts_total\n1 2\n2 3\n".to_vec(),
        ),
        ("dmc.dat", b"title\nlambda= 1.5\n 2.0 0.1 2.4 18.\n 5. 6. 7. 8. 9.\n 1. 2. 3. 4. 5.\n".to_vec()),
        ("ranges.uxd", b"_FILEVERSION=2\n_STEPTIME=1\n_STEPSIZE=0.1\n_START=10\n_COUNTS\n1 2 3\n".to_vec()),
        ("smartlab.ras", b"*RAS_DATA_START\n*RAS_INT_START\n10 1 1\n11 2 1\n*RAS_INT_END\n".to_vec()),
    ];
    seeds.extend(seeds::fixed_columns());
    let (cases, start) = damage_plan();
    let mut random = Random(start);
    let (mut read, mut refused) = (0usize, 0usize);
    for (name, seed) in seeds {
        assert!(read_bytes(name, seed.clone()).is_ok(), "{name}");
        for case in 0..cases {
            let mut bytes = seed.clone();
            damage(&mut bytes, &mut random);
            let start = Instant::now();
            let outcome = catch_unwind(AssertUnwindSafe(|| check(name, bytes.clone())));
            match outcome {
                Ok(true) => read += 1,
                Ok(false) => refused += 1,
                Err(_) => panic!("case {case} of {name} panicked: {:?}", String::from_utf8_lossy(&bytes)),
            }
            assert!(start.elapsed() < LONGEST, "case {case} of {name} took {:?}", start.elapsed());
        }
    }
    assert!(read > 100 && refused > 1000, "{read} read, {refused} refused: the damage tests nothing");
}

/// Whether the bytes are read. What is read is sound, and can be written and read again; what is refused names the file.
fn check(name: &str, bytes: Vec<u8>) -> bool {
    let scans = match read_bytes(name, bytes) {
        Ok(scans) => scans,
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with(name) && message.contains("expected"), "{message}");
            return false;
        }
    };
    for scan in scans {
        let written = write(std::slice::from_ref(&scan), "xye").unwrap();
        let again = read_bytes("again.xye", written).unwrap().remove(0);
        assert_eq!((again.intensity(), again.sigma()), (scan.intensity(), scan.sigma()));
    }
    true
}
