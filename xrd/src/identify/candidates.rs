//! Candidates: built-in phases and structures of the user, narrowed by elements and by name.

use doublet_reference_patterns::crystals::{self, Phase};
use doublet_reference_patterns::elements;

use crate::error::{Error, Result};
use crate::recipe::IdentificationChoice;
use crate::structure::{CrystalStructure, StructureSource, built_in};

use super::composition::{same_composition, similar};

/// Names suggested for one that is not known.
const SUGGESTIONS: usize = 5;

/// A phase that may be in the sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its structure.
    pub structure: CrystalStructure,
    /// Names beside [`CrystalStructure::name`]: mineral, cards.
    pub other_names: Vec<String>,
    /// Powder diffraction cards and database numbers.
    pub references: Vec<String>,
    /// Paper of the structure; empty if the source names none.
    pub citation: String,
}

/// The candidates of one analysis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CandidateSet {
    /// Candidates, built-in ones first.
    pub list: Vec<Candidate>,
    /// The whole built-in set, for claims about phases that are not candidates.
    pub known: Vec<Candidate>,
    /// What was left out and why.
    pub warnings: Vec<String>,
}

impl Candidate {
    /// A built-in phase.
    fn built_in(phase: &Phase) -> Result<Self> {
        let structure = built_in(phase.id)?;
        let mut references: Vec<String> = phase.cards.iter().map(|card| (*card).to_owned()).collect();
        references.extend(phase.database_ids.iter().map(|id| (*id).to_owned()));
        let mut other_names: Vec<String> = phase.mineral.iter().map(|name| (*name).to_owned()).collect();
        other_names.extend(phase.cards.iter().map(|card| (*card).to_owned()));
        Ok(Self { structure, other_names, references, citation: phase.citation.into() })
    }

    /// Id of its structure.
    pub fn id(&self) -> &str {
        &self.structure.id
    }

    /// Whether `text` is its id, name, mineral name, card or formula.
    pub fn is_called(&self, text: &str) -> bool {
        let text = text.trim();
        let same = |name: &str| name.eq_ignore_ascii_case(text);
        same(&self.structure.id)
            || same(&self.structure.name)
            || self.other_names.iter().any(|name| same(name))
            || same_composition(text, &self.structure.formula)
    }

    /// Elements of it that are not in `allowed`.
    pub(crate) fn foreign_elements(&self, allowed: &[String]) -> Vec<&'static str> {
        let known = |symbol: &&str| !allowed.iter().any(|a| a.trim().eq_ignore_ascii_case(symbol));
        self.structure.elements().into_iter().filter(known).collect()
    }
}

impl From<CrystalStructure> for Candidate {
    fn from(structure: CrystalStructure) -> Self {
        let (references, citation) = match &structure.source {
            StructureSource::BuiltIn { citation, database_ids, .. } => (database_ids.clone(), citation.clone()),
            StructureSource::Cif { file, block, citation, database_ids } => {
                let mut references = vec![format!("{file}, data_{block}")];
                references.extend(database_ids.iter().cloned());
                (references, citation.clone().unwrap_or_default())
            }
        };
        Self { structure, other_names: Vec::new(), references, citation }
    }
}

/// Candidates of a recipe: the built-in set (or what it names of it) and `own` structures of the user, without those that
/// hold an element which the recipe excludes.
///
/// # Errors
/// [`Error::Recipe`] for an unknown element or phase, with what is spelled alike; what [`built_in`] refuses.
pub fn candidates(choice: &IdentificationChoice, own: Vec<CrystalStructure>) -> Result<CandidateSet> {
    check_elements(&choice.elements)?;
    let known: Vec<Candidate> = crystals::phases().iter().map(Candidate::built_in).collect::<Result<_>>()?;
    let mut warnings = Vec::new();
    let mut list: Vec<Candidate> = Vec::new();
    if choice.phases.is_empty() {
        list.extend(known.iter().cloned());
    } else {
        for name in &choice.phases {
            let called: Vec<&Candidate> = known.iter().filter(|candidate| candidate.is_called(name)).collect();
            if called.is_empty() {
                return Err(unknown_phase(name, &known));
            }
            for candidate in called {
                if !list.contains(candidate) {
                    list.push(candidate.clone());
                }
            }
        }
    }
    for candidate in own.into_iter().map(Candidate::from) {
        if list.iter().any(|other| other.id() == candidate.id()) {
            warnings.push(format!("{}: the CIF replaces the built-in structure of this id", candidate.id()));
            list.retain(|other| other.id() != candidate.id());
        }
        list.push(candidate);
    }
    if !choice.elements.is_empty() {
        let named = !choice.phases.is_empty();
        list.retain(|candidate| {
            let foreign = candidate.foreign_elements(&choice.elements);
            let asked_for = named || matches!(candidate.structure.source, StructureSource::Cif { .. });
            if !foreign.is_empty() && asked_for {
                warnings.push(format!(
                    "{} left out: {} is not among the elements {}",
                    candidate.id(),
                    foreign.join(", "),
                    choice.elements.join(", ")
                ));
            }
            foreign.is_empty()
        });
    }
    Ok(CandidateSet { list, known, warnings })
}

fn check_elements(symbols: &[String]) -> Result<()> {
    match symbols.iter().find(|symbol| elements::by_symbol(symbol.trim()).is_none()) {
        Some(symbol) => Err(Error::Recipe(format!("identification.elements: \"{symbol}\", expected element symbols"))),
        None => Ok(()),
    }
}

/// The error for a name that no phase has.
pub(crate) fn unknown_phase(name: &str, known: &[Candidate]) -> Error {
    let names = known.iter().flat_map(|candidate| {
        let structure = &candidate.structure;
        [structure.id.as_str(), structure.name.as_str(), structure.formula.as_str()]
            .into_iter()
            .chain(candidate.other_names.iter().map(String::as_str))
    });
    let near = similar(name.trim(), names, SUGGESTIONS);
    let advice = if near.is_empty() {
        "`doublet references list` names what is built in; a structure of your own is given as a CIF".to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    Error::Recipe(format!("no phase is called \"{name}\"; {advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_an_error_with_suggestions() {
        let choice = IdentificationChoice { phases: vec!["LiGe3(PO4)3x".into()], ..Default::default() };
        let text = candidates(&choice, Vec::new()).unwrap_err().to_string();
        assert!(text.contains("LiGe3(PO4)3x") && (text.contains("did you mean") || text.contains("references list")));
    }

    #[test]
    fn elements_narrow_and_are_checked() {
        let of = |elements: &[&str]| {
            let elements = elements.iter().map(|e| (*e).to_owned()).collect();
            candidates(&IdentificationChoice { elements, ..Default::default() }, Vec::new())
        };
        let set = of(&["Li", "Ge", "P", "O"]).unwrap();
        assert!(!set.list.is_empty() && set.list.len() < set.known.len());
        assert!(set.list.iter().all(|c| !c.structure.elements().contains(&"Al")));
        assert!(of(&["Xx"]).unwrap_err().to_string().contains("Xx"));
    }

    #[test]
    fn formula_and_mineral_name_select() {
        let choice = IdentificationChoice { phases: vec!["LiGe2(PO4)3".into()], ..Default::default() };
        let set = candidates(&choice, Vec::new()).unwrap();
        assert!(!set.list.is_empty() && set.list.len() < set.known.len(), "{}", set.list.len());
    }
}
