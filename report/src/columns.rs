//! Tables for a terminal: left-aligned columns with two blanks between them.

/// A header and rows as lines, each column as wide as its widest cell, nothing after the last cell of a line.
///
/// ```
/// let rows = [["C 1s".to_string(), "284.50(5)".to_string()]];
/// assert_eq!(doublet_report::columns::columns(["line", "BE / eV"], &rows), "line  BE / eV\nC 1s  284.50(5)\n");
/// ```
pub fn columns<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> String {
    let header = header.map(str::to_owned);
    let all = || std::iter::once(&header).chain(rows);
    let width = |column: usize| all().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in all() {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
