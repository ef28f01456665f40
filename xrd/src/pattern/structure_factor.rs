//! Structure factors.
//!
//! F(h) = Σ_sites (occ · m/N) Σ_operations (f₀ + f′ + i f″) T(hᵀR) exp 2πi (hᵀR·x + h·t). With the real and the dispersive
//! part summed apart, P = Σ (f₀+f′) T e^iφ and Q = Σ f″ T e^iφ, a Friedel pair is F(±h) = P ± …, and its mean square is
//! simply |P|² + |Q|². Displacement: T = exp(−8π² U s²), or exp(−2π² Σ U_ij a*_i a*_j h_i h_j).

use std::f64::consts::PI;

use doublet_reference_patterns::scattering::{self, FormFactor, TabulatedLine};

use crate::structure::{ASSUMED_U_ANGSTROM2, CrystalStructure, Displacement, Site, SymmetryOperation};

/// Damping of one site.
enum Damping {
    /// 8π² U.
    Isotropic(f64),
    /// 2π² U_ij a*_i a*_j: 11, 22, 33, 12, 13, 23.
    Anisotropic([f64; 6]),
}

struct Scatterer {
    form_factor: &'static FormFactor,
    f_prime: f64,
    f_double_prime: f64,
    position: [f64; 3],
    /// Occupancy times multiplicity over the order of the group, times the lattice points.
    weight: f64,
    damping: Damping,
}

/// Everything that a structure factor of one structure needs.
pub(super) struct StructureFactors {
    scatterers: Vec<Scatterer>,
    /// One operation per rotation: centring translations only multiply F of a reflection that is not absent.
    operations: Vec<SymmetryOperation>,
}

impl StructureFactors {
    /// Prepares a structure; `line` gives f′ and f″. What had to be replaced goes to `warnings`.
    ///
    /// # Errors
    /// A sentence for an element that the tables lack.
    pub(super) fn new(
        structure: &CrystalStructure,
        line: Option<&TabulatedLine>,
        warnings: &mut Vec<String>,
    ) -> Result<Self, String> {
        let mut operations: Vec<SymmetryOperation> = Vec::new();
        for operation in &structure.operations {
            if !operations.iter().any(|kept| kept.rotation == operation.rotation) {
                operations.push(*operation);
            }
        }
        let scatterers = structure
            .sites
            .iter()
            .map(|site| scatterer(site, structure, operations.len(), line, warnings))
            .collect::<Result<_, String>>()?;
        Ok(Self { scatterers, operations })
    }

    /// |F|² in electrons² at an index triple whose 1/d² is `q`, mean over the Friedel pair.
    pub(super) fn f_squared(&self, hkl: [i32; 3], q: f64) -> f64 {
        let s_squared = q / 4.0;
        let mut turned = [([0.0; 3], 0.0); 48];
        for (slot, operation) in turned.iter_mut().zip(&self.operations) {
            *slot = (operation.turn_index(hkl).map(f64::from), operation.phase(hkl));
        }
        let turned = &turned[..self.operations.len().min(48)];
        let (mut p, mut q) = ([0.0; 2], [0.0; 2]);
        for scatterer in &self.scatterers {
            let [cosine, sine] = scatterer.geometry(turned, s_squared);
            let real = scatterer.form_factor.at(s_squared) + scatterer.f_prime;
            p[0] += real * cosine;
            p[1] += real * sine;
            q[0] += scatterer.f_double_prime * cosine;
            q[1] += scatterer.f_double_prime * sine;
        }
        p[0] * p[0] + p[1] * p[1] + q[0] * q[0] + q[1] * q[1]
    }
}

impl Scatterer {
    /// weight · Σ_operations T e^iφ.
    fn geometry(&self, turned: &[([f64; 3], f64)], s_squared: f64) -> [f64; 2] {
        let common = match self.damping {
            Damping::Isotropic(b) => (-b * s_squared).exp(),
            Damping::Anisotropic(_) => 1.0,
        };
        let mut sum = [0.0; 2];
        for (h, shift) in turned {
            let phase =
                2.0 * PI * (h[0] * self.position[0] + h[1] * self.position[1] + h[2] * self.position[2] + shift);
            let (sine, cosine) = phase.sin_cos();
            let damping = match &self.damping {
                Damping::Isotropic(_) => 1.0,
                Damping::Anisotropic(beta) => (-quadratic(beta, h)).exp(),
            };
            sum[0] += damping * cosine;
            sum[1] += damping * sine;
        }
        sum.map(|part| part * common * self.weight)
    }
}

fn quadratic(beta: &[f64; 6], h: &[f64; 3]) -> f64 {
    let [b11, b22, b33, b12, b13, b23] = beta;
    b11 * h[0] * h[0]
        + b22 * h[1] * h[1]
        + b33 * h[2] * h[2]
        + 2.0 * (b12 * h[0] * h[1] + b13 * h[0] * h[2] + b23 * h[1] * h[2])
}

fn scatterer(
    site: &Site,
    structure: &CrystalStructure,
    rotations: usize,
    line: Option<&TabulatedLine>,
    warnings: &mut Vec<String>,
) -> Result<Scatterer, String> {
    let species = site.species;
    let form_factor = match scattering::form_factor(species) {
        Some(factor) => factor,
        None => {
            let neutral = scattering::form_factor(species.without_charge())
                .ok_or_else(|| format!("site {}: no X-ray form factor of {species} is tabulated", site.label))?;
            warnings.push(format!(
                "site {}: form factor of neutral {} taken for {species}",
                site.label,
                species.symbol()
            ));
            neutral
        }
    };
    let dispersion = line.and_then(|line| line.dispersion(species));
    if line.is_some() && dispersion.is_none() {
        warnings.push(format!("site {}: no f′ and f″ of {species} is tabulated, zero taken", site.label));
    }
    Ok(Scatterer {
        form_factor,
        f_prime: dispersion.map_or(0.0, |d| d.f_prime),
        f_double_prime: dispersion.map_or(0.0, |d| d.f_double_prime),
        position: site.position,
        weight: site.occupancy * f64::from(site.multiplicity) / rotations as f64,
        damping: damping(site, structure),
    })
}

fn damping(site: &Site, structure: &CrystalStructure) -> Damping {
    match site.displacement {
        Displacement::Assumed => Damping::Isotropic(8.0 * PI * PI * ASSUMED_U_ANGSTROM2),
        Displacement::Isotropic { u_angstrom2 } => Damping::Isotropic(8.0 * PI * PI * u_angstrom2),
        Displacement::Anisotropic { u_angstrom2: [u11, u22, u33, u12, u13, u23] } => {
            let [a, b, c] = structure.cell.reciprocal_lengths();
            let factor = 2.0 * PI * PI;
            Damping::Anisotropic(
                [u11 * a * a, u22 * b * b, u33 * c * c, u12 * a * b, u13 * a * c, u23 * b * c].map(|u| factor * u),
            )
        }
    }
}
