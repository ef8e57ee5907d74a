//! Folded stacks (`main;parse;read 12` on each line, root first) to a profile.
//!
//! This is what `stackcollapse-*.pl`, inferno, py-spy and async-profiler write. pprof does not read it. A frame
//! becomes a function without file and line.

use hashbrown::HashMap;
use memchr::memchr;

use super::legacy::{Reading, Refusal};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{Function, FunctionId, Line, Location, LocationId, Profile, Samples, StrId, ValueType};

/// Reads folded stacks. Every line must be a stack and a whole number, but for blank lines and comments (`# `),
/// and some stack must have two frames: text with a number at its end is not taken for a profile.
pub(super) fn read(data: &[u8]) -> Reading {
    let mut folded = Folded::new()?;
    let mut has_callers = false;
    let mut is_differential = true;
    for (number, line) in (1..).zip(data.split(|&byte| byte == b'\n')) {
        let line = line.trim_ascii_end();
        if line.is_empty() || line.starts_with(b"# ") {
            continue;
        }
        match split_count(line) {
            Ok((stack, count)) => {
                has_callers |= memchr(b';', stack).is_some();
                is_differential &= split_count(stack).is_ok();
                folded.push(stack, count)?;
            }
            Err(_) if !has_callers => return Err(Refusal::NotMine),
            Err(problem) => {
                let problem = format!("malformed folded stacks: line {number} {problem}");
                return Err(Error::new(ErrorKind::Malformed, problem)
                    .help("write a stack, a space and a whole number on each line: `main;parse;read 12`")
                    .into());
            }
        }
    }
    if !has_callers {
        return Err(Refusal::NotMine);
    }
    if is_differential {
        return Err(Error::new(
            ErrorKind::Malformed,
            "these are differential folded stacks: two counts a line",
        )
        .help("compare the two folded files that they were made from")
        .into());
    }
    Ok(folded.profile)
}

/// The stack and the count of a line, or what is wrong with it.
fn split_count(line: &[u8]) -> Result<(&[u8], i64), &'static str> {
    let is_space = |&byte: &u8| byte == b' ' || byte == b'\t';
    let space = line.iter().rposition(is_space).ok_or("has no count")?;
    let (stack, count) = (line[..space].trim_ascii_end(), &line[space + 1..]);
    if memchr(0, line).is_some() {
        return Err("is not text");
    }
    if frames(stack).next().is_none() {
        return Err("has no stack");
    }
    if count.is_empty() || !count.iter().all(u8::is_ascii_digit) {
        return Err("does not end in a whole number");
    }
    let count = std::str::from_utf8(count).ok().and_then(|count| count.parse().ok());
    Ok((stack, count.ok_or("has a count of more than 63 bits")?))
}

/// The frames of a stack, leaf first. Empty ones, as tools leave them behind a last `;`, say nothing.
fn frames(stack: &[u8]) -> impl Iterator<Item = &[u8]> {
    stack.rsplit(|&byte| byte == b';').filter(|frame| !frame.is_empty())
}

/// A profile in which each distinct frame is a function and a location.
struct Folded {
    profile: Profile,
    locations: HashMap<StrId, LocationId>,
}

impl Folded {
    fn new() -> Result<Self> {
        let mut profile = Profile { samples: Samples::new(1), ..Profile::default() };
        let kind = profile.strings.intern(b"samples")?;
        let unit = profile.strings.intern(b"count")?;
        profile.header.sample_types = vec![ValueType { kind, unit }];
        Ok(Self { profile, locations: HashMap::new() })
    }

    fn push(&mut self, stack: &[u8], count: i64) -> Result<()> {
        let stack: Vec<LocationId> =
            frames(stack).map(|frame| self.location(frame)).collect::<Result<_>>()?;
        self.profile.samples.push(stack, [count], []);
        Ok(())
    }

    fn location(&mut self, frame: &[u8]) -> Result<LocationId> {
        let name = self.profile.strings.intern(frame)?;
        let row = self.profile.functions.len();
        let profile = &mut self.profile;
        Ok(*self.locations.entry(name).or_insert_with(|| {
            let (id, row) = (row as u64 + 1, u32::try_from(row).unwrap_or(u32::MAX));
            profile.functions.push(Function { id, name, system_name: name, ..Function::default() });
            let line = Line { function: FunctionId::new(row), line: 0, column: 0 };
            profile.locations.push(Location { id, ..Location::default() }, [line]);
            LocationId::new(row)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each stack, leaf first, with its count.
    fn stacks(text: &str) -> Result<Vec<(String, i64)>, String> {
        let profile = read(text.as_bytes()).map_err(|refusal| match refusal {
            Refusal::NotMine => "not folded".to_owned(),
            Refusal::GaveUp(error) | Refusal::Damaged(error) => error.to_string(),
        })?;
        let name = |location: &LocationId| {
            let function = profile.locations.lines(*location)[0].function;
            profile.display(profile.function(function).name).into_owned()
        };
        Ok(profile
            .samples
            .iter()
            .map(|sample| (sample.stack.iter().map(name).collect::<Vec<_>>().join(" < "), sample.values[0]))
            .collect())
    }

    #[test]
    fn stacks_are_turned_round_and_may_hold_spaces() {
        let text = "# austin: 3.0\r\nmain;operator new;f g 12\r\n\nmain;f; 3\nmain\t0";
        let expected = [("f g < operator new < main", 12), ("f < main", 3), ("main", 0)];
        assert_eq!(stacks(text), Ok(expected.map(|(stack, count)| (stack.to_owned(), count)).to_vec()));
    }

    #[test]
    fn equal_frames_are_one_function() {
        let profile = read(b"samples;f;f 1\nf;samples 2\n").expect("folded");
        assert_eq!((profile.functions.len(), profile.locations.len()), (2, 2));
    }

    #[test]
    fn other_text_is_left_to_others() {
        for text in ["", "\n", "error 404\n", "12\n", "; 12\n", "a b\nc;d 1\n", "a;b 1\0 2\n"] {
            assert_eq!(stacks(text), Err("not folded".to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_damaged_line_is_named() {
        for (line, problem) in [
            ("a;b 1.5", "does not end in a whole number"),
            ("a;b -1", "does not end in a whole number"),
            ("a;b", "has no count"),
            ("; 1", "has no stack"),
            ("a;b 9223372036854775808", "has a count of more than 63 bits"),
        ] {
            let error = stacks(&format!("a;b 1\n{line}\n")).expect_err(line);
            assert!(error.starts_with(&format!("malformed folded stacks: line 2 {problem}\n")), "{error}");
        }
    }

    #[test]
    fn two_counts_on_every_line_are_refused() {
        assert!(stacks("a;b 1 2\na;c 3 4\n").expect_err("differential").contains("two counts a line"));
        assert!(stacks("a;b 1 2\na;c 3\n").is_ok());
    }
}
