//! Tables as the sheets of one XLSX workbook. The same tables give the same bytes: the file states a fixed time of
//! creation and no author.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};

use crate::csv::{Cell, Table};
use crate::error::Result;

/// Most characters of a sheet's name, and of a cell's text, as the format has them.
const MAX_NAME: usize = 31;
const MAX_TEXT: usize = 32_000;

/// The bytes of a workbook with one sheet per table; names of sheets are shortened and made different as the format
/// demands.
///
/// # Errors
/// [`crate::Error::Workbook`] if a table has more rows or columns than a sheet holds.
pub(crate) fn xlsx(sheets: &[(String, Table)]) -> Result<Vec<u8>> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let heading = Format::new().set_bold().set_text_wrap();
    let mut names: Vec<String> = Vec::new();
    for (name, table) in sheets {
        let name = sheet_name(name, &names);
        let sheet = workbook.add_worksheet().set_name(&name)?;
        names.push(name);
        for (column, title) in (0u16..).zip(table.header()) {
            sheet.write_string_with_format(0, column, title, &heading)?;
        }
        for (row, cells) in (1u32..).zip(table.rows()) {
            for (column, cell) in (0u16..).zip(cells) {
                match cell {
                    Cell::Number(value) if value.is_finite() => sheet.write_number(row, column, *value)?,
                    Cell::Integer(value) => sheet.write_number(row, column, *value as f64)?,
                    // Text stays text: a name from a file never becomes a formula.
                    Cell::Text(text) if !text.is_empty() => {
                        sheet.write_string(row, column, shortened(text, MAX_TEXT))?
                    }
                    _ => sheet,
                };
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        sheet.autofit();
    }
    Ok(workbook.save_to_buffer()?)
}

fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// A name that the format allows and no other sheet has.
fn sheet_name(wanted: &str, taken: &[String]) -> String {
    let allowed: String = wanted
        .chars()
        .map(|c| if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'') { '-' } else { c })
        .collect();
    let allowed = if allowed.trim().is_empty() { "sheet".to_owned() } else { allowed };
    let is_free = |name: &String| !taken.iter().any(|other| other.to_lowercase() == name.to_lowercase());
    let numbered = (2..).map(|n| {
        let suffix = format!(" ({n})");
        shortened(&allowed, MAX_NAME - suffix.len()) + &suffix
    });
    std::iter::once(shortened(&allowed, MAX_NAME)).chain(numbered).find(is_free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::Row;
    use calamine::{Data, Reader as _, Xlsx};

    fn sheets() -> Vec<(String, Table)> {
        let mut table = Table::new(&["name", "x"]);
        table.push(Row::default().text("=1+1").number(0.1));
        table.push(Row::default().text("b").optional(None));
        let again = Table::new(&["y"]);
        vec![("Bi 4f/7 [a]".into(), table), ("Bi 4f/7 [a]".into(), again)]
    }

    #[test]
    fn what_is_written_reads_back() {
        // Truth: calamine, an independent reader.
        let bytes = xlsx(&sheets()).unwrap();
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        assert_eq!(book.sheet_names(), ["Bi 4f-7 -a-", "Bi 4f-7 -a- (2)"]);
        let sheet = book.worksheet_range("Bi 4f-7 -a-").unwrap();
        assert_eq!(sheet.get((0, 1)), Some(&Data::String("x".into())));
        assert_eq!(sheet.get((1, 0)), Some(&Data::String("=1+1".into())));
        assert_eq!(sheet.get((1, 1)), Some(&Data::Float(0.1)));
        assert!(book.worksheet_formula("Bi 4f-7 -a-").unwrap().is_empty());
    }

    #[test]
    fn the_same_tables_give_the_same_bytes() {
        let first = xlsx(&sheets()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1100));
        assert_eq!(first, xlsx(&sheets()).unwrap());
    }
}
