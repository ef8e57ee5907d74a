//! Special functions: what the tests need of beta, gamma, normal and Student's t, accurate in the tails.
//!
//! `statrs` supplies the error function, its inverse and the logarithm of the gamma function. Its regularised
//! incomplete beta stops after 140 terms without saying so (27 % off at ten million events), and quadrature as in
//! Numerical Recipes loses the far tails altogether; the continued fraction is therefore our own.

pub(crate) mod beta;
pub(crate) mod normal;
pub(crate) mod polygamma;
pub(crate) mod student;

/// A number of rows or runs as a real number.
#[expect(clippy::cast_precision_loss, reason = "numbers of rows and runs lie far below 2^52")]
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}
