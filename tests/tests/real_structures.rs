//! Published CIF files: each must read, hold the formula that it states, and, where the built-in set was written from it,
//! give the same group, cell and pattern.

use std::path::{Path, PathBuf};

use doublet_xrd::pattern::PatternModel;
use doublet_xrd::radiation::{Anode, Radiation};
use doublet_xrd::structure::{CrystalStructure, built_in, cif};

doublet_tests::real_files! {
    every_cif_reads_and_holds_its_formula,
    built_in_phases_reproduce_the_files_they_come_from,
    a_certificate_and_a_framework_read,
}

fn cif_files(data: &Path) -> Vec<PathBuf> {
    let folder = data.join("structures");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cif"))
        .collect();
    files.sort();
    files
}

/// Truth: formula and density that each file states; the reader warns where sites and statement disagree.
fn every_cif_reads_and_holds_its_formula(data: &Path) {
    let files = cif_files(data);
    assert!(files.len() >= 50, "{} files", files.len());
    for file in files {
        let structure = cif::read_path(&file).unwrap_or_else(|error| panic!("{error}"));
        let doubts: Vec<&String> = structure
            .warnings
            .iter()
            .filter(|warning| warning.contains("formula is") || warning.contains("stated in the file"))
            .collect();
        assert!(doubts.is_empty(), "{}: {doubts:?}", structure.id);
        if structure.id.starts_with("MODEL") {
            assert!(structure.model.is_some(), "{} is a model", structure.id);
        }
    }
}

/// Operations as sorted text.
fn operations(structure: &CrystalStructure) -> Vec<String> {
    let mut list: Vec<String> = structure.operations.iter().map(ToString::to_string).collect();
    list.sort();
    list
}

/// Truth: the file itself, read by the CIF reader: same operations in the same setting, same lines to 1e-4° and 0.01 of 100.
fn built_in_phases_reproduce_the_files_they_come_from(data: &Path) {
    let radiation = Radiation::k_alpha(Anode::Cu);
    for (id, file) in [
        ("LiGe2P3O12", "LiGe2PO43_R-3c_Alami1991"),
        ("LiTi2P3O12", "MODEL_LTP_LiTi2PO43"),
        ("AlPO4-berlinite", "AlPO4_berlinite_P3121_2007"),
        ("AlPO4-cristobalite", "AlPO4_lowcristobalite_C2221_a7.099"),
        ("AlP3O9-cubic", "AlP3O9_cubic_I-43d_PaulingSherman1937"),
        ("BPO4", "BPO4_I-4_Schulze1934"),
        ("BiPO4-monoclinic-HT", "BiPO4_HT_P21m_1985"),
        ("BiPO4-trigonal", "BiPO4_trigonal_P3121_Mooney1962"),
        ("Li3PO4-beta", "Li3PO4_beta_Pmn21_Keffer1967"),
        ("Li3PO4-gamma", "Li3PO4_gamma_Pmnb_Wang1995"),
        ("GeO2-quartz", "GeO2_quartz_P3221_SmithIsaacs1964"),
        ("GeO2-rutile", "GeO2_rutile_P42mnm_Baur1971"),
        ("Al2Ge2O7", "Al2Ge2O7_C2c_1986"),
        ("Bi4Ge3O12", "Bi4Ge3O12_I-43d_1982"),
        ("Bi2O3-alpha", "Bi2O3_alpha_P21c_Malmros1970"),
        ("Bi2O3-beta", "Bi2O3_beta_P-421c_Blower1988"),
        ("Bi2O3-gamma", "Bi2O3_gamma_I23_Radaev1992"),
        ("Bi2O3-delta", "Bi2O3_delta_Fm-3m_Yashima2003_778C"),
        ("Li2O", "Li2O_Fm-3m_COD9009059"),
        ("Li2CO3", "Li2CO3_C2c_1979"),
        ("Li2B4O7", "Li2B4O7_I41cd_1962"),
        ("B2O3", "B2O3_I_P3121_Lengauer2001"),
        ("LiCoO2", "LiCoO2_R-3m_DansDiffraction"),
        ("graphite", "graphite_P63mmc_1975"),
        ("SiO2-quartz", "SiO2_quartz_P3221_2008"),
        ("SiO2-cristobalite", "SiO2_cristobalite_P41212_1994"),
        ("SiO2-tridymite-MX1", "SiO2_tridymite_C1_1996"),
        ("SiO2-tridymite-C2", "SiO2_tridymite_C2_2001"),
        ("Al2O3-corundum", "Al2O3_corundum_1990"),
        ("MgO", "MgO_Fm-3m_1998"),
        ("CeO2", "CeO2_Fm-3m_Wyckoff"),
        ("CaF2", "CaF2_Fm-3m_Wyckoff"),
        ("NaCl", "NaCl_Fm-3m_Wyckoff"),
        ("Si", "Si_Fd-3m_1975"),
        ("Pt", "Pt_Fm-3m_Wyckoff"),
        ("LaB6", "LaB6_Pm-3m_COD1000055"),
    ] {
        let own = built_in(id).unwrap();
        let mut read = cif::read_path(&data.join(format!("structures/{file}.cif"))).unwrap();
        // The set scatters with neutral atoms throughout; some files name ions.
        for site in &mut read.sites {
            site.species = site.species.without_charge();
        }
        assert_eq!(operations(&own), operations(&read), "{id}");
        let lines = |structure| PatternModel::new(structure, &radiation, (5.0, 120.0)).unwrap().lines(&radiation);
        let (own, read) = (lines(&own), lines(&read));
        assert_eq!(own.len(), read.len(), "{id}");
        for (a, b) in own.iter().zip(&read) {
            assert!((a.two_theta_deg - b.two_theta_deg).abs() < 1e-4, "{id} {:?}", a.hkl);
            assert!((a.relative - b.relative).abs() < 0.01, "{id} {:?}: {} and {}", a.hkl, a.relative, b.relative);
        }
    }
}

/// Truth: the certificate of SRM 660c (LaB6, a = 4.156780 Å in this block), and R -3 for a metal-organic framework.
fn a_certificate_and_a_framework_read(data: &Path) {
    let lab6 = cif::read_path(&data.join("xrd/nist/nist_srm660c_100a.cif")).unwrap();
    assert_eq!((lab6.operations.len(), lab6.sites.len()), (48, 2));
    assert!((lab6.cell.lengths_angstrom[0] - 4.15678).abs() < 1e-4, "{:?}", lab6.cell);
    let framework = cif::read_path(&data.join("xrd/other/1517474.cif")).unwrap();
    assert_eq!(framework.operations.len(), 18);
}
