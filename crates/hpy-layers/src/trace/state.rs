//! The trace mode of an interpreter: what all of its modules share, and reports.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use super::clock::Clock;
use super::counter::{MEMBERS, Sum, index_of};
use super::module::Module;
use crate::Member;
use crate::sync::lock;

/// Called with the function of the context that is being called or has returned, on the thread that calls it, inside of
/// Python. It leaves Python's exception as it was.
pub type Hook = Arc<dyn Fn(Member) + Send + Sync>;

/// The trace mode of one interpreter: the counters of all modules that are traced there, and the hooks.
pub struct State {
    clock: Clock,
    modules: Mutex<Vec<Arc<Module>>>,
    names: Mutex<HashMap<usize, (FunctionKind, String)>>,
    hooks: Mutex<Hooks>,
    /// Whether there is a hook, so that calls need not take the lock to find out.
    has_hooks: AtomicBool,
}

#[derive(Default)]
struct Hooks {
    on_enter: Option<Hook>,
    on_exit: Option<Hook>,
}

/// When a hook is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Enter,
    Exit,
}

/// What was counted of a function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Numbers {
    /// How many calls began.
    pub calls: u64,
    /// Nanoseconds from call to return, including everything in between, of the calls that ended. A call within a call of the
    /// same function by the same module adds nothing.
    pub total: u64,
    /// The same without the traced calls inside, of any module, and without hooks.
    pub own: u64,
}

/// The traced calls out of and into a module. Functions that were never called are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleReport {
    pub name: String,
    /// In the order of the context.
    pub api: Vec<(Member, Numbers)>,
    /// By kind and name.
    pub functions: Vec<FunctionReport>,
}

/// Whose function it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FunctionKind {
    /// The module's.
    Own,
    /// Another extension's, which the module has imported.
    Imported,
}

/// A function of an extension, or several of one name in one module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionReport {
    pub kind: FunctionKind,
    /// See [`State::name_function`]. A function without a name has its address here.
    pub name: String,
    pub numbers: Numbers,
}

impl State {
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            clock: Clock::new(),
            modules: Mutex::default(),
            names: Mutex::default(),
            hooks: Mutex::default(),
            has_hooks: AtomicBool::new(false),
        })
    }

    /// Names the function of an extension at `address`. The first name stays.
    pub fn name_function(&self, address: usize, kind: FunctionKind, name: &str) {
        lock(&self.names).entry(address).or_insert_with(|| (kind, name.to_owned()));
    }

    /// Sets or removes a hook. Returns the previous one, which may still be running on another thread. When a call ends that
    /// began without any hook, no hook is called.
    pub fn set_hook(&self, moment: Moment, hook: Option<Hook>) -> Option<Hook> {
        let mut hooks = lock(&self.hooks);
        let slot = match moment {
            Moment::Enter => &mut hooks.on_enter,
            Moment::Exit => &mut hooks.on_exit,
        };
        let former = std::mem::replace(slot, hook);
        let has_hooks = hooks.on_enter.is_some() || hooks.on_exit.is_some();
        self.has_hooks.store(has_hooks, Relaxed);
        for module in self.modules() {
            module.set_hooks(has_hooks);
        }
        former
    }

    #[inline(always)]
    pub(crate) fn has_hooks(&self) -> bool {
        self.has_hooks.load(Relaxed)
    }

    pub(crate) fn hook(&self, moment: Moment) -> Option<Hook> {
        let hooks = lock(&self.hooks);
        match moment {
            Moment::Enter => hooks.on_enter.clone(),
            Moment::Exit => hooks.on_exit.clone(),
        }
    }

    /// The calls of each function of the context by all modules, in the order of the context, including functions that were
    /// never called.
    #[must_use]
    pub fn totals(&self) -> Vec<(Member, Numbers)> {
        let mut sums = vec![Sum::default(); MEMBERS];
        for module in self.modules() {
            for (sum, more) in sums.iter_mut().zip(module.sums().api) {
                *sum += more;
            }
        }
        Member::ALL.iter().map(|&member| (member, self.numbers(sums[index_of(member)]))).collect()
    }

    /// For each module, in the order in which they were loaded, what it called and which of its functions were called.
    #[must_use]
    pub fn report(&self) -> Vec<ModuleReport> {
        let names = lock(&self.names).clone();
        let name_of = |address| {
            let unnamed = || (FunctionKind::Own, format!("function at {address:#x}"));
            names.get(&address).cloned().unwrap_or_else(unnamed)
        };
        let reports = self.modules().into_iter().map(|module| {
            let sums = module.sums();
            let api = Member::ALL.iter().map(|&member| (member, self.numbers(sums.api[index_of(member)])));
            let mut by_name: BTreeMap<(FunctionKind, String), Sum> = BTreeMap::new();
            for (address, sum) in sums.functions {
                *by_name.entry(name_of(address)).or_default() += sum;
            }
            let functions = by_name.into_iter().map(|((kind, name), sum)| FunctionReport {
                kind,
                name,
                numbers: self.numbers(sum),
            });
            ModuleReport {
                name: module.name.clone(),
                api: api.filter(|(_, numbers)| numbers.was_called()).collect(),
                functions: functions.filter(|function| function.numbers.was_called()).collect(),
            }
        });
        reports.collect()
    }

    /// Resets all numbers to zero. A call that has not ended adds its whole time when it ends.
    pub fn reset(&self) {
        for module in self.modules() {
            module.reset();
        }
    }

    /// The resolution of the times in hertz: that of the clock, but at most nanoseconds.
    #[must_use]
    pub fn frequency(&self) -> u64 {
        self.clock.frequency().min(1_000_000_000)
    }

    /// The module of this name, made now if there is none. Modules of the same name are one.
    pub(crate) fn module(&self, name: &str) -> Arc<Module> {
        let mut modules = lock(&self.modules);
        if let Some(module) = modules.iter().find(|module| module.name == name) {
            return module.clone();
        }
        let module = Arc::new(Module::new(name, self.has_hooks()));
        modules.push(module.clone());
        module
    }

    fn modules(&self) -> Vec<Arc<Module>> {
        lock(&self.modules).clone()
    }

    fn numbers(&self, sum: Sum) -> Numbers {
        let time = |ticks| self.clock.nanoseconds(ticks);
        Numbers { calls: sum.calls, total: time(sum.total), own: time(sum.own) }
    }
}

impl Numbers {
    /// A call that began before a reset may have ended since.
    fn was_called(&self) -> bool {
        self.calls != 0 || self.own != 0
    }
}
