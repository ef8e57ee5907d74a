//! The comparison as comma-separated values (RFC 4180): a line for each number of each row, for spreadsheets and scripts.

use std::fmt::Write as _;

use super::escape::visible;
use crate::verdict::{Change, Comparison, Cost, Measure, Outcome};

const HEADER: &str = "comparison,metric,unit,measure,function,file,line,base,new,delta,change,base_share,new_share,\
                      low,high,p_value,p_adjusted,q_value,detectable,status\n";

/// Renders `outcome`: for each comparison its total, then flat and cum of each function.
///
/// Numbers are those of the JSON report; what is unknown is empty. A text that a spreadsheet would take for a formula
/// begins with an apostrophe.
#[must_use]
pub fn csv(outcome: &Outcome) -> String {
    let mut text = HEADER.to_owned();
    for comparison in &outcome.comparisons {
        line(&mut text, comparison, Measure::Total, &comparison.total, None);
        for row in &comparison.functions {
            let place = Some((&*row.name, &*row.file, row.line));
            line(&mut text, comparison, Measure::Flat, &row.flat, place);
            line(&mut text, comparison, Measure::Cum, &row.cum, place);
        }
    }
    text
}

fn line(
    text: &mut String,
    comparison: &Comparison,
    measure: Measure,
    change: &Change,
    place: Option<(&str, &str, i64)>,
) {
    let metric = &comparison.metric;
    let (name, file, line) = place.unwrap_or_default();
    let texts = [&*comparison.name, &metric.kind, &metric.unit, measure.name(), name, file];
    for cell in texts {
        push_text(text, cell);
        text.push(',');
    }
    if line > 0 {
        // Writing to a string cannot fail.
        let _ = write!(text, "{line}");
    }
    for cost in [change.base, change.new, change.delta] {
        // Writing to a string cannot fail.
        let _ = match cost {
            Cost::Exact(value) => write!(text, ",{value}"),
            Cost::Mean(value) => write!(text, ",{value}"),
        };
    }
    let evidence = change.evidence.as_ref();
    let numbers = [
        change.change,
        Some(change.base_share),
        Some(change.new_share),
        evidence.map(|evidence| evidence.low),
        evidence.map(|evidence| evidence.high),
        evidence.map(|evidence| evidence.p_value),
        evidence.map(|evidence| evidence.p_adjusted),
        evidence.map(|evidence| evidence.q_value),
        evidence.and_then(|evidence| evidence.detectable),
    ];
    for number in numbers {
        text.push(',');
        if let Some(number) = number.filter(|number| number.is_finite()) {
            // Writing to a string cannot fail.
            let _ = write!(text, "{number}");
        }
    }
    text.push(',');
    text.push_str(change.status.name());
    text.push('\n');
}

/// Adds a text as one cell.
fn push_text(text: &mut String, cell: &str) {
    let cell = visible(cell);
    // The signs that begin a formula, and their full-width twins, which some spreadsheets read alike (OWASP, "CSV
    // Injection"). Tabs and line ends are spelt out by now.
    let is_formula = cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let apostrophe = if is_formula { "'" } else { "" };
    if cell.contains([',', '"']) || is_formula {
        // Writing to a string cannot fail.
        let _ = write!(text, "\"{apostrophe}{}\"", cell.replace('"', "\"\""));
    } else {
        text.push_str(&cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut out = String::new();
        push_text(&mut out, text);
        out
    }

    #[test]
    fn no_text_is_a_formula_or_ends_its_cell() {
        for (text, expected) in [
            ("main.main", "main.main"),
            ("a, b", "\"a, b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("+a", "\"'+a\""),
            ("-[Window draw]", "\"'-[Window draw]\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("＝A1", "\"'＝A1\""),
            ("\t=1", "\\t=1"),
            ("a\nb\r", "a\\nb\\r"),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }
}
