//! Shares of the total to colours: red for more, green for less, grey for nothing.

/// The share of `total` that `value` is, signed. Not a number if both are 0.
#[expect(clippy::cast_precision_loss, reason = "pprof colours in floating point")]
pub(super) fn score(value: i64, total: i64) -> f64 {
    value as f64 / total.wrapping_abs() as f64
}

/// The colour of borders and edges.
pub(super) fn line(score: f64) -> String {
    colour(score, 1.0, 0.7)
}

/// The colour of the inside of nodes.
pub(super) fn fill(score: f64) -> String {
    colour(score, 0.1, 0.93)
}

/// How much small shares are moved away from grey, so that small changes still show their sign.
const SHIFT: f64 = 0.7;
/// Below this share colours fade to grey.
const FADING: f64 = 0.2;

fn colour(score: f64, saturation: f64, brightness: f64) -> String {
    let score = if score.is_nan() { score } else { score.clamp(-1.0, 1.0) };
    let saturation = if score.abs() < FADING { saturation * (score.abs() / FADING) } else { saturation };
    let strength = score.abs().powf(1.0 - SHIFT);
    let faded = brightness * (1.0 - saturation * strength);
    let (red, green) = if score < 0.0 { (faded, brightness) } else { (brightness, faded) };
    let blue = brightness * (1.0 - saturation);
    // Truncates; not a number becomes 0.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
    let byte = |part: f64| (part * 255.0) as u8;
    format!("#{:02x}{:02x}{:02x}", byte(red), byte(green), byte(blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The colours were taken from `go tool pprof -dot`.
    #[test]
    fn colours_are_those_of_pprof() {
        assert_eq!((line(1.0), fill(1.0)), ("#b20000".to_owned(), "#edd5d5".to_owned()));
        assert_eq!(
            (line(score(100, 160)), fill(score(100, 160))),
            ("#b21700".to_owned(), "#edd8d5".to_owned())
        );
        assert_eq!(
            (line(score(-30, 160)), fill(score(-30, 160))),
            ("#4db20b".to_owned(), "#dfedd6".to_owned())
        );
        assert_eq!(line(0.0), "#b2b2b2");
    }
}
