//! Ctrl-C to a flag, for as long as there is something to clean up.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::error::Result;

/// While one of these lives, a signal that would end the program raises a flag instead; a second one ends it.
#[derive(Debug)]
pub(super) struct Interrupt {
    flag: Arc<AtomicBool>,
    #[cfg(unix)]
    has_ended: Arc<AtomicBool>,
}

impl Interrupt {
    /// Signals raise the flag from now on.
    ///
    /// # Errors
    /// When the system does not let signals be handled.
    #[cfg(unix)]
    pub(super) fn begin() -> Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        use signal_hook::flag::{register, register_conditional_default};

        let flag = Arc::new(AtomicBool::new(false));
        let has_ended = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            register_conditional_default(signal, has_ended.clone())
                .and_then(|_| register_conditional_default(signal, flag.clone()))
                .and_then(|_| register(signal, flag.clone()))
                .map_err(|error| {
                    let problem = format!("signals cannot be handled ({error})");
                    crate::error::Error::new(crate::error::ErrorKind::Usage, problem)
                })?;
        }
        Ok(Self { flag, has_ended })
    }

    /// Elsewhere, signals end the program.
    ///
    /// # Errors
    /// Never.
    #[cfg(not(unix))]
    pub(super) fn begin() -> Result<Self> {
        Ok(Self { flag: Arc::new(AtomicBool::new(false)) })
    }

    /// Whether a signal has come.
    pub(super) fn flag(&self) -> &AtomicBool {
        &self.flag
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        #[cfg(unix)]
        self.has_ended.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}
