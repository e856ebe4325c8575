//! Libraries that panic on some foreign input, or call themselves as deep as it goes: contained, so that the input fails
//! and not the run.

use std::{
    cell::Cell,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// What `work` gives; `None` where it panicked.
pub(crate) fn contain<T>(work: impl FnOnce() -> T) -> Option<T> {
    DEPTH.set(DEPTH.get() + 1);
    let made = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get().saturating_sub(1));
    made.ok()
}

/// The same on a stack of `bytes`, of which no more is taken than is needed. Fails where there is no such stack.
pub(crate) fn contain_deep<T: Send>(bytes: usize, work: impl FnOnce() -> T + Send) -> io::Result<Option<T>> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("foreign".to_owned()).stack_size(bytes);
        let thread = builder.spawn_scoped(scope, || contain(work))?;
        Ok(thread.join().ok().flatten())
    })
}

/// Whether a panic of this thread is expected now and becomes an error: a program's panic hook need not tell of it.
pub fn panics_are_contained() -> bool {
    DEPTH.get() > 0
}

#[cfg(test)]
mod tests {
    use super::{contain, contain_deep, panics_are_contained};

    #[test]
    fn a_panic_inside_is_contained_and_one_outside_is_not() {
        assert_eq!(contain(panics_are_contained), Some(true));
        let nothing: Option<()> = contain(|| unreachable!("contained"));
        assert_eq!(nothing, None);
        assert!(!panics_are_contained());
    }

    #[test]
    fn a_deep_stack_holds_what_a_common_one_does_not() {
        fn deep(level: u32) -> u64 {
            let frame = std::hint::black_box([u64::from(level); 64]);
            let below = if level == 0 { 0 } else { deep(level - 1) };
            below + std::hint::black_box(frame).first().copied().unwrap_or(0) / u64::from(level.max(1))
        }
        assert!(matches!(contain_deep(256 << 20, || deep(100_000)), Ok(Some(100_000))));
    }
}
