//! Names of functions to what the scheduler does to them: frames that run at moments a program does not choose.
//!
//! How often such a frame is caught depends on how busy the machine is, so its cost varies several times more from run
//! to run than that of the program's own functions. Measured on two shared cores, `runtime.asyncPreempt` takes 6–11 %
//! of the samples of a contended run and under 1 % of a calm one.

/// Frames that preemption puts on top of the function it interrupts. For the test alone their cost counts as their
/// caller's; shown values stay as they are.
pub const PREEMPTION: [&str; 2] = ["runtime.asyncPreempt", "runtime.asyncPreempt2"];

/// Frames driven by signals, locks of the scheduler and its waiting. They break no limit, unless the limit names
/// functions.
pub const SCHEDULING: [&str; 18] = [
    "runtime.futex",
    "runtime.futexsleep",
    "runtime.futexwakeup",
    "runtime.gosched_m",
    "runtime.lock2",
    "runtime.mcall",
    "runtime.notesleep",
    "runtime.notewakeup",
    "runtime.osyield",
    "runtime.procyield",
    "runtime.sighandler",
    "runtime.sigprof",
    "runtime.sigreturn__sigaction",
    "runtime.sigtramp",
    "runtime.sigtrampgo",
    "runtime.unlock2",
    "runtime.unlock2Wake",
    "runtime.usleep",
];

/// Whether the cost of `name` as a leaf is its caller's.
pub(super) fn is_preemption(name: &[u8]) -> bool {
    PREEMPTION.iter().any(|known| known.as_bytes() == name)
}

/// Whether `name` varies with the load of the machine rather than with the code.
#[must_use]
pub fn is_exempt(name: &[u8]) -> bool {
    is_preemption(name) || SCHEDULING.iter().any(|known| known.as_bytes() == name)
}
