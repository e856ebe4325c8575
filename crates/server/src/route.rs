//! One table of routes: what each row says is what the router serves and what the door enforces.

use crate::api::Operation;
use crate::app::App;
use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{self, MethodRouter};
use daepyo_store::site::Role;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A set of roles; somebody who is not signed in is one of its members or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    const NOBODY: u8 = 1;
    /// Everybody, signed in or not.
    pub const ANYONE: Self = Self(0b11_1111);
    /// Everybody who is signed in.
    pub const SIGNED_IN: Self = Self(0b11_1110);
    /// Whoever votes. Others test a contest as citizens do only with an account of that role.
    pub const CITIZEN: Self = Self(1 << 1);
    /// Experts.
    pub const EXPERT: Self = Self(1 << 2);
    /// Team engineers.
    pub const TEAM: Self = Self(1 << 3);
    /// The programme's office.
    pub const OFFICE: Self = Self(1 << 4);
    /// Auditors.
    pub const AUDITOR: Self = Self(1 << 5);
    /// Who sees the office's pages: the office and auditors.
    pub const SEES_OFFICE: Self = Self::OFFICE.and(Self::AUDITOR);

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether somebody with this role, or nobody signed in, is among them.
    pub const fn has(self, role: Option<Role>) -> bool {
        let bit = match role {
            None => Self::NOBODY,
            Some(Role::Citizen) => Self::CITIZEN.0,
            Some(Role::Expert) => Self::EXPERT.0,
            Some(Role::Team) => Self::TEAM.0,
            Some(Role::Office) => Self::OFFICE.0,
            Some(Role::Auditor) => Self::AUDITOR.0,
        };
        self.0 & bit != 0
    }
}

/// How often a route may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rate {
    /// Without a limit: what costs nothing and what machines ask for all the time.
    Free,
    /// Reading.
    Read,
    /// Changing something.
    Write,
    /// Signing in.
    SignIn,
    /// What costs much.
    Costly,
}

impl Rate {
    /// The class as metrics call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Read => "read",
            Self::Write => "write",
            Self::SignIn => "sign_in",
            Self::Costly => "costly",
        }
    }
}

/// What a route answers with, which decides how it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Pages: refusals are pages, and who must sign in is led there.
    Page,
    /// The API: refusals are `application/problem+json`.
    Api,
    /// Files and measures: no session is looked up, whoever asks counts as not signed in.
    Plain,
}

/// A row of the table.
#[derive(Clone)]
pub struct Route {
    /// The method; GET answers HEAD as well.
    pub method: Method,
    /// The path, with `{name}` for what varies.
    pub path: Cow<'static, str>,
    /// Who may.
    pub who: Roles,
    /// Whether it changes something; the token of forms is then asked for.
    pub changes: bool,
    /// How often.
    pub rate: Rate,
    /// A body's size in bytes at most; `None` for the site's own limit.
    pub body_bytes: Option<usize>,
    /// What it answers with.
    pub kind: Kind,
    /// Whether its answer goes on for long: the time for a request ends with the answer's headers, and it has no
    /// timeout while these are waited for.
    pub streams: bool,
    /// The message that the navigation shows it with, to those who may.
    pub nav: Option<&'static str>,
    /// What the API's document says of it. Rows of the API are made with it and no others are.
    pub(crate) operation: Option<Arc<Operation>>,
    handler: MethodRouter<App>,
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Route {
    /// A row that reads: `GET`. Rows of the API are made by `api`.
    pub fn get<H: Handler<T, App>, T: 'static>(
        path: impl Into<Cow<'static, str>>,
        who: Roles,
        handler: H,
    ) -> Self {
        Self::new(Method::GET, path.into(), who, routing::get(handler))
    }

    /// A row that changes something: `POST`. Rows of the API are made by `api`.
    pub fn post<H: Handler<T, App>, T: 'static>(
        path: impl Into<Cow<'static, str>>,
        who: Roles,
        handler: H,
    ) -> Self {
        Self::new(Method::POST, path.into(), who, routing::post(handler))
    }

    /// A row of the API, with what its document says of it.
    pub(crate) fn api(
        path: &'static str,
        who: Roles,
        operation: Operation,
        method: Method,
        handler: MethodRouter<App>,
    ) -> Self {
        let row = Self::new(method, Cow::Borrowed(path), who, handler);
        Self { kind: Kind::Api, operation: Some(Arc::new(operation)), ..row }
    }

    fn new(method: Method, path: Cow<'static, str>, who: Roles, handler: MethodRouter<App>) -> Self {
        let changes = method != Method::GET;
        let kind = Kind::Page;
        let rate = if changes { Rate::Write } else { Rate::Read };
        Self {
            method,
            path,
            who,
            changes,
            rate,
            body_bytes: None,
            kind,
            streams: false,
            nav: None,
            operation: None,
            handler,
        }
    }

    /// The row with another rate class.
    #[must_use]
    pub fn rate(self, rate: Rate) -> Self {
        Self { rate, ..self }
    }

    /// The row with a limit of its own for bodies, in bytes.
    #[must_use]
    pub fn body(self, bytes: usize) -> Self {
        Self { body_bytes: Some(bytes), ..self }
    }

    /// The row with another kind.
    #[must_use]
    pub fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// The row in the navigation, with the id of its message.
    #[must_use]
    pub fn nav(self, message: &'static str) -> Self {
        Self { nav: Some(message), ..self }
    }

    /// The row as one that changes nothing, though it is a POST: no token is asked for.
    #[must_use]
    pub fn reads(self) -> Self {
        Self { changes: false, ..self }
    }

    /// The row as one whose answer goes on for long.
    #[must_use]
    pub fn streams(self) -> Self {
        Self { streams: true, ..self }
    }
}

/// Every row of the site.
pub fn routes() -> Vec<Route> {
    [
        crate::assets::rows(),
        crate::public::rows(),
        crate::pages::rows(),
        crate::live::rows(),
        crate::contest::rows(),
        crate::sign_in::rows(),
        crate::api::rows(),
    ]
    .concat()
}

/// Paths of forms are shorter; in longer ones no page is looked for.
const LONGEST_FORM_PATH: usize = 512;

/// How a path fits into a row's: each of its parts word by word (0), as what varies (1) or as the rest (2), which come in
/// this order where several rows fit, as for the router.
fn fit(template: &str, path: &str) -> Option<Vec<u8>> {
    let mut parts = path.split('/');
    let mut how = Vec::new();
    for name in template.split('/') {
        let part = parts.next()?;
        if name == part {
            how.push(0);
            continue;
        }
        if part.is_empty() || !name.starts_with('{') {
            return None;
        }
        if name.starts_with("{*") {
            how.push(2);
            return Some(how);
        }
        how.push(1);
    }
    parts.next().is_none().then_some(how)
}

/// The table as the door asks it: by path, then by method.
#[derive(Debug)]
pub(crate) struct Table {
    by_path: BTreeMap<String, Vec<Arc<Route>>>,
    in_order: Vec<Arc<Route>>,
}

impl Table {
    pub(crate) fn of(rows: Vec<Route>) -> Self {
        let in_order: Vec<_> = rows.into_iter().map(Arc::new).collect();
        let mut by_path: BTreeMap<String, Vec<Arc<Route>>> = BTreeMap::new();
        for row in &in_order {
            by_path.entry(row.path.clone().into_owned()).or_default().push(Arc::clone(row));
        }
        Self { by_path, in_order }
    }

    /// The row for a method and the path that the router matched.
    pub(crate) fn row(&self, method: &Method, path: &str) -> Option<&Arc<Route>> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.by_path.get(path)?.iter().find(|row| row.method == *method)
    }

    /// The methods of a path, as the header `Allow` lists them.
    pub(crate) fn methods(&self, path: &str) -> String {
        let rows = self.by_path.get(path).into_iter().flatten();
        let names = rows.map(|row| if row.method == Method::GET { "GET, HEAD" } else { row.method.as_str() });
        names.collect::<Vec<_>>().join(", ")
    }

    /// What the navigation shows to this role: paths and ids of messages, in the order of the rows.
    pub(crate) fn navigation(&self, role: Option<Role>) -> impl Iterator<Item = (&str, &'static str)> {
        let rows = self.in_order.iter().filter(move |row| row.who.has(role));
        rows.filter_map(|row| Some((row.path.as_ref(), row.nav?)))
    }

    /// Whether a page can be asked for at a path, as it stands in an address without its query.
    pub(crate) fn has_page(&self, path: &str) -> bool {
        let fitting = self.by_path.iter().filter_map(|(template, rows)| Some((fit(template, path)?, rows)));
        let nearest = fitting.min_by(|(one, _), (other, _)| one.cmp(other));
        let is_page = |row: &Arc<Route>| row.method == Method::GET && row.kind == Kind::Page;
        nearest.is_some_and(|(_, rows)| rows.iter().any(is_page))
    }

    /// The page on which the form stands that is sent to a path: the longest beginning of the path that is a page's.
    pub(crate) fn page_of_form<'a>(&self, path: &'a str) -> &'a str {
        if path.len() > LONGEST_FORM_PATH {
            return "/";
        }
        let mut paths = std::iter::successors(Some(path), |path| Some(path.rsplit_once('/')?.0));
        paths.find(|path| self.has_page(path)).unwrap_or("/")
    }

    /// All rows, in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Route> {
        self.in_order.iter().map(|row| &**row)
    }

    /// The router of all rows, without the door.
    pub(crate) fn router(&self) -> Router<App> {
        self.in_order.iter().fold(Router::new(), |router, row| router.route(&row.path, row.handler.clone()))
    }
}

#[cfg(test)]
mod tests {
    //! Which page a form stands on.
    use super::*;

    #[test]
    fn a_form_stands_on_the_page_above_it() {
        let table = Table::of(routes());
        for (path, page) in [
            ("/battles/abc/vote", "/battles/abc"),
            ("/battles/abc/turns/0/stream", "/battles/abc"),
            ("/contests/first/users/battles", "/contests/first/users"),
            ("/office/accounts/reset", "/office/accounts"),
            ("/office/codes", "/office/codes"),
            ("/me/sessions/end", "/me"),
            ("/sign-in/code", "/sign-in"),
            ("/sign-out", "/"),
            ("/nothing/at/all", "/"),
            ("/", "/"),
            ("//evil.example", "/"),
            ("", "/"),
        ] {
            assert_eq!(table.page_of_form(path), page, "{path}");
        }
        assert_eq!(table.page_of_form(&"/a".repeat(1000)), "/");
        for path in ["/live", "/healthz", "/api/v1/contests", "/battles/", "/sign-in/code", "//evil.example"]
        {
            assert!(!table.has_page(path), "{path}");
        }
    }
}
