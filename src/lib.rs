//! profgate
pub mod decode;
pub mod error;
pub mod graph;
pub mod pprof;
pub mod profile;
pub mod select;
pub mod source;
pub mod units;
