//! The targets of two sides to when each is taken, and to all profiles in the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::shot::take;
use super::{Shot, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::source::live::Client;
use crate::source::{Kind, Service};

/// How soon an interruption is noticed.
const GLANCE: Duration = Duration::from_millis(50);

/// In which order the sides are captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// At the same time, each target once.
    Together,
    /// One after the other: base, new, new, base, base, … with so many runs on each side.
    Alternate(u32),
}

/// A profile to take, by the place of its target.
type Place = usize;

/// When each target is taken.
#[derive(Debug)]
pub struct Schedule {
    targets: Vec<Target>,
    /// How many of them are of the base.
    base: usize,
    /// Rounds follow each other. The lanes of a round run at the same time; what is in one lane follows each other.
    rounds: Vec<Vec<Vec<Place>>>,
}

impl Schedule {
    /// When to take the targets of both sides.
    ///
    /// Together, everything starts at once, but for CPU profiles of one program: it records one at a time.
    ///
    /// # Errors
    /// When the sides are to take turns and do not have one target each.
    pub fn new(base: Vec<Target>, new: Vec<Target>, order: Order) -> Result<Self> {
        let sides = (base.len(), new.len());
        let targets: Vec<Target> = base.into_iter().chain(new).collect();
        let rounds = match order {
            Order::Together => vec![lanes(&targets)],
            Order::Alternate(_) if sides != (1, 1) => {
                return Err(Error::new(ErrorKind::Usage, "takes turns between one live source on each side")
                    .at("--alternate")
                    .help("name one URL for the base and one for the new side"));
            }
            Order::Alternate(runs) => {
                let turn = |run: u32| if run.is_multiple_of(2) { [0, 1] } else { [1, 0] };
                (0..runs).flat_map(turn).map(|place| vec![vec![place]]).collect()
            }
        };
        Ok(Self { targets, base: sides.0, rounds })
    }

    /// How many profiles there will be.
    #[must_use]
    pub fn profiles(&self) -> usize {
        self.rounds.iter().flatten().map(Vec::len).sum()
    }

    /// How long it should take.
    #[must_use]
    pub fn expected(&self) -> Duration {
        let lane =
            |lane: &Vec<Place>| lane.iter().map(|&place| self.targets[place].expected).sum::<Duration>();
        self.rounds.iter().map(|round| round.iter().map(lane).max().unwrap_or_default()).sum()
    }

    /// Takes all profiles: for each target, base first, those of its runs. `step` is called after each.
    ///
    /// # Errors
    /// When one cannot be taken, and when `is_interrupted` becomes true. What is still under way then is given up.
    pub fn run(
        self,
        client: &Arc<Client>,
        inflated_limit: u64,
        is_interrupted: &AtomicBool,
        step: &dyn Fn(),
    ) -> Result<Vec<Vec<Shot>>> {
        let targets: Arc<[Target]> = self.targets.into();
        let mut shots: Vec<Vec<Shot>> = vec![Vec::new(); targets.len()];
        for round in self.rounds {
            let (done, shot) = channel();
            for lane in round {
                let (client, targets, done) = (client.clone(), targets.clone(), done.clone());
                thread::spawn(move || {
                    for place in lane {
                        let shot = take(&client, &targets[place], inflated_limit);
                        let failed = shot.is_err();
                        // Nobody listens any more after an interruption.
                        if done.send((place, shot)).is_err() || failed {
                            return;
                        }
                    }
                });
            }
            drop(done);
            loop {
                if is_interrupted.load(Ordering::Relaxed) {
                    return Err(Error::new(
                        ErrorKind::Unreadable,
                        "the capture was interrupted; nothing was kept",
                    ));
                }
                match shot.recv_timeout(GLANCE) {
                    Ok((place, shot)) => {
                        shots[place].push(shot?);
                        step();
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
        }
        if shots.iter().any(Vec::is_empty) {
            return Err(Error::new(ErrorKind::Unreadable, "a capture ended without a profile"));
        }
        Ok(shots)
    }

    /// The targets, and how many of them are of the base.
    #[must_use]
    pub fn targets(&self) -> (&[Target], usize) {
        (&self.targets, self.base)
    }
}

/// Lanes that can run at the same time.
fn lanes(targets: &[Target]) -> Vec<Vec<Place>> {
    let mut lanes: Vec<(Option<String>, Vec<Place>)> = Vec::new();
    for (place, target) in targets.iter().enumerate() {
        let address = target.address();
        let is_exclusive = address.service == Service::Program && address.kind() == Kind::Cpu;
        let key = is_exclusive.then(|| format!("{}{}", address.origin(), address.path));
        match lanes.iter_mut().find(|(known, _)| key.is_some() && *known == key) {
            Some((_, lane)) => lane.push(place),
            None => lanes.push((key, vec![place])),
        }
    }
    lanes.into_iter().map(|(_, lane)| lane).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Wishes;
    use crate::source::{Address, kubernetes::KUBECTL_PROXY};

    fn targets(texts: &[&str]) -> Vec<Target> {
        let kubectl_proxy = Address::parse(KUBECTL_PROXY).expect("a URL");
        let wishes = Wishes { seconds: Some(5), window: None, gc: false, timeout: None, kubectl_proxy };
        texts.iter().map(|text| Target::new(text, &wishes).expect("a URL")).collect()
    }

    #[test]
    fn sides_take_turns() {
        let schedule = |runs| {
            Schedule::new(targets(&["a:1"]), targets(&["b:1"]), Order::Alternate(runs)).expect("one each")
        };
        let order: Vec<_> = schedule(4).rounds.concat().concat();
        assert_eq!(order, [0, 1, 1, 0, 0, 1, 1, 0]);
        assert_eq!((schedule(4).expected(), schedule(3).profiles()), (Duration::from_secs(40), 6));
        assert!(Schedule::new(targets(&["a:1", "a:2"]), targets(&["b:1"]), Order::Alternate(2)).is_err());
    }

    #[test]
    fn one_program_records_one_cpu_profile_at_a_time() {
        let base = targets(&["a:1", "a:1/debug/pprof/heap", "a:1"]);
        let schedule = Schedule::new(base, targets(&["b:1"]), Order::Together).expect("any number");
        assert_eq!(schedule.rounds, [vec![vec![0, 2], vec![1], vec![3]]]);
        assert_eq!(schedule.expected(), Duration::from_secs(10));
    }
}
