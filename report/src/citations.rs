//! Literature that methods texts cite, and the numbering of what one text cites.

/// Works behind the methods of doublet, as a reference list prints them.
pub(crate) mod works {
    pub(crate) const SCHERRER: &str = "P. Scherrer, Nachr. Ges. Wiss. Göttingen, Math.-Phys. Kl. (1918) 98–100.";
    pub(crate) const LANGFORD_WILSON: &str = "J. I. Langford and A. J. C. Wilson, J. Appl. Cryst. 11 (1978) 102–113.";
    pub(crate) const THOMPSON_COX_HASTINGS: &str =
        "P. Thompson, D. E. Cox and J. B. Hastings, J. Appl. Cryst. 20 (1987) 79–83.";
    pub(crate) const CAGLIOTI: &str = "G. Caglioti, A. Paoletti and F. P. Ricci, Nucl. Instrum. 3 (1958) 223–228.";
    pub(crate) const WAASMAIER_KIRFEL: &str = "D. Waasmaier and A. Kirfel, Acta Cryst. A51 (1995) 416–431.";
    pub(crate) const CHANTLER: &str = "C. T. Chantler, J. Phys. Chem. Ref. Data 24 (1995) 71–643.";
    pub(crate) const BERAR_LELANN: &str = "J.-F. Bérar and P. Lelann, J. Appl. Cryst. 24 (1991) 1–5.";
    pub(crate) const HILL_HOWARD: &str = "R. J. Hill and C. J. Howard, J. Appl. Cryst. 20 (1987) 467–474.";
    pub(crate) const WILLIAMSON_HALL: &str = "G. K. Williamson and W. H. Hall, Acta Metall. 1 (1953) 22–31.";
    pub(crate) const HALDER_WAGNER: &str = "N. C. Halder and C. N. J. Wagner, Acta Cryst. 20 (1966) 312–313.";
    pub(crate) const BALZAR_LEDBETTER: &str = "D. Balzar and H. Ledbetter, J. Appl. Cryst. 26 (1993) 97–103.";
    pub(crate) const WARREN_AVERBACH: &str = "B. E. Warren and B. L. Averbach, J. Appl. Phys. 21 (1950) 595–599.";
    pub(crate) const STOKES: &str = "A. R. Stokes, Proc. Phys. Soc. 61 (1948) 382–391.";
    pub(crate) const PAWLEY: &str = "G. S. Pawley, J. Appl. Cryst. 14 (1981) 357–361.";
    pub(crate) const FINGER_COX_JEPHCOAT: &str =
        "L. W. Finger, D. E. Cox and A. P. Jephcoat, J. Appl. Cryst. 27 (1994) 892–900.";
    pub(crate) const CHEARY_COELHO_CLINE: &str =
        "R. W. Cheary, A. A. Coelho and J. P. Cline, J. Res. Natl. Inst. Stand. Technol. 109 (2004) 1–25.";
    pub(crate) const BERGMANN: &str = "J. Bergmann, R. Kleeberg, A. Haase and B. Breidenstein, Mater. Sci. Forum 347–349 \
                                       (2000) 303–308.";
    pub(crate) const DESLATTES: &str = "R. D. Deslattes, E. G. Kessler, P. Indelicato, L. de Billy, E. Lindroth and \
                                        J. Anton, Rev. Mod. Phys. 75 (2003) 35–99.";
}

/// Works behind the methods of doublet for photoelectrons.
pub(crate) mod electron_works {
    pub(crate) const SHIRLEY: &str = "D. A. Shirley, Phys. Rev. B 5 (1972) 4709–4714.";
    pub(crate) const TOUGAARD: &str = "S. Tougaard, Surf. Interface Anal. 25 (1997) 137–154.";
    pub(crate) const ACTIVE_BACKGROUND: &str = "A. Herrera-Gomez, M. Bravo-Sanchez, O. Ceballos-Sanchez and \
                                                M. O. Vazquez-Lepe, Surf. Interface Anal. 46 (2014) 897–905.";
    pub(crate) const DONIACH_SUNJIC: &str = "S. Doniach and M. Šunjić, J. Phys. C: Solid State Phys. 3 (1970) 285–291.";
    pub(crate) const SCOFIELD: &str = "J. H. Scofield, J. Electron Spectrosc. Relat. Phenom. 8 (1976) 129–137.";
    pub(crate) const TPP_2M: &str = "S. Tanuma, C. J. Powell and D. R. Penn, Surf. Interface Anal. 21 (1994) 165–176.";
    pub(crate) const REFERENCING: &str = "G. Greczynski and L. Hultman, Prog. Mater. Sci. 107 (2020) 100591.";
    pub(crate) const QUANTITY: &str = "M. P. Seah, I. S. Gilmore and S. J. Spencer, J. Electron Spectrosc. Relat. \
                                       Phenom. 120 (2001) 93–111.";
    pub(crate) const ISO_19830: &str = "ISO 19830:2015, Surface chemical analysis – Electron spectroscopies – Minimum \
                                        reporting requirements for peak fitting in X-ray photoelectron spectroscopy.";
}

/// The reference list of one text, in the order of first citation.
#[derive(Debug, Default)]
pub(crate) struct Citations {
    list: Vec<String>,
}

impl Citations {
    /// `[3]`: the number of a work, which joins the list when cited for the first time.
    pub(crate) fn cite(&mut self, work: &str) -> String {
        self.cite_all(&[work])
    }

    /// `[1,3]`
    pub(crate) fn cite_all(&mut self, works: &[&str]) -> String {
        let mut numbers: Vec<usize> = works.iter().map(|work| self.number(work)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
        format!("[{}]", numbers.join(","))
    }

    /// The works cited, number 1 first.
    pub(crate) fn into_list(self) -> Vec<String> {
        self.list
    }

    fn number(&mut self, work: &str) -> usize {
        if let Some(index) = self.list.iter().position(|known| known == work) {
            return index + 1;
        }
        self.list.push(work.to_owned());
        self.list.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_first_citation() {
        let mut citations = Citations::default();
        assert_eq!(citations.cite("b"), "[1]");
        assert_eq!(citations.cite_all(&["c", "a", "b"]), "[1,2,3]");
        assert_eq!(citations.cite("c"), "[2]");
        assert_eq!(citations.into_list(), ["b", "c", "a"]);
    }
}
