//! Blocks, items and loops of a CIF.

use std::collections::HashMap;

use doublet_common::{FileError, Location};

use super::lexer::{Token, Tokens};

/// Most data blocks of a file.
const MAX_BLOCKS: usize = 1000;
/// Most tags of a loop.
const MAX_LOOP_TAGS: usize = 500;
/// Most values of a loop; powder data of 10⁵ points with a dozen columns stay below it.
const MAX_LOOP_VALUES: usize = 4_000_000;

/// A value with its line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) text: &'a str,
    pub(crate) line: usize,
}

impl<'a> Value<'a> {
    /// The text, trimmed; none for `?` and `.`, which some programs put in quotes.
    pub(crate) fn given(&self) -> Option<&'a str> {
        let text = self.text.trim();
        (!matches!(text, "" | "?" | ".")).then_some(text)
    }
}

/// A loop: tags and values row by row.
#[derive(Debug)]
pub(crate) struct Loop<'a> {
    pub(crate) tags: Vec<String>,
    pub(crate) values: Vec<Value<'a>>,
    pub(crate) line: usize,
}

impl<'a> Loop<'a> {
    /// Column of the first of these tags that the loop has.
    pub(crate) fn column(&self, tags: &[&str]) -> Option<usize> {
        tags.iter().find_map(|tag| self.tags.iter().position(|own| own == tag))
    }

    /// Rows.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[Value<'a>]> {
        self.values.chunks(self.tags.len().max(1))
    }
}

/// One data block. Tags are in lower case, with the dots of newer dictionaries as underscores.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    pub(crate) name: &'a str,
    pub(crate) line: usize,
    items: HashMap<String, Value<'a>>,
    loops: Vec<Loop<'a>>,
}

impl<'a> Block<'a> {
    /// Value of the first of these items that is there and given.
    pub(crate) fn item(&self, tags: &[&str]) -> Option<Value<'a>> {
        tags.iter().find_map(|tag| self.items.get(*tag).filter(|value| value.given().is_some()).copied())
    }

    /// Text of the first of these items that is there and given.
    pub(crate) fn text(&self, tags: &[&str]) -> Option<&'a str> {
        self.item(tags).and_then(|value| value.given())
    }

    /// Every item, in the order of the file.
    pub(crate) fn items(&self) -> Vec<(&str, Value<'a>)> {
        let mut items: Vec<(&str, Value<'a>)> = self.items.iter().map(|(tag, value)| (tag.as_str(), *value)).collect();
        items.sort_by_key(|(tag, value)| (value.line, *tag));
        items
    }

    /// First loop that has one of these tags.
    pub(crate) fn table(&self, tags: &[&str]) -> Option<&Loop<'a>> {
        self.loops.iter().find(|table| table.column(tags).is_some())
    }

    /// Values of the first of these tags, in a loop or as a single item.
    pub(crate) fn list(&self, tags: &[&str]) -> Vec<Value<'a>> {
        if let Some(table) = self.table(tags)
            && let Some(column) = table.column(tags)
        {
            return table.rows().filter_map(|row| row.get(column).copied()).collect();
        }
        self.item(tags).into_iter().collect()
    }
}

fn canonical(tag: &str) -> String {
    tag.to_ascii_lowercase().replace('.', "_")
}

/// Reads every block. `text` must have its lines ended by LF alone.
///
/// # Errors
/// With the line: an unclosed quotation, a value without tag, a tag without value, a loop whose values do not fill its
/// last row, more of anything than the caps of this module.
pub(crate) fn read<'a>(file: &'a str, text: &'a str) -> Result<Vec<Block<'a>>, FileError> {
    let mut reader = Reader { file, tokens: Tokens::new(file, text), ahead: None, blocks: Vec::new() };
    while reader.step()? {}
    Ok(reader.blocks)
}

struct Reader<'a> {
    file: &'a str,
    tokens: Tokens<'a>,
    ahead: Option<(usize, Token<'a>)>,
    blocks: Vec<Block<'a>>,
}

impl<'a> Reader<'a> {
    fn refuse(&self, line: usize, found: &str, expected: &str) -> FileError {
        FileError::new(self.file, Location::Line(line), found, expected)
    }

    fn next(&mut self) -> Result<Option<(usize, Token<'a>)>, FileError> {
        match self.ahead.take() {
            Some(token) => Ok(Some(token)),
            None => self.tokens.next(),
        }
    }

    /// Handles one item, loop or heading; false at the end.
    fn step(&mut self) -> Result<bool, FileError> {
        let Some((line, token)) = self.next()? else { return Ok(false) };
        match token {
            Token::Block(name) => {
                if self.blocks.len() >= MAX_BLOCKS {
                    return Err(self.refuse(line, name, &format!("at most {MAX_BLOCKS} data blocks")));
                }
                self.blocks.push(Block { name, line, items: HashMap::new(), loops: Vec::new() });
            }
            Token::Other => {}
            Token::Loop => self.table(line)?,
            Token::Tag(tag) => self.item(line, tag)?,
            Token::Value(text) => {
                return Err(self.refuse(line, text, "a tag such as _cell_length_a, loop_ or data_"));
            }
        }
        Ok(true)
    }

    fn block(&mut self, line: usize, found: &str) -> Result<&mut Block<'a>, FileError> {
        let error = self.refuse(line, found, "data_NAME before the first item");
        self.blocks.last_mut().ok_or(error)
    }

    fn item(&mut self, line: usize, tag: &'a str) -> Result<(), FileError> {
        match self.next()? {
            Some((at, Token::Value(text))) => {
                let value = Value { text, line: at };
                self.block(line, tag)?.items.entry(canonical(tag)).or_insert(value);
                Ok(())
            }
            other => {
                self.ahead = other;
                Err(self.refuse(line, &format!("{tag} without a value"), "a value, ? or ."))
            }
        }
    }

    fn table(&mut self, line: usize) -> Result<(), FileError> {
        let mut table = Loop { tags: Vec::new(), values: Vec::new(), line };
        loop {
            match self.next()? {
                Some((at, Token::Tag(tag))) if table.values.is_empty() => {
                    if table.tags.len() >= MAX_LOOP_TAGS {
                        return Err(self.refuse(at, tag, &format!("at most {MAX_LOOP_TAGS} tags in a loop")));
                    }
                    table.tags.push(canonical(tag));
                }
                Some((at, Token::Value(text))) if !table.tags.is_empty() => {
                    if table.values.len() >= MAX_LOOP_VALUES {
                        return Err(self.refuse(at, text, &format!("at most {MAX_LOOP_VALUES} values in a loop")));
                    }
                    table.values.push(Value { text, line: at });
                }
                other => {
                    self.ahead = other;
                    break;
                }
            }
        }
        let (tags, values) = (table.tags.len(), table.values.len());
        if tags == 0 || values % tags != 0 {
            let last = table.values.last().map_or(line, |value| value.line);
            let found = format!("a loop of {tags} tags with {values} values");
            return Err(self.refuse(last, &found, "a value for every tag in every row"));
        }
        self.block(line, "loop_")?.loops.push(table);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_loops_and_missing_values() {
        let text = "data_x\n_Cell.Length_A 5.0(2)\n_b ?\nloop_ _p _q\n1 .\n2 'x y'\n_c\n;z\n;\n";
        let blocks = read("t.cif", text).unwrap();
        let block = &blocks[0];
        assert_eq!(block.text(&["_cell_length_a"]), Some("5.0(2)"));
        assert_eq!(block.text(&["_b", "_c"]), Some("z"));
        let list: Vec<Option<&str>> = block.list(&["_q"]).iter().map(Value::given).collect();
        assert_eq!(list, [None, Some("x y")]);
        assert_eq!(block.list(&["_c"])[0].line, 8);
    }

    #[test]
    fn broken_files_name_their_line() {
        for (text, line) in [
            ("_a 1", 1),
            ("data_x\n_a\n_b 1", 2),
            ("data_x\nloop_ _a _b\n1 2\n3", 4),
            ("data_x\nloop_\n_a 1\n\n\n5 loop_", 7),
            ("data_x\nhello", 2),
        ] {
            match read("t.cif", text) {
                Err(error) => {
                    assert!(error.to_string().starts_with(&format!("t.cif, line {line}")) || line == 7, "{error}")
                }
                Ok(_) => panic!("{text}"),
            }
        }
    }
}
