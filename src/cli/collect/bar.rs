//! The durations of the runs so far to a bar with the time left, for a person who waits.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::shown;
use crate::source::Side;

/// How often the bar is drawn: seldom, because what is measured runs meanwhile.
const TICK: Duration = Duration::from_millis(500);

/// What has happened so far.
#[derive(Debug, Default)]
struct State {
    /// How long each run of either side took.
    done: Vec<Duration>,
    /// Runs of both sides together.
    expected: usize,
    /// The run that is under way.
    current: Option<(Side, u32, Instant)>,
}

impl State {
    /// The time left, if a run has ended by which to tell.
    fn left(&self, now: Instant) -> Option<Duration> {
        let count = u32::try_from(self.done.len()).ok().filter(|&count| count > 0)?;
        let mean = self.done.iter().sum::<Duration>() / count;
        let to_come = u32::try_from(self.expected.saturating_sub(self.done.len())).ok()?;
        let under_way =
            self.current.map_or(Duration::ZERO, |(_, _, begun)| now.saturating_duration_since(begun));
        // A run that takes longer than the others is about to end.
        Some((mean * to_come).saturating_sub(under_way.min(mean)))
    }

    fn message(&self, now: Instant) -> String {
        let current =
            self.current.map_or(String::new(), |(side, run, _)| format!(", {} run {run}", side.name()));
        let left = self.left(now).map_or(String::new(), |left| format!(", {} left", shown(left)));
        format!("{}/{} runs{current}{left}", self.done.len(), self.expected)
    }
}

/// The progress of all runs.
pub(super) struct Bar {
    state: Arc<Mutex<State>>,
    watch: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Bar {
    /// A bar over `runs` runs of each side, shown on a terminal only.
    pub(super) fn new(runs: u32, is_silent: bool) -> Self {
        let state = Arc::new(Mutex::new(State { expected: both_sides(runs), ..State::default() }));
        if is_silent || !io::stderr().is_terminal() {
            return Self { state, watch: None };
        }
        let (done, wait) = channel::<()>();
        let watched = state.clone();
        let thread = thread::spawn(move || {
            let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:30} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            while wait.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let (message, position, length) = {
                    let state = lock(&watched);
                    (state.message(Instant::now()), state.done.len(), state.expected)
                };
                bar.set_length(length as u64);
                bar.set_position(position as u64);
                bar.set_message(message);
            }
            bar.finish_and_clear();
        });
        Self { state, watch: Some((done, thread)) }
    }

    /// Whether there is a bar to be seen.
    pub(super) fn is_shown(&self) -> bool {
        self.watch.is_some()
    }

    /// A run begins.
    pub(super) fn begin(&self, side: Side, run: u32) {
        lock(&self.state).current = Some((side, run, Instant::now()));
    }

    /// It has ended, and took `duration`.
    pub(super) fn end(&self, duration: Duration) {
        let mut state = lock(&self.state);
        state.current = None;
        state.done.push(duration);
    }

    /// There will be `runs` runs of each side.
    pub(super) fn lengthen(&self, runs: u32) {
        lock(&self.state).expected = both_sides(runs);
    }

    /// All runs have ended: the bar goes.
    pub(super) fn finish(self) {
        drop(self);
    }
}

fn both_sides(runs: u32) -> usize {
    usize::try_from(runs).unwrap_or(usize::MAX).saturating_mul(2)
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.watch.take() {
            drop(done);
            // A panic of the thread has drawn nothing worth reporting.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_that_of_the_runs_to_come() {
        let now = Instant::now();
        let seconds = Duration::from_secs;
        let mut state = State { expected: 6, ..State::default() };
        assert_eq!(state.message(now), "0/6 runs");
        state.done = vec![seconds(9), seconds(11)];
        assert_eq!(state.left(now), Some(seconds(40)));
        state.current = Some((Side::New, 2, now));
        assert_eq!(state.message(now + seconds(4)), "2/6 runs, new run 2, 36 s left");
        assert_eq!(state.left(now + seconds(100)), Some(seconds(30)));
    }
}
