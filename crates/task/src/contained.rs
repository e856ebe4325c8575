//! Libraries that panic on some foreign input: contained, so that the input fails and not the run.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
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

/// Whether a panic of this thread is expected now and becomes an error: a program's panic hook need not tell of it.
pub fn panics_are_contained() -> bool {
    DEPTH.get() > 0
}

#[cfg(test)]
mod tests {
    use super::{contain, panics_are_contained};

    #[test]
    fn a_panic_inside_is_contained_and_one_outside_is_not() {
        assert_eq!(contain(panics_are_contained), Some(true));
        let nothing: Option<()> = contain(|| unreachable!("contained"));
        assert_eq!(nothing, None);
        assert!(!panics_are_contained());
    }
}
