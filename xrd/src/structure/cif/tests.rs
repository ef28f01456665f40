//! What the reader must take, and what it must refuse with its line.

use doublet_common::container::Content;

use super::read;
use crate::error::Result;
use crate::structure::{CrystalStructure, Displacement};

fn structure(text: &str) -> Result<CrystalStructure> {
    read(&Content::from_bytes("folder/t.cif", text.as_bytes().to_vec())?)
}

/// A CIF with a cell, and what follows.
fn with_cell(cell: &str, rest: &str) -> String {
    let names = ["length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma"];
    let items: String =
        names.iter().zip(cell.split(' ')).map(|(name, value)| format!("_cell_{name} {value}\n")).collect();
    format!("data_x\n{items}{rest}")
}

const CUBIC: &str = "4 4 4 90 90 90";
const ATOM: &str = "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nPo1 0 0 0\n";

#[test]
fn loops_in_any_order_with_uncertainties_and_thirds() {
    // Wurtzite ZnO: International Tables A, no. 186: 2b (1/3, 2/3, z) twice; formula and Z are the truth.
    let text = "data_zinc\nloop_\n_atom_site_occupancy _atom_site_fract_z _atom_site_label _atom_site_fract_y _atom_site_fract_x\n\
                1 0 Zn1 .6667 .3333\n1.0 0.3819(2) O1 0.667 0.3333\n\
                _space_group_name_H-M_alt 'P 63 m c'\n_cell_length_c 5.2066(3)\n_cell_length_a 3.2495(1) _cell_length_b 3.2495(1)\n\
                _cell_angle_gamma 120\nloop_\n_atom_site_aniso_label _atom_site_aniso_B_11 _atom_site_aniso_B_22 _atom_site_aniso_B_33\n\
                _atom_site_aniso_B_12 _atom_site_aniso_B_13 _atom_site_aniso_B_23\nZn1 0.6 0.6 0.5 0.3 0 0\n";
    let zinc = structure(text).unwrap();
    assert_eq!((zinc.formula.as_str(), zinc.operations.len()), ("Zn O", 12));
    assert_eq!(zinc.sites.iter().map(|site| site.multiplicity).collect::<Vec<_>>(), [2, 2]);
    for site in &zinc.sites {
        assert!((site.position[0] - 1.0 / 3.0).abs() < 1e-12 && (site.position[1] - 2.0 / 3.0).abs() < 1e-12);
    }
    assert_eq!(zinc.cell_sigma[2], Some(0.0003));
    assert!(
        matches!(zinc.sites[0].displacement, Displacement::Anisotropic { u_angstrom2 } if (u_angstrom2[0] - 0.0076).abs() < 1e-4)
    );
    assert_eq!(zinc.sites[1].displacement, Displacement::Assumed);
    assert!(zinc.warnings.iter().any(|text| text.contains("alpha is not given")), "{:?}", zinc.warnings);
    assert!(zinc.warnings.iter().any(|text| text.contains("assumed") && text.contains("O1")), "{:?}", zinc.warnings);
}

#[test]
fn symmetry_from_operations_then_hall_then_symbol_then_number() {
    // Orders of the groups: International Tables A.
    for (symmetry, order) in [
        ("loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n-x,-y,-z\n_symmetry_space_group_name_H-M 'P 1'\n", 2),
        ("loop_\n_symmetry_equiv_pos_site_id\n_symmetry_equiv_pos_as_xyz\n1 'x, y, z'\n2 '-x, y, -z'\n", 2),
        ("_symmetry_space_group_name_Hall '-F 4 2 3'\n_symmetry_space_group_name_H-M 'P 1'\n", 192),
        ("_symmetry_space_group_name_Hall '?'\n_symmetry_space_group_name_H-M 'F m 3 m'\n", 192),
        ("_symmetry_space_group_name_Hall 'nonsense (z,x,y)'\n_space_group.name_H-M_alt 'Fm-3m'\n", 192),
        ("_symmetry_Int_Tables_number 221\n", 48),
        ("", 1),
    ] {
        let found = structure(&with_cell(CUBIC, &format!("{symmetry}{ATOM}"))).unwrap();
        assert_eq!(found.operations.len(), order, "{symmetry}");
    }
}

#[test]
fn the_origin_with_fewest_atoms_is_taken_and_said() {
    // Silicon: 8 atoms per cell, at 1/8 in origin choice 2 and at 0 in choice 1.
    for (position, mark) in [("0.125", ":2"), ("0", ":1")] {
        let rest = format!(
            "_symmetry_space_group_name_H-M 'F d -3 m'\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n\
             _atom_site_fract_z\nSi1 {position} {position} {position}\n"
        );
        let silicon = structure(&with_cell("5.431 5.431 5.431 90 90 90", &rest)).unwrap();
        assert_eq!(silicon.sites[0].multiplicity, 8);
        assert!(silicon.space_group.ends_with(mark), "{}", silicon.space_group);
        assert!(silicon.warnings.iter().any(|text| text.contains("2 settings")));
    }
}

#[test]
fn rhombohedral_axes_are_seen_from_the_cell() {
    let rest = format!("_symmetry_space_group_name_H-M 'R -3 m'\n{ATOM}");
    assert_eq!(structure(&with_cell("4 4 9 90 90 120", &rest)).unwrap().operations.len(), 36);
    assert_eq!(structure(&with_cell("4 4 4 60 60 60", &rest)).unwrap().operations.len(), 12);
}

#[test]
fn deuterium_water_charges_repetitions_and_empty_sites() {
    let rest = "loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n\
                _atom_site_occupancy\n_atom_site_B_iso_or_equiv\n\
                D1 D 0.1 0.2 0.3 1 2.0\nFe1 Fe3+ 0 0 0 .5 0\nAl1 Al+3 0 0 0 0.5 -1\nO1 O-2 .5 .5 .5 1 1\n\
                O1b O-2 .5 .5 .501 1 1\nO2 O2- 0.5 0 0 0 .\nH9 H ? ? ? 1 1\n";
    let mixed = structure(&with_cell(CUBIC, rest)).unwrap();
    let species: Vec<String> = mixed.sites.iter().map(|site| site.species.to_string()).collect();
    assert_eq!(species, ["D", "Fe3+", "Al3+", "O2-"]);
    for wanted in ["O1b repeats site O1", "O2: occupancy 0", "H9: no coordinates", "Al1: negative displacement"] {
        assert!(mixed.warnings.iter().any(|text| text.contains(wanted)), "{wanted}: {:?}", mixed.warnings);
    }
}

#[test]
fn close_images_are_one_atom_unless_occupancies_say_otherwise() {
    // 0.0110 in a cell of 4 Å: images 0.09 Å apart across the mirror of P m.
    for (occupancy, multiplicity) in [("1", 1), ("0.9", 1), ("0.5", 2), ("0.3", 2)] {
        let rest = format!(
            "_symmetry_space_group_name_H-M 'P 1 m 1'\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n\
             _atom_site_fract_z\n_atom_site_occupancy\nPo1 0 0.011 0 {occupancy}\n"
        );
        assert_eq!(structure(&with_cell(CUBIC, &rest)).unwrap().sites[0].multiplicity, multiplicity, "{occupancy}");
    }
}

#[test]
fn refusals_name_file_line_value_and_expectation() {
    let atoms = |row: &str| ATOM.replace("Po1 0 0 0", row);
    for (text, parts) in [
        (String::new(), vec!["t.cif: found no data block", "_atom_site_fract_x"]),
        (with_cell(CUBIC, ""), vec!["t.cif: found a data block without atoms"]),
        (with_cell("0 4 4 90 90 90", ATOM), vec!["line 7", "a = 0 Å", "1.5 to 200"]),
        (with_cell("4 x 4 90 90 90", ATOM), vec!["line 3", "found x", "a number"]),
        (with_cell("4 nan 4 90 90 90", ATOM), vec!["line 3", "found nan"]),
        (with_cell("4 4 1e9 90 90 90", ATOM), vec!["c = 1000000000"]),
        (with_cell(CUBIC, &atoms("Po1 0 nan 0")), vec!["line 13", "nan", "a number"]),
        (with_cell(CUBIC, &atoms("Po1 0 1.5e3 0")), vec!["line 13", "1.5e3", "within ±10"]),
        (with_cell(CUBIC, &atoms("Qq1 0 0 0")), vec!["line 13", "Qq1", "element symbol"]),
        (with_cell(CUBIC, &atoms("Po1 0 0")), vec!["line 13", "3 values"]),
        (
            with_cell(CUBIC, &format!("_symmetry_space_group_name_H-M 'Q 4 x'\n{ATOM}")),
            vec!["line 8", "Q 4 x", "a space group symbol"],
        ),
        (with_cell(CUBIC, &format!("_space_group_IT_number 231\n{ATOM}")), vec!["line 8", "231", "1 to 230"]),
        (
            with_cell(CUBIC, &format!("loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n'x,y,w'\n{ATOM}")),
            vec!["line 11", "x,y,w", "a symmetry operation"],
        ),
        (
            with_cell(
                CUBIC,
                &format!("loop_\n_symmetry_equiv_pos_as_xyz\n'x+1/7,y,z'\n'y+1/11,z,x'\n'-x,y+1/13,z'\n{ATOM}"),
            ),
            vec!["line 10", "contradict"],
        ),
        (
            with_cell("4 5 6 90 90 90", &format!("_space_group_IT_number 225\n{ATOM}")),
            vec!["t.cif, data_x: found cell constant b = 5", "4 by the symmetry"],
        ),
    ] {
        let message = structure(&text).unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
}

#[test]
fn loops_beyond_the_caps_are_refused() {
    let many: String = (0..2100).map(|i| format!("C{i} 0.1 0.2 {}\n", f64::from(i) / 2100.0)).collect();
    let message =
        structure(&with_cell("30 30 30 90 90 90", &ATOM.replace("Po1 0 0 0\n", &many))).unwrap_err().to_string();
    assert!(message.contains("line 2013") && message.contains("at most 2000"), "{message}");
    let operations: String = (0..193).map(|i| format!("x,y,z+{i}/193\n")).collect();
    let message =
        structure(&with_cell(CUBIC, &format!("loop_\n_symmetry_equiv_pos_as_xyz\n{operations}{ATOM}"))).unwrap_err();
    assert!(message.to_string().contains("at most 192"), "{message}");
    let many: String = (0..300).map(|i| format!("C{i} 0.11 0.23 {}\n", f64::from(i) / 900.0)).collect();
    let rest = format!("_space_group_IT_number 225\n{}", ATOM.replace("Po1 0 0 0\n", &many));
    let message = structure(&with_cell("90 90 90 90 90 90", &rest)).unwrap_err().to_string();
    assert!(
        message.contains("t.cif, data_x: found")
            && message.contains("atoms in the cell")
            && message.contains("at most 50000"),
        "{message}"
    );
}

#[test]
fn damaged_files_give_errors_and_never_a_panic() {
    let whole = with_cell(
        "4.1(2) 5.2 6.3 90 97.5(3) 90",
        &format!(
            "_symmetry_space_group_name_H-M 'P 1 21/c 1'\n_symmetry_space_group_name_Hall '-P 2ybc'\n\
             _chemical_formula_sum 'Li2 O'\nloop_\n_symmetry_equiv_pos_as_xyz\n'x,y,z' '-x,y+1/2,-z+1/2'\n\
             '-x,-y,-z' 'x,-y+1/2,z+1/2'\n{ATOM}loop_\n_atom_site_aniso_label\n\
             _atom_site_aniso_U_11\n_atom_site_aniso_U_22\n_atom_site_aniso_U_33\n_atom_site_aniso_U_12\n\
             _atom_site_aniso_U_13\n_atom_site_aniso_U_23\nPo1 .01 .02 .01 0 0.001 0\n"
        ),
    );
    assert!(structure(&whole).is_ok(), "{:?}", structure(&whole));
    for cut in 0..whole.len() {
        let _ = structure(&whole[..cut]);
    }
    // Numerical Recipes' generator: any sequence will do that is the same everywhere.
    let mut state = 1u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let marks: Vec<char> = "0123456789.-+eE/()'\";#_?xyz ,\nloop_dat\u{e9}[]{}*:=^\"".chars().collect();
    for _ in 0..3000 {
        let mut text: Vec<char> = whole.chars().collect();
        for _ in 0..1 + random(4) {
            let at = random(text.len());
            match random(3) {
                0 => text[at] = marks[random(marks.len())],
                1 => text.insert(at, marks[random(marks.len())]),
                _ => {
                    text.remove(at);
                }
            }
        }
        let text: String = text.into_iter().collect();
        let _ = structure(&text);
    }
}
