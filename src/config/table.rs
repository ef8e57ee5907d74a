//! TOML text to tables whose values and errors know their line.

use std::borrow::Cow;

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use super::value::{Origin, Setting, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::verdict::nearest_name;

/// A configuration file.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    /// As messages name it.
    pub(super) name: &'a str,
    /// Its content.
    pub(super) text: &'a str,
    /// The offsets of its line breaks, ascending, as [`line_breaks`] gives them.
    pub(super) line_breaks: &'a [usize],
}

/// The offsets of the line breaks in `text`.
pub(super) fn line_breaks(text: &str) -> Vec<usize> {
    memchr::memchr_iter(b'\n', text.as_bytes()).collect()
}

impl<'a> Document<'a> {
    /// The keys at the top of the file.
    pub(super) fn parse(self) -> Result<Table<'a>> {
        let table = DeTable::parse(self.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            self.error(offset, error.message().trim_end())
        })?;
        let offset = table.span().start;
        Ok(Table::new(self, "", offset, table.into_inner()))
    }

    fn origin(self, offset: usize) -> Origin {
        let line = 1 + self.line_breaks.partition_point(|line_break| *line_break < offset);
        Origin::File { name: self.name.to_owned(), line }
    }

    fn error(self, offset: usize, problem: impl Into<String>) -> Error {
        Error::new(ErrorKind::Config, problem).at(self.origin(offset).to_string())
    }
}

/// The keys of a table that nobody has asked for yet, and the names of those that were asked for.
pub(super) struct Table<'a> {
    document: Document<'a>,
    /// The line that begins it, `[gate]`; empty at the top of the file.
    title: &'static str,
    offset: usize,
    /// In the order of the file.
    entries: Vec<Entry<'a>>,
    known: Vec<String>,
}

impl<'a> Table<'a> {
    fn new(document: Document<'a>, title: &'static str, offset: usize, table: DeTable<'a>) -> Self {
        let entry = |(key, value): (toml::Spanned<_>, toml::Spanned<_>)| Entry {
            document,
            offset: key.span().start,
            key: key.into_inner(),
            value_offset: toml::Spanned::span(&value).start,
            value: value.into_inner(),
        };
        let mut entries: Vec<_> = table.into_iter().map(entry).collect();
        entries.sort_by_key(|entry| entry.offset);
        Self { document, title, offset, entries, known: Vec::new() }
    }

    /// The place of the table.
    pub(super) fn origin(&self) -> Origin {
        self.document.origin(self.offset)
    }

    /// An error about the table as a whole.
    pub(super) fn error(&self, problem: impl Into<String>) -> Error {
        self.document.error(self.offset, problem)
    }

    /// What stands at `key`.
    pub(super) fn take(&mut self, key: &str) -> Option<Entry<'a>> {
        self.known.push(key.to_owned());
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(index))
    }

    /// What `read` makes of what stands at `key`.
    pub(super) fn read<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&Entry<'a>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.take(key).map(|entry| read(&entry)).transpose()
    }

    /// The setting at `key`.
    pub(super) fn setting<T: Value>(&mut self, key: &str) -> Result<Option<Setting<T>>> {
        self.read(key, |entry| Ok(Setting { value: T::read(entry)?, origin: entry.origin() }))
    }

    /// The table `[key]`; without it, one that holds nothing.
    pub(super) fn table(&mut self, key: &str, title: &'static str) -> Result<Self> {
        let Some(entry) = self.take(key) else {
            return Ok(Self::new(self.document, title, self.offset, DeTable::new()));
        };
        match entry.value {
            DeValue::Table(table) => Ok(Self::new(self.document, title, entry.value_offset, table)),
            _ => Err(entry.mistyped("a table").help(format!("begin it with a line `{title}`"))),
        }
    }

    /// The tables `[[key]]`.
    pub(super) fn tables(&mut self, key: &str, title: &'static str) -> Result<Vec<Self>> {
        let Some(entry) = self.take(key) else { return Ok(Vec::new()) };
        let advice = format!("begin each with a line `{title}`");
        let error = entry.mistyped("an array of tables").help(advice);
        let DeValue::Array(items) = entry.value else { return Err(error) };
        let mut tables = Vec::new();
        for item in items {
            let offset = item.span().start;
            let DeValue::Table(table) = item.into_inner() else { return Err(error) };
            tables.push(Self::new(self.document, title, offset, table));
        }
        Ok(tables)
    }

    /// Refuses keys that nobody asked for. `elsewhere` are keys of other tables, with the tables' names.
    pub(super) fn finish(&self, elsewhere: &[(&str, &str)]) -> Result<()> {
        let Some(entry) = self.entries.first() else { return Ok(()) };
        let place =
            if self.title.is_empty() { "at the top".to_owned() } else { format!("in {}", self.title) };
        let problem = format!("unknown key `{}` {place}", excerpt(&entry.key));
        let error = |problem| self.document.error(entry.offset, problem);
        let known = self.known.iter().map(String::as_str);
        Err(if let Some((section, key)) = elsewhere.iter().find(|(_, key)| *key == entry.key) {
            error(problem).help(format!("`{key}` belongs in [{section}]"))
        } else if let Some(name) = nearest_name(&entry.key, known) {
            error(format!("{problem}, did you mean `{name}`?"))
        } else {
            error(problem).help(format!("the keys it may have: {}", self.known.join(", ")))
        })
    }
}

/// A key with its value.
pub(super) struct Entry<'a> {
    document: Document<'a>,
    key: Cow<'a, str>,
    offset: usize,
    value: DeValue<'a>,
    value_offset: usize,
}

impl Entry<'_> {
    /// The place of the key.
    pub(super) fn origin(&self) -> Origin {
        self.document.origin(self.offset)
    }

    /// An error about the value.
    pub(super) fn error(&self, problem: impl Into<String>) -> Error {
        self.document.error(self.offset, problem)
    }

    /// `result`, with the place of this entry if it is an error.
    pub(super) fn locate<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.at(self.origin().to_string()))
    }

    fn mistyped(&self, expected: &str) -> Error {
        let found = match &self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        self.error(format!("`{}` must be {expected}, not {found}", self.key))
    }

    pub(super) fn boolean(&self) -> Result<bool> {
        self.value.as_bool().ok_or_else(|| self.mistyped("`true` or `false`"))
    }

    /// An integer or a float, finite.
    pub(super) fn number(&self) -> Result<f64> {
        let digits = match &self.value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Integer(_) => {
                return Err(self.error(format!("`{}` must be written in decimals", self.key)));
            }
            DeValue::Float(float) => float.as_str(),
            _ => return Err(self.mistyped("a number")),
        };
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(self.error(format!("`{}` is not a number to reckon with", self.key))),
        }
    }

    pub(super) fn is_number(&self) -> bool {
        self.value.is_integer() || self.value.is_float()
    }

    /// A string that holds something.
    pub(super) fn text(&self) -> Result<&str> {
        match self.value.as_str() {
            Some("") => {
                Err(self.error(format!("`{}` is empty", self.key)).help("remove it to leave it unset"))
            }
            Some(text) => Ok(text),
            None => Err(self.mistyped("a string")),
        }
    }

    /// A string or an array of strings, as a list that holds something.
    pub(super) fn texts(&self) -> Result<Vec<String>> {
        let Some(items) = self.value.as_array() else {
            let text = if self.value.is_str() {
                self.text()
            } else {
                Err(self.mistyped("a string or an array of strings"))
            };
            return text.map(|text| vec![text.to_owned()]);
        };
        let texts = items.iter().map(|item| match item.get_ref().as_str() {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(self.error(format!("`{}` must hold strings that are not empty", self.key))),
        });
        let texts = texts.collect::<Result<Vec<_>>>()?;
        if texts.is_empty() {
            return Err(self.error(format!("`{}` is empty", self.key)).help("remove it to leave it unset"));
        }
        Ok(texts)
    }

    /// A day: a TOML date, or a string that reads like one.
    pub(super) fn date(&self) -> Result<Date> {
        let date = match &self.value {
            DeValue::Datetime(Datetime { date: Some(date), time: None, offset: None }) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => return Err(self.mistyped("a day such as 2027-03-01")),
        };
        let is_plain = date.len() == "2027-03-01".len();
        let day = if is_plain { date.parse::<Date>().ok() } else { None };
        day.ok_or_else(|| {
            self.error(format!("`{}`: there is no day `{}`", self.key, excerpt(&date)))
                .help("write it as 2027-03-01")
        })
    }
}

/// The beginning of `text`, enough of it to recognise it.
fn excerpt(text: &str) -> Cow<'_, str> {
    const LENGTH: usize = 60;
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
