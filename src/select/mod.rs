//! x
pub mod goregexp;
