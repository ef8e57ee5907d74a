//! Trends as a drawing: a panel for each number, with its levels and the commits at which they change.

use std::fmt::Write as _;

use super::{Series, Trend};
use crate::report::escape::{shortened, visible};

const WIDTH: f64 = 760.0;
/// The height of a panel with its caption.
const PANEL: f64 = 108.0;
/// Where the curves lie in a panel.
const LEFT: f64 = 8.0;
const RIGHT: f64 = 752.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 88.0;

/// Draws `trend` as an SVG element that can stand in a page or a file of its own.
#[must_use]
pub fn trend_svg(trend: &Trend) -> String {
    let mut text = String::new();
    let height = 28.0 + PANEL * panels(trend);
    let title = escaped(&trend.title);
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#555\">\n<title>{title}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"18\" font-size=\"14\" fill=\"#222\">{title}</text>\n"
    );
    let mut y = 28.0;
    for series in &trend.series {
        let _ = writeln!(text, "<g transform=\"translate(0 {y})\">");
        panel(&mut text, trend, series);
        text.push_str("</g>\n");
        y += PANEL;
    }
    text.push_str("</svg>\n");
    text
}

/// A page that holds the drawing.
#[must_use]
pub fn trend_html(trend: &Trend) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{}</title>\n<style>body {{ margin: 2rem }} svg {{ max-width: 100%; height: auto }}</style>\n{}</html>\n",
        escaped(&trend.title),
        trend_svg(trend)
    )
}

#[expect(clippy::cast_precision_loss, reason = "numbers of panels are small")]
fn panels(trend: &Trend) -> f64 {
    trend.series.len() as f64
}

#[expect(clippy::cast_precision_loss, reason = "numbers of commits are small")]
fn panel(text: &mut String, trend: &Trend, series: &Series) {
    let (low, high) = series.range();
    let last = trend.commits.len().saturating_sub(1).max(1) as f64;
    let x = |at: usize| LEFT + (RIGHT - LEFT) * at as f64 / last;
    let y = |value: f64| BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low);
    let _ = writeln!(
        text,
        "<text x=\"{LEFT}\" y=\"16\" fill=\"#222\">{} ({})</text>\n\
         <text x=\"{LEFT}\" y=\"30\">{}: {}{}</text>\n\
         <path d=\"M{LEFT} {BOTTOM}H{RIGHT}\" stroke=\"#ddd\"/>",
        escaped(&shortened(&series.name)),
        series.measure,
        escaped(&series.metric),
        escaped(&series.summary()),
        if series.is_creeping { " · creeps" } else { "" },
    );
    let mut line = String::new();
    let mut is_drawn = false;
    for (at, value) in series.values.iter().enumerate() {
        if let Some(value) = value {
            let _ = write!(line, "{}{:.1} {:.1}", if is_drawn { 'L' } else { 'M' }, x(at), y(*value));
        }
        is_drawn = value.is_some();
    }
    let _ = writeln!(text, "<path d=\"{line}\" fill=\"none\" stroke=\"#4878a8\" stroke-width=\"1.5\"/>");
    for (step, following) in series.steps.iter().zip(ends(series)) {
        let change = step.part().map_or_else(String::new, crate::units::signed_percent);
        let commit = trend.commits.get(step.at).map_or("", |commit| commit.commit.as_str());
        let (place, level) = (x(step.at), y(step.after));
        let anchor = if place > WIDTH / 2.0 { "end" } else { "start" };
        let _ = writeln!(
            text,
            "<path d=\"M{place:.1} {TOP}V{BOTTOM}\" stroke=\"#c33\" stroke-dasharray=\"3 2\"/>\n\
             <path d=\"M{place:.1} {level:.1}H{:.1}\" stroke=\"#c33\" stroke-opacity=\"0.6\"/>\n\
             <text x=\"{place:.1}\" y=\"101\" text-anchor=\"{anchor}\" fill=\"#c33\">{} {}</text>",
            x(following),
            escaped(commit),
            escaped(&change),
        );
    }
    for (at, (value, commit)) in series.values.iter().zip(&trend.commits).enumerate() {
        let Some(value) = value else { continue };
        let _ = writeln!(
            text,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.5\" fill=\"#4878a8\"><title>{} {}: {}</title></circle>",
            x(at),
            y(*value),
            escaped(&commit.commit),
            escaped(&commit.day),
            escaped(&series.label(*value)),
        );
    }
}

/// For each step, the last commit of its level.
fn ends(series: &Series) -> impl Iterator<Item = usize> {
    let last = series.values.len().saturating_sub(1);
    series.steps.iter().skip(1).map(|step| step.at.saturating_sub(1)).chain([last])
}

/// `text` for XML, in text and in attributes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            // XML has no such characters, and no way to write them.
            '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::trend::tests::example;

    #[test]
    fn names_cannot_leave_their_place() {
        let svg = trend_svg(&example());
        assert!(svg.contains("&lt;b&gt;&amp;\\u{1b}&quot;]]&gt;") && !svg.contains("<b>"), "{svg}");
        assert!(trend_html(&example()).contains(&svg));
    }

    #[test]
    fn every_value_is_a_point_and_every_step_a_line() {
        let svg = trend_svg(&example());
        assert_eq!(svg.matches("<circle").count(), 15, "a gap is no point");
        assert_eq!(svg.matches("stroke-dasharray").count(), 1);
        assert!(svg.contains(">c5 +21.0%</text>"), "{svg}");
        // The curve is broken where nothing was measured.
        let lines: Vec<_> =
            svg.split("d=\"").filter(|path| path.contains("#4878a8\" stroke-width")).collect();
        assert_eq!(lines.iter().map(|line| line.matches('M').count()).collect::<Vec<_>>(), [1, 2]);
        // The lowest value lies at the bottom of its panel, the highest at the top.
        assert!(svg.contains("cy=\"88.0\"") && svg.contains("cy=\"36.0\""), "{svg}");
    }
}
