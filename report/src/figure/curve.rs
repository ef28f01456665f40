//! Curves: cut at the panel's edge, thinned only where points lie closer than can be seen, dashed.

use plotters::element::{DashedPathElement, PathElement};

use super::canvas::Point;
use super::style::LineStyle;
use super::{Sheet, UNITS_PER_PT};
use crate::error::Result;

/// Columns per point of figure width in which a dense curve keeps its first, lowest, highest and last value.
const COLUMNS_PER_PT: f64 = 4.0;

/// Largest distance, in canvas units, by which a line may miss a point that is left out.
const TOLERANCE: f64 = 2.0;

/// Rectangle in canvas units: left, top, right, bottom.
pub(super) type Bounds = [i32; 4];

/// Indices of the points that are drawn of a curve over `width_pt`: all, unless there are more than four in a column
/// a quarter of a point wide; then the first, the last, the lowest and the highest of each column, so that no maximum
/// and no outlier is lost.
pub(crate) fn decimated(xs: &[f64], ys: &[f64], limits: (f64, f64), width_pt: f64) -> Vec<usize> {
    let columns = (width_pt * COLUMNS_PER_PT).max(1.0);
    let inside: Vec<usize> = (0..xs.len().min(ys.len())).filter(|i| (limits.0..=limits.1).contains(&xs[*i])).collect();
    if inside.len() as f64 <= 4.0 * columns {
        return inside;
    }
    let column = |i: usize| ((xs[i] - limits.0) / (limits.1 - limits.0) * columns).floor();
    inside
        .chunk_by(|a, b| column(*a) == column(*b))
        .flat_map(|chunk| {
            let by = |a: &&usize, b: &&usize| ys[**a].total_cmp(&ys[**b]);
            let mut kept: Vec<usize> = [chunk.first(), chunk.iter().min_by(by), chunk.iter().max_by(by), chunk.last()]
                .into_iter()
                .flatten()
                .copied()
                .collect();
            kept.sort_unstable();
            kept.dedup();
            kept
        })
        .collect()
}

/// Draws a curve through canvas positions.
pub(super) fn draw(sheet: &Sheet, points: Vec<Point>, style: LineStyle) -> Result<()> {
    match style.dash_units() {
        None => sheet.draw(&PathElement::new(points, style.shape())),
        Some((dash, gap)) => sheet.draw(&Dashes { points, dash, gap, style }.element()),
    }
}

struct Dashes {
    points: Vec<Point>,
    dash: i32,
    gap: i32,
    style: LineStyle,
}

impl Dashes {
    fn element(self) -> DashedPathElement<std::vec::IntoIter<Point>, i32> {
        DashedPathElement::new(self.points, self.dash, self.gap, self.style.shape())
    }
}

/// Pieces of a curve inside the bounds, the crossings of the edge included.
pub(super) fn clipped(points: &[Point], bounds: Bounds) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for pair in points.windows(2) {
        let Some((a, b)) = clipped_segment(pair[0], pair[1], bounds) else {
            open = false;
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if open && piece.last() == Some(&a) => piece.push(b),
            _ => pieces.push(vec![a, b]),
        }
        open = b == pair[1];
    }
    pieces
}

/// Part of a segment inside the bounds (Liang and Barsky, ACM Trans. Graph. 3 (1984) 1).
fn clipped_segment(a: Point, b: Point, [left, top, right, bottom]: Bounds) -> Option<(Point, Point)> {
    let (x, y) = (f64::from(a.0), f64::from(a.1));
    let (dx, dy) = (f64::from(b.0) - x, f64::from(b.1) - y);
    let (mut enter, mut leave) = (0.0, 1.0);
    let edges = [
        (-dx, x - f64::from(left)),
        (dx, f64::from(right) - x),
        (-dy, y - f64::from(top)),
        (dy, f64::from(bottom) - y),
    ];
    for (speed, distance) in edges {
        if speed == 0.0 {
            if distance < 0.0 {
                return None;
            }
        } else if speed < 0.0 {
            enter = f64::max(enter, distance / speed);
        } else {
            leave = f64::min(leave, distance / speed);
        }
    }
    let at = |t: f64| ((x + t * dx).round() as i32, (y + t * dy).round() as i32);
    (enter <= leave).then(|| (if enter > 0.0 { at(enter) } else { a }, if leave < 1.0 { at(leave) } else { b }))
}

/// The curve without the points that a straight line between their neighbours meets within a fiftieth of a point
/// (Douglas and Peucker, Cartographica 10 (1973) 112).
pub(super) fn simplified(points: &[Point]) -> Vec<Point> {
    if points.len() < 3 {
        return points.to_vec();
    }
    let mut keep = vec![false; points.len()];
    keep[0] = true;
    keep[points.len() - 1] = true;
    let mut spans = vec![(0, points.len() - 1)];
    while let Some((first, last)) = spans.pop() {
        let farthest = (first + 1..last)
            .map(|i| (i, distance(points[i], points[first], points[last])))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((middle, miss)) = farthest
            && miss > TOLERANCE
        {
            keep[middle] = true;
            spans.push((first, middle));
            spans.push((middle, last));
        }
    }
    points.iter().zip(keep).filter(|(_, keep)| *keep).map(|(point, _)| *point).collect()
}

/// Distance of a point from the segment between two others.
fn distance(p: Point, a: Point, b: Point) -> f64 {
    let f = |p: Point| (f64::from(p.0), f64::from(p.1));
    let ((px, py), (ax, ay), (bx, by)) = (f(p), f(a), f(b));
    let (dx, dy) = (bx - ax, by - ay);
    let squared = dx * dx + dy * dy;
    let along = if squared > 0.0 { (((px - ax) * dx + (py - ay) * dy) / squared).clamp(0.0, 1.0) } else { 0.0 };
    let (u, v) = (px - ax - along * dx, py - ay - along * dy);
    (u * u + v * v).sqrt()
}

/// Canvas units to points.
pub(super) fn pt(units: i32) -> f64 {
    f64::from(units) / UNITS_PER_PT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparse_data_are_kept_whole() {
        let xs: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(decimated(&xs, &xs, (0.0, 999.0), 400.0).len(), 1000);
        assert_eq!(decimated(&xs, &xs, (10.0, 19.0), 400.0), (10..20).collect::<Vec<_>>());
    }

    #[test]
    fn dense_data_lose_no_extreme() {
        let xs: Vec<f64> = (0..100_000).map(f64::from).collect();
        let mut ys: Vec<f64> = xs.iter().map(|x| (x * 0.37).sin()).collect();
        ys[54_321] = 50.0;
        ys[12_345] = -50.0;
        let kept = decimated(&xs, &ys, (0.0, 99_999.0), 100.0);
        assert!(kept.len() <= 1700 && kept.contains(&54_321) && kept.contains(&12_345), "{}", kept.len());
        assert!(kept.is_sorted());
    }

    #[test]
    fn a_curve_is_cut_at_the_edge() {
        let bounds = [0, 0, 100, 100];
        let pieces = clipped(&[(-50, 50), (50, 50), (50, 150), (80, 150), (80, 50)], bounds);
        assert_eq!(pieces, vec![vec![(0, 50), (50, 50), (50, 100)], vec![(80, 100), (80, 50)]]);
        assert!(clipped(&[(-5, -5), (-5, 200)], bounds).is_empty());
    }

    #[test]
    fn straight_parts_need_two_points() {
        let line: Vec<Point> = (0..100).map(|i| (i * 10, i * 3)).collect();
        assert_eq!(simplified(&line), vec![(0, 0), (990, 297)]);
        let mut bent = line.clone();
        bent[50].1 += 40;
        assert!(simplified(&bent).contains(&bent[50]));
    }
}
