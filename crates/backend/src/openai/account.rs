//! One request's entry with the meter: opened before it is sent, settled whatever becomes of it.

use crate::{Charge, Meter};

pub(super) struct Account<'a> {
    meter: Option<&'a dyn Meter>,
    most: Charge,
    taken: Charge,
}

impl<'a> Account<'a> {
    /// An entry, or none where the meter does not admit the request. Until more is known, it takes the most it can.
    pub(super) async fn open(meter: Option<&'a dyn Meter>, most: Charge) -> Option<Self> {
        if let Some(meter) = meter
            && !meter.admit(most).await
        {
            return None;
        }
        Some(Self { meter, most, taken: Charge { untold: 1, ..most } })
    }

    /// The server told the tokens that it read and wrote.
    pub(super) fn told(&mut self, (read, written): (u32, u32)) {
        self.taken = Charge {
            requests: 1,
            prompt_tokens: u64::from(read),
            completion_tokens: u64::from(written),
            untold: 0,
        };
    }

    /// No token was read or written.
    pub(super) fn nothing_taken(&mut self) {
        self.told((0, 0));
    }
}

impl Drop for Account<'_> {
    fn drop(&mut self) {
        if let Some(meter) = self.meter {
            meter.settle(self.most, self.taken);
        }
    }
}
