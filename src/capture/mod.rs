//! Live sources of both sides to profiles, taken so that comparing them is fair.
//!
//! ```text
//!  text ──► Target ──► (schedule: together, or in turns) ──► bytes ──► (window: end − start) ──► Shot
//!           target      schedule                              source    window, program           shot
//! ```
//!
//! This is the one stage that waits and looks at the clock: when a profile is taken is part of what it says.

mod build_info;
mod program;
mod schedule;
mod shot;
mod target;
mod window;

pub use schedule::{Order, Schedule};
pub use shot::Shot;
pub use target::{Target, Wishes};
