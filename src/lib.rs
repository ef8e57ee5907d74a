//! profgate
pub mod decode;
pub mod error;
pub mod profile;
pub mod select;
pub mod units;
