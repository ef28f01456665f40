//! XML of measured files: parsed without entities and under limits, read with line and value in every error.
//!
//! Document type declarations are refused, so that no entity can expand and nothing outside the file is ever read.

use roxmltree::{Document, Node, ParsingOptions};

use crate::container::Content;
use crate::error::{FileError, Location};
use crate::text::number::{DecimalMark, NumberFault, parse_number};

/// Largest number of nodes of a document.
pub const MAX_NODES: u32 = 1_000_000;
/// Deepest nesting of elements.
pub const MAX_DEPTH: usize = 100;
/// Longest list of numbers in one element.
pub const MAX_LIST: usize = 5_000_000;

/// Parses the content as XML.
///
/// # Errors
/// A [`FileError`] with the line: not text, not well-formed, a document type declaration, more than [`MAX_NODES`] or
/// deeper than [`MAX_DEPTH`].
pub fn parse(content: &Content) -> Result<Document<'_>, FileError> {
    let text = &content.text()?.content;
    refuse_depth(content, text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| malformed(content, text, &error))
}

fn malformed(content: &Content, text: &str, error: &roxmltree::Error) -> FileError {
    if matches!(error, roxmltree::Error::DtdDetected) {
        let at = text.find("<!DOCTYPE").unwrap_or(0);
        let line = Location::Line(crate::text::line_at(text, at));
        return content.error(line, "a document type declaration", "XML without one (entities are never expanded)");
    }
    if matches!(error, roxmltree::Error::NodesLimitReached) {
        return content.error(Location::Whole, "more XML nodes", format!("at most {MAX_NODES}"));
    }
    let unclosed = matches!(error, roxmltree::Error::UnclosedRootNode | roxmltree::Error::UnexpectedEndOfStream);
    let line = if unclosed { crate::text::line_at(text, text.trim_end().len()) } else { error.pos().row as usize };
    let problem = content.error(Location::Line(line), "damaged or incomplete XML", format!("well-formed XML: {error}"));
    if unclosed { problem.with_advice("the file seems to be cut") } else { problem }
}

/// Counts open elements before the parser does, since the parser itself goes as deep as the file.
fn refuse_depth(content: &Content, text: &str) -> Result<(), FileError> {
    let mut depth = 0usize;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at..];
        let skip = match tag {
            _ if tag.starts_with("<!--") => tag.find("-->"),
            _ if tag.starts_with("<![CDATA[") => tag.find("]]>"),
            _ => tag_end(tag),
        };
        let Some(end) = skip else { break };
        if tag.starts_with("</") {
            depth = depth.saturating_sub(1);
        } else if !tag.starts_with("<!") && !tag.starts_with("<?") && !tag[..end].ends_with('/') {
            depth += 1;
        }
        if depth > MAX_DEPTH {
            let line = Location::Line(crate::text::line_at(text, text.len() - tag.len()));
            return Err(content.error(line, format!("elements nested {depth} deep"), format!("at most {MAX_DEPTH}")));
        }
        rest = &tag[end + 1..];
    }
    Ok(())
}

/// Offset of the `>` that ends a tag; one inside a quoted attribute does not.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.bytes().position(|byte| match quote {
        Some(open) => {
            if byte == open {
                quote = None;
            }
            false
        }
        None => {
            if matches!(byte, b'"' | b'\'') {
                quote = Some(byte);
            }
            byte == b'>'
        }
    })
}

/// Child elements of this local name, whatever their namespace.
pub fn children<'a, 'input>(node: Node<'a, 'input>, name: &str) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// All child elements of the first child element of this local name.
pub fn children_of<'a, 'input>(node: Node<'a, 'input>, name: &str) -> impl Iterator<Item = Node<'a, 'input>> {
    child(node, name).into_iter().flat_map(|found| found.children()).filter(Node::is_element)
}

/// First child element of this local name.
pub fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    children(node, name).next()
}

/// First element down a path of local names.
pub fn descend<'a, 'input>(node: Node<'a, 'input>, path: &[&str]) -> Option<Node<'a, 'input>> {
    path.iter().try_fold(node, |node, name| child(node, name))
}

/// Trimmed text of the element down a path of local names; none if missing or empty.
pub fn text_at<'a>(node: Node<'a, '_>, path: &[&str]) -> Option<&'a str> {
    descend(node, path).and_then(|found| found.text()).map(str::trim).filter(|text| !text.is_empty())
}

/// Line at which a node begins.
pub fn line(node: Node<'_, '_>) -> Location {
    Location::Line(node.document().text_pos_at(node.range().start).row as usize)
}

/// The number in an element.
///
/// # Errors
/// A [`FileError`] with line and text if it is no finite number.
pub fn number(content: &Content, node: Node<'_, '_>) -> Result<f64, FileError> {
    let text = node.text().unwrap_or("").trim();
    parse_number(text, DecimalMark::Point).map_err(|fault| {
        let found = format!("\"{text}\" in <{}>", node.tag_name().name());
        content.error(line(node), found, fault.to_string())
    })
}

/// The number in the element down a path of local names; none if there is no such element.
///
/// # Errors
/// As [`number()`].
pub fn number_at(content: &Content, node: Node<'_, '_>, path: &[&str]) -> Result<Option<f64>, FileError> {
    descend(node, path).map(|found| number(content, found)).transpose()
}

/// The numbers of a list separated by white space.
///
/// # Errors
/// A [`FileError`] with line, value and its place in the list; more than [`MAX_LIST`] values.
pub fn numbers(content: &Content, node: Node<'_, '_>) -> Result<Vec<f64>, FileError> {
    let mut list = Vec::new();
    for token in node.children().filter_map(|child| child.text()).flat_map(str::split_ascii_whitespace) {
        if list.len() == MAX_LIST {
            return Err(content.error(line(node), "more values", format!("at most {MAX_LIST}")));
        }
        match parse_number(token, DecimalMark::Point) {
            Ok(value) => list.push(value),
            Err(fault) => return Err(bad_value(content, node, token, list.len(), fault)),
        }
    }
    Ok(list)
}

fn bad_value(content: &Content, node: Node<'_, '_>, token: &str, index: usize, fault: NumberFault) -> FileError {
    let shown: String = token.chars().take(24).collect();
    let found = format!("\"{shown}\" as value {} of <{}>", index + 1, node.tag_name().name());
    content.error(list_line(node, index), found, fault.to_string())
}

/// Line of the value with this index in a list separated by white space.
pub fn list_line(node: Node<'_, '_>, index: usize) -> Location {
    let document = node.document();
    let mut left = index;
    for child in node.children().filter(Node::is_text) {
        let range = child.range();
        let source = document.input_text().get(range.clone()).unwrap_or("");
        for token in source.split_ascii_whitespace() {
            if left == 0 {
                let at = range.start + (token.as_ptr() as usize - source.as_ptr() as usize);
                return Location::Line(document.text_pos_at(at).row as usize);
            }
            left -= 1;
        }
    }
    line(node)
}

/// Text with the five characters that XML reserves written as entities, and without what XML cannot hold.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            control if control.is_control() => {}
            '\u{FFFE}' | '\u{FFFF}' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Content {
        Content::from_bytes("f.xml", text.as_bytes().to_vec()).unwrap()
    }

    fn refusal(text: &str) -> String {
        let content = content(text);
        parse(&content).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn values_come_with_their_lines() {
        let content = content("<?xml version=\"1.0\"?>\n<a xmlns=\"x\">\n <b>1.5</b>\n <c>1 2\n3x 4</c>\n</a>");
        let document = parse(&content).unwrap();
        let root = document.root_element();
        assert_eq!(number_at(&content, root, &["b"]).unwrap(), Some(1.5));
        assert_eq!(number_at(&content, root, &["z"]).unwrap(), None);
        let list = child(root, "c").unwrap();
        let text = numbers(&content, list).unwrap_err().to_string();
        assert!(text.contains("line 5: found \"3x\" as value 3 of <c>, expected a number"), "{text}");
        assert_eq!(list_line(list, 1), Location::Line(4));
        assert!(number(&content, list).unwrap_err().to_string().contains("line 4"));
    }

    #[test]
    fn hostile_documents_are_refused() {
        let laughs = "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;\">]>\n<a>&c;</a>";
        assert!(refusal(laughs).contains("line 2: found a document type declaration"), "{}", refusal(laughs));
        let deep = "<a>\n".repeat(1_000_000);
        assert!(refusal(&deep).contains("line 101: found elements nested 101 deep"), "{}", refusal(&deep));
        let quoted = format!("<a>{}</a>", "<b c='>'/>".repeat(200));
        assert!(parse(&content(&quoted)).is_ok());
        let many = format!("<a>{}</a>", "<b/>".repeat(1_000_001));
        assert!(refusal(&many).contains("more XML nodes"), "{}", refusal(&many));
        let cut = refusal("<a>\n<b>1 2");
        assert!(cut.contains("line 2") && cut.contains("seems to be cut"), "{cut}");
        assert!(refusal("<a>\n&lol;</a>").contains("line 2"));
    }

    #[test]
    fn escaped_text_survives_a_parser() {
        let raw = "a<b>&\"c'\u{1}é";
        let content = content(&format!("<a>{}</a>", escape(raw)));
        assert_eq!(parse(&content).unwrap().root_element().text(), Some("a<b>&\"c'é"));
    }
}
