//! Words of a line of a declaration, and the values of defaults and options of converters: the literals of Python.

use std::ops::Range;

use crate::error::{Error, Result};

/// What a default or an option of a converter is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    /// As it is written, which is a literal of C, too.
    Int(String),
    Float(String),
    Str(String),
    /// A name, with dots perhaps.
    Name(String),
    /// A set, tuple or list of names.
    Names(Vec<String>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Name(String),
    Number(String),
    Str(String),
    Symbol(char),
    Arrow,
}

/// Reads a part of the source, word by word.
pub(crate) struct Lexer<'s> {
    source: &'s str,
    at: usize,
    end: usize,
    next: Option<(Token, Range<usize>)>,
}

impl<'s> Lexer<'s> {
    pub(crate) fn new(source: &'s str, span: Range<usize>) -> Result<Lexer<'s>> {
        let mut lexer = Lexer { source, at: span.start, end: span.end, next: None };
        lexer.advance()?;
        Ok(lexer)
    }

    fn rest(&self) -> &'s str {
        &self.source[self.at..self.end]
    }

    fn advance(&mut self) -> Result<()> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        let rest = self.rest();
        let start = self.at;
        let Some(first) = rest.chars().next() else {
            self.next = None;
            return Ok(());
        };
        let is_word = |c: char| c == '_' || c.is_alphanumeric();
        let length_while = |accept: &dyn Fn(char) -> bool| rest.find(|c| !accept(c)).unwrap_or(rest.len());
        let token = if first == '_' || first.is_alphabetic() {
            let length = length_while(&|c| is_word(c));
            self.at += length;
            Token::Name(rest[..length].to_owned())
        } else if first.is_ascii_digit() {
            // An exponent may have a sign.
            let mut length = length_while(&|c| is_word(c) || c == '.');
            let is_exponent = rest[..length].ends_with(['e', 'E']) && !rest.starts_with("0x");
            if is_exponent && rest[length..].starts_with(['+', '-']) {
                let more = &rest[length + 1..];
                length += 1 + more.find(|c: char| !c.is_ascii_digit()).unwrap_or(more.len());
            }
            self.at += length;
            Token::Number(rest[..length].to_owned())
        } else if first == '"' || first == '\'' {
            Token::Str(self.string(first)?)
        } else if rest.starts_with("->") {
            self.at += 2;
            Token::Arrow
        } else {
            self.at += first.len_utf8();
            Token::Symbol(first)
        };
        self.next = Some((token, start..self.at));
        Ok(())
    }

    fn string(&mut self, quote: char) -> Result<String> {
        let start = self.at;
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((index, c)) = characters.next() {
            match c {
                '\\' => match characters.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, escaped @ ('\\' | '\'' | '"'))) => text.push(escaped),
                    _ => {
                        return Err(Error::new(
                            start + index..start + index + 1,
                            "this escape is not known here",
                            "use only \\n, \\t, \\\\, \\' and \\\", and write other characters themselves",
                        ));
                    }
                },
                _ if c == quote => {
                    self.at = start + index + 1;
                    return Ok(text);
                }
                _ => text.push(c),
            }
        }
        Err(Error::new(start..self.end, "this string does not end", format!("end it with {quote}")))
    }

    pub(crate) fn peek(&self) -> Option<&Token> {
        self.next.as_ref().map(|(token, _)| token)
    }

    /// Where the next word is; at the end, where the text ends.
    pub(crate) fn span(&self) -> Range<usize> {
        self.next.as_ref().map_or(self.end..self.end, |(_, span)| span.clone())
    }

    pub(crate) fn next(&mut self) -> Result<Option<(Token, Range<usize>)>> {
        let next = self.next.take();
        self.advance()?;
        Ok(next)
    }

    pub(crate) fn at_end(&self) -> bool {
        self.next.is_none()
    }

    /// Whether the next word is this symbol, which is then read.
    pub(crate) fn accept(&mut self, symbol: char) -> Result<bool> {
        let found = self.peek() == Some(&Token::Symbol(symbol));
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub(crate) fn accept_name(&mut self, name: &str) -> Result<bool> {
        let found = matches!(self.peek(), Some(Token::Name(next)) if next == name);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub(crate) fn expect(&mut self, symbol: char, help: &str) -> Result<()> {
        if self.accept(symbol)? { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"), help)) }
    }

    pub(crate) fn unexpected(&self, wanted: &str, help: &str) -> Error {
        let found = match &self.next {
            Some((_, span)) => format!("`{}`", &self.source[span.clone()]),
            None => "the end of the line".to_owned(),
        };
        Error::new(self.span(), format!("{wanted} expected, {found} found"), help)
    }

    /// A name without dots.
    pub(crate) fn name(&mut self, what: &str, help: &str) -> Result<(String, Range<usize>)> {
        match self.next()? {
            Some((Token::Name(name), span)) => Ok((name, span)),
            other => {
                self.next = other;
                Err(self.unexpected(what, help))
            }
        }
    }

    /// A name with dots, perhaps.
    pub(crate) fn dotted(&mut self, what: &str, help: &str) -> Result<(Vec<String>, Range<usize>)> {
        let (first, mut span) = self.name(what, help)?;
        let mut parts = vec![first];
        while self.accept('.')? {
            let (part, place) = self.name("a name", "write a name after the dot")?;
            parts.push(part);
            span.end = place.end;
        }
        Ok((parts, span))
    }

    /// Nothing may follow.
    pub(crate) fn end(&self, help: &str) -> Result<()> {
        if self.at_end() { Ok(()) } else { Err(self.unexpected("the end of the line", help)) }
    }

    /// A literal or a name.
    pub(crate) fn value(&mut self) -> Result<(Value, Range<usize>)> {
        const HELP: &str =
            "write None, True, False, a number, a string, a name, or a set of names such as {int, NoneType}";
        let mut span = self.span();
        let sign = if self.accept('-')? { "-" } else { "" };
        let value = match self.peek() {
            Some(Token::Number(_)) => {
                let Some((Token::Number(number), place)) = self.next()? else { unreachable!() };
                span.end = place.end;
                number_value(sign, &number, span.clone())?
            }
            _ if !sign.is_empty() => return Err(self.unexpected("a number", HELP)),
            Some(Token::Str(_)) => {
                let Some((Token::Str(text), place)) = self.next()? else { unreachable!() };
                span = place;
                Value::Str(text)
            }
            Some(Token::Name(_)) => {
                let (parts, place) = self.dotted("a name", HELP)?;
                span = place;
                match parts.join(".").as_str() {
                    "None" => Value::None,
                    "True" => Value::Bool(true),
                    "False" => Value::Bool(false),
                    name => Value::Name(name.to_owned()),
                }
            }
            Some(Token::Symbol(open @ ('{' | '(' | '['))) => {
                let close = match open {
                    '{' => '}',
                    '(' => ')',
                    _ => ']',
                };
                self.advance()?;
                let mut names = Vec::new();
                while self.peek() != Some(&Token::Symbol(close)) {
                    let (parts, _) = self.dotted("a name", HELP)?;
                    names.push(parts.join("."));
                    if !self.accept(',')? {
                        break;
                    }
                }
                span.end = self.span().end;
                self.expect(close, HELP)?;
                Value::Names(names)
            }
            _ => return Err(self.unexpected("a value", HELP)),
        };
        Ok((value, span))
    }
}

fn number_value(sign: &str, number: &str, span: Range<usize>) -> Result<Value> {
    let plain = number.replace('_', "");
    let digits = |prefix: &[&str], radix: u32| {
        let digits = prefix.iter().find_map(|prefix| plain.strip_prefix(prefix));
        digits.is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix)))
    };
    let is_decimal = plain == "0" || (plain.chars().all(|c| c.is_ascii_digit()) && !plain.starts_with('0'));
    if is_decimal || digits(&["0x", "0X"], 16) {
        Ok(Value::Int(format!("{sign}{plain}")))
    } else if plain.contains(['.', 'e', 'E']) && plain.parse::<f64>().is_ok_and(f64::is_finite) {
        Ok(Value::Float(format!("{sign}{plain}")))
    } else {
        Err(Error::new(span, "this number is not known here", "write it in decimal, or as 0x1f, 1.5 or 1e-9"))
    }
}
