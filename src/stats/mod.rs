//! Event counts of two sides into estimates: for each row, is the difference real or noise?
//!
//! Slices in, estimates out. Nothing here knows profiles, names or files.

pub(crate) mod batch;
pub mod change_point;
pub mod confidence;
pub mod creep;
pub mod dispersion;
pub mod family;
pub mod footing;
pub mod gate;
pub mod mixture;
pub mod multiplicity;
pub mod noise;
pub mod outlier;
pub mod population;
pub(crate) mod posterior;
pub mod power;
pub mod reference;
pub(crate) mod special;
pub mod table;
pub mod tail;
pub mod threshold;
pub mod total;
pub mod turns;
pub(crate) mod weights;
