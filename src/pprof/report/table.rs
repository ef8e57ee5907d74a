//! Cells to lines whose columns end at the same place, as Go's `text/tabwriter` aligns to the right.

use super::{pad, rune_count};

/// Blanks before the widest cell of a column.
const PADDING: usize = 1;

/// Aligns the cells of `text`, which end with a tab; what follows the last tab of a line is no cell.
///
/// A column is a run of lines that have a cell there, so a line with fewer cells ends it.
pub(super) fn align_right(text: &[u8]) -> Vec<u8> {
    let lines: Vec<Vec<&[u8]>> =
        text.split(|&byte| byte == b'\n').map(|line| line.split(|&byte| byte == b'\t').collect()).collect();
    let mut out = Vec::new();
    for (row, line) in lines.iter().enumerate() {
        if row > 0 {
            out.push(b'\n');
        }
        let Some((rest, cells)) = line.split_last() else { continue };
        for (column, cell) in cells.iter().enumerate() {
            pad(&mut out, cell, width(&lines, row, column));
        }
        out.extend_from_slice(rest);
    }
    out
}

/// The width of the column of a cell: that of its widest cell, and the padding.
fn width(lines: &[Vec<&[u8]>], row: usize, column: usize) -> usize {
    let has_cell = |line: &&Vec<&[u8]>| line.len() > column + 1;
    let above = lines[..row].iter().rev().take_while(has_cell);
    let below = lines[row..].iter().take_while(has_cell);
    above.chain(below).map(|line| rune_count(line[column])).max().unwrap_or(0) + PADDING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_end_where_their_column_ends() {
        let text = "key:\t Total 7\n \t10ms (5%):\t a\n \té (1%):\t bc\n\nk:\t Total\n";
        let aligned = " key: Total 7\n      10ms (5%): a\n         é (1%): bc\n\n k: Total\n";
        assert_eq!(String::from_utf8_lossy(&align_right(text.as_bytes())), aligned);
    }
}
