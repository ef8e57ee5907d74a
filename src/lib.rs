//! profgate
pub mod decode;
pub mod error;
pub mod graph;
pub mod profile;
pub mod units;
