//! The axes of an Avantage data space.
//!
//! `VGDataAxes`: a version, the number of indices, and for each its first and last value and on how many physical axes it
//! runs. `VGSpaceAxes`: a version, the number of physical axes, and for each three strings (label, symbol, unit), the
//! number of points, start, step, whether it is linear (if not, every value), and what it is.

use doublet_common::binary::{Binary, utf16_text};
use doublet_common::container::Content;
use doublet_common::error::{FileError, Location};

/// First word of both streams.
const VERSION: u32 = 0x2_0000;
/// Most axes in one file.
const MAX_AXES: u32 = 16;
/// Most points of one axis.
const MAX_POINTS: u32 = 10_000_000;

/// What an axis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AxisKind {
    Energy,
    Angle,
    X,
    Y,
    Level,
    EtchLevel,
    EtchTime,
    Position,
    Distance,
    /// Any other number.
    Other(u32),
}

impl AxisKind {
    fn of(number: u32) -> Self {
        match number {
            1 => Self::Energy,
            2 => Self::Angle,
            3 => Self::X,
            4 => Self::Y,
            5 => Self::Level,
            6 => Self::EtchLevel,
            8 => Self::EtchTime,
            10 => Self::Position,
            15 => Self::Distance,
            other => Self::Other(other),
        }
    }

    /// Name and unit.
    fn words(self) -> (String, &'static str) {
        let (name, unit) = match self {
            Self::Energy => ("energy", " eV"),
            Self::Angle => ("angle", "°"),
            Self::X => ("x", " µm"),
            Self::Y => ("y", " µm"),
            Self::Level => ("level", ""),
            Self::EtchLevel => ("etch level", ""),
            Self::EtchTime => ("etch time", " s"),
            Self::Position => ("position", ""),
            Self::Distance => ("distance", " µm"),
            Self::Other(number) => return (format!("axis of type {number}"), ""),
        };
        (name.to_owned(), unit)
    }
}

/// One physical axis.
#[derive(Debug, Clone)]
pub(super) struct SpaceAxis {
    pub(super) kind: AxisKind,
    pub(super) points: usize,
    label: String,
    start: f64,
    step: f64,
    /// Every value, for axes that are not linear.
    listed: Option<Vec<f64>>,
}

impl SpaceAxis {
    pub(super) fn value(&self, i: usize) -> f64 {
        match &self.listed {
            Some(values) => values.get(i).copied().unwrap_or(f64::NAN),
            None => self.start + i as f64 * self.step,
        }
    }

    pub(super) fn values(&self) -> Vec<f64> {
        (0..self.points).map(|i| self.value(i)).collect()
    }
}

/// The axes of a file.
#[derive(Debug)]
pub(super) struct Axes {
    space: Vec<SpaceAxis>,
    /// For each index: number of values, and how many physical axes run on it.
    index: Vec<(usize, usize)>,
}

impl Axes {
    pub(super) fn read(space: Binary, index: Binary) -> Result<Self, FileError> {
        let axes = Self { space: read_space(space)?, index: read_index(index)? };
        let declared: usize = axes.index.iter().map(|(_, n)| n).sum();
        if declared != axes.space.len() {
            let found = format!("indices for {declared} physical axes");
            return Err(index.error(8, found, format!("{}, as VGSpaceAxes has", axes.space.len())));
        }
        let mut physical = axes.space.iter();
        for (points, n) in &axes.index {
            if let Some(axis) = physical.by_ref().take(*n).find(|axis| axis.points != *points) {
                let found = format!("an index of {points} values for the {} axis", axis.kind.words().0);
                return Err(index.error(8, found, format!("{}, as VGSpaceAxes has", axis.points)));
            }
        }
        Ok(axes)
    }

    /// The energy axis, which must be the first.
    pub(super) fn energy(&self, content: &Content) -> Result<&SpaceAxis, FileError> {
        self.space.first().filter(|axis| axis.kind == AxisKind::Energy).ok_or_else(|| {
            let names: Vec<String> = self.space.iter().map(|axis| axis.kind.words().0).collect();
            let found = if names.is_empty() { "no axis".to_owned() } else { format!("the axes {}", names.join(", ")) };
            content
                .error(Location::Part("stream \"VGSpaceAxes\"".into()), found, "energy as the first axis")
                .with_advice("this file holds an image or a table, no spectrum")
        })
    }

    /// Number of spectra: product of all indices but the first.
    pub(super) fn spectra(&self) -> usize {
        self.index.iter().skip(1).fold(1, |product, (points, _)| product.saturating_mul(*points))
    }

    /// Names and values of the other axes for spectrum number `i`.
    pub(super) fn labels(&self, i: usize) -> Vec<(String, String)> {
        let mut labels = Vec::new();
        let mut rest = i;
        let mut physical = self.space.iter();
        for (nth, (points, n)) in self.index.iter().enumerate() {
            let here = if nth == 0 { 0 } else { rest % points.max(&1) };
            if nth > 0 {
                rest /= points.max(&1);
            }
            for axis in physical.by_ref().take(*n).filter(|_| nth > 0) {
                let (name, unit) = axis.kind.words();
                let name = if axis.label.is_empty() { name } else { axis.label.clone() };
                labels.push((name, format!("{}{unit}", axis.value(here))));
            }
        }
        labels
    }
}

fn count(binary: Binary, at: usize, what: &str) -> Result<usize, FileError> {
    let version = binary.u32_at(at)?;
    if version != VERSION {
        return Err(binary.error(at, format!("version {version:#x}"), format!("{VERSION:#x}")));
    }
    let n = binary.u32_at(at + 4)?;
    if n == 0 || n > MAX_AXES {
        return Err(binary.error(at + 4, format!("{n} {what}"), format!("1 to {MAX_AXES}")));
    }
    Ok(n as usize)
}

fn read_index(binary: Binary) -> Result<Vec<(usize, usize)>, FileError> {
    let n = count(binary, 0, "indices")?;
    (0..n)
        .map(|i| {
            let at = 8 + 16 * i;
            let (first, last, axes) = (binary.u32_at(at)?, binary.u32_at(at + 4)?, binary.u32_at(at + 8)?);
            if last < first || last - first >= MAX_POINTS || axes > MAX_AXES {
                let found = format!("an index from {first} to {last} on {axes} axes");
                return Err(binary.error(at, found, format!("an ascending index of at most {MAX_POINTS} values")));
            }
            Ok(((last - first) as usize + 1, axes as usize))
        })
        .collect()
}

fn read_space(binary: Binary) -> Result<Vec<SpaceAxis>, FileError> {
    let n = count(binary, 0, "axes")?;
    let mut at = 8;
    let mut axes = Vec::with_capacity(n);
    for _ in 0..n {
        let mut strings = Vec::with_capacity(3);
        for _ in 0..3 {
            let length = binary.u32_at(at)? as usize;
            strings.push(utf16_text(binary.slice(at + 4, length)?));
            at += 4 + length;
        }
        let points = binary.u32_at(at)?;
        if points == 0 || points > MAX_POINTS {
            return Err(binary.error(at, format!("{points} points"), format!("1 to {MAX_POINTS}")));
        }
        let points = points as usize;
        let (start, step) = (binary.f64_at(at + 4)?, binary.f64_at(at + 12)?);
        let linear = binary.u8_at(at + 20)? != 0;
        at += 21;
        let listed = if linear { None } else { Some(binary.f64s_at(at, points)?) };
        at += listed.as_ref().map_or(0, |values| 8 * values.len());
        let kind = AxisKind::of(binary.u32_at(at)?);
        at += 4;
        axes.push(SpaceAxis { kind, points, label: strings.swap_remove(0), start, step, listed });
    }
    Ok(axes)
}
