//! PNG: marks as smoothed pixels.

use super::canvas::{Mark, Paint, Point, TextRun, UNITS_PER_PT};
use super::coverage::{Coverage, Place};
use super::{Drawing, font};
use crate::error::{Error, Result};

/// Largest image, in pixels: a figure of half a square metre at 300 dpi.
const MAX_PIXELS: usize = 100_000_000;

/// Pixels of a figure under construction.
struct Image {
    width: usize,
    height: usize,
    /// Red, green, blue, row by row.
    rgb: Vec<u8>,
    coverage: Coverage,
    pixels_per_unit: f64,
}

/// The figure as a PNG file.
pub(super) fn png(drawing: &Drawing, dpi: f64) -> Result<Vec<u8>> {
    let image = Image::rendered(drawing, dpi)?;
    let mut bytes = Vec::new();
    let failed = |error: png::EncodingError| Error::Figure(format!("PNG: {error}"));
    let mut encoder = png::Encoder::new(&mut bytes, image.width as u32, image.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let per_metre = (dpi / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&image.rgb).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

impl Image {
    fn rendered(drawing: &Drawing, dpi: f64) -> Result<Self> {
        let pixels = |pt: f64| (pt * dpi / 72.0).round();
        let (width, height) = (pixels(drawing.width_pt), pixels(drawing.height_pt));
        if !(width >= 1.0 && height >= 1.0 && width * height <= MAX_PIXELS as f64) {
            return Err(Error::Figure(format!("{width} × {height} pixels, expected 1 to {MAX_PIXELS} in all")));
        }
        let (width, height) = (width as usize, height as usize);
        let mut image = Self {
            width,
            height,
            rgb: vec![255; 3 * width * height],
            coverage: Coverage::new(width, height),
            pixels_per_unit: dpi / 72.0 / UNITS_PER_PT,
        };
        for mark in &drawing.marks {
            image.mark(mark);
        }
        Ok(image)
    }

    fn place(&self, (x, y): Point) -> Place {
        (f64::from(x) * self.pixels_per_unit, f64::from(y) * self.pixels_per_unit)
    }

    fn length(&self, units: u32) -> f64 {
        f64::from(units) * self.pixels_per_unit
    }

    fn mark(&mut self, mark: &Mark) {
        let paint = match mark {
            Mark::Stroke { paths, width, paint } => {
                let half = 0.5 * self.length(*width);
                for path in paths {
                    for pair in path.windows(2) {
                        self.coverage.segment(self.place(pair[0]), self.place(pair[1]), half);
                    }
                }
                paint
            }
            Mark::Fill { polygons, paint } => {
                for polygon in polygons {
                    let places = polygon.iter().map(|point| self.place(*point)).collect();
                    self.coverage.polygons(&[places]);
                }
                paint
            }
            Mark::Dots { centres, radius, paint } => {
                let radius = self.length(*radius);
                for centre in centres {
                    self.coverage.segment(self.place(*centre), self.place(*centre), radius);
                }
                paint
            }
            Mark::Rings { centres, radius, width, paint } => {
                let (radius, half) = (self.length(*radius), 0.5 * self.length(*width));
                for centre in centres {
                    self.coverage.ring(self.place(*centre), radius, half);
                }
                paint
            }
            Mark::Text(run) => {
                self.text(run);
                &run.paint
            }
        };
        self.blend(*paint);
    }

    fn text(&mut self, run: &TextRun) {
        let start = -run.anchor.fraction() * font::width(&run.text, run.size);
        let (x0, y0) = self.place(run.position);
        let scale = self.pixels_per_unit;
        let polygons: Vec<Vec<Place>> = font::outlines(&run.text)
            .into_iter()
            .map(|polygon| {
                let place = |(x_em, y_em): (f64, f64)| {
                    let (along, up) = ((start + x_em * run.size) * scale, y_em * run.size * scale);
                    if run.upwards { (x0 - up, y0 - along) } else { (x0 + along, y0 - up) }
                };
                polygon.into_iter().map(place).collect()
            })
            .collect();
        self.coverage.polygons(&polygons);
    }

    /// Lays the paint over the pixels that the mark covers.
    fn blend(&mut self, paint: Paint) {
        let rgb = &mut self.rgb;
        let colour = [paint.rgb.0, paint.rgb.1, paint.rgb.2].map(f64::from);
        self.coverage.drain(|pixel, part| {
            let part = part * paint.alpha;
            for (value, colour) in rgb[3 * pixel..3 * pixel + 3].iter_mut().zip(colour) {
                *value = (f64::from(*value) * (1.0 - part) + colour * part + 0.5) as u8;
            }
        });
    }
}
