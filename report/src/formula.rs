//! Chemical formulas, space groups and Miller indices as print sets them.
//!
//! Each has a form for figures, where subscripts are Unicode digits and a bar over a digit is the combining overline
//! U+0305, which the figures draw as a stroke, and a form for HTML, which is escaped and may be
//! inserted as it is.

use crate::number::superscript;
use crate::text::{escaped, printable};

/// Combining overline: the character before it carries a bar.
pub const OVERLINE: char = '\u{305}';

/// A piece of a label and how it is set.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Plain(String),
    Subscript(String),
    Barred(String),
}

/// `LiGe2(PO4)3` with Unicode subscripts.
pub fn formula_text(formula: &str) -> String {
    text_of(&formula_pieces(&printable(formula)))
}

/// `LiGe2(PO4)3` with `<sub>`, escaped.
pub fn formula_html(formula: &str) -> String {
    html_of(&formula_pieces(&printable(formula)))
}

/// `R -3 c` or `R-3c` with a bar over the 3; screw axes are set as subscripts where blanks separate the symbols
/// (without blanks `P321` could be two things).
pub fn space_group_text(symbol: &str) -> String {
    text_of(&space_group_pieces(&printable(symbol)))
}

/// A space group symbol without the choice of origin or axes: `R -3 c` of `R -3 c :H`.
pub fn without_setting(symbol: &str) -> &str {
    symbol.split(':').next().unwrap_or(symbol).trim_end()
}

/// The same for HTML, escaped.
pub fn space_group_html(symbol: &str) -> String {
    html_of(&space_group_pieces(&printable(symbol)))
}

/// Miller indices with bars: `11̅0`, with thin spaces where an index has two digits.
pub fn hkl_text(hkl: [i32; 3]) -> String {
    text_of(&hkl_pieces(hkl))
}

/// The same for HTML.
pub fn hkl_html(hkl: [i32; 3]) -> String {
    html_of(&hkl_pieces(hkl))
}

/// Miller indices for plain text: `1 -1 0`.
pub fn hkl_plain(hkl: [i32; 3]) -> String {
    hkl.map(|index| index.to_string()).join(" ")
}

/// A formula and what else a name says: `LiGe2(PO4)3, LGP (NASICON type)` is the formula `LiGe2(PO4)3` and the remark
/// `LGP (NASICON type)`.
///
/// A name counts as beginning with a formula if that holds exactly the elements of `formula`, which may be written with
/// blanks (`Li Ge2 P3 O12`) and stands in if it does not.
pub fn formula_and_remark(formula: &str, name: &str) -> (String, String) {
    let end = name.find([',', ' ']).unwrap_or(name.len());
    let (start, rest) = name.split_at(end);
    if let Some(elements) = elements(start)
        && Some(elements) == self::elements(formula)
    {
        let remark = rest.trim_start_matches([',', ' ']).trim_end();
        let bare = remark.strip_prefix('(').and_then(|remark| remark.strip_suffix(')'));
        return (start.to_owned(), bare.unwrap_or(remark).to_owned());
    }
    (without_blanks(formula), name.to_owned())
}

/// `Li Ge2 P3 O12` as `LiGe2P3O12`; anything that is no formula stays as it is.
pub fn without_blanks(formula: &str) -> String {
    let joined: String = formula.split_whitespace().collect();
    if elements(&joined).is_some() { joined } else { formula.to_owned() }
}

/// Name of a chemical state: `Ge4+` as Ge⁴⁺, `Bi2O3` as Bi₂O₃, `C-C` with a bond; anything else stays as it is.
pub fn state_text(name: &str) -> String {
    let words: Vec<String> = printable(name).split(' ').map(state_word).collect();
    words.join(" ")
}

fn state_word(word: &str) -> String {
    let (core, comma) = word.strip_suffix(',').map_or((word, ""), |core| (core, ","));
    if let Some(sign) = core.chars().last().filter(|c| matches!(c, '+' | '-'))
        && let symbol = core.trim_end_matches(['+', '-']).trim_end_matches(|c: char| c.is_ascii_digit())
        && elements(symbol).is_some_and(|elements| elements.len() == 1)
    {
        let charge = &core[symbol.len()..core.len() - 1];
        let charge: String = charge.chars().filter_map(|c| c.to_digit(10)).map(superscript_digit).collect();
        return format!("{symbol}{charge}{}{comma}", if sign == '+' { '⁺' } else { '⁻' });
    }
    let parts: Vec<&str> = core.split(['-', '=']).collect();
    if parts.iter().all(|part| elements(part).is_some()) {
        return format!("{}{comma}", formula_text(core).replace('-', "–"));
    }
    word.to_owned()
}

fn superscript_digit(digit: u32) -> String {
    superscript(i32::try_from(digit).unwrap_or(0))
}

/// Element symbols of a formula, sorted and each once; none if the text is no formula.
fn elements(formula: &str) -> Option<Vec<String>> {
    let mut symbols: Vec<String> = Vec::new();
    for c in formula.chars().filter(|c| !c.is_whitespace()) {
        match c {
            'A'..='Z' => symbols.push(c.into()),
            'a'..='z' => {
                let last = symbols.last_mut().filter(|symbol| symbol.len() == 1)?;
                last.push(c);
            }
            '0'..='9' | '.' | '/' | '(' | ')' | '[' | ']' | '·' => {}
            _ => return None,
        }
    }
    symbols.sort_unstable();
    symbols.dedup();
    (!symbols.is_empty()).then_some(symbols)
}

/// Digits after a letter or a closing bracket are subscripts; those in front of a formula unit are not.
fn formula_pieces(formula: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut after_symbol = false;
    for c in formula.chars() {
        let number =
            c.is_ascii_digit() || (matches!(c, '.' | '/') && matches!(pieces.last(), Some(Piece::Subscript(_))));
        if number && after_symbol {
            push(&mut pieces, Piece::Subscript(c.into()));
        } else {
            push(&mut pieces, Piece::Plain(c.into()));
            after_symbol = c.is_alphabetic() || matches!(c, ')' | ']');
        }
    }
    pieces
}

fn space_group_pieces(symbol: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let spaced = symbol.trim().contains(' ');
    let mut parts: Vec<&str> = symbol.split_whitespace().collect();
    // The full monoclinic symbol with the unique axis b: `P 1 21/c 1` is P2₁/c.
    if let [_, "1", axis, "1"] = parts.as_slice()
        && *axis != "1"
    {
        parts = vec![parts[0], axis];
    }
    for part in parts {
        let mut chars = part.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied().filter(char::is_ascii_digit);
            match (c, next) {
                ('-', Some(digit)) => {
                    push(&mut pieces, Piece::Barred(digit.into()));
                    chars.next();
                }
                (axis, Some(screw)) if spaced && axis.is_ascii_digit() && ('1'..axis).contains(&screw) => {
                    push(&mut pieces, Piece::Plain(axis.into()));
                    push(&mut pieces, Piece::Subscript(screw.into()));
                    chars.next();
                }
                (c, _) => push(&mut pieces, Piece::Plain(c.into())),
            }
        }
    }
    pieces
}

fn hkl_pieces(hkl: [i32; 3]) -> Vec<Piece> {
    let wide = hkl.iter().any(|index| index.abs() > 9);
    let mut pieces = Vec::new();
    for (i, index) in hkl.iter().enumerate() {
        if wide && i > 0 {
            push(&mut pieces, Piece::Plain("\u{2009}".into()));
        }
        let digits = index.unsigned_abs().to_string();
        push(&mut pieces, if *index < 0 { Piece::Barred(digits) } else { Piece::Plain(digits) });
    }
    pieces
}

/// Appends a piece, joining it with the last one where both are set alike.
fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), piece) {
        (Some(Piece::Plain(last)), Piece::Plain(next)) | (Some(Piece::Subscript(last)), Piece::Subscript(next)) => {
            last.push_str(&next);
        }
        (_, piece) => pieces.push(piece),
    }
}

fn text_of(pieces: &[Piece]) -> String {
    let subscript = |c: char| c.to_digit(10).and_then(|d| char::from_u32('₀' as u32 + d)).unwrap_or(c);
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Plain(text) => text.clone(),
            Piece::Subscript(text) => text.chars().map(subscript).collect(),
            Piece::Barred(text) => text.chars().flat_map(|c| [c, OVERLINE]).collect(),
        })
        .collect()
}

fn html_of(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Plain(text) => escaped(text),
            Piece::Subscript(text) => format!("<sub>{}</sub>", escaped(text)),
            Piece::Barred(text) => format!("<span class=\"bar\">{}</span>", escaped(text)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas() {
        assert_eq!(formula_text("LiGe2(PO4)3"), "LiGe₂(PO₄)₃");
        assert_eq!(formula_text("Li1.5Al0.5Ge1.5(PO4)3"), "Li₁.₅Al₀.₅Ge₁.₅(PO₄)₃");
        assert_eq!(formula_text("CaSO4·2H2O"), "CaSO₄·2H₂O");
        assert_eq!(formula_html("Al(PO3)3"), "Al(PO<sub>3</sub>)<sub>3</sub>");
    }

    #[test]
    fn names_of_states() {
        for (name, text) in [
            ("Ge4+", "Ge⁴⁺"),
            ("Li+", "Li⁺"),
            ("Bi2O3", "Bi₂O₃"),
            ("C-C, C-H", "C–C, C–H"),
            ("O-C=O", "O–C=O"),
            ("Al-OH", "Al–OH"),
            ("Bi metal", "Bi metal"),
            ("phosphate", "phosphate"),
            ("P-O-P", "P–O–P"),
            ("-", "-"),
            ("", ""),
        ] {
            assert_eq!(state_text(name), text);
        }
    }

    #[test]
    fn a_name_may_begin_with_its_formula() {
        let split = |formula, name| {
            let (formula, remark) = formula_and_remark(formula, name);
            format!("{formula}|{remark}")
        };
        assert_eq!(split("Li Ge2 P3 O12", "LiGe2(PO4)3, LGP (NASICON type)"), "LiGe2(PO4)3|LGP (NASICON type)");
        assert_eq!(split("Co3 O4", "Co3O4 (spinel)"), "Co3O4|spinel");
        assert_eq!(split("Ca F2", "CaF2"), "CaF2|");
        assert_eq!(split("Si", "silicon"), "Si|silicon");
        assert_eq!(split("C", "carbon, diamond"), "C|carbon, diamond");
        assert_eq!(split("B2 O3", "B2O3-I"), "B2O3|B2O3-I");
        assert_eq!(split("not a formula", "x"), "not a formula|x");
        assert_eq!(formula_text("LiNi1/3Co1/3O2"), "LiNi₁/₃Co₁/₃O₂");
    }

    #[test]
    fn space_groups() {
        assert_eq!(space_group_text("P 1 21/c 1"), "P2₁/c");
        assert_eq!(space_group_text("P 1 1 21/b"), "P112₁/b");
        assert_eq!(space_group_text("R-3c"), "R3\u{305}c");
        assert_eq!(space_group_text("P 21/n"), "P2₁/n");
        assert_eq!(space_group_text("P 3 2 1"), "P321");
        assert_eq!(space_group_text("P321"), "P321");
        assert_eq!(space_group_html("F m -3 m"), "Fm<span class=\"bar\">3</span>m");
    }

    #[test]
    fn indices() {
        assert_eq!(hkl_text([1, -1, 0]), "11\u{305}0");
        assert_eq!(hkl_text([1, 0, -10]), "1\u{2009}0\u{2009}1\u{305}0\u{305}");
        assert_eq!(hkl_html([0, 0, 6]), "006");
        assert_eq!(hkl_plain([1, -1, 0]), "1 -1 0");
    }

    #[test]
    fn a_hostile_formula_stays_text() {
        assert_eq!(formula_html("<b>2"), "&lt;b&gt;2");
    }
}
