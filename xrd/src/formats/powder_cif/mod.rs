//! Powder CIF: measured patterns in the words of the powder dictionary (B. H. Toby, R. B. Von Dreele and A. C. Larson, J.
//! Appl. Cryst. 36 (2003) 1290; *International Tables for Crystallography* G, 3.3 and 4.2).
//!
//! A data block that holds measured or processed intensities is a scan. Its angles stand beside them in a loop, or are
//! given by a range and a step. What the other blocks of the file say of radiation, instrument and specimen belongs to it,
//! too. σ is that of counting where the block gives counts, else the uncertainty in brackets, else `1/√w` of the
//! least-squares weights.

mod conditions;
mod write;

use doublet_common::container::Content;
use doublet_common::error::Location;
use doublet_common::format::Confidence;

use self::conditions::Conditions;
use super::points::{Intensities, Points};
use super::{Format, MAX_SCANS};
use crate::cif::{self, Block, Loop, Number, Value, number};
use crate::error::Result;
use crate::scan::Scan;

/// The row of the registry.
pub(super) const FORMAT: Format = Format {
    name: "powder-cif",
    extensions: &["cif", "pdcif", "rtv"],
    description: "powder CIF: measured patterns, counts or intensities with weights, several blocks",
    sniff,
    read,
    writers: &[("cif", write::write)],
};

/// Raw counts.
const COUNTS: &str = "_pd_meas_counts_total";
/// Intensities, the more original first.
const INTENSITIES: [&str; 5] = [
    COUNTS,
    "_pd_meas_intensity_total",
    "_pd_meas_intensity_net",
    "_pd_proc_intensity_total",
    "_pd_proc_intensity_net",
];
/// Angles of measured and of processed points.
const ANGLES: [&str; 3] = ["_pd_meas_2theta_scan", "_pd_meas_2theta_corrected", "_pd_proc_2theta_corrected"];
const WEIGHT: [&str; 1] = ["_pd_proc_ls_weight"];

fn sniff(content: &Content) -> Confidence {
    let Ok(text) = content.text() else { return Confidence::No };
    let begins = |line: &str, word: &str| line.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let block = text.content.lines().map(str::trim_start).any(|line| begins(line, "data_"));
    let lower = text.content.to_ascii_lowercase().replace('.', "_");
    let pattern = INTENSITIES.iter().any(|tag| lower.contains(tag));
    if block && pattern { Confidence::Certain } else { Confidence::No }
}

fn read(content: &Content) -> Result<Vec<Scan>> {
    let decoded = content.text()?;
    if content.bytes().len() > cif::MAX_BYTES {
        let (found, most) = (format!("{} bytes", content.bytes().len()), cif::MAX_BYTES);
        return Err(content.error(Location::Whole, found, format!("at most {most} bytes in a CIF")).into());
    }
    let text = cif::unix_lines(&decoded.content);
    let blocks = cif::read(content.shown_name(), &text)?;
    let patterns: Vec<&Block<'_>> = blocks.iter().filter(|block| block.table(&INTENSITIES).is_some()).collect();
    if patterns.is_empty() || patterns.len() > MAX_SCANS {
        let found = format!("{} data blocks with a loop of intensities", patterns.len());
        return Err(content.error(Location::Whole, found, format!("1 to {MAX_SCANS}")).into());
    }
    patterns.into_iter().map(|block| scan(content, block, &blocks, decoded.warnings.clone())).collect()
}

fn scan(content: &Content, block: &Block<'_>, blocks: &[Block<'_>], mut warnings: Vec<String>) -> Result<Scan> {
    let pattern = Pattern::of(content, block)?;
    let Pattern { two_theta_deg, lines, intensities, left_out } = pattern;
    if left_out > 0 {
        warnings.push(format!("{left_out} points without an intensity or with no weight are left out"));
    }
    warnings.extend(shift_of_processed_points(block, &two_theta_deg));
    let conditions = Conditions::of(content, block, blocks, &mut warnings)?;
    let place = |i: usize| Location::Line(lines[i]);
    let points = Points { content, two_theta_deg, intensities, axis_place: &place, intensity_place: &place };
    let (data, unit) = points.with_unit(&mut warnings)?;
    Ok(Scan {
        data,
        unit,
        radiation: conditions.radiation,
        counting_time_s: conditions.counting_time_s,
        goniometer_radius_mm: conditions.goniometer_radius_mm,
        optics: conditions.optics,
        title: conditions.title,
        metadata: conditions.metadata,
        input: content.input(FORMAT.name, warnings),
    })
}

/// Points of one block.
struct Pattern {
    two_theta_deg: Vec<f64>,
    /// Line of each point.
    lines: Vec<usize>,
    intensities: Intensities,
    /// Rows that are no point.
    left_out: usize,
}

impl Pattern {
    fn of(content: &Content, block: &Block<'_>) -> Result<Self> {
        let Some((table, tag)) = INTENSITIES.iter().find_map(|tag| Some((block.table(&[tag])?, *tag))) else {
            return Err(content.error(Location::Line(block.line), block.name, "a loop of intensities").into());
        };
        let intensity: Vec<Option<Number>> = column(content, table, &[tag])?;
        let weights = if table.column(&WEIGHT).is_some() { column(content, table, &WEIGHT)? } else { Vec::new() };
        let angles = angles(content, block, table, tag, intensity.len())?;
        // A bracketed uncertainty on every point is what the file says of σ; weights may hold exclusions, too.
        let bracketed = intensity.iter().flatten().all(|n| n.sigma.is_some_and(|sigma| sigma > 0.0));
        let sigma_of = |i: usize, n: Number| match (tag == COUNTS, bracketed, weights.get(i)) {
            (true, ..) => Some(None),
            (_, true, _) => Some(n.sigma),
            (_, false, Some(weight)) => weight.filter(|w| w.value > 0.0).map(|w| Some(1.0 / w.value.sqrt())),
            (_, false, None) => Some(None),
        };
        let line = |i: usize| table.values.get(i * table.tags.len()).map_or(table.line, |value| value.line);
        let (mut two_theta_deg, mut lines, mut values, mut sigma) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (i, n) in intensity.iter().enumerate() {
            let Some((n, angle)) = n.zip(angles[i]) else { continue };
            let Some(own) = sigma_of(i, n) else { continue };
            two_theta_deg.push(angle);
            lines.push(line(i));
            values.push(n.value);
            sigma.extend(own);
        }
        let left_out = intensity.len() - values.len();
        let intensities = if sigma.len() == values.len() && !sigma.is_empty() {
            Intensities::WithSigma { values, sigma }
        } else if tag == COUNTS {
            Intensities::Counted { counts: values, factors: Vec::new() }
        } else {
            Intensities::Unstated { values }
        };
        Ok(Self { two_theta_deg, lines, intensities, left_out })
    }
}

/// 2θ of every row of `table`: in it, in another loop of the block, or by range and step.
fn angles(
    content: &Content,
    block: &Block<'_>,
    table: &Loop<'_>,
    intensity: &str,
    rows: usize,
) -> Result<Vec<Option<f64>>> {
    let beside = [table].into_iter().chain(block.table(&ANGLES)).find(|table| table.column(&ANGLES).is_some());
    if let Some(own) = beside {
        let angles = column(content, own, &ANGLES)?;
        if angles.len() != rows {
            let found = format!("{} angles for {rows} intensities", angles.len());
            return Err(content.error(Location::Line(own.line), found, "one angle for each intensity").into());
        }
        return Ok(angles.into_iter().map(|n| n.map(|n| n.value)).collect());
    }
    let kind = if intensity.starts_with("_pd_meas") { "meas" } else { "proc" };
    let tag = |end: &str| format!("_pd_{kind}_2theta_range_{end}");
    let [start, step] = [tag("min"), tag("inc")].map(|tag| block.item(&[tag.as_str()]));
    let (Some(start), Some(step)) = (start, step) else {
        let expected = format!("{} or {}, {}", ANGLES[0], tag("min"), tag("inc"));
        return Err(content
            .error(Location::Line(block.line), format!("data_{} without 2θ", block.name), expected)
            .with_advice("patterns on scales of time of flight or energy are not read")
            .into());
    };
    let (start, step) = (single(content, start)?, single(content, step)?);
    Ok((0..rows).map(|i| Some(start + step * i as f64)).collect())
}

/// Says where the range of processed points, shifted by a refined zero, is another than the measured one, which is used.
fn shift_of_processed_points(block: &Block<'_>, two_theta_deg: &[f64]) -> Option<String> {
    /// Ranges are printed with fewer digits.
    const SAME_DEG: f64 = 1e-6;
    let first = |tag: &str| number(block.item(&[tag])?.given()?).ok().map(|first| first.value);
    let (measured, processed) = (first("_pd_meas_2theta_range_min")?, first("_pd_proc_2theta_range_min")?);
    let shift = processed - measured;
    let used = two_theta_deg.first().is_some_and(|first| (first - measured).abs() < SAME_DEG);
    (used && shift.abs() > SAME_DEG).then(|| {
        format!(
            "2θ is the measured one; that of the processed points, which the file shifts by {shift:.4}°, is not used"
        )
    })
}

/// Numbers of the first of these tags; none for `?` and `.`.
fn column(content: &Content, table: &Loop<'_>, tags: &[&str]) -> Result<Vec<Option<Number>>> {
    let Some(column) = table.column(tags) else { return Ok(Vec::new()) };
    let read = |value: &Value<'_>| value.given().map(|text| parse(content, value, text)).transpose();
    table.rows().filter_map(|row| row.get(column)).map(read).collect()
}

fn parse(content: &Content, value: &Value<'_>, text: &str) -> Result<Number> {
    Ok(number(text).map_err(|expected| content.error(Location::Line(value.line), text, expected))?)
}

/// A number that stands alone.
fn single(content: &Content, value: Value<'_>) -> Result<f64> {
    Ok(parse(content, &value, value.text.trim())?.value)
}

#[cfg(test)]
mod tests {
    use crate::formats::{read_bytes, write};
    use crate::radiation::Anode;
    use doublet_common::SigmaSource;

    fn scans(text: &str) -> Vec<crate::scan::Scan> {
        read_bytes("a.cif", text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn a_shift_of_the_processed_points_is_said() {
        // Truth: the two ranges of the text.
        let text = |processed: &str| {
            format!(
                "data_a\n_pd_meas_2theta_range_min 1.5\n_pd_meas_2theta_range_inc 0.05\n\
                 _pd_proc_2theta_range_min {processed}\nloop_\n_pd_meas_intensity_total\n5\n6\n7\n"
            )
        };
        let said = |processed: &str| scans(&text(processed))[0].input.reader_warnings.join("; ").contains("0.0180°");
        assert!(said("1.518") && !said("1.5") && !said("?"));
    }

    #[test]
    fn counts_on_a_range_and_weighed_intensities_in_a_loop() {
        // Truth: definitions of the powder dictionary; σ = √counts, 1/√w.
        let list = scans(
            "data_tube\n_diffrn_radiation_type 'Cu K\\a'\n_pd_instr_dist_spec/detc 217.5\n\
             data_one\n_pd_meas_2theta_range_min 10.0\n_pd_meas_2theta_range_inc 0.05\n\
             _pd_meas_step_count_time 2\nloop_\n_pd_meas_counts_total\n100 121 144\n\
             data_two\n_pd_phase_name 'two words'\nloop_ _diffrn_radiation_wavelength_id\n_diffrn_radiation_wavelength\n\
             _diffrn_radiation_wavelength_wt\n1 1.5406 1.0\n2 1.5444 0.5\n\
             loop_\n_pd_proc_2theta_corrected\n_pd_proc_intensity_total\n_pd_proc_ls_weight\n\
             20 5.5 0.25\n20.1 6.5 0\n20.3 ? 1\n20.4 7.5 0.04\n",
        );
        let [one, two] = list.as_slice() else { panic!("{} scans", list.len()) };
        assert_eq!((one.intensity(), one.sigma()), (&[100.0, 121.0, 144.0][..], &[10.0, 11.0, 12.0][..]));
        assert!((one.two_theta_deg()[2] - 10.1).abs() < 1e-12);
        assert_eq!((one.counting_time_s, one.goniometer_radius_mm), (Some(2.0), Some(217.5)));
        assert_eq!(one.radiation.as_ref().unwrap().anode, Some(Anode::Cu));
        assert_eq!((two.two_theta_deg(), two.sigma()), (&[20.0, 20.4][..], &[2.0, 5.0][..]));
        assert_eq!(two.radiation.as_ref().unwrap().lines[1].wavelength_angstrom, 1.5444);
        assert_eq!(two.title.as_deref(), Some("two words"));
        assert!(two.input.reader_warnings.iter().any(|w| w.contains("2 points")), "{:?}", two.input.reader_warnings);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in
            ["# Anode: Cu\n# comment: Simulated data of a test\n10 5\n10.02 6\n10.04 0\n", "10 5.5 0.5\n11 6 2\n"]
        {
            let before = read_bytes("a.xye", text.as_bytes().to_vec()).unwrap();
            let after = read_bytes("a.cif", write(&before, "cif").unwrap()).unwrap();
            assert_eq!(after[0].two_theta_deg(), before[0].two_theta_deg());
            assert_eq!(after[0].intensity(), before[0].intensity());
            let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-12 * b;
            assert!(after[0].sigma().iter().zip(before[0].sigma()).all(near));
            assert_eq!(after[0].radiation, before[0].radiation);
            assert_eq!(after[0].is_simulated(), before[0].is_simulated());
            assert_eq!(before[0].is_simulated(), text.contains("Simulated"));
            let counts = before[0].data.sigma_source() == SigmaSource::Counts;
            assert_eq!(counts, after[0].data.sigma_source() == SigmaSource::Counts);
        }
    }

    #[test]
    fn faults_name_the_line() {
        let head = "data_x\nloop_\n_pd_meas_2theta_scan\n_pd_meas_counts_total\n";
        for (text, part) in [
            (format!("{head}1 2\n2 x\n"), "line 6: found x"),
            (format!("{head}1 2\n2\n"), "line 6"),
            (format!("{head}2 2\n1 5\n3 1\n"), "line 7"),
            ("data_x\n_a 1\nloop_\n_pd_meas_counts_total\n1 2\n".into(), "data_x without 2θ"),
            ("data_x\nloop_\n_pd_meas_2theta_scan 1 2 3\nloop_\n_pd_meas_counts_total\n1 2\n".into(), "3 angles for 2"),
        ] {
            let message = read_bytes("a.cif", text.into_bytes()).unwrap_err().to_string();
            assert!(message.starts_with("a.cif") && message.contains(part), "{message}");
        }
    }
}
