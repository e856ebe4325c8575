//! The site of `daepyo serve`: pages and API over one table of routes, sessions, and who may do what.
//!
//! [`Server::start`] takes typed [`Settings`] and a [`Clock`]; nothing here reads the environment or the time by itself.
//! A new page is a row in a module's `rows()` ([`Route`]): the router is built from the table and access is decided by it.

mod api;
mod app;
mod assets;
mod clock;
mod contest;
mod door;
mod keys;
mod limits;
mod live;
pub mod log;
mod metrics;
mod page;
mod pages;
mod places;
mod programme;
mod public;
mod refusal;
mod route;
mod serve;
mod session;
mod settings;
mod sign_in;
mod talks;
mod traces;
mod who;

pub use app::App;
pub use clock::Clock;
pub use contest::ContestsError;
pub use keys::Keys;
pub use limits::{Limits, Whose};
pub use metrics::Metrics;
pub use page::{Page, csrf_field, page};
pub use programme::{ProgrammeError, moment_in_korea};
pub use public::{ExportError, Exported, export};
pub use refusal::Refusal;
pub use route::{Kind, Rate, Roles, Route, routes};
pub use serve::{Running, Server, StartError};
pub use settings::{Limit, OidcProvider, ProxyHeader, RateLimits, Secret, Settings};
pub use talks::Talks;
pub use traces::{Traces, TracesError, Tracing};
pub use who::Who;
