//! Core levels as people and programs write them: `C1s Scan`, `Fe 2p`, `Bi4f7/2`, `Sn3d5`.

use nom::IResult;
use nom::Parser;
use nom::bytes::complete::tag;
use nom::character::complete::{one_of, satisfy, space0};
use nom::combinator::{opt, recognize, verify};
use nom::sequence::{pair, preceded};

/// Symbols of the elements that photoelectron spectra can show, hydrogen and helium (which have no core level) left out.
const SYMBOLS: &str = " Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr \
    Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re \
    Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm ";

/// The first core level in `label` in the form `Bi 4f7/2`; none if the label holds none.
///
/// A single digit after the orbital, as PHI writes it (`Sn3d5`), is twice the total angular momentum.
pub fn core_level_in(label: &str) -> Option<String> {
    label
        .char_indices()
        .filter(|(at, _)| label[..*at].chars().next_back().is_none_or(|before| !before.is_alphanumeric()))
        .find_map(|(at, _)| core_level(&label[at..]).ok().map(|(_, level)| level))
}

fn core_level(text: &str) -> IResult<&str, String> {
    let (rest, (symbol, _, shell, orbital)) =
        (verify(element, is_symbol), space0, one_of("1234567"), one_of("spdf")).parse(text)?;
    let (rest, momentum) = opt(total_momentum).parse(rest)?;
    if rest.starts_with(|c: char| c.is_alphanumeric()) {
        return Err(nom::Err::Error(nom::error::Error::new(rest, nom::error::ErrorKind::Verify)));
    }
    let momentum = momentum.map(|j| format!("{j}/2")).unwrap_or_default();
    Ok((rest, format!("{symbol} {shell}{orbital}{momentum}")))
}

fn element(text: &str) -> IResult<&str, &str> {
    recognize(pair(satisfy(|c| c.is_ascii_uppercase()), opt(satisfy(|c| c.is_ascii_lowercase())))).parse(text)
}

fn is_symbol(text: &str) -> bool {
    SYMBOLS.contains(&format!(" {text} "))
}

fn total_momentum(text: &str) -> IResult<&str, char> {
    let (rest, j) = preceded(space0, one_of("1357")).parse(text)?;
    let (rest, _) = opt(tag("/2")).parse(rest)?;
    Ok((rest, j))
}

#[cfg(test)]
mod tests {
    use super::core_level_in;

    #[test]
    fn as_programs_write_them() {
        for (label, level) in [
            ("C1s Scan", Some("C 1s")),
            ("Fe 2p", Some("Fe 2p")),
            ("Bi4f7/2", Some("Bi 4f7/2")),
            ("Sn3d5", Some("Sn 3d5/2")),
            ("Mo 3d MoS2 2H", Some("Mo 3d")),
            ("O 1s 2", Some("O 1s")),
            ("Survey", None),
            ("Su1s", None),
            ("wide", None),
            ("Ni-W", None),
            ("Acids", None),
            ("", None),
        ] {
            assert_eq!(core_level_in(label).as_deref(), level, "{label}");
        }
    }
}
