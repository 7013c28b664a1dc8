//! The lock behind `HPyMutex`: one word, and rooms where threads wait.
//!
//! A thread takes the lock only where it runs Python. One that has waited goes back there first and then tries again, so
//! that none has the lock and waits for a GIL that an ending interpreter gives to nobody.

use std::ptr::null_mut;
use std::sync::PoisonError;
use std::sync::atomic::AtomicPtr;

use hpy_abi::HPyMutex;

use crate::sync::primitives::{AtomicUsize, Condvar, Mutex, Ordering};

/// The word of an [`HPyMutex`].
#[repr(transparent)]
pub(crate) struct Lock(AtomicUsize);

const FREE: usize = 0;
const TAKEN: usize = 1;
/// Taken, and there may be threads that wait for it.
const AWAITED: usize = 3;

/// The word is none that a [`Lock`] has.
#[derive(Debug)]
pub(crate) struct Garbage;

/// What [`Lock::release`] has found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Released {
    /// Nobody waits.
    Quietly,
    /// Those who wait are to be called by [`Room::call`].
    Awaited,
    /// It was not locked.
    WasFree,
}

impl Lock {
    /// # Safety
    /// Null, or what nobody writes to but through this.
    pub(crate) unsafe fn of<'a>(mutex: *mut HPyMutex) -> Option<&'a Self> {
        // SAFETY: by contract; an `HPyMutex` is one aligned word.
        unsafe { mutex.cast::<Self>().as_ref() }
    }

    #[inline(always)]
    pub(crate) fn try_take(&self) -> bool {
        self.0.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Waits, unless the lock is free, until it was. The room is that of this lock.
    pub(crate) fn wait(&self, room: &Room) -> Result<(), Garbage> {
        let mut inside = room.door.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            // Whoever releases it from here on goes to the door, and so finds this thread asleep.
            match self.0.compare_exchange(TAKEN, AWAITED, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) | Err(AWAITED) => {
                    inside = room.bell.wait(inside).unwrap_or_else(PoisonError::into_inner);
                }
                Err(FREE) => return Ok(()),
                Err(_) => return Err(Garbage),
            }
        }
    }

    #[inline(always)]
    pub(crate) fn release(&self) -> Result<Released, Garbage> {
        match self.0.swap(FREE, Ordering::Release) {
            TAKEN => Ok(Released::Quietly),
            AWAITED => Ok(Released::Awaited),
            FREE => Ok(Released::WasFree),
            _ => Err(Garbage),
        }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// Where threads wait for some locks. All of them wake up when one of these is released.
pub(crate) struct Room {
    door: Mutex<()>,
    bell: Condvar,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self { door: Mutex::new(()), bell: Condvar::new() }
    }

    /// The room of a lock, which need not exist any more.
    pub(crate) fn of(lock: &Lock) -> &'static Self {
        // The low bits of addresses say little.
        let address = lock.address();
        let number = (address >> 3 ^ address >> 9) % ROOMS;
        &House::current().rooms[number]
    }

    /// Wakes those up who wait for a lock that was [released](Lock::release).
    pub(crate) fn call(&self) {
        drop(self.door.lock().unwrap_or_else(PoisonError::into_inner));
        self.bell.notify_all();
    }
}

const ROOMS: usize = 16;

/// The rooms of one process. A child made by `fork` has its own, as threads that are gone may have left doors locked.
struct House {
    process: u32,
    rooms: [Room; ROOMS],
}

impl House {
    /// Built when first needed.
    fn current() -> &'static Self {
        static CURRENT: AtomicPtr<House> = AtomicPtr::new(null_mut());
        let process = std::process::id();
        let known = CURRENT.load(std::sync::atomic::Ordering::Acquire);
        // SAFETY: null, or leaked below.
        if let Some(known) = unsafe { known.as_ref() }
            && known.process == process
        {
            return known;
        }
        let new = Box::into_raw(Box::new(Self { process, rooms: std::array::from_fn(|_| Room::new()) }));
        let (success, failure) = (std::sync::atomic::Ordering::AcqRel, std::sync::atomic::Ordering::Acquire);
        match CURRENT.compare_exchange(known, new, success, failure) {
            // SAFETY: never freed.
            Ok(_) => unsafe { &*new },
            Err(faster) => {
                // SAFETY: nobody else has the new one; that of another thread of this process is never freed.
                unsafe {
                    drop(Box::from_raw(new));
                    &*faster
                }
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::cell::UnsafeCell;
    use std::thread;

    use super::*;

    struct Guarded {
        lock: Lock,
        value: UnsafeCell<usize>,
    }
    // SAFETY: the value is used by who has the lock.
    unsafe impl Sync for Guarded {}

    /// More locks than rooms, each used by several threads.
    #[test]
    fn threads_take_turns() {
        const ROUNDS: usize = 2000;
        let all: Vec<_> = (0..2 * ROOMS)
            .map(|_| Guarded { lock: Lock(AtomicUsize::new(FREE)), value: UnsafeCell::new(0) })
            .collect();
        let work = |number: usize| {
            for round in 0..ROUNDS {
                let Guarded { lock, value } = &all[(number * round) % all.len()];
                while !lock.try_take() {
                    lock.wait(Room::of(lock)).unwrap();
                }
                // SAFETY: the lock is taken.
                unsafe { *value.get() += 1 };
                if round % 16 == 0 {
                    thread::yield_now();
                }
                if lock.release().unwrap() == Released::Awaited {
                    Room::of(lock).call();
                }
            }
        };
        thread::scope(|scope| {
            for number in 0..8 {
                let work = &work;
                scope.spawn(move || work(number));
            }
        });
        let total: usize = all.into_iter().map(|guarded| guarded.value.into_inner()).sum();
        assert_eq!(total, 8 * ROUNDS);
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    /// A lock with its room, what it guards, and a GIL.
    struct Guarded {
        lock: Lock,
        room: Room,
        gil: Option<Mutex<()>>,
        value: UnsafeCell<usize>,
    }

    impl Guarded {
        fn new(gil: bool) -> Arc<Self> {
            let gil = gil.then(|| Mutex::new(()));
            Arc::new(Self {
                lock: Lock(AtomicUsize::new(FREE)),
                room: Room::new(),
                gil,
                value: UnsafeCell::new(0),
            })
        }

        /// What a thread does between locking and unlocking; `leave` lets others run Python meanwhile.
        fn add(&self, leave: bool) {
            let enter = || self.gil.as_ref().map(|gil| gil.lock().unwrap());
            let mut inside = enter();
            while !self.lock.try_take() {
                drop(inside);
                self.lock.wait(&self.room).unwrap();
                inside = enter();
            }
            // SAFETY: the lock is taken; loom fails if another thread gets here.
            self.value.with_mut(|value| unsafe { *value += 1 });
            if leave {
                drop(inside);
                inside = enter();
            }
            if self.lock.release().unwrap() == Released::Awaited {
                self.room.call();
            }
            drop(inside);
        }
    }

    fn threads(count: usize, gil: bool, leave: bool) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = (count > 2).then_some(2);
        model.check(move || {
            let guarded = Guarded::new(gil);
            let others: Vec<_> = (1..count)
                .map(|_| {
                    let guarded = guarded.clone();
                    thread::spawn(move || guarded.add(leave))
                })
                .collect();
            guarded.add(leave);
            others.into_iter().for_each(|thread| thread.join().unwrap());
            assert_eq!(guarded.lock.release().unwrap(), Released::WasFree);
            // SAFETY: all other threads have ended.
            assert_eq!(guarded.value.with(|value| unsafe { *value }), count);
        });
    }

    #[test]
    fn two_threads_take_turns_and_none_sleeps_on() {
        threads(2, false, false);
    }

    #[test]
    fn three_threads_take_turns_and_none_sleeps_on() {
        threads(3, false, false);
    }

    #[test]
    fn no_deadlock_with_a_gil() {
        threads(2, true, true);
    }
}
