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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::StructureSource;

    /// `Li Ge2 P3 O12` as elements with counts.
    fn parts(formula: &str) -> Vec<(String, f64)> {
        formula
            .split(' ')
            .map(|part| {
                let digits = part.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(part.len());
                (part[..digits].to_owned(), part[digits..].parse().unwrap_or(1.0))
            })
            .collect()
    }

    #[test]
    fn sites_times_multiplicity_make_the_stated_formula() {
        // Closed form: atoms per cell = formula units x stated count, to the 1.5 % of rounded occupancies.
        for phase in crystals::phases() {
            let structure = structure(phase).unwrap();
            let stated = parts(phase.formula);
            let found = structure.composition();
            assert_eq!(found.len(), stated.len(), "{}", phase.id);
            for (symbol, count) in stated {
                let expected = count * f64::from(phase.formula_units);
                let atoms = found.iter().find(|(own, _)| *own == symbol).map_or(0.0, |(_, atoms)| *atoms);
                assert!((atoms / expected - 1.0).abs() < 0.015, "{}: {symbol} {atoms}, expected {expected}", phase.id);
            }
        }
    }

    #[test]
    fn densities_and_distances_are_possible() {
        // Bounds of nature: tungsten and platinum metals are densest, no bond but O-H is shorter than 1.15 angstrom.
        // Disordered structures place alternatives closer than that.
        const DISORDERED: [&str; 3] = ["Bi2O3-delta", "mullite", "LiMn2O4"];
        for phase in crystals::phases() {
            let structure = structure(phase).unwrap();
            let density = structure.density_g_cm3();
            assert!((1.5..22.0).contains(&density), "{}: {density} g/cm3", phase.id);
            let hydrogen = structure.elements().contains(&"H");
            let shortest = if hydrogen { 0.75 } else { 1.15 };
            let distance = structure.shortest_distance_angstrom();
            assert!(distance > shortest || DISORDERED.contains(&phase.id), "{}: {distance} angstrom", phase.id);
        }
    }

    #[test]
    fn nothing_had_to_be_repaired() {
        for phase in crystals::phases() {
            let structure = structure(phase).unwrap();
            for warning in &structure.warnings {
                let expected = warning.starts_with("no displacement given") || phase.notes.contains(&warning.as_str());
                assert!(expected, "{}: {warning}", phase.id);
            }
        }
    }

    #[test]
    fn identifiers_are_found_whatever_their_case_and_unknown_ones_are_named() {
        assert_eq!(built_in("lige2p3o12").unwrap().id, "LiGe2P3O12");
        assert!(matches!(built_in("Si").unwrap().source, StructureSource::BuiltIn { .. }));
        assert!(built_in("unobtainium").unwrap_err().to_string().contains("unobtainium"));
    }
}
