//! How much of each pixel a shape covers, in plain arithmetic.
//!
//! A line of finite width is the set of points within half its width of the curve: its coverage follows from the
//! distance of the pixel's centre to the nearest segment, and overlapping segments take the larger value, so that a
//! noisy curve never grows beyond its width. A polygon is covered by the signed areas under its edges.

/// Coverage of an image, 0 to 255 for each pixel, and the part of it that was touched.
pub(super) struct Coverage {
    width: usize,
    height: usize,
    values: Vec<u8>,
    /// Touched columns and rows: left, top, right, bottom; right and bottom are outside.
    touched: [usize; 4],
}

/// Position in pixels.
pub(super) type Place = (f64, f64);

impl Coverage {
    /// Nothing covered.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, values: vec![0; width * height], touched: [width, height, 0, 0] }
    }

    /// Gives every touched pixel with some coverage (column, row, 0 to 1) to `paint`, and clears it.
    pub(super) fn drain(&mut self, mut paint: impl FnMut(usize, f64)) {
        /// Pixels that are looked at together: most of what a curve or a frame encloses is empty.
        const BLOCK: usize = 64;
        let [left, top, right, bottom] = self.touched;
        for row in top..bottom {
            let (start, end) = (row * self.width + left, row * self.width + right);
            for (block, values) in self.values[start..end].chunks_mut(BLOCK).enumerate() {
                if values.iter().fold(0, |any, value| any | value) == 0 {
                    continue;
                }
                for (pixel, value) in values.iter_mut().enumerate().filter(|(_, value)| **value > 0) {
                    paint(start + block * BLOCK + pixel, f64::from(*value) / 255.0);
                    *value = 0;
                }
            }
        }
        self.touched = [self.width, self.height, 0, 0];
    }

    /// Covers everything within `half_width` of the segment.
    pub(super) fn segment(&mut self, a: Place, b: Place, half_width: f64) {
        let reach = half_width + 1.0;
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let squared = dx * dx + dy * dy;
        let outside = (half_width + 0.5).powi(2);
        // A line thinner than a pixel never covers one fully.
        let most = (2.0 * half_width).min(1.0);
        let rows = range(a.1.min(b.1) - reach, a.1.max(b.1) + reach, self.height);
        for row in rows {
            let y = row as f64 + 0.5;
            // Part of the segment that can reach this row.
            let (mut t0, mut t1) = (0.0, 1.0);
            if dy != 0.0 {
                let (u, v) = ((y - reach - a.1) / dy, (y + reach - a.1) / dy);
                (t0, t1) = (u.min(v).clamp(0.0, 1.0), u.max(v).clamp(0.0, 1.0));
            }
            let (x0, x1) = (a.0 + t0 * dx, a.0 + t1 * dx);
            for column in range(x0.min(x1) - reach, x0.max(x1) + reach, self.width) {
                let x = column as f64 + 0.5;
                let along =
                    if squared > 0.0 { (((x - a.0) * dx + (y - a.1) * dy) / squared).clamp(0.0, 1.0) } else { 0.0 };
                let (u, v) = (x - a.0 - along * dx, y - a.1 - along * dy);
                let square = u * u + v * v;
                if square < outside {
                    self.cover(column, row, (half_width + 0.5 - square.sqrt()).min(most));
                }
            }
        }
    }

    /// Covers a ring of this radius and half width.
    pub(super) fn ring(&mut self, centre: Place, radius: f64, half_width: f64) {
        let reach = radius + half_width + 1.0;
        for row in range(centre.1 - reach, centre.1 + reach, self.height) {
            for column in range(centre.0 - reach, centre.0 + reach, self.width) {
                let (u, v) = (column as f64 + 0.5 - centre.0, row as f64 + 0.5 - centre.1);
                let distance = ((u * u + v * v).sqrt() - radius).abs();
                self.cover(column, row, (half_width + 0.5 - distance).clamp(0.0, (2.0 * half_width).min(1.0)));
            }
        }
    }

    /// Covers the inside of polygons that belong together: contours of the opposite sense are holes.
    pub(super) fn polygons(&mut self, polygons: &[Vec<Place>]) {
        let points = || polygons.iter().flatten();
        let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
        for (x, y) in points() {
            low = (low.0.min(*x), low.1.min(*y));
            high = (high.0.max(*x), high.1.max(*y));
        }
        let columns = range(low.0, high.0 + 1.0, self.width);
        let rows = range(low.1, high.1 + 1.0, self.height);
        if columns.is_empty() || rows.is_empty() {
            return;
        }
        let mut area = Area::new(columns.clone(), rows.clone());
        for polygon in polygons {
            let closed = polygon.iter().zip(polygon.iter().cycle().skip(1));
            closed.for_each(|(a, b)| area.edge(*a, *b));
        }
        for row in rows {
            let mut sum = 0.0;
            for column in columns.clone() {
                sum += area.cell(column, row);
                self.cover(column, row, sum.abs().min(1.0));
            }
        }
    }

    fn cover(&mut self, column: usize, row: usize, part: f64) {
        let value = (part * 255.0 + 0.5) as u8;
        if value == 0 {
            return;
        }
        let pixel = &mut self.values[row * self.width + column];
        *pixel = (*pixel).max(value);
        let [left, top, right, bottom] = self.touched;
        self.touched = [left.min(column), top.min(row), right.max(column + 1), bottom.max(row + 1)];
    }
}

/// Pixels from `low` to `high` that lie in an image of this length.
fn range(low: f64, high: f64, length: usize) -> std::ops::Range<usize> {
    let clamp = |v: f64| v.clamp(0.0, length as f64) as usize;
    clamp(low.floor())..clamp(high.ceil())
}

/// Signed area to the right of polygon edges: the running sum along a row is the coverage.
struct Area {
    left: usize,
    top: usize,
    columns: usize,
    rows: usize,
    cells: Vec<f64>,
}

impl Area {
    fn new(columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> Self {
        // One more column takes what lies right of the last pixel.
        let width = columns.len() + 1;
        Self {
            left: columns.start,
            top: rows.start,
            columns: width,
            rows: rows.len(),
            cells: vec![0.0; width * rows.len()],
        }
    }

    fn cell(&self, column: usize, row: usize) -> f64 {
        self.cells[(row - self.top) * self.columns + column - self.left]
    }

    /// Adds one edge, row by row.
    fn edge(&mut self, a: Place, b: Place) {
        let shift = |p: Place| (p.0 - self.left as f64, p.1 - self.top as f64);
        let (a, b) = (shift(a), shift(b));
        if a.1 == b.1 {
            return;
        }
        let (sign, top, bottom) = if a.1 < b.1 { (1.0, a, b) } else { (-1.0, b, a) };
        let slope = (bottom.0 - top.0) / (bottom.1 - top.1);
        for row in range(top.1, bottom.1, self.rows) {
            let y0 = top.1.max(row as f64);
            let y1 = bottom.1.min(row as f64 + 1.0);
            if y1 > y0 {
                let x = |y: f64| (top.0 + slope * (y - top.1)).clamp(0.0, (self.columns - 1) as f64);
                self.row_piece(row, x(y0), x(y1), sign * (y1 - y0));
            }
        }
    }

    /// Adds a piece of an edge within one row, split at the pixels it crosses; `height` is signed.
    fn row_piece(&mut self, row: usize, x0: f64, x1: f64, height: f64) {
        let (low, high) = (x0.min(x1), x0.max(x1));
        let length = high - low;
        for column in low.floor() as usize..=high.floor() as usize {
            let (from, to) = (low.max(column as f64), high.min(column as f64 + 1.0));
            let part = if length > 0.0 { height * (to - from) / length } else { height };
            let inside = 0.5 * (from + to) - column as f64;
            let start = row * self.columns + column;
            self.cells[start] += part * (1.0 - inside);
            if column + 1 < self.columns {
                self.cells[start + 1] += part * inside;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(coverage: &mut Coverage) -> f64 {
        let mut sum = 0.0;
        coverage.drain(|_, part| sum += part);
        sum
    }

    #[test]
    fn a_polygon_covers_its_area() {
        // Truth: shoelace formula; a rectangle, a triangle, and a square with a hole.
        let mut c = Coverage::new(20, 20);
        c.polygons(&[vec![(1.25, 2.5), (6.75, 2.5), (6.75, 4.0), (1.25, 4.0)]]);
        assert!((total(&mut c) - 5.5 * 1.5).abs() < 0.05);
        c.polygons(&[vec![(2.0, 2.0), (12.3, 5.0), (4.0, 17.7)]]);
        assert!((total(&mut c) - 0.5 * (10.3 * 15.7 - 2.0 * 3.0)).abs() < 0.2);
        let square = |a: f64, b: f64| vec![(a, a), (b, a), (b, b), (a, b)];
        let mut hole = square(5.0, 8.0);
        hole.reverse();
        c.polygons(&[square(2.0, 12.0), hole]);
        assert!((total(&mut c) - 91.0).abs() < 0.05);
    }

    #[test]
    fn a_line_covers_length_times_width() {
        // Truth: closed form L·w + π w²/4, also along a diagonal; distance smoothing is exact for straight edges
        // parallel to the axes and within some percent of it elsewhere.
        let mut c = Coverage::new(100, 100);
        c.segment((10.0, 20.0), (90.0, 20.0), 2.0);
        let expected = 80.0 * 4.0 + std::f64::consts::PI * 4.0;
        assert!((total(&mut c) / expected - 1.0).abs() < 0.01);
        c.segment((10.0, 10.0), (70.0, 90.0), 2.0);
        let expected = 100.0 * 4.0 + std::f64::consts::PI * 4.0;
        assert!((total(&mut c) / expected - 1.0).abs() < 0.03);
    }

    #[test]
    fn shapes_outside_the_image_are_cut() {
        let mut c = Coverage::new(10, 10);
        c.segment((-50.0, 5.0), (60.0, 5.0), 1.0);
        c.ring((0.0, 0.0), 20.0, 1.0);
        c.polygons(&[vec![(-5.0, -5.0), (50.0, -5.0), (50.0, 50.0), (-5.0, 50.0)]]);
        assert!((total(&mut c) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_thin_line_is_faint_and_not_lost() {
        let mut c = Coverage::new(10, 10);
        c.segment((0.0, 5.5), (10.0, 5.5), 0.15);
        let mut peak: f64 = 0.0;
        c.drain(|_, part| peak = peak.max(part));
        assert!((peak - 0.3).abs() < 0.01, "{peak}");
    }
}
