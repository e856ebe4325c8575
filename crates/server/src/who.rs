//! Who asks, in which language, and under which request.

use crate::app::App;
use crate::keys::random;
use crate::programme::day_in_korea;
use crate::public::{Links, View};
use crate::refusal::Refusal;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use daepyo_core::{Digest, Language, TeamId};
use daepyo_store::site::{Person, PersonId, Role};
use std::convert::Infallible;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

/// Whoever asks; every handler can take it as an argument.
#[derive(Clone)]
pub struct Who(pub(crate) Arc<Asked>);

pub(crate) struct Asked {
    pub(crate) app: App,
    pub(crate) person: Option<Person>,
    /// The digest of the session's token, for ending it.
    pub(crate) session: Option<Digest>,
    pub(crate) language: Language,
    pub(crate) request_id: String,
    pub(crate) path: String,
    /// What stands behind the path, without the question mark.
    pub(crate) query: String,
    /// Whether a page was asked for, and not something sent.
    pub(crate) reads: bool,
    /// Where the language switch leads back to, where that is not the page itself.
    pub(crate) back: OnceLock<String>,
    pub(crate) address: IpAddr,
    /// Whether the client itself is on loopback or a trusted proxy that asks for itself.
    pub(crate) is_near: bool,
    pub(crate) forms: Forms,
}

/// The token of forms: of the session, or of a cookie that somebody who is not signed in gets with their first form.
#[derive(Debug)]
pub(crate) struct Forms {
    /// The cookie's token that came with the request.
    pub(crate) came: Option<[u8; 32]>,
    /// The one of the forms that this request makes: that one, or a new one.
    pub(crate) made: OnceLock<[u8; 32]>,
}

/// Nothing that tells who it is: this may end in a log.
impl fmt::Debug for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Who({})", self.0.request_id)
    }
}

impl Who {
    /// The person, where somebody is signed in.
    pub fn person(&self) -> Option<&Person> {
        self.0.person.as_ref()
    }

    /// The person's number, or the refusal that leads to the sign-in.
    pub fn id(&self) -> Result<PersonId, Refusal> {
        self.person().map(|person| person.id).ok_or_else(Refusal::signed_out)
    }

    /// The role, where somebody is signed in.
    pub fn role(&self) -> Option<Role> {
        self.person().map(|person| person.role)
    }

    /// The team of a team engineer.
    pub fn team(&self) -> Option<&TeamId> {
        self.person().and_then(|person| person.team.as_ref())
    }

    /// The language of the answer.
    pub fn language(&self) -> Language {
        self.0.language
    }

    /// A message in that language; an empty list for one without variables.
    pub fn say(&self, id: &str, arguments: &[(&str, &str)]) -> String {
        daepyo_messages::text(self.0.language, id, arguments)
    }

    /// The request's id, for logs and error pages.
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The path that was asked for, without its query.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The page that leads here again: the one that was asked for, with its query, or that on which the form stands which
    /// was sent. Without a choice of language, which would last.
    pub(crate) fn page(&self) -> String {
        if !self.0.reads {
            return self.app().table().page_of_form(self.path()).to_owned();
        }
        let pairs = self.0.query.split('&').filter(|pair| !pair.is_empty());
        let pairs: Vec<_> = pairs.filter(|pair| pair.split('=').next() != Some("lang")).collect();
        if pairs.is_empty() { self.path().to_owned() } else { format!("{}?{}", self.path(), pairs.join("&")) }
    }

    /// Lets the language switch of the page that is drawn lead back to this address; the first one that is said holds.
    pub(crate) fn lead_back_to(&self, address: String) {
        // What was said before knows better.
        let _ = self.0.back.set(address);
    }

    /// Where the language switch leads back to.
    pub(crate) fn back(&self) -> String {
        self.0.back.get().cloned().unwrap_or_else(|| self.page())
    }

    /// Whether a page was asked for, and not something sent.
    pub(crate) fn reads(&self) -> bool {
        self.0.reads
    }

    /// The client's address, through proxies that are trusted.
    pub fn address(&self) -> IpAddr {
        self.0.address
    }

    /// Whether this is loopback or a trusted proxy asking for itself.
    pub fn is_near(&self) -> bool {
        self.0.is_near
    }

    /// The value of a form's hidden field `csrf` (or of the header `x-csrf`).
    pub fn csrf(&self) -> String {
        self.0.app.keys().csrf(&self.forms_token())
    }

    /// The token that this browser's forms belong to: its session's, or that of the cookie which it gets now.
    pub(crate) fn forms_token(&self) -> [u8; 32] {
        let forms = &self.0.forms;
        *forms.made.get_or_init(|| forms.came.unwrap_or_else(random))
    }

    /// Whether a form was made for this browser in this request.
    pub(crate) fn has_form(&self) -> bool {
        self.0.forms.made.get().is_some()
    }

    pub(crate) fn app(&self) -> &App {
        &self.0.app
    }

    /// What parts of a page are drawn with that stored pages show as well.
    pub(crate) fn view(&self) -> View<'_> {
        let (app, today) = (self.app(), day_in_korea(self.app().now_ms()));
        View { shown: app.shown(), language: self.language(), today, contests: &[], links: Links::Site }
    }

    /// The digest of the session's token.
    pub(crate) fn session(&self) -> Option<Digest> {
        self.0.session
    }
}

/// The request's headers, taken out of it: no later argument of a handler finds any.
pub(crate) struct Came(pub(crate) HeaderMap);

impl<S: Send + Sync> FromRequestParts<S> for Came {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(std::mem::take(&mut parts.headers)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        // The door puts it there before anything else runs.
        parts.extensions.get::<Self>().cloned().ok_or_else(Refusal::panicked)
    }
}
