//! The frame of a page: what the reports of both techniques show above and below their own sections.

use doublet_common::Quantity;
use doublet_common::provenance::{Input, Tool};
use minijinja::Value;
use serde::Serialize;

use crate::figures::Figure;
use crate::html::trusted;
use crate::number::{bracketed, fixed, typographic};
use crate::text::printable;

/// Heading, summary, warnings, methods, provenance.
#[derive(Serialize)]
pub(crate) struct Frame {
    /// What the report is about, as its first words.
    pub(crate) technique: &'static str,
    /// Name of the sample or file.
    pub(crate) title: String,
    /// Whether the data were computed and not measured.
    pub(crate) simulated: bool,
    /// Program and version.
    pub(crate) tool: String,
    /// The measurement in a line.
    pub(crate) measurement: String,
    /// Input files.
    pub(crate) inputs: Vec<Input>,
    /// What was found.
    pub(crate) verdict: Vec<Sentence>,
    /// What was assumed or doubted.
    pub(crate) warnings: Vec<String>,
    /// Paragraphs of the methods text.
    pub(crate) methods: Vec<String>,
    /// What it cites.
    pub(crate) references: Vec<String>,
    /// What the files say about the measurement.
    pub(crate) metadata: Vec<(String, String)>,
    /// Resolved recipe.
    pub(crate) recipe: String,
}

/// One sentence of the summary at the top.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sentence {
    /// `good`, `doubt`, `bad` or `plain`.
    pub(crate) kind: &'static str,
    /// Heading of a word or two.
    pub(crate) heading: String,
    /// The sentence, as HTML that its maker has escaped.
    pub(crate) html: Value,
}

impl Sentence {
    /// A sentence whose `html` is escaped already.
    pub(crate) fn new(kind: &'static str, heading: impl Into<String>, html: impl Into<String>) -> Self {
        Self { kind, heading: heading.into(), html: trusted(html) }
    }
}

/// A figure inside a page.
#[derive(Serialize)]
pub(crate) struct FigureView {
    svg: Value,
    caption: String,
    wide: bool,
}

/// The figure of this name, if there is one.
pub(crate) fn figure(figures: &[Figure], name: &str) -> Option<FigureView> {
    let figure = figures.iter().find(|figure| figure.name == name)?;
    Some(FigureView {
        svg: trusted(figure.drawing.svg()),
        caption: figure.caption.clone(),
        wide: figure.drawing.is_wide(),
    })
}

/// `doublet 1.2.3`
pub(crate) fn tool(tool: &Tool) -> String {
    printable(&format!("{} {}", tool.name, tool.version))
}

/// An input whose texts are safe to print.
pub(crate) fn printable_input(input: &Input) -> Input {
    Input {
        file_name: printable(&input.file_name),
        sha256: printable(&input.sha256),
        format: printable(&input.format),
        reader_warnings: printable_all(&input.reader_warnings),
        ..*input
    }
}

pub(crate) fn printable_all(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| printable(text)).collect()
}

/// Value and σ in brackets, for print.
pub(crate) fn quantity(quantity: &Quantity) -> String {
    typographic(&bracketed(quantity))
}

/// The same, or a dash.
pub(crate) fn optional(quantity_or_none: Option<&Quantity>) -> String {
    quantity_or_none.map(quantity).unwrap_or_else(|| "–".into())
}

/// A number with so many decimals, for print.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    typographic(&fixed(value, decimals))
}

/// The first letter as a capital.
pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// Panics if a page loads anything from elsewhere, or holds a tag that no template writes.
#[cfg(test)]
pub(crate) fn assert_self_contained(page: &str) {
    for foreign in ["<script", "<link", "<img", "url(", "@import", "javascript:", "\u{1b}", "\u{0}"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let addresses = page.match_indices("http").map(|(at, _)| &page[at..]);
    let strange: Vec<&str> =
        addresses.filter(|rest| !rest.starts_with("http://www.w3.org/2000/svg")).map(|rest| &rest[..40]).collect();
    assert!(strange.is_empty(), "{strange:?}");
    const TAGS: &str = "html head meta title style body header p h1 h2 h3 span section ul ol li div figure figcaption \
                        svg path circle text table thead tbody tr th td caption dl dt dd b sub br pre footer";
    for (at, _) in page.match_indices('<') {
        let rest = page[at + 1..].trim_start_matches('/');
        let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        let place: String = page[at..].chars().take(40).collect();
        let known = TAGS.split_whitespace().any(|tag| tag == name);
        assert!(known || name.is_empty() && rest.starts_with("!DOCTYPE"), "{place}");
        // Without the values between quotes, in which escaped text may stand.
        let tag: String = rest.split('>').next().unwrap_or_default().split('"').step_by(2).collect();
        assert!(!["src=", "href=", " on"].iter().any(|attribute| tag.contains(attribute)), "{place}");
    }
}
