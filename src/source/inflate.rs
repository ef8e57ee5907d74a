//! Compressed bytes to bytes, never more than a limit.

use std::io::{self, BufRead, Chain, Read};

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, ErrorKind, Result};

/// How large one profile may become, 4 GiB: ten times the largest profile seen in practice, and still a size
/// that a build machine survives.
pub const DEFAULT_INFLATED_LIMIT: u64 = 4 << 30;

/// Deflate cannot expand more than this (zlib's technical notes: 1032 to 1), whatever a file claims.
const LARGEST_RATIO: usize = 1032;

/// The bytes of a source, inflated as they are read: no more of them is in memory than its reader asks for.
pub struct Inflating<'a> {
    input: Input<'a>,
    limit: u64,
    /// Bytes handed out so far.
    read: u64,
}

/// The first two bytes, which tell the format, and the rest.
type Whole<'a> = Chain<io::Cursor<Vec<u8>>, Box<dyn BufRead + 'a>>;

enum Input<'a> {
    Gzip(Box<MultiGzDecoder<Whole<'a>>>),
    Plain(Whole<'a>),
}

impl<'a> Inflating<'a> {
    /// Reads from `input`, which may be gzip or not, up to `limit` bytes.
    ///
    /// # Errors
    /// When the first bytes cannot be read.
    pub(super) fn new(mut input: Box<dyn BufRead + 'a>, limit: u64) -> io::Result<Self> {
        let mut magic = Vec::with_capacity(MAGIC.len());
        input.by_ref().take(MAGIC.len() as u64).read_to_end(&mut magic)?;
        let is_gzip = magic == MAGIC;
        let whole = io::Cursor::new(magic).chain(input);
        let input =
            if is_gzip { Input::Gzip(Box::new(MultiGzDecoder::new(whole))) } else { Input::Plain(whole) };
        Ok(Self { input, limit, read: 0 })
    }

    /// Fills the beginning of `buffer`, and returns how much of it: 0 at the end alone.
    ///
    /// # Errors
    /// Those of [`inflate`].
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = loop {
            let read = match &mut self.input {
                Input::Gzip(decoder) => decoder.read(buffer),
                Input::Plain(input) => input.read(buffer),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(|error| damage(&error))?,
            }
        };
        self.read += read as u64;
        if self.read > self.limit {
            return Err(too_large(self.limit));
        }
        Ok(read)
    }
}

/// How gzip begins.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The size that `data`, of which the beginning and the end are given, claims to have when it is inflated.
pub(super) fn claim(magic: [u8; 2], length: u64, end: [u8; 4]) -> u64 {
    if magic != MAGIC {
        return length;
    }
    u64::from(u32::from_le_bytes(end)).min(length.saturating_mul(LARGEST_RATIO as u64))
}

/// Inflates `data` if it is gzip, all members of it, and returns it unchanged otherwise.
///
/// # Errors
/// When the stream is truncated or damaged, has something after its end, or would pass `limit` bytes.
pub fn inflate(data: Vec<u8>, limit: u64) -> Result<Vec<u8>> {
    if !data.starts_with(&MAGIC) {
        return if data.len() as u64 > limit { Err(too_large(limit)) } else { Ok(data) };
    }
    let limit_len = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut inflated = Vec::with_capacity(claimed_size(&data).min(limit_len));
    MultiGzDecoder::new(&data[..])
        .take(limit.saturating_add(1))
        .read_to_end(&mut inflated)
        .map_err(|error| damage(&error))?;
    if inflated.len() as u64 > limit {
        return Err(too_large(limit));
    }
    Ok(inflated)
}

/// The size that the end of the last member claims, as far as it is possible.
fn claimed_size(data: &[u8]) -> usize {
    let claimed = data.last_chunk::<4>().map_or(0, |&bytes| u32::from_le_bytes(bytes) as usize);
    claimed.min(data.len().saturating_mul(LARGEST_RATIO))
}

fn too_large(limit: u64) -> Error {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Error::new(
        ErrorKind::Malformed,
        format!("the profile is larger than {} when inflated", crate::units::label(limit, "bytes")),
    )
    .help("raise --max-inflated if the profile can be trusted")
}

fn damage(error: &io::Error) -> Error {
    let problem = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the gzip stream is truncated".to_owned(),
        _ => format!("the gzip stream is damaged ({error})"),
    };
    Error::new(ErrorKind::Malformed, problem).help("transfer or record the profile again")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).and_then(|()| encoder.finish()).expect("writing to memory")
    }

    #[test]
    fn all_members_are_inflated_in_order() {
        let data = [gzip(b"first "), gzip(b"second")].concat();
        assert_eq!(inflate(data, 100), Ok(b"first second".to_vec()));
        assert_eq!(inflate(b"plain".to_vec(), 100), Ok(b"plain".to_vec()));
    }

    #[test]
    fn truncation_damage_and_trailing_bytes_are_errors() {
        let whole = gzip(&[7; 1000]);
        for length in 2..whole.len() {
            assert!(inflate(whole[..length].to_vec(), 10_000).is_err(), "truncated to {length}");
        }
        let mut damaged = whole.clone();
        let crc = damaged.len() - 8;
        damaged[crc] ^= 1;
        assert!(inflate(damaged, 10_000).is_err(), "wrong checksum");
        for tail in [&b"garbage"[..], &[0; 8]] {
            assert!(inflate([&whole[..], tail].concat(), 10_000).is_err(), "something after the end");
        }
    }

    /// What [`Inflating`] makes of `data`, read in small pieces.
    fn in_pieces(data: &[u8], limit: u64) -> Result<Vec<u8>> {
        let mut stream = Inflating::new(Box::new(data), limit).expect("memory can be read");
        let (mut inflated, mut piece) = (Vec::new(), [0; 7]);
        loop {
            match stream.read(&mut piece)? {
                0 => return Ok(inflated),
                read => inflated.extend_from_slice(&piece[..read]),
            }
        }
    }

    #[test]
    fn pieces_are_what_the_whole_is() {
        let long: Vec<u8> = (0..10_000_u32).flat_map(u32::to_le_bytes).collect();
        let members = [gzip(b"first "), gzip(&long)].concat();
        let cut = members[..members.len() - 3].to_vec();
        let trailing = [&members[..], b"garbage"].concat();
        for data in [members, cut, trailing, long, b"\x1f".to_vec(), Vec::new()] {
            for limit in [0, 1, 39_999, 40_000, 40_006, 1 << 20] {
                assert_eq!(in_pieces(&data, limit).ok(), inflate(data.clone(), limit).ok(), "{limit}");
            }
        }
    }

    #[test]
    fn the_limit_is_exact() {
        let data = gzip(&[0; 5000]);
        assert!(inflate(data.clone(), 5000).is_ok());
        assert!(inflate(data, 4999).is_err());
        assert!(inflate(vec![0; 5000], 4999).is_err());
    }
}
