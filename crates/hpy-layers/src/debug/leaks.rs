//! The report about leaks, grouped by where they were opened.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;

use hpy_abi::*;

use crate::member::Member;

use super::handle::DebugHandle;
use super::location::place::{By, Place, Trace};
use super::reports::describe;
use super::reports::text::printable;
use super::state::DebugState;
use super::table::record_state::Kind;

/// The leaks that were opened at one place.
struct Group {
    place: Place,
    trace: Option<Trace>,
    leaks: Vec<DebugHandle>,
    bytes: usize,
    /// Some of the objects, in words.
    examples: Vec<String>,
}

/// How many of the objects of a group are shown.
const EXAMPLES: usize = 3;

const RULE: &str = "  \
  rule      A function closes what it opens, unless it returns it, on every way out, including those after errors.
            HPy_Close closes a handle, Build or Cancel a builder, HPyTracker_Close a tracker,
            HPyBuffer_Release a view of memory or characters, Finish or Discard a writer,
            HPyLong_FreeExport what HPyLong_Export filled.
";
const EXCEPTION: &str = "  \
  exception The exception that HPyErr_GetRaisedException returns is not pending any more, so it is lost unless
            HPyErr_SetRaisedException raises it again. That does not close its handle: HPy_Close does.
";
const MORE: &str = "  \
  more      HPY_DEBUG=trace in the environment, or hpy.debug.set_handle_stack_trace_limit(16), shows the lines and
            the stacks where they were opened.
";

/// The leaks of this generation or later as a text, in groups by where they were opened, the largest first. `None` if there
/// are none.
///
/// # Safety
///
/// The thread is inside of Python, with no exception set, and in no function of an extension that closes what is
/// shown.
#[must_use]
pub unsafe fn leak_report(state: &Arc<DebugState>, generation: i64) -> Option<String> {
    let leaks = DebugHandle::leaks(state, generation);
    if leaks.is_empty() {
        return None;
    }
    let (total, kinds) = (leaks.len(), count_kinds(&leaks));
    let mut groups = group(leaks);
    let mut sizes = HashSet::new();
    for group in &mut groups {
        // SAFETY: the leaks hold handles of the engine, and the thread is inside of Python.
        unsafe { group.look(state.engine, &mut sizes) };
    }
    groups.sort_by_key(|group| std::cmp::Reverse((group.leaks.len(), group.bytes)));
    let bytes: usize = groups.iter().map(|group| group.bytes).sum();
    let mut text = match bytes {
        0 => format!("{kinds} not closed:\n"),
        _ => format!("{kinds} not closed, whose objects take {bytes} bytes:\n"),
    };
    for group in &groups {
        group.write(&mut text);
    }
    text.push_str(RULE);
    if groups.iter().any(|group| group.place.by == By::api(Member::ctx_Err_GetRaisedException)) {
        text.push_str(EXCEPTION);
    }
    if groups.iter().any(|group| group.trace.is_none()) {
        text.push_str(MORE);
    }
    debug_assert_eq!(total, groups.iter().map(|group| group.leaks.len()).sum());
    Some(text)
}

fn group(leaks: Vec<DebugHandle>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known = HashMap::new();
    for leak in leaks {
        let (place, trace) = leak
            .read(|record, table| {
                let details = record.details(table);
                (details.opened, details.opened_trace().cloned())
            })
            .unwrap_or_default();
        let key = (place, trace.as_ref().map(|trace| trace.addresses().to_vec()));
        let at = *known.entry(key).or_insert_with(|| {
            groups.push(Group { place, trace, leaks: Vec::new(), bytes: 0, examples: Vec::new() });
            groups.len() - 1
        });
        groups[at].leaks.push(leak);
    }
    groups
}

/// Such as `2 handles, 1 list builder`.
fn count_kinds(leaks: &[DebugHandle]) -> String {
    let parts: Vec<String> = Kind::ALL
        .iter()
        .filter_map(|&kind| match leaks.iter().filter(|leak| leak.kind() == kind).count() {
            0 => None,
            1 => Some(format!("1 {}", kind.name())),
            n => Some(format!("{n} {}s", kind.name())),
        })
        .collect();
    parts.join(", ")
}

impl Group {
    /// Asks the objects for their sizes and reprs. An object in several groups counts for the first.
    ///
    /// # Safety
    ///
    /// `ctx` is the engine's. The thread is inside of Python, with no exception set.
    unsafe fn look(&mut self, ctx: *mut HPyContext, seen: &mut HashSet<isize>) {
        for leak in &self.leaks {
            let Some(object) = leak.object() else { continue };
            // SAFETY: the handle is open, and the object is kept while it is looked at.
            unsafe {
                let object = ((*ctx).ctx_Dup)(ctx, object);
                if seen.insert(object._i) {
                    self.bytes += size_of_object(ctx, object);
                }
                if self.examples.len() < EXAMPLES {
                    let example = describe::object(ctx, object);
                    if !self.examples.contains(&example) {
                        self.examples.push(example);
                    }
                }
                ((*ctx).ctx_Close)(ctx, object);
            }
        }
    }

    fn write(&self, text: &mut String) {
        let count = self.leaks.len();
        let bytes = if self.bytes == 0 { String::new() } else { format!(", {} bytes", self.bytes) };
        let lines = self.place.lines_of(self.trace.as_ref());
        for (i, line) in lines.iter().map(|line| printable(line)).enumerate() {
            let _ = match i {
                0 => writeln!(text, "  {count} × opened by {line}{bytes}"),
                _ => writeln!(text, "        {line}"),
            };
        }
        for example in &self.examples {
            let _ = writeln!(text, "      {}", printable(example));
        }
    }
}

/// What `__sizeof__` says; 0 if it fails.
///
/// # Safety
///
/// The handle is open in the context. The thread is inside of Python, with no exception set.
unsafe fn size_of_object(ctx: *mut HPyContext, object: HPy) -> usize {
    // SAFETY: the handles are open until they are closed here.
    unsafe {
        let name = ((*ctx).ctx_Unicode_FromString)(ctx, c"__sizeof__".as_ptr());
        if name.is_null() {
            ((*ctx).ctx_Err_Clear)(ctx);
            return 0;
        }
        let size = ((*ctx).ctx_CallMethod)(ctx, name, &raw const object, 1, HPy::NULL);
        ((*ctx).ctx_Close)(ctx, name);
        let bytes = if size.is_null() { -1 } else { ((*ctx).ctx_Long_AsSsize_t)(ctx, size) };
        if !size.is_null() {
            ((*ctx).ctx_Close)(ctx, size);
        }
        if ((*ctx).ctx_Err_Occurred)(ctx) != 0 {
            ((*ctx).ctx_Err_Clear)(ctx);
            return 0;
        }
        usize::try_from(bytes).unwrap_or(0)
    }
}
