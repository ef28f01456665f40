//! Crystal structures, from the built-in reference set or from any CIF, with symmetry made explicit.

mod builtin;
mod cell;
mod cell_parameters;
pub mod cif;
mod sites;
pub mod symmetry;

use doublet_reference_patterns::elements::{self, Species};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use builtin::{built_in, built_in_all};
pub use cell::{MAX_EDGE_ANGSTROM, MIN_EDGE_ANGSTROM, UnitCell, inverse_d_squared};
pub use cell_parameters::{CELL_NAMES, CellParameter, CellParameters, CellTie};
pub use sites::{SAME_POSITION_ANGSTROM, TOO_CLOSE_ANGSTROM};
pub use symmetry::SymmetryOperation;

use crate::error::{Error, Result};

/// Most sites of an asymmetric unit that are taken for a structure of a powder.
pub const MAX_SITES: usize = 2000;
/// Occupancies of one position may add up to this much more than 1 by rounding.
const OCCUPANCY_EXCESS: f64 = 0.02;
/// Most atoms of a cell that are taken for a structure of a powder.
const MAX_ATOMS: usize = 50_000;
/// Cell constants may contradict the symmetry by this fraction (lengths) or these degrees (angles) before it is an error.
const CELL_MISMATCH: f64 = 0.01;
/// Mean-square displacement taken where a source gives none: U = 0.5 Å²/8π² (B = 0.5 Å²), usual for ceramics at room temperature.
pub const ASSUMED_U_ANGSTROM2: f64 = 0.5 / (8.0 * std::f64::consts::PI * std::f64::consts::PI);

/// Atomic displacement of a site.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Displacement {
    /// Not given by the source; [`ASSUMED_U_ANGSTROM2`] is used.
    Assumed,
    /// One mean-square amplitude.
    Isotropic {
        /// U.
        u_angstrom2: f64,
    },
    /// The tensor in the crystal basis.
    Anisotropic {
        /// U11, U22, U33, U12, U13, U23.
        u_angstrom2: [f64; 6],
    },
}

/// One site of the asymmetric unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Site {
    /// Label in the source.
    pub label: String,
    /// Atom or ion.
    pub species: Species,
    /// Fractional coordinates, exactly on the special position.
    pub position: [f64; 3],
    /// Share of the position that this species occupies.
    pub occupancy: f64,
    /// Displacement.
    pub displacement: Displacement,
    /// Positions per cell.
    pub multiplicity: u32,
}

/// Where a structure comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StructureSource {
    /// The built-in reference set.
    BuiltIn {
        /// Paper.
        citation: String,
        /// Numbers in open databases.
        database_ids: Vec<String>,
        /// Terms of the source.
        licence: String,
    },
    /// A CIF of the user.
    Cif {
        /// File name.
        file: String,
        /// Data block.
        block: String,
        /// Paper as the file gives it.
        citation: Option<String>,
        /// Numbers in databases as the file gives them.
        database_ids: Vec<String>,
    },
}

/// A crystal structure whose symmetry is explicit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CrystalStructure {
    /// Identifier: of the built-in set, or the file's name without extension.
    pub id: String,
    /// Name.
    pub name: String,
    /// Powder diffraction cards of the same phase, as papers cite them.
    pub cards: Vec<String>,
    /// Formula of one formula unit (`Li Ge2 P3 O12`): of the built-in set as published, else from the sites.
    pub formula: String,
    /// Space group as the source names it.
    pub space_group: String,
    /// Unit cell; agrees with the operations exactly.
    pub cell: UnitCell,
    /// Standard uncertainties of a, b, c, α, β, γ, where the source gives them.
    pub cell_sigma: [Option<f64>; 6],
    /// Every operation of the group, identity first, centring included.
    pub operations: Vec<SymmetryOperation>,
    /// Sites of the asymmetric unit.
    pub sites: Vec<Site>,
    /// Source.
    pub source: StructureSource,
    /// What makes this a model and not a refined structure.
    pub model: Option<String>,
    /// What was assumed, corrected or doubted.
    pub warnings: Vec<String>,
}

/// What a source says, before symmetry has been applied.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub id: String,
    pub name: String,
    pub cards: Vec<String>,
    /// As published; from the sites where none is given.
    pub formula: Option<String>,
    pub space_group: String,
    pub cell: UnitCell,
    pub cell_sigma: [Option<f64>; 6],
    pub operations: Vec<SymmetryOperation>,
    pub sites: Vec<Site>,
    pub source: StructureSource,
    pub model: Option<String>,
    pub warnings: Vec<String>,
}

impl CrystalStructure {
    /// Applies the symmetry to a draft: cell made consistent, sites put on their special positions, repetitions dropped.
    pub(crate) fn from_draft(draft: Draft) -> Result<Self> {
        let refuse = |message: String| Error::Structure { name: draft.id.clone(), message };
        let mut warnings = draft.warnings.clone();
        let cell = consistent_cell(&draft.cell, &draft.operations, &mut warnings).map_err(refuse)?;
        let atoms = sites::atoms_per_cell(&draft.sites, &cell, &draft.operations);
        if atoms > MAX_ATOMS {
            return Err(refuse(format!("{atoms} atoms in the cell, expected at most {MAX_ATOMS}")));
        }
        let mut sites = draft.sites.clone();
        sites::settle_all(&mut sites, &cell, &draft.operations, &mut warnings);
        let sites = without_repetitions(sites, &cell, &draft.operations, &mut warnings);
        let assumed: Vec<&str> = sites
            .iter()
            .filter(|site| site.displacement == Displacement::Assumed)
            .map(|site| site.label.as_str())
            .collect();
        if !assumed.is_empty() {
            let who = if assumed.len() == sites.len() { "every site".into() } else { assumed.join(", ") };
            warnings
                .push(format!("no displacement given for {who}: U = {ASSUMED_U_ANGSTROM2:.5} Å² (B = 0.5 Å²) assumed"));
        }
        let mut structure = Self {
            id: draft.id,
            name: draft.name,
            cards: draft.cards,
            formula: String::new(),
            space_group: draft.space_group,
            cell,
            cell_sigma: draft.cell_sigma,
            operations: draft.operations,
            sites,
            source: draft.source,
            model: draft.model,
            warnings,
        };
        structure.formula =
            draft.formula.unwrap_or_else(|| reduced_formula(&structure.sites, &structure.composition()));
        Ok(structure)
    }

    /// Free cell parameters.
    pub fn cell_parameters(&self) -> CellParameters {
        CellParameters::new(&self.cell, &self.operations)
    }

    /// Mass of the cell's content, Z·M, in g/mol.
    pub fn cell_mass_g_mol(&self) -> f64 {
        self.sites.iter().map(|site| atoms(site) * site.species.mass_g_mol()).sum()
    }

    /// X-ray density in g/cm³.
    pub fn density_g_cm3(&self) -> f64 {
        // 1 Å³ = 1e-24 cm³; Avogadro constant, SI 2019.
        self.cell_mass_g_mol() / (self.cell.volume_angstrom3() * 0.602214076)
    }

    /// Elements, each once, in the order of the sites.
    pub fn elements(&self) -> Vec<&'static str> {
        self.composition().into_iter().map(|(symbol, _)| symbol).collect()
    }

    /// Atoms of each element per cell, in the order of the sites.
    pub fn composition(&self) -> Vec<(&'static str, f64)> {
        let mut counts: Vec<(&'static str, f64)> = Vec::new();
        for site in &self.sites {
            match counts.iter_mut().find(|(symbol, _)| *symbol == site.species.symbol()) {
                Some((_, count)) => *count += atoms(site),
                None => counts.push((site.species.symbol(), atoms(site))),
            }
        }
        counts
    }

    /// Mass fraction of each element, in the order of [`CrystalStructure::elements`].
    pub fn mass_fractions(&self) -> Vec<(&'static str, f64)> {
        let total = self.cell_mass_g_mol();
        let mass = |symbol: &str| elements::by_symbol(symbol).map_or(0.0, |element| element.mass_g_mol);
        self.composition().into_iter().map(|(symbol, count)| (symbol, count * mass(symbol) / total)).collect()
    }

    /// Card numbers and database numbers of the source.
    pub fn references(&self) -> Vec<String> {
        let ids = match &self.source {
            StructureSource::BuiltIn { database_ids, .. } | StructureSource::Cif { database_ids, .. } => database_ids,
        };
        self.cards.iter().chain(ids).cloned().collect()
    }

    /// Paper, where known.
    pub fn citation(&self) -> Option<&str> {
        match &self.source {
            StructureSource::BuiltIn { citation, .. } => Some(citation),
            StructureSource::Cif { citation, .. } => citation.as_deref(),
        }
    }

    /// Shortest distance in Å between atoms of two sites that are not on one position; infinite if there is one site.
    pub fn shortest_distance_angstrom(&self) -> f64 {
        let mut shortest = f64::INFINITY;
        for (i, a) in self.sites.iter().enumerate() {
            for b in &self.sites[i + 1..] {
                let distance = sites::distance_between(a, b, &self.cell, &self.operations);
                if distance > SAME_POSITION_ANGSTROM {
                    shortest = shortest.min(distance);
                }
            }
        }
        shortest
    }
}

/// Atoms per cell that a site stands for.
fn atoms(site: &Site) -> f64 {
    f64::from(site.multiplicity) * site.occupancy
}

/// The cell that obeys the symmetry exactly, if the given one obeys it nearly.
fn consistent_cell(
    cell: &UnitCell,
    operations: &[SymmetryOperation],
    warnings: &mut Vec<String>,
) -> std::result::Result<UnitCell, String> {
    let parameters = CellParameters::new(cell, operations);
    let consistent = parameters.cell(&parameters.values());
    for (i, (given, expected)) in cell.values().into_iter().zip(consistent.values()).enumerate() {
        let mismatch = if i < 3 { (given / expected - 1.0).abs() } else { (given - expected).abs() };
        if mismatch > CELL_MISMATCH * if i < 3 { 1.0 } else { 100.0 } {
            return Err(format!(
                "cell constant {} = {given}, expected {expected} by the symmetry operations",
                CELL_NAMES[i]
            ));
        }
        if mismatch > 1e-6 {
            warnings
                .push(format!("cell constant {} = {given} set to {expected} as the symmetry demands", CELL_NAMES[i]));
        }
    }
    Ok(consistent)
}

/// Drops sites that only repeat another one by symmetry, and doubts occupancies that add up to more than one.
fn without_repetitions(
    sites: Vec<Site>,
    cell: &UnitCell,
    operations: &[SymmetryOperation],
    warnings: &mut Vec<String>,
) -> Vec<Site> {
    let metric = cell.metric();
    let mut kept: Vec<Site> = Vec::new();
    for site in sites {
        let together: Vec<&Site> =
            kept.iter().filter(|other| sites::share_position(other, &site, &metric, operations)).collect();
        let occupied: f64 = together.iter().map(|other| other.occupancy).sum();
        if occupied + site.occupancy > 1.0 + OCCUPANCY_EXCESS {
            if let Some(twin) = together.iter().find(|other| other.species.symbol() == site.species.symbol()) {
                warnings.push(format!("site {} repeats site {} and was left out", site.label, twin.label));
                continue;
            }
            warnings.push(format!(
                "site {}: occupancies of its position add up to {:.3}",
                site.label,
                occupied + site.occupancy
            ));
        }
        kept.push(site);
    }
    kept
}

/// `Li Ge2 P3 O12`: elements in the order of the sites, counts divided by the largest common factor that leaves them whole.
fn reduced_formula(sites: &[Site], counts: &[(&str, f64)]) -> String {
    // The number of formula units is the largest multiplicity-compatible divisor; mixed occupancies keep decimals.
    let smallest_whole = sites.iter().map(|site| site.multiplicity).fold(0, gcd).max(1);
    let whole = |divisor: f64| counts.iter().all(|(_, n)| ((n / divisor) - (n / divisor).round()).abs() < 1e-3);
    let mut divisor = f64::from(smallest_whole);
    for factor in 2..=64 {
        let candidate = f64::from(smallest_whole * factor);
        if whole(f64::from(smallest_whole)) && whole(candidate) && counts.iter().all(|(_, n)| *n >= candidate - 1e-3) {
            divisor = candidate;
        }
    }
    let count = |n: f64| {
        let n = n / divisor;
        if (n - 1.0).abs() < 1e-3 {
            String::new()
        } else if (n - n.round()).abs() < 1e-3 {
            format!("{}", n.round())
        } else {
            format!("{}", (n * 1000.0).round() / 1000.0)
        }
    };
    counts.iter().map(|(symbol, n)| format!("{symbol}{}", count(*n))).collect::<Vec<_>>().join(" ")
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
