//! A clock that is fast to read, since it is read twice per call.
//!
//! If the processor has a counter with a constant rate, that is read, and its rate is measured against the system's
//! monotonic clock. Otherwise the system's clock is read.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long the counter is measured, at least, before ticks are converted to seconds. Reading both clocks takes well under a
/// microsecond, see [`both`], so the error is below 1 in 1000.
const CALIBRATION: Duration = Duration::from_millis(10);

/// See [`is_counter`]. Set before the first reading, and always to the same value.
static USE_COUNTER: AtomicBool = AtomicBool::new(false);

/// What readings of [`now`] mean.
pub(crate) struct Clock {
    begin: Instant,
    begin_ticks: u64,
    nanoseconds_per_tick: OnceLock<f64>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        USE_COUNTER.store(counter::is_constant(), Relaxed);
        let (begin, begin_ticks) = both();
        Self { begin, begin_ticks, nanoseconds_per_tick: OnceLock::new() }
    }

    /// A number of ticks in nanoseconds. A clock always uses the same rate, so sums stay sums.
    pub(crate) fn nanoseconds(&self, ticks: u64) -> u64 {
        (ticks as f64 * self.nanoseconds_per_tick()).round() as u64
    }

    /// Ticks per second.
    pub(crate) fn frequency(&self) -> u64 {
        (1e9 / self.nanoseconds_per_tick()).round() as u64
    }

    fn nanoseconds_per_tick(&self) -> f64 {
        *self.nanoseconds_per_tick.get_or_init(|| {
            if !is_counter() {
                return 1.0;
            }
            std::thread::sleep(CALIBRATION.saturating_sub(self.begin.elapsed()));
            let (end, end_ticks) = both();
            end.duration_since(self.begin).as_nanos() as f64 / (end_ticks - self.begin_ticks) as f64
        })
    }
}

/// The time on both clocks. As the thread may be interrupted between the readings, this takes the best of several.
fn both() -> (Instant, u64) {
    let readings = (0..8).map(|_| {
        let (before, instant, after) = (now(), Instant::now(), now());
        (after.wrapping_sub(before), (instant, before))
    });
    readings.min_by_key(|(took, _)| *took).expect("there are some").1
}

/// The time, in ticks since some moment.
#[inline(always)]
pub(crate) fn now() -> u64 {
    if is_counter() { counter_now() } else { nanoseconds() }
}

/// Whether [`now`] reads the counter.
#[inline(always)]
pub(crate) fn is_counter() -> bool {
    USE_COUNTER.load(Relaxed)
}

/// The same as [`now`] where that reads the counter.
#[inline(always)]
pub(crate) fn counter_now() -> u64 {
    counter::read()
}

/// The system's clock.
#[cold]
fn nanoseconds() -> u64 {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    BEGIN.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

#[cfg(target_arch = "x86_64")]
mod counter {
    use std::arch::x86_64::{__cpuid, _rdtsc};

    /// Whether the processor says that the time stamp counter has a constant rate, whatever its own speed or sleep.
    pub(crate) fn is_constant() -> bool {
        // SAFETY: every x86-64 processor has the instruction.
        #[allow(unused_unsafe, reason = "later versions of Rust call it safe")]
        let (highest, features) = unsafe { (__cpuid(0x8000_0000).eax, || __cpuid(0x8000_0007).edx) };
        highest >= 0x8000_0007 && features() & 1 << 8 != 0
    }

    #[inline]
    pub(crate) fn read() -> u64 {
        // SAFETY: every x86-64 processor has the instruction.
        unsafe { _rdtsc() }
    }
}

#[cfg(target_arch = "aarch64")]
mod counter {
    /// The architecture guarantees it.
    pub(crate) fn is_constant() -> bool {
        true
    }

    #[inline]
    pub(crate) fn read() -> u64 {
        let ticks;
        // SAFETY: systems let programs read this register.
        unsafe { std::arch::asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack)) };
        ticks
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod counter {
    pub(crate) fn is_constant() -> bool {
        false
    }

    pub(crate) fn read() -> u64 {
        super::nanoseconds()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_time() {
        let clock = Clock::new();
        let (least, most, ticks);
        {
            let outer = Instant::now();
            let begin = now();
            let inner = Instant::now();
            std::thread::sleep(Duration::from_millis(30));
            least = inner.elapsed();
            ticks = now() - begin;
            most = outer.elapsed();
        }
        let measured = Duration::from_nanos(clock.nanoseconds(ticks));
        assert!(
            least.mul_f64(0.99) <= measured && measured <= most.mul_f64(1.01),
            "{least:?} {measured:?} {most:?}"
        );
        let by_frequency = ticks as f64 / clock.frequency() as f64;
        assert!((by_frequency / measured.as_secs_f64() - 1.0).abs() < 0.001);
    }

    #[test]
    fn time_goes_on() {
        Clock::new();
        let mut last = now();
        for _ in 0..1000 {
            let next = now();
            assert!(next >= last);
            last = next;
        }
    }
}
