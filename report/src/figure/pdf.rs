//! PDF: marks as paths, text as the outlines of its letters, so that no font is needed and none can be missing.
//!
//! One page of the figure's size; no time, no author, so that the same figure is the same bytes.

use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, TextStr};

use super::canvas::{Mark, Paint, Point, TextRun, UNITS_PER_PT};
use super::{Drawing, font};

/// Control points of a quarter circle of unit radius: 4 (√2 − 1)/3.
const CIRCLE: f32 = 0.552_284_8;

const CATALOG: i32 = 1;
const PAGES: i32 = 2;
const PAGE: i32 = 3;
const CONTENT: i32 = 4;
const INFO: i32 = 5;
/// First reference of the states of opacity.
const OPACITY: i32 = 6;

/// The figure as a PDF document.
pub(super) fn document(drawing: &Drawing) -> Vec<u8> {
    let mut page = Page { content: Content::new(), height: drawing.height_pt as f32, opacities: Vec::new() };
    page.content.set_line_cap(LineCapStyle::RoundCap);
    page.content.set_line_join(LineJoinStyle::RoundJoin);
    drawing.marks.iter().for_each(|mark| page.mark(mark));
    let Page { content, opacities, .. } = page;
    let mut pdf = Pdf::new();
    pdf.catalog(Ref::new(CATALOG)).pages(Ref::new(PAGES));
    pdf.pages(Ref::new(PAGES)).kids([Ref::new(PAGE)]).count(1);
    let mut sheet = pdf.page(Ref::new(PAGE));
    sheet.media_box(Rect::new(0.0, 0.0, drawing.width_pt as f32, drawing.height_pt as f32));
    sheet.parent(Ref::new(PAGES));
    sheet.contents(Ref::new(CONTENT));
    let mut resources = sheet.resources();
    let mut states = resources.ext_g_states();
    for (i, _) in opacities.iter().enumerate() {
        states.pair(Name(state_name(i).as_bytes()), Ref::new(OPACITY + i as i32));
    }
    states.finish();
    resources.finish();
    sheet.finish();
    pdf.stream(Ref::new(CONTENT), &content.finish());
    for (i, alpha) in opacities.iter().enumerate() {
        let alpha = f32::from(*alpha) / 255.0;
        pdf.ext_graphics(Ref::new(OPACITY + i as i32)).stroking_alpha(alpha).non_stroking_alpha(alpha);
    }
    pdf.document_info(Ref::new(INFO)).title(TextStr(&drawing.title));
    pdf.finish()
}

fn state_name(index: usize) -> String {
    format!("A{index}")
}

/// Content of the page under construction; its y axis runs upwards.
struct Page {
    content: Content,
    height: f32,
    /// Opacities in use, in 255ths.
    opacities: Vec<u8>,
}

impl Page {
    fn place(&self, (x, y): (f64, f64)) -> (f32, f32) {
        ((x / UNITS_PER_PT) as f32, self.height - (y / UNITS_PER_PT) as f32)
    }

    fn of_units(&self, (x, y): Point) -> (f32, f32) {
        self.place((f64::from(x), f64::from(y)))
    }

    fn paint(&mut self, paint: Paint) {
        let alpha = (paint.alpha * 255.0).round().clamp(0.0, 255.0) as u8;
        let index = self.opacities.iter().position(|own| *own == alpha).unwrap_or_else(|| {
            self.opacities.push(alpha);
            self.opacities.len() - 1
        });
        let [r, g, b] = [paint.rgb.0, paint.rgb.1, paint.rgb.2].map(|part| f32::from(part) / 255.0);
        self.content.set_parameters(Name(state_name(index).as_bytes()));
        self.content.set_stroke_rgb(r, g, b).set_fill_rgb(r, g, b);
    }

    fn path(&mut self, points: impl Iterator<Item = (f32, f32)>) {
        for (i, (x, y)) in points.enumerate() {
            if i == 0 {
                self.content.move_to(x, y)
            } else {
                self.content.line_to(x, y)
            };
        }
    }

    fn circle(&mut self, centre: Point, radius: u32) {
        let ((x, y), r) = (self.of_units(centre), (f64::from(radius) / UNITS_PER_PT) as f32);
        let k = CIRCLE * r;
        self.content.move_to(x + r, y);
        self.content.cubic_to(x + r, y + k, x + k, y + r, x, y + r);
        self.content.cubic_to(x - k, y + r, x - r, y + k, x - r, y);
        self.content.cubic_to(x - r, y - k, x - k, y - r, x, y - r);
        self.content.cubic_to(x + k, y - r, x + r, y - k, x + r, y);
        self.content.close_path();
    }

    fn width(&mut self, units: u32) {
        self.content.set_line_width((f64::from(units) / UNITS_PER_PT) as f32);
    }

    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Stroke { paths, width, paint } => {
                self.paint(*paint);
                self.width(*width);
                for path in paths {
                    let points: Vec<(f32, f32)> = path.iter().map(|point| self.of_units(*point)).collect();
                    self.path(points.into_iter());
                }
                self.content.stroke();
            }
            Mark::Fill { polygons, paint } => {
                self.paint(*paint);
                for polygon in polygons {
                    let points: Vec<(f32, f32)> = polygon.iter().map(|point| self.of_units(*point)).collect();
                    self.path(points.into_iter());
                    self.content.close_path();
                    self.content.fill_nonzero();
                }
            }
            Mark::Dots { centres, radius, paint } => {
                self.paint(*paint);
                centres.iter().for_each(|centre| self.circle(*centre, *radius));
                self.content.fill_nonzero();
            }
            Mark::Rings { centres, radius, width, paint } => {
                self.paint(*paint);
                self.width(*width);
                centres.iter().for_each(|centre| self.circle(*centre, *radius));
                self.content.stroke();
            }
            Mark::Text(run) => self.text(run),
        }
    }

    fn text(&mut self, run: &TextRun) {
        self.paint(run.paint);
        let start = -run.anchor.fraction() * font::width(&run.text, run.size);
        let (x0, y0) = (f64::from(run.position.0), f64::from(run.position.1));
        let mut any = false;
        for polygon in font::outlines(&run.text) {
            let place = |(x_em, y_em): (f64, f64)| {
                let (along, up) = (start + x_em * run.size, y_em * run.size);
                self.place(if run.upwards { (x0 - up, y0 - along) } else { (x0 + along, y0 - up) })
            };
            let points: Vec<(f32, f32)> = polygon.into_iter().map(place).collect();
            self.path(points.into_iter());
            self.content.close_path();
            any = true;
        }
        if any {
            self.content.fill_nonzero();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Axis, Frame, LineStyle, Panel, Scale, Sides, palette};
    use super::*;

    #[test]
    fn a_figure_is_one_page_of_its_size_and_the_same_bytes() {
        // Truth: PDF 1.7 (ISO 32000-1), 7.5: header, cross-reference table, end mark.
        let draw = || {
            Drawing::new(240.0, 150.0, "test", |sheet| {
                let frame = Frame { left_pt: 40.0, top_pt: 10.0, right_pt: 230.0, bottom_pt: 110.0 };
                let axis = |title| Axis::new(0.0, 10.0, Scale::Linear, title);
                let panel = Panel::new(sheet, frame, axis("2θ / °"), axis("Å"));
                panel.line(&[0.0, 10.0], &[0.0, 10.0], LineStyle::solid(palette::BLUE, 1.0))?;
                panel.draw_axes(Sides::ALL)
            })
            .unwrap()
        };
        let bytes = draw().pdf();
        assert_eq!(bytes, draw().pdf());
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("%PDF-1.") && text.trim_end().ends_with("%%EOF"));
        assert!(text.contains("/MediaBox [0 0 240 150]") && !text.contains("/Font"), "{text}");
    }
}
