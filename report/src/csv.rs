//! Comma-separated tables as RFC 4180 defines them.
//!
//! Lines end with CR LF; a field with a comma, a quote or a line break is quoted. Numbers are written with the fewest
//! digits that give the same number back. Text that a spreadsheet would run as a formula (it begins with `=`, `+`,
//! `-` or `@`) gets an apostrophe in front, since names come from files.

use doublet_common::Quantity;

/// One field of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Nothing is known.
    Empty,
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// A whole number.
    Integer(i64),
}

/// A table that grows row by row; written as CSV here, and as a sheet of a workbook elsewhere.
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Row>,
}

/// One row under construction.
#[derive(Default)]
pub(crate) struct Row {
    cells: Vec<Cell>,
}

impl Table {
    /// A table with these column names.
    pub(crate) fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(|name| (*name).to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row; missing fields stay empty, so that every row has the columns of the header.
    pub(crate) fn push(&mut self, mut row: Row) {
        debug_assert!(row.cells.len() <= self.header.len(), "more fields than columns");
        row.cells.resize(self.header.len(), Cell::Empty);
        self.rows.push(row);
    }

    /// Column names.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// Rows of cells, each as long as the header.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.rows.iter().map(|row| row.cells.as_slice())
    }

    /// The table as CSV text.
    pub(crate) fn finish(&self) -> String {
        let mut text = String::new();
        let mut line = |fields: Vec<String>| {
            text.push_str(&fields.join(","));
            text.push_str("\r\n");
        };
        line(self.header.iter().map(|name| text_field(name)).collect());
        self.rows().for_each(|cells| line(cells.iter().map(field).collect()));
        text
    }
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text_field(text),
        Cell::Number(number) => number.to_string(),
        Cell::Integer(number) => number.to_string(),
    }
}

fn text_field(text: &str) -> String {
    let neutral = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if neutral.contains([',', '"', '\n', '\r']) { format!("\"{}\"", neutral.replace('"', "\"\"")) } else { neutral }
}

impl Row {
    fn cell(mut self, cell: Cell) -> Self {
        self.cells.push(cell);
        self
    }

    /// A field of text.
    pub(crate) fn text(self, text: &str) -> Self {
        self.cell(Cell::Text(text.to_owned()))
    }

    /// A field with a number.
    pub(crate) fn number(self, value: f64) -> Self {
        self.cell(Cell::Number(value))
    }

    /// A field with a number, empty if there is none.
    pub(crate) fn optional(self, value: Option<f64>) -> Self {
        self.cell(value.map_or(Cell::Empty, Cell::Number))
    }

    /// A field with an integer.
    pub(crate) fn integer(self, value: impl Into<i64>) -> Self {
        self.cell(Cell::Integer(value.into()))
    }

    /// A field with a count.
    pub(crate) fn count(self, value: usize) -> Self {
        self.cell(Cell::Integer(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    /// Two fields: value and σ, the latter empty if unknown.
    pub(crate) fn quantity(self, quantity: &Quantity) -> Self {
        self.number(quantity.value).optional(quantity.sigma)
    }

    /// Two fields, both empty if there is no quantity.
    pub(crate) fn optional_quantity(self, quantity: Option<&Quantity>) -> Self {
        match quantity {
            Some(quantity) => self.quantity(quantity),
            None => self.optional(None).optional(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_follows_rfc_4180() {
        // Truth: RFC 4180, section 2, rules 5 to 7.
        let mut table = Table::new(&["name", "x", "x_sigma"]);
        table.push(Row::default().text("a \"b\", c").quantity(&Quantity::without_sigma(0.1)));
        assert_eq!(table.finish(), "name,x,x_sigma\r\n\"a \"\"b\"\", c\",0.1,\r\n");
    }

    #[test]
    fn a_name_is_never_a_formula() {
        let mut table = Table::new(&["name", "x"]);
        table.push(Row::default().text("=HYPERLINK(0)").number(-1.5));
        assert!(table.finish().ends_with("\r\n'=HYPERLINK(0),-1.5\r\n"));
    }
}
