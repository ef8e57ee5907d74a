//! profgate
