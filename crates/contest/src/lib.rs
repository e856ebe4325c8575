//! A blind public contest without its pages: draws, votes with receipts, and a close that anybody checks.
//!
//! The log gets a commitment for each vote, and nothing else about it; after the close every ballot is opened, and
//! [`check_closed`] recomputes all of it. Nothing here has a clock: times are passed in, in milliseconds since 1970.
//!
//! | module | answers |
//! | --- | --- |
//! | `rules` | what is the contest held by? |
//! | `draw` | which battle is next, as a function of what anybody knows after the close? |
//! | `drawing`, `shown` | how do many people get their battles at once? |
//! | `arena`, `live` | what is shown to a person, and what did they vote? |
//! | `intake`, `logbook` | how do many votes become durable at once, and how does the log get each exactly once? |
//! | `ballot`, `entry`, `receipt` | what is committed to, what does the log have, what does the voter keep? |
//! | `close`, `published` | what is published? |
//! | `handover` | what is given to the stage? |
//! | `check` | does it hold? |
//! | `examined` | which voters do the registered tests flag, hour by hour? |
//! | `own` | what does the person themselves see? |

mod arena;
mod ballot;
mod check;
mod close;
mod draw;
mod drawing;
mod entry;
mod error;
mod examined;
mod handover;
mod intake;
mod keyed;
mod laid;
mod live;
mod logbook;
mod own;
pub mod published;
mod receipt;
mod recorded;
mod rules;
mod shown;

pub use arena::{Arena, Choice, Secrets};
pub use ballot::{Ballot, reason_digest, sides_digest};
pub use check::{Checked, Exposure, Finding, Problem, check_closed, check_draws};
pub use draw::VOTE_LAG_MS;
pub use entry::{Entry, Files};
pub use error::ContestError;
pub use examined::{EXAMINE_EVERY_MS, Examination};
pub use handover::{LOG, hand_over};
pub use keyed::{battle_id, battle_name, seed_commitment};
pub use live::{Begun, CLAIM_MS, Came, Finished, Question, TRIES, Taken};
pub use logbook::Logbook;
pub use own::{Own, OwnBattle, OwnReport, OwnTurn, OwnVote};
pub use receipt::{Inclusion, Receipt, ReceiptError};
pub use recorded::Recorded;
pub use rules::{Barred, REASON_CHARS, Sealed, Setup};
