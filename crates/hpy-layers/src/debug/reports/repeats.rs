//! A mistake that is made again at the same place is told in full once, and then counted: in a loop it would fill the
//! screen with the same report.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::{Mutex, MutexGuard, Once};

use crate::sync::lock;

use crate::debug::location::place::{Place, Start, frames};
use crate::debug::reports::report::{Rule, Site, print};
use crate::debug::state::{self, DebugState};

/// A rule, and where it was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mistake {
    pub(crate) rule: Rule,
    pub(crate) place: Place,
    /// Where the extension was; 0 if only the function is known.
    pub(crate) instruction: usize,
    /// What it is about, where one place has mistakes about several things.
    pub(crate) subject: usize,
}

impl Mistake {
    /// The rule.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// A number that hardly any other mistake of this process has.
    #[must_use]
    pub fn id(&self) -> u64 {
        BuildHasherDefault::<DefaultHasher>::default().hash_one(self)
    }
}

/// How often a mistake was made.
#[derive(Debug, Clone)]
pub struct Count {
    pub rule: Rule,
    /// As its report tells where it was.
    pub place: String,
    pub count: u64,
}

/// The mistakes that were made and are not forgotten yet.
#[derive(Default)]
pub(crate) struct Repeats(Mutex<HashMap<Mistake, Count>>);

impl Repeats {
    fn lock(&self) -> MutexGuard<'_, HashMap<Mistake, Count>> {
        lock(&self.0)
    }

    /// Whether the mistake is made for the first time.
    fn is_first(&self, mistake: Mistake) -> bool {
        let mut all = self.lock();
        // Without memory each is told, which is better than none.
        if all.try_reserve(1).is_err() {
            return true;
        }
        let new = Count { rule: mistake.rule, place: String::new(), count: 0 };
        let known = all.entry(mistake).or_insert(new);
        known.count += 1;
        known.count == 1
    }

    /// Notes what its report says of the place.
    pub(crate) fn describe(&self, mistake: Mistake, place: &str) {
        if let Some(known) = self.lock().get_mut(&mistake) {
            place.clone_into(&mut known.place);
        }
    }
}

impl DebugState {
    /// What is made at the site.
    pub(crate) fn mistake(&self, rule: Rule, site: &Site) -> Mistake {
        let frames = site.call.map(|call| frames(self, 1, Start::Call(call)));
        let instruction = frames.and_then(|frames| frames.first().copied()).unwrap_or(0);
        Mistake { rule, place: site.place, instruction, subject: site.subject }
    }

    /// Whether a mistake with which the extension goes on was told before. It is counted.
    pub(crate) fn was_told(&self, mistake: Mistake) -> bool {
        if self.repeats.is_first(mistake) {
            return false;
        }
        tell_at_exit();
        true
    }

    /// How often each mistake was made since this was called last. The next report of each is in full again.
    pub fn take_counts(&self) -> HashMap<Mistake, Count> {
        std::mem::take(&mut self.repeats.lock())
    }
}

/// What was not told in full each time, the most frequent first; nothing if all was.
struct Summary(Vec<Count>);

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: u64 = self.0.iter().map(|mistake| mistake.count).sum();
        let places = self.0.len();
        if total == places as u64 {
            return Ok(());
        }
        let mut text = format!("HPy debug mode: {total} mistakes, of which {places} were told in full:\n");
        for Count { rule, place, count } in &self.0 {
            writeln!(text, "  {count} × {place} [{}]", rule.name())?;
        }
        f.write_str(&text)
    }
}

/// Tells of those that are left.
pub(crate) fn tell_summary(state: &DebugState) {
    let mut counts: Vec<_> = state.take_counts().into_values().collect();
    if state.warn() {
        counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.place.cmp(&b.place)));
        print(Summary(counts));
    }
}

/// Has the summary told at the end of the process. That of an interpreter that ended before is told then.
fn tell_at_exit() {
    unsafe extern "C" {
        fn atexit(function: extern "C" fn()) -> std::ffi::c_int;
    }
    extern "C" fn tell() {
        state::living().iter().for_each(|state| tell_summary(state));
    }
    static ONCE: Once = Once::new();
    // SAFETY: this library is never unloaded, so the function is there at the end. Without memory none is told.
    ONCE.call_once(|| unsafe {
        atexit(tell);
    });
}
