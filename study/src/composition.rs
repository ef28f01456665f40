//! Chemical formulas and compositions.

use std::collections::BTreeMap;
use std::str::FromStr;

use doublet_reference_patterns::elements::by_symbol;

/// Deepest brackets of a formula.
const MAX_DEPTH: usize = 8;
/// Longest formula.
const MAX_LENGTH: usize = 200;

/// Numbers of atoms by element.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Formula(pub(crate) BTreeMap<&'static str, f64>);

impl Formula {
    /// Mass of one formula unit in g/mol.
    pub(crate) fn mass_g_mol(&self) -> f64 {
        self.0.iter().filter_map(|(symbol, n)| Some(n * by_symbol(symbol)?.mass_g_mol)).sum()
    }

    /// Atoms of one element.
    pub(crate) fn atoms(&self, symbol: &str) -> f64 {
        self.0.get(symbol).copied().unwrap_or(0.0)
    }

    /// The element of which there is most; oxygen first, since a framework's oxygen is what a substitution leaves alone.
    pub(crate) fn framework(&self) -> Option<&'static str> {
        if self.atoms("O") > 0.0 {
            return Some("O");
        }
        self.0.iter().max_by(|a, b| a.1.total_cmp(b.1)).map(|(symbol, _)| *symbol)
    }
}

impl FromIterator<(&'static str, f64)> for Formula {
    fn from_iter<I: IntoIterator<Item = (&'static str, f64)>>(atoms: I) -> Self {
        let mut formula = Self::default();
        for (symbol, n) in atoms {
            *formula.0.entry(symbol).or_insert(0.0) += n;
        }
        formula
    }
}

impl FromStr for Formula {
    type Err = String;

    /// Reads `Li1.5Al0.5Ge1.5(PO4)3`; blanks are passed over.
    fn from_str(text: &str) -> Result<Self, String> {
        let letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
        if letters.is_empty() || letters.len() > MAX_LENGTH {
            return Err(format!("\"{text}\", expected a formula such as Li1.5Al0.5Ge1.5(PO4)3"));
        }
        let mut reader = Reader { letters: &letters, at: 0 };
        let formula = reader.group(0).map_err(|fault| format!("\"{text}\": {fault}"))?;
        if reader.at < letters.len() {
            return Err(format!("\"{text}\": a bracket is closed that was not opened"));
        }
        Ok(formula)
    }
}

struct Reader<'a> {
    letters: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn group(&mut self, depth: usize) -> Result<Formula, String> {
        if depth > MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} brackets in each other"));
        }
        let mut formula = Formula::default();
        while let Some(letter) = self.letters.get(self.at).copied() {
            match letter {
                ')' | ']' => return if depth > 0 { Ok(formula) } else { Err("a bracket is not opened".into()) },
                '(' | '[' => {
                    self.at += 1;
                    let inner = self.group(depth + 1)?;
                    if !matches!(self.letters.get(self.at), Some(')' | ']')) {
                        return Err("a bracket is not closed".into());
                    }
                    self.at += 1;
                    let times = self.number()?;
                    inner.0.into_iter().for_each(|(symbol, n)| *formula.0.entry(symbol).or_insert(0.0) += n * times);
                }
                _ => {
                    let symbol = self.element()?;
                    *formula.0.entry(symbol).or_insert(0.0) += self.number()?;
                }
            }
        }
        Ok(formula)
    }

    fn element(&mut self) -> Result<&'static str, String> {
        let long: String = self.letters[self.at..].iter().take(2).collect();
        let short: String = long.chars().take(1).collect();
        for symbol in [long, short.clone()] {
            if let Some(element) = by_symbol(&symbol).filter(|element| element.symbol == symbol) {
                self.at += symbol.chars().count();
                return Ok(element.symbol);
            }
        }
        let rest: String = self.letters[self.at..].iter().take(3).collect();
        Err(format!("no element at \"{rest}\""))
    }

    /// A number, 1 if there is none.
    fn number(&mut self) -> Result<f64, String> {
        let digits: String = self.letters[self.at..].iter().take_while(|c| c.is_ascii_digit() || **c == '.').collect();
        if digits.is_empty() {
            return Ok(1.0);
        }
        self.at += digits.len();
        digits.parse().map_err(|_| format!("\"{digits}\" is no number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_counted() {
        // Truth: counted by hand; molar mass of LiGe2(PO4)3 from IUPAC masses: 6.94 + 2·72.630 + 3·94.971 = 437.11.
        let formula: Formula = "Li1.5 Al0.5Ge1.5(PO4)3".parse().unwrap();
        assert_eq!((formula.atoms("O"), formula.atoms("Li"), formula.atoms("P")), (12.0, 1.5, 3.0));
        let mass = "LiGe2(PO4)3".parse::<Formula>().unwrap().mass_g_mol();
        assert!((mass - 437.11).abs() < 0.05, "{mass}");
        for text in ["", "(PO4", "PO4)", "Qq", "Li1.2.3", "()()))"] {
            assert!(text.parse::<Formula>().is_err(), "{text}");
        }
    }
}
