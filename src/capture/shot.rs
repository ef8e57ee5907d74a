//! A target to its profile, as bytes that were checked to be one, with where they came from.

use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Target, program, window};
use crate::decode::decode_any;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::Profile;
use crate::source::live::{Client, first_line};
use crate::source::{Address, Provenance, Service, inflate};

/// A courtesy of the server is not waited for longer than this.
const COURTESY: Duration = Duration::from_secs(5);

/// One profile that was taken.
#[derive(Debug, Clone)]
pub struct Shot {
    /// The profile: as it was fetched, or the difference of two.
    pub data: Vec<u8>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// Takes the profile of `target`. An inflated profile may have `inflated_limit` bytes.
///
/// # Errors
/// When the server does not answer with a profile; the error names the address without its secrets.
pub(super) fn take(client: &Client, target: &Target, inflated_limit: u64) -> Result<Shot> {
    let place = target.address().to_string();
    let (start, started) = (Timestamp::now(), Instant::now());
    let (mut data, address) = client.fetch(&target.addresses, target.timeout)?;
    let here = |error: Error| client.in_our_words(error, &address).at(address.to_string());
    let mut profile = read(&data, inflated_limit).map_err(here)?;
    if let Some(window) = target.window {
        thread::sleep(window.saturating_sub(started.elapsed()));
        // From the same place, so that it is the same program.
        let (end, _) = client.fetch(std::slice::from_ref(&address), target.timeout)?;
        let end = read(&end, inflated_limit).map_err(here)?;
        (profile, data) = window::between(&profile, end).map_err(|error| error.at(&place))?;
    }
    let end = Timestamp::now();
    let command_line = command_line(client, &address, target.timeout);
    let provenance = Provenance {
        url: address.to_string(),
        start: start.to_string(),
        end: end.to_string(),
        window_seconds: target.window.map(|window| window.as_secs()),
        target: program::describe(&profile, &address, command_line.as_deref()),
        ..Provenance::of(&data, concat!("profgate ", env!("CARGO_PKG_VERSION")))
    };
    Ok(Shot { data, provenance })
}

/// What a server sent, as a profile.
///
/// # Errors
/// When it is none: says what it is instead, and how it begins.
fn read(data: &[u8], inflated_limit: u64) -> Result<Profile> {
    if data.is_empty() {
        return Err(Error::new(ErrorKind::Empty, "the server sent nothing")
            .help("check the path, and that the program serves profiles there"));
    }
    let inflated = inflate(data.to_vec(), inflated_limit)?;
    decode_any(&inflated).map_err(|error| match first_line(&inflated) {
        Some(line) if !error.problem().contains(&line) => {
            error.map_problem(|problem| format!("the server sent no profile: {problem}; it begins: {line}"))
        }
        _ => error.map_problem(|problem| format!("the server sent no profile: {problem}")),
    })
}

/// What the server says that its command line is, if it says so.
fn command_line(client: &Client, address: &Address, timeout: Duration) -> Option<Vec<u8>> {
    let (directory, _) = address.path.rsplit_once('/')?;
    if address.service != Service::Program || !directory.ends_with("/pprof") {
        return None;
    }
    let sibling = address.sibling(&format!("{directory}/cmdline"));
    client.fetch(&[sibling], timeout.min(COURTESY)).ok().map(|(answer, _)| answer)
}
