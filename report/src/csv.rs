//! Comma-separated tables as RFC 4180 defines them.
//!
//! Lines end with CR LF; a field with a comma, a quote or a line break is quoted. Numbers are written with the fewest
//! digits that give the same number back. Text that a spreadsheet would run as a formula (it begins with `=`, `+`,
//! `-` or `@`) gets an apostrophe in front, since names come from files.

use doublet_common::Quantity;

/// A table that grows row by row.
pub(crate) struct Table {
    text: String,
    columns: usize,
}

/// One row under construction.
#[derive(Default)]
pub(crate) struct Row {
    fields: Vec<String>,
}

impl Table {
    /// A table with these column names.
    pub(crate) fn new(header: &[&str]) -> Self {
        let mut table = Self { text: String::new(), columns: header.len() };
        let mut row = Row::default();
        for name in header {
            row = row.text(name);
        }
        table.push(row);
        table
    }

    /// Adds a row; missing fields stay empty, so that every row has the columns of the header.
    pub(crate) fn push(&mut self, mut row: Row) {
        debug_assert!(row.fields.len() <= self.columns, "more fields than columns");
        row.fields.resize(self.columns, String::new());
        self.text.push_str(&row.fields.join(","));
        self.text.push_str("\r\n");
    }

    /// The finished text.
    pub(crate) fn finish(self) -> String {
        self.text
    }
}

impl Row {
    /// A field of text.
    pub(crate) fn text(mut self, text: &str) -> Self {
        let neutral = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
        self.fields.push(if neutral.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", neutral.replace('"', "\"\""))
        } else {
            neutral
        });
        self
    }

    /// A field with a number.
    pub(crate) fn number(mut self, value: f64) -> Self {
        self.fields.push(value.to_string());
        self
    }

    /// A field with a number, empty if there is none.
    pub(crate) fn optional(mut self, value: Option<f64>) -> Self {
        self.fields.push(value.map(|v| v.to_string()).unwrap_or_default());
        self
    }

    /// A field with an integer.
    pub(crate) fn integer(mut self, value: impl std::fmt::Display) -> Self {
        self.fields.push(value.to_string());
        self
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
