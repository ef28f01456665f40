//! The peak table of an Avantage workbook.

use std::collections::BTreeMap;

use doublet_common::spreadsheet::{Cell, Sheet};

use super::{BACKGROUND, contains_any};
use crate::foreign_fit::ForeignPeak;

/// Rows in which the head of the table must stand.
const MAX_HEAD_ROWS: u32 = 50;

/// What the columns hold.
#[derive(Debug, Default)]
struct Head {
    name: u32,
    /// Start, peak and end in binding energy.
    start: Option<u32>,
    peak: Option<u32>,
    end: Option<u32>,
    height: Option<u32>,
    fwhm: Option<u32>,
    area: Option<u32>,
    normalised: Option<u32>,
    atomic: Option<u32>,
    sensitivity: Option<(u32, Option<String>)>,
    transmission: Option<u32>,
    background: Option<u32>,
    titles: BTreeMap<u32, String>,
}

/// The rows of the table on this sheet; none if it holds no table.
pub(super) fn read(sheet: &Sheet) -> Vec<ForeignPeak> {
    let Some((row, head)) = sheet.rows.range(..MAX_HEAD_ROWS).find_map(|(row, cells)| Some((*row, head(cells)?)))
    else {
        return Vec::new();
    };
    sheet
        .rows
        .range(row + 1..)
        .take_while(|(_, cells)| cells.contains_key(&head.name))
        .map(|(_, cells)| peak(&head, cells))
        .collect()
}

/// The columns, if this row is the head of a peak table.
fn head(cells: &BTreeMap<u32, Cell>) -> Option<Head> {
    let titles: BTreeMap<u32, String> = cells
        .iter()
        .filter(|(_, cell)| !cell.text().is_empty())
        .map(|(column, cell)| (*column, plain(cell.text())))
        .collect();
    let word = |title: &str, wanted: &str| title.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| w == wanted);
    let energies: Vec<u32> = titles.iter().filter(|(_, t)| word(t, "BE")).map(|(column, _)| *column).collect();
    let first = |test: &dyn Fn(&str) -> bool| titles.iter().find(|(_, title)| test(title)).map(|(column, _)| *column);
    let fwhm = first(&|t| word(t, "FWHM"))?;
    let (start, peak, end) = match energies[..] {
        [start, peak, end, ..] => (Some(start), Some(peak), Some(end)),
        [peak, ..] => (None, Some(peak), None),
        [] => return None,
    };
    let library =
        |title: &str| ["althermo", "scofield", "wagner"].iter().any(|name| title.to_lowercase().contains(name));
    let sensitivity = first(&|t| library(t) || word(t, "SF")).map(|column| {
        let name = titles.get(&column).and_then(|t| t.split_whitespace().find(|w| library(w))).map(str::to_owned);
        (column, name)
    });
    Some(Head {
        name: start.or(peak)?.checked_sub(1)?,
        start,
        peak,
        end,
        height: first(&|t| word(t, "CPS") && !word(t, "eV")),
        fwhm: Some(fwhm),
        area: first(&|t| t.contains("CPS.eV")),
        normalised: first(&|t| t.contains("(N)")),
        atomic: first(&|t| t.contains('%') && (t.contains("At") || t.contains("原子"))),
        sensitivity,
        transmission: first(&|t| word(t, "TXFN")),
        background: first(&|t| contains_any(t, &BACKGROUND)),
        titles,
    })
}

/// A title with ASCII brackets and single spaces.
fn plain(text: &str) -> String {
    text.replace('（', "(").replace('）', ")").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn peak(head: &Head, cells: &BTreeMap<u32, Cell>) -> ForeignPeak {
    let number = |column: Option<u32>| column.and_then(|c| cells.get(&c)).and_then(Cell::number);
    let limits = number(head.start).zip(number(head.end));
    ForeignPeak {
        name: cells.get(&head.name).map(Cell::to_string).unwrap_or_default(),
        spectrum: None,
        limits_binding_energy_ev: limits.map(|(start, end)| [start, end]),
        binding_energy_ev: number(head.peak),
        height_cps: number(head.height),
        fwhm_ev: number(head.fwhm),
        area_cps_ev: number(head.area),
        normalised_area: number(head.normalised),
        atomic_percent: number(head.atomic),
        sensitivity_factor: number(head.sensitivity.as_ref().map(|(column, _)| *column)),
        sensitivity_library: head.sensitivity.as_ref().and_then(|(_, name)| name.clone()),
        transmission: number(head.transmission),
        background: head.background.and_then(|c| cells.get(&c)).map(|cell| cell.text().trim().to_owned()),
        cells: cells
            .iter()
            .map(|(column, cell)| (head.titles.get(column).cloned().unwrap_or_default(), cell.to_string()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headings as exported by an English and by a Chinese installation.
    #[test]
    fn columns_are_found_in_two_languages() {
        let english = [
            "Name",
            "Start BE",
            "Peak BE",
            "End BE",
            "Height CPS",
            "FWHM eV",
            "Area (P) CPS.eV",
            "Area (N) TPP-2M",
            "Atomic %",
            "Q",
            "SF ALTHERMO1",
            "TXFN",
            "Backgnd",
            "PP Height CPS",
            "PP At. %",
        ];
        let chinese = [
            "名称",
            "开始 BE",
            "峰位 BE",
            "结束 BE",
            "高度 CPS",
            "FWHM eV",
            "面积（P） CPS.eV",
            "面积（N） TPP-2M",
            "Atomic %",
            "Q",
            "灵敏度因子 ALTHERMO1",
            "TXFN",
            "背底",
            "PP高度 CPS",
            "PP At. %",
        ];
        for titles in [english, chinese] {
            let title_row = titles.iter().zip(1..).map(|(t, c)| (c, Cell::Text((*t).into()))).collect();
            let values = [
                "C1s",
                "297.9",
                "284.56",
                "275.1",
                "144245.33",
                "1.66",
                "334194.64",
                "4685.49",
                "72.99",
                "1",
                "1.0",
                "1",
                "Smart",
                "150872.57",
                "44.12",
            ];
            let value_row = values
                .iter()
                .zip(1..)
                .map(|(t, c)| (c, t.parse().map_or_else(|_| Cell::Text((*t).into()), Cell::Number)))
                .collect();
            let sheet = Sheet { name: "Peak Table".into(), rows: [(1, title_row), (2, value_row)].into() };
            let peaks = read(&sheet);
            assert_eq!(peaks.len(), 1);
            let peak = &peaks[0];
            assert_eq!((peak.name.as_str(), peak.binding_energy_ev), ("C1s", Some(284.56)));
            assert_eq!(peak.limits_binding_energy_ev, Some([297.9, 275.1]));
            assert_eq!((peak.height_cps, peak.fwhm_ev), (Some(144245.33), Some(1.66)));
            assert_eq!((peak.area_cps_ev, peak.normalised_area), (Some(334194.64), Some(4685.49)));
            assert_eq!((peak.atomic_percent, peak.sensitivity_factor), (Some(72.99), Some(1.0)));
            assert_eq!(peak.sensitivity_library.as_deref(), Some("ALTHERMO1"));
            assert_eq!((peak.transmission, peak.background.as_deref()), (Some(1.0), Some("Smart")));
        }
        assert!(read(&Sheet { name: "x".into(), rows: BTreeMap::new() }).is_empty());
    }
}
