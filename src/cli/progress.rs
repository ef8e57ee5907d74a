//! A bar on standard error while sources are read, for a person who waits longer than a second.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The progress of reading a number of sources.
pub(super) struct Progress {
    bar: ProgressBar,
    /// Dropped to say that the work is done; the thread waits for that, or for patience to end.
    watch: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Progress over `sources` sources, shown on a terminal only.
    pub(super) fn new(sources: usize, is_silent: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(sources as u64), ProgressDrawTarget::hidden());
        if is_silent || !io::stderr().is_terminal() {
            return Self { bar, watch: None };
        }
        let template = "{bar:30} {pos}/{len} profiles, {eta} left";
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let (done, wait) = channel::<()>();
        let shown = bar.clone();
        let thread = thread::spawn(move || {
            if wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(Duration::from_millis(100));
            }
        });
        Self { bar, watch: Some((done, thread)) }
    }

    /// One more source has been read.
    pub(super) fn step(&self) {
        self.bar.inc(1);
    }

    /// All work is done: the bar goes.
    pub(super) fn finish(self) {
        drop(self);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.watch.take() {
            drop(done);
            // A panic of the thread has drawn nothing worth reporting.
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}
