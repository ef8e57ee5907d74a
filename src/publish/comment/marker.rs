//! The hidden first line by which a gate finds its comment again.
//!
//! `<!-- profgate:KEY ack=EVENT:COMMIT -->` is all that a comment remembers between runs. Anyone can write such a line,
//! so it counts only in a comment of our own account, and nothing in it grants anything.

use crate::publish::part::encode;

/// A label on a pull request, tied to the commit that it was first seen with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What the server calls the act of setting the label.
    pub event: u64,
    /// The last commit of the pull request then.
    pub commit: String,
}

/// The first line of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker<'a> {
    pub(super) key: &'a str,
    pub(super) seen: Option<Seen>,
}

impl Marker<'_> {
    /// The line, with its line break.
    pub(super) fn line(&self) -> String {
        let seen = self
            .seen
            .as_ref()
            .map_or_else(String::new, |seen| format!(" ack={}:{}", seen.event, seen.commit));
        format!("<!-- profgate:{}{seen} -->\n", encode(self.key))
    }

    /// The marker in `body`, if it begins with one of `key`.
    pub(super) fn parse<'a>(key: &'a str, body: &str) -> Option<Marker<'a>> {
        let line = body.lines().next()?.trim_end();
        let rest = line.strip_prefix("<!-- profgate:")?.strip_suffix(" -->")?;
        let mut words = rest.split(' ');
        if words.next()? != encode(key) {
            return None;
        }
        let seen = words.find_map(|word| {
            let (event, commit) = word.strip_prefix("ack=")?.split_once(':')?;
            Some(Seen { event: event.parse().ok()?, commit: commit.to_owned() })
        });
        Some(Marker { key, seen })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_found_by_their_whole_key() {
        let seen = Some(Seen { event: 17, commit: "abc".to_owned() });
        for key in ["default", "a b", "-->", "a", "a-b"] {
            for seen in [None, seen.clone()] {
                let marker = Marker { key, seen };
                let body = format!("{}text", marker.line());
                assert_eq!(body.matches("-->").count(), 1, "{body}");
                assert_eq!(Marker::parse(key, &body), Some(marker.clone()));
                assert_eq!(Marker::parse(key, &body.replace('\n', "\r\n")), Some(marker));
                assert_eq!(Marker::parse("other", &body), None);
            }
        }
        let quoted = "> <!-- profgate:a -->\n";
        let others =
            ["", "text", quoted, "<!-- profgate:a", "<!-- profgate:ab -->", "x\n<!-- profgate:a -->"];
        assert!(others.iter().all(|body| Marker::parse("a", body).is_none()));
    }
}
