//! The office's part: people, accounts, access codes, contests opened, watched without a score, and closed.

use super::call::{Asked, Nothing, act, read, send};
use super::contests::{ContestView, OfContest, contest_view};
use super::listing::{Given, Listed, PageQuery};
use super::operation::{About, Link, Tag};
use super::own::RoleView;
use crate::app::App;
use crate::contest::{close_contest, may_open};
use crate::live::{self, Topic};
use crate::pages::{MOST_CODES, draw_codes, give_role, known_team, make_account};
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use daepyo_core::TeamId;
use daepyo_store::site::{Person, PersonId, Role, SiteError};
use daepyo_verdict::voters::VoterTest;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

const OF_ACCOUNT: &[Link] = &[Link {
    operation: "giveRole",
    parameters: &[],
    body: &[("role", "expert"), ("person", "$response.body#/person")],
}];

/// Characters of an account's name.
const MOST_NAME: usize = 64;

pub(super) fn rows() -> Vec<Route> {
    let about = |id| About::new(id, Tag::Office);
    vec![
        read("/api/v1/office/people", Roles::SEES_OFFICE, about("listPeople"), people),
        send("/api/v1/office/people", Roles::OFFICE, about("giveRole"), give),
        send(
            "/api/v1/office/accounts",
            Roles::OFFICE,
            about("makeAccount").makes().leads_to(OF_ACCOUNT),
            account,
        ),
        send("/api/v1/office/codes", Roles::OFFICE, about("makeCodes").makes(), codes),
        read("/api/v1/office/contests", Roles::SEES_OFFICE, about("watchContests"), contests),
        act("/api/v1/office/contests/{stage}/{criterion}/open", Roles::OFFICE, about("openContest"), open),
        act("/api/v1/office/contests/{stage}/{criterion}/close", Roles::OFFICE, about("closeContest"), close)
            .rate(Rate::Costly),
    ]
}

/// Somebody with a role other than that of a citizen.
#[derive(Serialize, JsonSchema)]
struct PersonView {
    /// Their number.
    person: i64,
    role: RoleView,
    team: Option<TeamId>,
    /// When they were first seen, in milliseconds since 1970.
    since_ms: i64,
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        Self { person: person.id.0, role: person.role.into(), team: person.team, since_ms: person.since_ms }
    }
}

async fn people(asked: Asked<Nothing, PageQuery>) -> Result<Given<Listed<PersonView>>, Refusal> {
    let staff = asked.app.site().staff().await?;
    Ok(Given::page_of(staff.into_iter().map(PersonView::from), &asked.query))
}

/// A team of the programme.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
struct NamedTeam(TeamId);

impl JsonSchema for NamedTeam {
    fn schema_name() -> Cow<'static, str> {
        "NamedTeam".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$" })
    }
}

fn team_of(app: &App, named: &NamedTeam) -> Result<TeamId, Refusal> {
    known_team(app, named.0.as_str()).ok_or_else(|| Refusal::bad_body("/team"))
}

/// A role for somebody who has signed in before.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "role", rename_all = "snake_case", deny_unknown_fields)]
enum Grant {
    Citizen { person: i64 },
    Expert { person: i64 },
    Team { person: i64, team: NamedTeam },
    Auditor { person: i64 },
    Office { person: i64 },
}

async fn give(asked: Asked<Nothing, Nothing, Grant>) -> Result<Given<PersonView>, Refusal> {
    let (person, role, team) = match asked.body {
        Grant::Citizen { person } => (person, Role::Citizen, None),
        Grant::Expert { person } => (person, Role::Expert, None),
        Grant::Team { person, team } => (person, Role::Team, Some(team_of(&asked.app, &team)?)),
        Grant::Auditor { person } => (person, Role::Auditor, None),
        Grant::Office { person } => (person, Role::Office, None),
    };
    let person = PersonId(person);
    // Not to oneself, so that an office is never without itself by a slip.
    if asked.who.id()? == person {
        return Err(SiteError::NotOpen.into());
    }
    give_role(&asked.app, person, role, team).await?;
    let person = asked.app.site().person(person).await?.ok_or_else(Refusal::not_found)?;
    Ok(Given::one(person.into()))
}

/// An account's name, of letters and digits of ASCII and `.`, `_`, `@`, `-`. Capital letters become small.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
struct AccountName(String);

impl TryFrom<String> for AccountName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_name = (1..=MOST_NAME).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte));
        is_name.then(|| Self(text.to_lowercase())).ok_or("no name of an account")
    }
}

impl JsonSchema for AccountName {
    fn schema_name() -> Cow<'static, str> {
        "AccountName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9A-Za-z._@-]{1,64}$",
            "description": "An account's name. Capital letters become small.",
        })
    }
}

/// An account to make.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "role", rename_all = "snake_case", deny_unknown_fields)]
enum NewAccount {
    Expert { name: AccountName },
    Team { name: AccountName, team: NamedTeam },
    Auditor { name: AccountName },
    Office { name: AccountName },
}

/// An account that was made.
#[derive(Serialize, JsonSchema)]
struct Account {
    /// Its number.
    person: i64,
    name: String,
    role: RoleView,
    team: Option<TeamId>,
    /// Told this once: the site does not keep it.
    password: String,
}

async fn account(asked: Asked<Nothing, Nothing, NewAccount>) -> Result<Given<Account>, Refusal> {
    let (name, role, team) = match asked.body {
        NewAccount::Expert { name } => (name, Role::Expert, None),
        NewAccount::Team { name, team } => (name, Role::Team, Some(team_of(&asked.app, &team)?)),
        NewAccount::Auditor { name } => (name, Role::Auditor, None),
        NewAccount::Office { name } => (name, Role::Office, None),
    };
    let name = name.0;
    let (person, password) = make_account(&asked.app, &name, role, team.clone()).await?;
    Ok(Given::one(Account { person: person.0, name, role: role.into(), team, password }))
}

/// How many access codes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewCodes {
    count: CodeCount,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u32")]
struct CodeCount(u32);

impl TryFrom<u32> for CodeCount {
    type Error = &'static str;

    fn try_from(count: u32) -> Result<Self, Self::Error> {
        (1..=MOST_CODES).contains(&count).then_some(Self(count)).ok_or("too few or too many")
    }
}

impl JsonSchema for CodeCount {
    fn schema_name() -> Cow<'static, str> {
        "CodeCount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": MOST_CODES })
    }
}

/// Access codes, told this once: the site does not keep them.
#[derive(Serialize, JsonSchema)]
struct Codes {
    codes: Vec<CodeView>,
}

/// An access code.
#[derive(Serialize, JsonSchema)]
struct CodeView {
    code: String,
    /// The number that the office lists and revokes it by.
    number: i64,
}

async fn codes(asked: Asked<Nothing, Nothing, NewCodes>) -> Result<Given<Codes>, Refusal> {
    let drawn = draw_codes(&asked.app, asked.body.count.0).await?;
    let codes = drawn.into_iter().map(|(code, number)| CodeView { code, number }).collect();
    Ok(Given::one(Codes { codes }))
}

/// A contest as the office watches it: no score before the close.
#[derive(Serialize, JsonSchema)]
struct Watched {
    contest: ContestView,
    /// Voters when the registered tests ran last (every hour, and at the close); null before they ran.
    voters: Option<u64>,
    /// Voters flagged then, by test.
    flags: Vec<FlagCount>,
    /// What keeps ballots from the log, where something does.
    trouble: Option<String>,
}

/// So many flags of one test.
#[derive(Serialize, JsonSchema)]
struct FlagCount {
    test: VoterTest,
    flags: u64,
}

async fn contests(asked: Asked<Nothing, PageQuery>) -> Result<Given<Listed<Watched>>, Refusal> {
    let app = &asked.app;
    let trouble = app.contests().logbook().and_then(daepyo_contest::Logbook::trouble);
    let mut all = Vec::new();
    for held in app.contests().held() {
        let report = match app.contests().arena(held, app.now_ms()).await? {
            Some((arena, _)) => arena.examinations().await?.pop().map(|last| last.report),
            None => None,
        };
        let mut flags: BTreeMap<VoterTest, u64> = BTreeMap::new();
        for flag in report.iter().flat_map(|report| &report.flags) {
            *flags.entry(flag.test).or_default() += 1;
        }
        all.push(Watched {
            contest: contest_view(app, held).await?,
            voters: report.map(|report| report.voters),
            flags: flags.into_iter().map(|(test, flags)| FlagCount { test, flags }).collect(),
            trouble: trouble.clone(),
        });
    }
    Ok(Given::page_of(all, &asked.query))
}

async fn open(asked: Asked<OfContest>) -> Result<Given<ContestView>, Refusal> {
    let OfContest { stage, criterion } = &asked.path;
    let held = asked.app.contests().of(stage, criterion).ok_or_else(Refusal::not_found)?;
    may_open(&asked.app, held)?;
    asked.app.contests().open(held, asked.app.now_ms()).await?;
    live::tell(&asked.app, Topic::Contests).await;
    Ok(Given::one(contest_view(&asked.app, held).await?))
}

async fn close(asked: Asked<OfContest>) -> Result<Given<ContestView>, Refusal> {
    let OfContest { stage, criterion } = &asked.path;
    let held = close_contest(&asked.app, stage, criterion).await?;
    Ok(Given::one(contest_view(&asked.app, held).await?))
}
