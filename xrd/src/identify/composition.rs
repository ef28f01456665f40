//! Chemical formulas as people type them, compared by composition: `GeO2`, `Li Ge2 P3 O12`, `LiGe2(PO4)3`.

use std::collections::BTreeMap;

use doublet_reference_patterns::elements;

/// Longest text that is tried as a formula.
const MAX_CHARS: usize = 200;
/// Largest difference of two element fractions that are called equal.
const SAME_FRACTION: f64 = 2e-3;

/// Element fractions of a formula, adding up to 1; none if the text is no formula.
pub(crate) fn composition(text: &str) -> Option<BTreeMap<&'static str, f64>> {
    let characters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    if characters.is_empty() || characters.len() > MAX_CHARS {
        return None;
    }
    let mut stack: Vec<BTreeMap<&'static str, f64>> = vec![BTreeMap::new()];
    let mut at = 0;
    while at < characters.len() {
        match characters[at] {
            '(' | '[' => {
                stack.push(BTreeMap::new());
                at += 1;
            }
            ')' | ']' => {
                let group = stack.pop()?;
                at += 1;
                let count = number(&characters, &mut at);
                let outer = stack.last_mut()?;
                for (symbol, n) in group {
                    *outer.entry(symbol).or_insert(0.0) += n * count;
                }
            }
            _ => {
                let symbol = symbol(&characters, &mut at)?;
                let count = number(&characters, &mut at);
                *stack.last_mut()?.entry(symbol).or_insert(0.0) += count;
            }
        }
    }
    let counts = stack.pop().filter(|_| stack.is_empty())?;
    let total: f64 = counts.values().sum();
    (total > 0.0).then(|| counts.into_iter().map(|(symbol, n)| (symbol, n / total)).collect())
}

/// Whether two formulas have the same element fractions.
pub(crate) fn same_composition(a: &str, b: &str) -> bool {
    let (Some(a), Some(b)) = (composition(a), composition(b)) else { return false };
    a.len() == b.len() && a.iter().all(|(symbol, n)| b.get(symbol).is_some_and(|m| (n - m).abs() < SAME_FRACTION))
}

fn symbol(characters: &[char], at: &mut usize) -> Option<&'static str> {
    let first = characters.get(*at).filter(|c| c.is_ascii_uppercase())?;
    if let Some(second) = characters.get(*at + 1).filter(|c| c.is_ascii_lowercase()) {
        let element = elements::by_symbol(&format!("{first}{second}"))?;
        *at += 2;
        return Some(element.symbol);
    }
    let element = elements::by_symbol(&first.to_string())?;
    *at += 1;
    Some(element.symbol)
}

/// A count; 1 where none stands.
fn number(characters: &[char], at: &mut usize) -> f64 {
    let digits: String = characters[*at..].iter().take_while(|c| c.is_ascii_digit() || **c == '.').collect();
    *at += digits.len();
    digits.parse().unwrap_or(1.0)
}

/// Those of `names` that are spelled most like `wanted`, at most `most` of them.
pub(crate) fn similar<'a>(wanted: &str, names: impl Iterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut near: Vec<(usize, &str)> = names
        .map(|name| {
            let lower = name.to_lowercase();
            let contained = !wanted.is_empty() && lower.contains(&wanted);
            (if contained { 0 } else { edit_distance(&wanted, &lower) }, name)
        })
        .filter(|(distance, name)| *distance <= wanted.len().max(name.len()) / 2)
        .collect();
    near.sort();
    near.dedup();
    near.into_iter().take(most).map(|(_, name)| name).collect()
}

/// Levenshtein distance.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_spaces_do_not_matter() {
        assert!(same_composition("LiGe2(PO4)3", "Li Ge2 P3 O12"));
        assert!(same_composition("Al(PO3)3", "Al P3 O9"));
        assert!(same_composition("Bi12.8 O19.2", "Bi2O3"));
        assert!(!same_composition("GeO2", "SiO2"));
        assert!(!same_composition("corundum", "Al2O3"));
        assert!(composition("Co").is_some_and(|c| c.contains_key("Co")));
        assert!(composition("(GeO2").is_none() && composition("GeO2)").is_none() && composition("").is_none());
    }

    #[test]
    fn misspelled_names_find_their_neighbours() {
        // Truth: Levenshtein 1966, "kitten" to "sitting" is 3.
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(similar("corundm", ["corundum", "zincite", "fluorite"].into_iter(), 2), ["corundum"]);
    }
}
