//! The built-in reference set as crystal structures.

use doublet_reference_patterns::crystals::{self, Phase, PublishedDisplacement};

use super::symmetry::hall;
use super::{CrystalStructure, Displacement, Draft, Site, StructureSource, UnitCell};
use crate::error::{Error, Result};

/// The built-in phase of this identifier.
///
/// # Errors
/// [`Error::Structure`] if there is none.
pub fn built_in(id: &str) -> Result<CrystalStructure> {
    let phase = crystals::phase(id).ok_or_else(|| Error::Structure {
        name: id.into(),
        message: "no built-in phase has this id; `doublet references list` names them".into(),
    })?;
    structure(phase)
}

/// Every built-in phase, in the order of the set.
///
/// # Errors
/// As [`built_in`]; a test keeps every phase readable.
pub fn built_in_all() -> Result<Vec<CrystalStructure>> {
    crystals::phases().iter().map(structure).collect()
}

fn structure(phase: &Phase) -> Result<CrystalStructure> {
    let refuse = |message: String| Error::Structure { name: phase.id.into(), message };
    let [a, b, c, alpha, beta, gamma] = phase.cell.map(|constant| constant.value);
    let cell = UnitCell::new([a, b, c], [alpha, beta, gamma]).map_err(refuse)?;
    let group = hall(phase.hall).map_err(refuse)?;
    let sites = phase
        .sites
        .iter()
        .map(|site| Site {
            label: site.label.into(),
            species: site.species,
            position: site.position,
            occupancy: site.occupancy,
            displacement: match site.displacement {
                PublishedDisplacement::Missing => Displacement::Assumed,
                PublishedDisplacement::Isotropic(u_angstrom2) => Displacement::Isotropic { u_angstrom2 },
                PublishedDisplacement::Anisotropic(u_angstrom2) => Displacement::Anisotropic { u_angstrom2 },
            },
            multiplicity: 1,
        })
        .collect();
    CrystalStructure::from_draft(Draft {
        id: phase.id.into(),
        name: phase.name.into(),
        cards: phase.cards.iter().map(|card| (*card).into()).collect(),
        formula: Some(phase.formula.into()),
        space_group: phase.hermann_mauguin.into(),
        cell,
        cell_sigma: phase.cell.map(|constant| constant.sigma),
        operations: group.operations().to_vec(),
        sites,
        source: StructureSource::BuiltIn {
            citation: phase.citation.into(),
            database_ids: phase.database_ids.iter().map(|id| (*id).into()).collect(),
            licence: phase.licence.into(),
        },
        model: phase.model.map(Into::into),
        warnings: phase.notes.iter().map(|note| (*note).into()).collect(),
    })
}
