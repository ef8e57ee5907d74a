//! A bar on standard error that says how long a capture still takes.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the bar is drawn.
const TICK: Duration = Duration::from_millis(200);

/// The progress of a capture whose length is known.
pub(super) struct Countdown {
    taken: Arc<AtomicUsize>,
    watch: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Countdown {
    /// A bar over `expected`, in which `profiles` profiles are taken, shown on a terminal only.
    pub(super) fn new(expected: Duration, profiles: usize, is_silent: bool) -> Self {
        let taken = Arc::new(AtomicUsize::new(0));
        if is_silent || !io::stderr().is_terminal() {
            return Self { taken, watch: None };
        }
        let (done, wait) = channel::<()>();
        let counted = taken.clone();
        let thread = thread::spawn(move || {
            let length = u64::try_from(expected.as_millis()).unwrap_or(u64::MAX).max(1);
            let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:30} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            let started = Instant::now();
            while wait.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let elapsed = started.elapsed();
                bar.set_position(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).min(length));
                bar.set_message(message(
                    counted.load(Ordering::Relaxed),
                    profiles,
                    expected.saturating_sub(elapsed),
                ));
            }
            bar.finish_and_clear();
        });
        Self { taken, watch: Some((done, thread)) }
    }

    /// One more profile has been taken.
    pub(super) fn step(&self) {
        self.taken.fetch_add(1, Ordering::Relaxed);
    }

    /// All profiles are taken: the bar goes.
    pub(super) fn finish(self) {
        drop(self);
    }
}

fn message(taken: usize, profiles: usize, left: Duration) -> String {
    let seconds = left.as_secs_f64().ceil();
    let left = if seconds > 0.0 { format!("{seconds} s left") } else { "waiting for the answer".to_owned() };
    format!("{taken}/{profiles} profiles captured, {left}")
}

impl Drop for Countdown {
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
    fn the_time_left_is_rounded_up() {
        assert_eq!(message(3, 8, Duration::from_millis(24_001)), "3/8 profiles captured, 25 s left");
        assert_eq!(message(8, 8, Duration::ZERO), "8/8 profiles captured, waiting for the answer");
    }
}
