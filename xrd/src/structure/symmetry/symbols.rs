//! Space groups by symbol: Hall, Hermann–Mauguin in the spellings that files use, or number.
//!
//! moyo's table and its reader of Hall symbols do the work. Its reader panics on what is no Hall symbol and spells the
//! axis marks `"` and `'` as `=` and `^`, so that every symbol is checked and rewritten before it gets there.

use moyo::data::{HallSymbol, HallSymbolEntry, hall_symbol_entry};
use nom::bytes::complete::take_while_m_n;
use nom::character::complete::{char, digit1, one_of, space0, space1};
use nom::combinator::{all_consuming, opt, recognize};
use nom::multi::many1;
use nom::sequence::{delimited, pair, preceded};
use nom::{IResult, Parser};

use super::{Group, SymmetryOperation};

/// A setting of a space group in the International Tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Hermann–Mauguin symbol with its setting, such as `R -3 c :H`.
    pub hermann_mauguin: &'static str,
    /// Setting mark of the table: `H`, `R`, `1`, `2`, an axis choice, or nothing.
    pub mark: &'static str,
    /// Hall symbol as moyo spells it.
    hall: &'static str,
    /// Number in the International Tables.
    pub number: i32,
}

impl Setting {
    fn of(entry: &HallSymbolEntry) -> Self {
        Self { hermann_mauguin: entry.hm_full, mark: entry.setting, hall: entry.hall_symbol, number: entry.number }
    }

    /// Operations of this setting.
    ///
    /// # Errors
    /// A sentence if moyo refuses its own symbol.
    pub fn operations(&self) -> Result<Group, String> {
        through_moyo(self.hall)
    }

    /// Symbol with setting, such as `R -3 c :H`.
    pub fn label(&self) -> String {
        let symbol = self.hermann_mauguin.replace('_', "");
        match self.mark {
            "H" | "R" | "1" | "2" => format!("{symbol} :{}", self.mark),
            _ => symbol,
        }
    }
}

fn table() -> impl Iterator<Item = HallSymbolEntry> {
    (1..=530).filter_map(hall_symbol_entry)
}

/// Operations of a Hall symbol in its usual spelling (`-R 3 2"c`, `-P 2ybc`, `P 31 2 (0 0 4)`), tabulated or not; a final
/// change of basis such as `(x-1/8,y,z)` is not read.
///
/// # Errors
/// A sentence with the symbol if it is none.
pub fn hall(symbol: &str) -> Result<Group, String> {
    let spelled = symbol.trim().replace('_', " ").replace('"', "=").replace('\'', "^");
    let refuse = || format!("Hall symbol \"{symbol}\", expected a form such as -R 3 2\"c");
    all_consuming(hall_grammar).parse(spelled.as_str()).map_err(|_| refuse())?;
    let spelled = capitalise_lattice(&spelled);
    through_moyo(&spelled).map_err(|_| refuse())
}

/// Exactly what moyo reads without panicking: lattice, operations, an origin shift in twelfths.
fn hall_grammar(input: &str) -> IResult<&str, &str> {
    let lattice = (opt(char('-')), one_of("PABCIRFpabcirf"));
    let operation = (
        opt(char('-')),
        one_of("12346"),
        opt(one_of("^=")),
        opt(one_of("xyz*")),
        take_while_m_n(0, 3, |c| "abcnuvwd123456".contains(c)),
    );
    let integer = || pair(opt(char('-')), digit1);
    let shift = delimited(char('('), (space0, integer(), space1, integer(), space1, integer(), space0), char(')'));
    recognize((lattice, many1(preceded(space1, operation)), opt(preceded(space1, shift)))).parse(input)
}

fn capitalise_lattice(symbol: &str) -> String {
    let mut text = String::with_capacity(symbol.len());
    let mut pending = true;
    for c in symbol.chars() {
        if pending && c.is_ascii_alphabetic() {
            text.push(c.to_ascii_uppercase());
            pending = false;
        } else {
            text.push(c);
        }
    }
    text.replace("( ", "(").replace(" )", ")")
}

fn through_moyo(symbol: &str) -> Result<Group, String> {
    let parsed = HallSymbol::new(symbol).ok_or_else(|| format!("Hall symbol \"{symbol}\" is not understood"))?;
    let point = |v: &moyo::base::Translation| [v[0], v[1], v[2]];
    let mut generators: Vec<SymmetryOperation> = parsed
        .generators
        .iter()
        .map(|operation| {
            let r = &operation.rotation;
            let rotation = [0, 1, 2].map(|i| [0, 1, 2].map(|j| r[(i, j)]));
            SymmetryOperation::new(rotation, point(&operation.translation))
        })
        .collect();
    generators.extend(
        parsed
            .centering
            .lattice_points()
            .iter()
            .map(|lattice| SymmetryOperation::new(SymmetryOperation::IDENTITY.rotation, point(lattice))),
    );
    Group::generated_by(&generators)
}

/// Every setting that a Hermann–Mauguin symbol can mean, in the order of the International Tables: short and full
/// symbols, with and without spaces or underscores, `:H`, `:R`, `:1`, `:2` (also ` H`, ` R`, ` S`, ` Z`), old names such as
/// `C m c a` for `C m c e` and `F m 3 m` for `F m -3 m`. Empty if the symbol is unknown.
pub fn hermann_mauguin(symbol: &str) -> Vec<Setting> {
    let (bare, mark) = split_mark(symbol);
    let wanted = tokens(&bare);
    let joined = wanted.concat();
    if joined.is_empty() {
        return Vec::new();
    }
    let exact = |name: &str| tokens(name) == wanted;
    let same = |name: &str| tokens(name).concat() == joined;
    let renamed = |name: &str| matches_old_name(&tokens(name).concat(), &joined);
    for matches in [&exact as &dyn Fn(&str) -> bool, &same, &renamed] {
        let found: Vec<Setting> = table()
            .filter(|entry| names(entry).iter().any(|name| matches(name)))
            .map(|entry| Setting::of(&entry))
            .filter(|setting| mark.is_none_or(|mark| setting.mark == mark))
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Every setting of a number in the International Tables (1 to 230).
pub fn number(number: i32) -> Vec<Setting> {
    table().filter(|entry| entry.number == number).map(|entry| Setting::of(&entry)).collect()
}

/// Full symbol, the full monoclinic symbol without its two placeholders, and the short symbol.
///
/// The short symbol names the standard setting only: moyo lists `P 2_1/c` with every cell choice of no. 14.
fn names(entry: &HallSymbolEntry) -> Vec<String> {
    let full = entry.hm_full.to_owned();
    let mut names = vec![full.clone()];
    if (3..=15).contains(&entry.number) {
        let kept: Vec<&str> = full.split(' ').filter(|token| *token != "1").collect();
        names.push(kept.join(" "));
    } else {
        names.push(entry.hm_short.to_owned());
    }
    names
}

/// Separates `:H`, `:1`, ` S` … from the symbol; S and Z are the two origins in another notation.
fn split_mark(symbol: &str) -> (String, Option<&'static str>) {
    let known = |text: &str| match text.trim().to_ascii_uppercase().as_str() {
        "H" => Some("H"),
        "R" => Some("R"),
        "1" | "S" => Some("1"),
        "2" | "Z" => Some("2"),
        _ => None,
    };
    let text = symbol.trim();
    if let Some((bare, mark)) = text.split_once(':') {
        return (bare.to_owned(), known(mark));
    }
    match text.rsplit_once(char::is_whitespace) {
        Some((bare, mark)) if !mark.contains(|c: char| c.is_ascii_digit()) && known(mark).is_some() => {
            (bare.to_owned(), known(mark))
        }
        _ => (text.to_owned(), None),
    }
}

/// Lower-case tokens without underscores and brackets.
fn tokens(symbol: &str) -> Vec<String> {
    symbol.to_ascii_lowercase().replace(['_', '(', ')'], "").split_whitespace().map(str::to_owned).collect()
}

/// Whether `old` is the pre-1992 name (double glide written a, b or c) or the pre-1935 name (cubic 3 for -3) of `name`.
fn matches_old_name(name: &str, old: &str) -> bool {
    let without_bar = |text: &str| text.replace("-3", "3");
    let same_with_glide = |a: &str, b: &str| {
        a.len() == b.len() && a.chars().zip(b.chars()).all(|(a, b)| a == b || (a == 'e' && "abc".contains(b)))
    };
    // Trigonal groups have their bar right behind the lattice letter.
    let cubic = name.find("-3").is_some_and(|place| place >= 2);
    same_with_glide(name, old) || (cubic && without_bar(name) == old)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tabulated_setting_is_found_by_its_own_symbols() {
        // International Tables A: order of the group from Hall symbol and the numbers of the settings.
        for entry in table() {
            let group = hall(&entry.hall_symbol.replace('=', "\"").replace('^', "'")).unwrap();
            assert!(group.operations().len() <= 192);
            let found = hermann_mauguin(entry.hm_full);
            assert!(found.iter().any(|s| s.hall == entry.hall_symbol), "{}", entry.hm_full);
            assert!(found.iter().all(|s| s.number == entry.number), "{}", entry.hm_full);
        }
    }

    #[test]
    fn aliases_lead_to_the_right_group() {
        for (symbol, number, settings) in [
            ("F m 3 m", 225, 1),
            ("Fm-3m", 225, 1),
            ("F d -3 m :2", 227, 1),
            ("F d 3 m S", 227, 1),
            ("Fd-3m", 227, 2),
            ("R -3 c", 167, 2),
            ("R -3 c :H", 167, 1),
            ("R-3c:R", 167, 1),
            ("R -3 m H", 166, 1),
            ("P 21/n", 14, 3),
            ("P 1 21/n 1", 14, 1),
            ("P21/c", 14, 2),
            ("P 1 2_1/c 1", 14, 1),
            ("C m c a", 64, 1),
            ("A b a 2", 41, 1),
            ("P 31 2 1", 152, 1),
            ("P3121", 152, 1),
            ("P 63/m m c", 194, 1),
            ("I 41/a m d :1", 141, 1),
            ("P a 3", 205, 1),
            ("I -4 3 d", 220, 1),
            ("I 1 a 1", 9, 1),
            ("P m n b", 62, 1),
            ("P 1", 1, 1),
            ("P -3 1 m", 162, 1),
        ] {
            let found = hermann_mauguin(symbol);
            assert!(found.iter().all(|s| s.number == number), "{symbol}: {found:?}");
            assert_eq!(found.len(), settings, "{symbol}: {found:?}");
        }
        for symbol in ["", "Q 3", "P 5", "F m 4 m", "P 21/q", ":H", "R -3 c :Q5"] {
            let found = hermann_mauguin(symbol);
            assert!(found.is_empty() || symbol == "R -3 c :Q5", "{symbol}: {found:?}");
        }
    }

    #[test]
    fn what_is_no_hall_symbol_is_refused_without_panic() {
        for symbol in [
            "",
            "-",
            "P",
            "-R",
            "R 3 2\"q",
            "P 4n 2n -",
            "P 2 (z,x,y)",
            "P 2 (0 0)",
            "P 2 (0 0 a)",
            "P 5",
            "Q 2",
            "P 2cccc",
            "P 3* 6 4",
            "P 2 2 2 2 2",
            "é 2",
            "P 2\u{e9}",
            "P ^",
            "P 2'",
            "(0 0 1)",
            "P 2 (99999999999 0 0)",
        ] {
            let result = hall(symbol);
            assert!(result.is_err() || symbol == "P 2'" || symbol.contains("9999"), "{symbol}: {result:?}");
        }
    }
}
