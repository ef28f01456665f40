//! What a powder CIF says of radiation, instrument and specimen: in the block of the pattern, else in any other.

use doublet_common::container::Content;
use doublet_common::error::Location;

use super::single;
use crate::cif::{Block, Value, number};
use crate::error::Result;
use crate::radiation::{Anode, Radiation, WavelengthSource};
use crate::scan::{Optics, Scan};

/// d(002) of graphite: Trucano and Chen, Nature 258 (1975) 136.
const GRAPHITE_D_ANGSTROM: f64 = 3.354;

/// How a CIF writes α1.
pub(super) const ALPHA_1: &str = "\\a~1~";

/// Items that are told on, by the beginning of their names.
const TOLD: [&str; 6] = ["_pd_instr_", "_pd_spec_", "_pd_meas_", "_pd_block_id", "_diffrn_", "_pd_proc_ls_"];
/// Longest value that is told on.
const LONGEST: usize = 500;

pub(super) struct Conditions {
    pub(super) radiation: Option<Radiation>,
    pub(super) counting_time_s: Option<f64>,
    pub(super) goniometer_radius_mm: Option<f64>,
    pub(super) optics: Optics,
    pub(super) title: Option<String>,
    pub(super) metadata: Vec<(String, String)>,
}

impl Conditions {
    pub(super) fn of(
        content: &Content,
        own: &Block<'_>,
        all: &[Block<'_>],
        warnings: &mut Vec<String>,
    ) -> Result<Self> {
        let file = File { content, own, all };
        let radiation = file.radiation(warnings)?;
        if file
            .text(&["_diffrn_radiation_probe", "_diffrn_radiation_type"])
            .is_some_and(|text| text.contains("neutron"))
        {
            warnings.push("neutron data: intensities calculated for X-rays do not apply".into());
        }
        let radius = ["_pd_instr_dist_spec/detc", "_pd_instr_dist_spec/anal"];
        let optics = Optics {
            divergence_deg: file.number(&["_pd_instr_divg_eq_src/spec", "_pd_instr_divg_eq_mono/spec"])?,
            focus_width_mm: file.number(&["_pd_instr_source_size_eq"])?,
            focus_length_mm: file.number(&["_pd_instr_source_size_ax"])?,
            mask_width_mm: file.number(&["_pd_instr_beam_size_ax"])?,
            soller_incident_rad: file.number(&["_pd_instr_divg_ax_src/spec"])?.map(f64::to_radians),
            soller_diffracted_rad: file.number(&["_pd_instr_divg_ax_spec/detc"])?.map(f64::to_radians),
            receiving_slit_mm: file.number(&["_pd_instr_slit_eq_spec/anal", "_pd_instr_slit_eq_spec/detc"])?,
            ..Optics::default()
        };
        Ok(Self {
            radiation,
            counting_time_s: file.number(&["_pd_meas_step_count_time"])?,
            goniometer_radius_mm: file.number(&radius)?,
            optics,
            title: file.text(&["_pd_phase_name", "_pd_spec_description"]).map(one_line),
            metadata: file.metadata(),
        })
    }
}

/// A block first, then all others.
struct File<'a, 'b> {
    content: &'b Content,
    own: &'b Block<'a>,
    all: &'b [Block<'a>],
}

impl<'a> File<'a, '_> {
    fn blocks(&self) -> impl Iterator<Item = &Block<'a>> {
        [self.own].into_iter().chain(self.all)
    }

    fn item(&self, tags: &[&str]) -> Option<Value<'a>> {
        self.blocks().find_map(|block| block.item(tags))
    }

    fn text(&self, tags: &[&str]) -> Option<&'a str> {
        self.item(tags).and_then(|value| value.given())
    }

    fn number(&self, tags: &[&str]) -> Result<Option<f64>> {
        self.item(tags).map(|value| single(self.content, value)).transpose()
    }

    /// Lines of the tube; those of the anode's tables where the file gives it a name and no wavelength.
    fn radiation(&self, warnings: &mut Vec<String>) -> Result<Option<Radiation>> {
        let kind = self.text(&["_diffrn_radiation_type", "_diffrn_radiation_source"]).unwrap_or_default();
        let anode = kind.split(|c: char| !c.is_alphabetic()).find_map(|word| word.parse::<Anode>().ok());
        let mut radiation = match (self.wavelengths()?.as_slice(), anode) {
            ([], Some(anode)) => {
                warnings.push(format!("the file names {anode:?} Kα and no wavelength: tabulated lines, ratio 0.5"));
                let (alpha1, alpha2) = anode.k_alpha_angstrom();
                Radiation::from_k_alpha(Some(anode), alpha1, alpha2, Radiation::K_ALPHA_RATIO, WavelengthSource::File)
            }
            ([], None) => return Ok(None),
            ([(wavelength, _)], _) if kind.contains(ALPHA_1) => {
                Radiation::from_k_alpha(anode, *wavelength, *wavelength, 0.0, WavelengthSource::File)
            }
            ([(wavelength, _)], _) => {
                Radiation { anode, ..Radiation::monochromatic(*wavelength, WavelengthSource::File) }
            }
            ([(first, weight), (second, other), ..], _) => {
                let ratio = if *weight > 0.0 { other / weight } else { Radiation::K_ALPHA_RATIO };
                Radiation::from_k_alpha(anode, *first, *second, ratio, WavelengthSource::File)
            }
        };
        radiation.monochromator_two_theta_deg = self.monochromator_deg(&radiation, warnings).unwrap_or(0.0);
        Ok(Some(radiation))
    }

    /// Wavelengths and their weights, strongest first.
    fn wavelengths(&self) -> Result<Vec<(f64, f64)>> {
        const WAVELENGTH: [&str; 1] = ["_diffrn_radiation_wavelength"];
        for block in self.blocks() {
            let wavelengths = block.list(&WAVELENGTH);
            if wavelengths.iter().all(|value| value.given().is_none()) {
                continue;
            }
            let weights = block.list(&["_diffrn_radiation_wavelength_wt"]);
            let mut lines = Vec::new();
            for (i, value) in wavelengths.iter().enumerate().filter(|(_, value)| value.given().is_some()) {
                let weight = weights.get(i).filter(|weight| weight.given().is_some());
                let weight = weight.map_or(Ok(1.0 / (1.0 + i as f64)), |weight| single(self.content, *weight))?;
                let length = single(self.content, *value)?;
                if !Radiation::WAVELENGTHS_ANGSTROM.contains(&length) {
                    let expected = format!("{:?} Å", Radiation::WAVELENGTHS_ANGSTROM);
                    let place = Location::Line(value.line);
                    return Err(self.content.error(place, format!("wavelength {length} Å"), expected).into());
                }
                lines.push((length, weight));
            }
            lines.sort_by(|a, b| b.1.total_cmp(&a.1));
            return Ok(lines);
        }
        Ok(Vec::new())
    }

    /// Bragg angle of the monochromator: as written, else that of graphite if it is of graphite.
    fn monochromator_deg(&self, radiation: &Radiation, warnings: &mut Vec<String>) -> Option<f64> {
        let tags = ["_pd_instr_monochr_post_spec", "_pd_instr_monochr_pre_spec", "_diffrn_radiation_monochromator"];
        let text = tags.iter().find_map(|tag| self.text(&[tag]))?;
        let mut words = text.split_whitespace();
        if let (Some(angle), Some(unit)) = (words.next().and_then(|word| number(word).ok()), words.next())
            && unit.starts_with("deg")
        {
            return Some(angle.value);
        }
        if text.to_ascii_lowercase().contains("graphite") {
            let angle = radiation.two_theta_deg(GRAPHITE_D_ANGSTROM)?;
            warnings.push(format!("monochromator \"{}\": 2θ = {angle:.2}° of graphite (002)", one_line(text)));
            return Some(angle);
        }
        warnings
            .push(format!("monochromator \"{}\": its angle is not stated, polarisation as without", one_line(text)));
        None
    }

    fn metadata(&self) -> Vec<(String, String)> {
        let mut metadata = Vec::new();
        if let Some(comment) = self.own.text(&["_pd_meas_special_details"]) {
            metadata.push((Scan::COMMENT.to_owned(), one_line(comment)));
        }
        for block in self.all.iter().filter(|block| block.line == self.own.line || !is_pattern(block)) {
            for (tag, value) in block.items() {
                let told = TOLD.iter().any(|begin| tag.starts_with(begin)) && tag != "_pd_meas_special_details";
                if let Some(text) = value.given().filter(|text| told && text.len() <= LONGEST) {
                    metadata.push((tag.to_owned(), one_line(text)));
                }
            }
        }
        metadata
    }
}

fn is_pattern(block: &Block<'_>) -> bool {
    block.table(&super::INTENSITIES).is_some()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
