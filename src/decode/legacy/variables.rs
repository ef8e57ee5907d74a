//! Lines with `$name` to lines with the value that an earlier `name=value` gave it.

use std::borrow::Cow;

use memchr::memchr;

use super::{Refusal, malformed};

/// Bytes compared and written for all variables of one file. Values may hold other variables, so a small file
/// can ask for a great deal of text; no real one comes near this.
const WORK_LIMIT: usize = 1 << 26;

/// The variables of a memory map.
#[derive(Debug, Default)]
pub(super) struct Variables {
    /// Names with their `$`, and values, in the order of the file. The first that fits is taken.
    definitions: Vec<(Vec<u8>, Vec<u8>)>,
    work: usize,
}

impl Variables {
    /// Defines `name`, given without `$`.
    pub(super) fn define(&mut self, name: &[u8], value: &[u8]) {
        self.definitions.push(([b"$", name].concat(), value.to_vec()));
    }

    /// `line` with every variable replaced, from the left; values are not looked at again.
    ///
    /// # Errors
    /// When the variables of the file add up to unreasonable work.
    pub(super) fn replace<'a>(&mut self, line: &'a [u8]) -> Result<Cow<'a, [u8]>, Refusal> {
        if self.definitions.is_empty() || memchr(b'$', line).is_none() {
            return Ok(line.into());
        }
        let mut replaced = Vec::with_capacity(line.len());
        let mut rest = line;
        while let Some(dollar) = memchr(b'$', rest) {
            let (before, after) = rest.split_at(dollar);
            replaced.extend_from_slice(before);
            let found = self.definitions.iter().find(|(name, _)| {
                self.work += name.len();
                after.starts_with(name)
            });
            let (name, value) = found.map_or((&b"$"[..], &b"$"[..]), |(name, value)| (name, value));
            replaced.extend_from_slice(value);
            rest = &after[name.len()..];
            self.work += value.len();
            if self.work > WORK_LIMIT {
                return Err(malformed("memory map", "its variables stand for too much text").into());
            }
        }
        replaced.extend_from_slice(rest);
        Ok(replaced.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_definition_that_fits_is_taken() {
        let mut variables = Variables::default();
        for (name, value) in [("ab", "1"), ("a", "$ab"), ("ab", "2"), ("abc", "3")] {
            variables.define(name.as_bytes(), value.as_bytes());
        }
        assert_eq!(variables.replace(b"$abc $a$ $x$ab").expect("small"), &b"1c $ab$ $x1"[..]);
    }

    #[test]
    fn definitions_that_grow_without_end_are_refused() {
        let mut variables = Variables::default();
        let mut value = b"x".to_vec();
        let refused = (0..64).find(|level: &u8| {
            variables.define(&[b'a' + level], &value);
            let line = [b'$', b'a' + level].repeat(8);
            variables.replace(&line).map(|next| value = next.into_owned()).is_err()
        });
        assert!(refused.is_some_and(|level| level < 16), "{refused:?}");
    }
}
