//! Text to and from the percent-encoding of URLs (RFC 3986, section 2.1).

use std::fmt::Write as _;

/// `text` with every byte spelt out that is not unreserved and not in `kept`.
pub(super) fn encode(text: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let is_kept = byte.is_ascii() && kept.contains(char::from(byte));
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || is_kept {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The text that `encoded` stands for; what is no valid encoding stays as it is.
pub(super) fn decode(encoded: &str) -> String {
    let bytes = encoded.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = (bytes[at] == b'%').then(|| digit(at + 1).zip(digit(at + 2))).flatten();
        let byte = pair.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        decoded.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let text = "{service=\"a b\", x=~'ü%'}&+";
        assert_eq!(encode(text, ""), "%7Bservice%3D%22a%20b%22%2C%20x%3D~%27%C3%BC%25%27%7D%26%2B");
        assert_eq!(decode(&encode(text, "")), text);
        assert_eq!(encode("/a b?", "/"), "/a%20b%3F");
        assert_eq!(decode("100%&%zz%4"), "100%&%zz%4");
    }
}
