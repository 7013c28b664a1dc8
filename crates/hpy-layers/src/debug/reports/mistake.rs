//! Mistakes, and how often each was made. A mistake that is made again at the same place is reported in full once and then
//! counted, since a loop would fill the screen with the same report.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Mutex;

use crate::debug::location::place::Place;
use crate::sync::lock;

use super::rule::Rule;

/// A rule, and where it was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mistake {
    pub(crate) rule: Rule,
    pub(crate) place: Place,
    /// The address where the extension was; 0 if only the function is known.
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

    /// A number that most likely no other mistake of this process has.
    #[must_use]
    pub fn id(&self) -> u64 {
        BuildHasherDefault::<DefaultHasher>::default().hash_one(self)
    }
}

/// How often a mistake was made.
#[derive(Debug, Clone)]
pub struct Count {
    pub rule: Rule,
    /// The place, as its report has it.
    pub place: String,
    pub count: u64,
}

/// The mistakes since the counts were taken last.
#[derive(Default)]
pub(crate) struct MistakeCounts(Mutex<HashMap<Mistake, Count>>);

impl MistakeCounts {
    /// Counts a mistake. Returns whether it is made for the first time.
    pub(crate) fn add(&self, mistake: Mistake) -> bool {
        let mut counts = lock(&self.0);
        // Without memory each is reported, which is better than none.
        if counts.try_reserve(1).is_err() {
            return true;
        }
        let new = Count { rule: mistake.rule, place: String::new(), count: 0 };
        let known = counts.entry(mistake).or_insert(new);
        known.count += 1;
        known.count == 1
    }

    /// Notes what the report of a mistake says of the place.
    pub(crate) fn set_place(&self, mistake: Mistake, place: &str) {
        if let Some(known) = lock(&self.0).get_mut(&mistake) {
            place.clone_into(&mut known.place);
        }
    }

    /// Returns all of them, and forgets them.
    pub(crate) fn take(&self) -> HashMap<Mistake, Count> {
        std::mem::take(&mut lock(&self.0))
    }
}

/// How often mistakes were made, the most frequent first. Empty if each was reported each time.
pub(crate) struct Summary(Vec<Count>);

impl Summary {
    pub(crate) fn new(counts: HashMap<Mistake, Count>) -> Self {
        let mut counts: Vec<_> = counts.into_values().collect();
        counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.place.cmp(&b.place)));
        Self(counts)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: u64 = self.0.iter().map(|mistake| mistake.count).sum();
        let places = self.0.len();
        if total == places as u64 {
            return Ok(());
        }
        let mut text =
            format!("HPy debug mode: {total} mistakes, of which {places} were reported in full:\n");
        for Count { rule, place, count } in &self.0 {
            writeln!(text, "  {count} × {place} [{}]", rule.name())?;
        }
        f.write_str(&text)
    }
}
