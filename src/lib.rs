//! profgate

pub mod stats;
