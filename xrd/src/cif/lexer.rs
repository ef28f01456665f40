//! Tokens of a CIF: the lexical rules of CIF 1.1 (Hall, Allen and Brown, Acta Cryst. A47 (1991) 655; *International Tables*
//! G, 2.2) and, in a file that opens with `#\#CIF_2.0`, the triple quotes and brackets of CIF 2 (Bernstein et al., J. Appl.
//! Cryst. 49 (2016) 277).

use doublet_common::{FileError, Location};
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_until, take_while1};
use nom::character::complete::{char, one_of};
use nom::combinator::{map, opt, peek, recognize, rest};
use nom::multi::many0;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

/// Deepest nesting of CIF 2 lists and tables.
const MAX_NESTING: usize = 16;

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    /// `data_NAME`.
    Block(&'a str),
    /// `loop_`.
    Loop,
    /// `save_…`, `global_`, `stop_`: no structure needs them.
    Other,
    /// `_tag`.
    Tag(&'a str),
    /// A value, without its quotes.
    Value(&'a str),
}

/// Tokens of one text, with one-based line numbers.
pub(super) struct Tokens<'a> {
    file: &'a str,
    text: &'a str,
    rest: &'a str,
    line: usize,
    second_edition: bool,
}

impl<'a> Tokens<'a> {
    /// `text` must have its lines ended by LF alone.
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, rest: text, line: 1, second_edition: text.starts_with("#\\#CIF_2.0") }
    }

    /// The next token and the line on which it begins; none at the end.
    ///
    /// # Errors
    /// A quote or a text field that is not closed.
    pub(super) fn next(&mut self) -> Result<Option<(usize, Token<'a>)>, FileError> {
        let (after, _) = blank(self.rest).unwrap_or((self.rest, ""));
        self.advance(after);
        if self.rest.is_empty() {
            return Ok(None);
        }
        let line = self.line;
        let line_begins = self.text.len() == self.rest.len()
            || self.text.as_bytes().get(self.text.len() - self.rest.len() - 1) == Some(&b'\n');
        let parsed = if line_begins && self.rest.starts_with(';') {
            text_field(self.rest)
        } else if self.second_edition {
            alt((triple_quoted, bracketed, token)).parse(self.rest)
        } else {
            token(self.rest)
        };
        let (after, token) = parsed.map_err(|_| {
            let found = self.rest.lines().next().unwrap_or_default();
            FileError::new(self.file, Location::Line(line), found, "a closed quotation or text field")
                .with_advice("the file may be cut")
        })?;
        self.advance(after);
        Ok(Some((line, token)))
    }

    fn advance(&mut self, after: &'a str) {
        let consumed = &self.rest[..self.rest.len() - after.len()];
        self.line += consumed.bytes().filter(|byte| *byte == b'\n').count();
        self.rest = after;
    }
}

type Parsed<'a> = IResult<&'a str, Token<'a>>;

/// White space and comments.
fn blank(input: &str) -> IResult<&str, &str> {
    let space = take_while1(char::is_whitespace);
    let comment = preceded(char('#'), take_till(|c| c == '\n'));
    recognize(many0(alt((space, comment)))).parse(input)
}

fn text_field(input: &str) -> Parsed<'_> {
    let body = alt((terminated(take_until("\n;"), tag("\n;")), preceded(tag("\n;"), rest)));
    map(preceded(char(';'), body), Token::Value).parse(input)
}

fn triple_quoted(input: &str) -> Parsed<'_> {
    let quoted = |mark: &'static str| delimited(tag(mark), take_until(mark), tag(mark));
    map(alt((quoted("'''"), quoted("\"\"\""))), Token::Value).parse(input)
}

/// A list or table of CIF 2 as one value, brackets included.
fn bracketed(input: &str) -> Parsed<'_> {
    let (_, _) = peek(one_of("[{")).parse(input)?;
    let mut depth = 0usize;
    for (at, c) in input.char_indices() {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (text, after) = input.split_at(at + c.len_utf8());
            return Ok((after, Token::Value(text)));
        }
        if depth > MAX_NESTING {
            break;
        }
    }
    Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Complete)))
}

fn token(input: &str) -> Parsed<'_> {
    alt((quoted('\''), quoted('"'), bare)).parse(input)
}

/// A quotation ends at its mark before white space; other marks belong to it (`'a dog's life'`).
fn quoted<'a>(mark: char) -> impl FnMut(&'a str) -> Parsed<'a> {
    move |input| {
        let (body, _) = char(mark)(input)?;
        let line = body.split('\n').next().unwrap_or_default();
        let end = line
            .char_indices()
            .find(|(at, c)| *c == mark && line[at + c.len_utf8()..].chars().next().is_none_or(char::is_whitespace))
            .map(|(at, _)| at)
            .ok_or(nom::Err::Failure(nom::error::Error::new(input, nom::error::ErrorKind::Char)))?;
        Ok((&body[end + mark.len_utf8()..], Token::Value(&body[..end])))
    }
}

fn bare(input: &str) -> Parsed<'_> {
    let word = take_while1(|c: char| !c.is_whitespace());
    map((opt(peek(char('_'))), word), |(is_tag, word): (_, &str)| {
        let keyword = |name: &str| word.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
        if is_tag.is_some() {
            Token::Tag(word)
        } else if keyword("data_") {
            Token::Block(&word[5..])
        } else if keyword("loop_") && word.len() == 5 {
            Token::Loop
        } else if keyword("save_") || keyword("global_") || keyword("stop_") {
            Token::Other
        } else {
            Token::Value(word)
        }
    })
    .parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(usize, Token<'_>)> {
        let mut tokens = Tokens::new("t.cif", text);
        let mut list = Vec::new();
        while let Some(token) = tokens.next().unwrap() {
            list.push(token);
        }
        list
    }

    #[test]
    fn quotes_text_fields_and_comments() {
        // International Tables G, 2.2.7.1: a quote closes only before white space; # opens a comment after white space.
        let text = "#c\ndata_x _a 'it's' \"b c\"\n_d a#b # e\n;text\n 'x'\n;\nLOOP_ ? '?' .";
        let expected = vec![
            (2, Token::Block("x")),
            (2, Token::Tag("_a")),
            (2, Token::Value("it's")),
            (2, Token::Value("b c")),
            (3, Token::Tag("_d")),
            (3, Token::Value("a#b")),
            (4, Token::Value("text\n 'x'")),
            (7, Token::Loop),
            (7, Token::Value("?")),
            (7, Token::Value("?")),
            (7, Token::Value(".")),
        ];
        assert_eq!(all(text), expected);
    }

    #[test]
    fn second_edition_has_triple_quotes_and_lists() {
        let list = all("#\\#CIF_2.0\n_a '''x 'y'\nz''' [1 [2 3]] {'k':1}");
        assert_eq!(list[1].1, Token::Value("x 'y'\nz"));
        assert_eq!(list[2].1, Token::Value("[1 [2 3]]"));
        assert_eq!(list[3].1, Token::Value("{'k':1}"));
        assert_eq!(all("_a [1")[1].1, Token::Value("[1"), "brackets are plain in the first edition");
    }

    #[test]
    fn what_is_not_closed_names_its_line() {
        for text in ["_a\n'abc\n'", "\n;abc\n", "#\\#CIF_2.0\n'''a"] {
            let mut tokens = Tokens::new("t.cif", text);
            let error = loop {
                match tokens.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("{text}"),
                    Err(error) => break error.to_string(),
                }
            };
            assert!(error.starts_with("t.cif, line 2"), "{error}");
        }
    }
}
