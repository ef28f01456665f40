//! Published crystal structures of phases that powder diffraction of ceramics, battery materials and standards meets.
//!
//! The files under `phases/` are the source: one stanza per phase, read by [`stanza`]'s grammar (see there). A stanza
//! that describes a model, not a refined structure, says so in its `model` line. Sites hold neutral atoms throughout: the
//! papers rarely say which scattering factors they took, and beyond 20° the difference to ions is small.

mod stanza;

use std::sync::OnceLock;

use serde::Serialize;

use crate::elements::Species;

/// A published number with its standard uncertainty, where the paper gives one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Published {
    /// Value.
    pub value: f64,
    /// Standard uncertainty.
    pub sigma: Option<f64>,
}

/// Displacement of a site as published, in Å².
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum PublishedDisplacement {
    /// Not given.
    Missing,
    /// U or equivalent U.
    Isotropic(f64),
    /// U11, U22, U33, U12, U13, U23.
    Anisotropic([f64; 6]),
}

/// One site of the asymmetric unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhaseSite {
    /// Label of the paper.
    pub label: &'static str,
    /// Atom or ion.
    pub species: Species,
    /// Fractional coordinates.
    pub position: [f64; 3],
    /// Share of the site that this species occupies.
    pub occupancy: f64,
    /// Displacement.
    pub displacement: PublishedDisplacement,
}

/// One phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Phase {
    /// Short stable identifier, unique in the set.
    pub id: &'static str,
    /// Name.
    pub name: &'static str,
    /// Formula of one formula unit, elements with counts (`Li Ge2 P3 O12`).
    pub formula: &'static str,
    /// Mineral name.
    pub mineral: Option<&'static str>,
    /// Powder diffraction cards of the same phase, as other papers cite them.
    pub cards: Vec<&'static str>,
    /// Hermann–Mauguin symbol with spaces.
    pub hermann_mauguin: &'static str,
    /// Hall symbol of the very setting and origin in which the coordinates are given.
    pub hall: &'static str,
    /// a, b, c in Å and α, β, γ in degrees.
    pub cell: [Published; 6],
    /// Formula units per cell.
    pub formula_units: u32,
    /// Sites of the asymmetric unit.
    pub sites: Vec<PhaseSite>,
    /// Paper.
    pub citation: &'static str,
    /// Numbers in open databases (`AMCSD 16403`, `COD 1008510`).
    pub database_ids: Vec<&'static str>,
    /// Terms under which the source gives the data.
    pub licence: &'static str,
    /// What makes this a model and not a refined structure.
    pub model: Option<&'static str>,
    /// Remarks.
    pub notes: Vec<&'static str>,
}

/// Files compiled in: family and text.
const FILES: [(&str, &str); 9] = [
    ("phosphates", include_str!("phases/phosphates.txt")),
    ("germanium-bismuth", include_str!("phases/germanium-bismuth.txt")),
    ("lithium-borates", include_str!("phases/lithium-borates.txt")),
    ("electrodes", include_str!("phases/electrodes.txt")),
    ("silica", include_str!("phases/silica.txt")),
    ("oxides", include_str!("phases/oxides.txt")),
    ("minerals", include_str!("phases/minerals.txt")),
    ("halides", include_str!("phases/halides.txt")),
    ("elements", include_str!("phases/elements.txt")),
];

/// Every phase, in file order.
pub fn phases() -> &'static [Phase] {
    static PHASES: OnceLock<Vec<Phase>> = OnceLock::new();
    PHASES.get_or_init(|| FILES.iter().flat_map(|(_, text)| stanza::read(text).unwrap_or_default()).collect())
}

/// The phase of this identifier, whatever its case.
pub fn phase(id: &str) -> Option<&'static Phase> {
    phases().iter().find(|phase| phase.id.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_parses_and_identifiers_are_unique() {
        for (family, text) in FILES {
            if let Err(message) = stanza::read(text) {
                panic!("{family}: {message}");
            }
        }
        let mut ids: Vec<String> = phases().iter().map(|phase| phase.id.to_lowercase()).collect();
        ids.sort();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count, "an identifier is used twice");
    }

    #[test]
    fn every_phase_says_where_it_comes_from() {
        for phase in phases() {
            let id = phase.id;
            assert!(!phase.citation.is_empty() && !phase.licence.is_empty() && !phase.name.is_empty(), "{id}");
            assert!(phase.model.is_some() || !phase.database_ids.is_empty(), "{id}: neither database id nor model");
            assert!(!phase.sites.is_empty() && phase.formula_units > 0, "{id}");
        }
    }
}
