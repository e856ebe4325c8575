//! What tests of conversations begin with: a live contest, contestants behind a scripted server or recorded, a reader of events.

use crate::contest::{CONTEST, begin, copy, example, opened};
use crate::site::{Browser, TestSite, start_in};
use daepyo_backend::faulty::{FaultyServer, Script};
use daepyo_backend::{OpenAiTalk, RetryPolicy, TalkOptions, TalkTimes};
use daepyo_core::CandidateId;
use daepyo_server::{Limit, Settings, Talks};
use daepyo_store::site::{Battle, BattleId};
use reqwest::StatusCode;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const CONTESTANTS: [&str; 4] = ["garam-1", "narae-1", "dasom-1", "meridian-2"];

/// The example's contest, held live: own prompts alone, three turns; `rules` are further lines of it.
pub(crate) fn programme(rules: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&example(), folder.path());
    let path = folder.path().join("programme.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let live = format!("mode = \"live\"\nturns = 3\n{rules}");
    let text = text.replace("mode = \"recorded\"\n", &live).replace("answers = \"answers.jsonl\"\n", "");
    std::fs::write(path, text).unwrap();
    folder
}

/// Every contestant behind the same scripted server, with milliseconds where others wait seconds.
pub(crate) fn behind(server: &FaultyServer) -> Talks {
    let mut talks = Talks::default();
    for id in CONTESTANTS {
        let mut options = TalkOptions::new(server.base_url(), id);
        options.server.retry = RetryPolicy {
            attempts: 2,
            first_pause: Duration::from_millis(2),
            greatest_pause: Duration::from_millis(5),
            total: Duration::from_secs(20),
        };
        options.times = TalkTimes {
            connect: Duration::from_secs(5),
            first_token: Duration::from_millis(800),
            between_tokens: Duration::from_millis(800),
            whole: Duration::from_mins(1),
        };
        talks.add(CandidateId::new(id).unwrap(), Arc::new(OpenAiTalk::new(options).unwrap()), None);
    }
    talks
}

/// Settings with the programme, these contestants, and no limits.
pub(crate) fn settings(settings: &mut Settings, programme: &TempDir, talks: Talks) {
    let much = Limit { burst: 1_000_000, per_minute: 1_000_000 };
    settings.programme = Some(programme.path().join("programme.toml"));
    (settings.limits.read, settings.limits.write, settings.limits.costly) = (much, much, much);
    // All visitors of a test come from one address.
    settings.limits.connections = u32::MAX;
    settings.talks = talks;
}

/// A site with a live contest that the office has opened.
pub(crate) struct Scene {
    pub(crate) site: TestSite,
    pub(crate) programme: TempDir,
}

impl Scene {
    pub(crate) async fn new(rules: &str, talks: Talks) -> Self {
        let programme = programme(rules);
        let folder = tempfile::tempdir().unwrap();
        let site = start_in(folder, |all| settings(all, &programme, talks)).await;
        opened(&site).await;
        Self { site, programme }
    }

    pub(crate) async fn scripted(rules: &str, script: Script) -> (Self, FaultyServer) {
        let server = FaultyServer::start(script).await.unwrap();
        (Self::new(rules, behind(&server)).await, server)
    }

    /// So many people, each in an open battle.
    pub(crate) async fn people(&self, count: usize) -> Vec<Person> {
        let mut people = Vec::new();
        for mut browser in self.site.citizens(count).await {
            let csrf = browser.csrf().await;
            let battle = begin(&mut browser).await;
            people.push(Person { browser, csrf, battle });
        }
        people
    }

    pub(crate) async fn person(&self) -> Person {
        self.people(1).await.pop().unwrap()
    }

    /// The battle as the store has it.
    pub(crate) async fn stored(&self, person: &Person) -> Battle {
        let id = i64::from_str_radix(person.battle.rsplit('/').next().unwrap(), 16).unwrap();
        self.site.running.app().site().battle(BattleId(id)).await.unwrap().unwrap()
    }
}

/// Somebody in a battle.
pub(crate) struct Person {
    pub(crate) browser: Browser,
    pub(crate) csrf: String,
    /// The path of their battle.
    pub(crate) battle: String,
}

impl Person {
    pub(crate) async fn page(&mut self) -> String {
        let page = self.browser.get(&self.battle).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        page.text
    }

    /// Begins a turn; the status.
    pub(crate) async fn ask(&mut self, prompt: &str) -> StatusCode {
        let path = format!("{}/turns", self.battle);
        self.browser.post(&path, &[("csrf", &self.csrf), ("prompt", prompt)]).await.status
    }

    /// The stream of a turn, which must be given.
    pub(crate) async fn stream(&mut self, turn: u32) -> Events {
        let response = self.open(turn).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        Events { response, held: Vec::new() }
    }

    pub(crate) async fn open(&mut self, turn: u32) -> reqwest::Response {
        let path = format!("{}/turns/{turn}/stream", self.battle);
        self.browser.open(&path, &self.csrf).await
    }

    pub(crate) async fn vote(&mut self, choice: &str) -> StatusCode {
        let path = format!("{}/vote", self.battle);
        self.browser.post(&path, &[("csrf", &self.csrf), ("choice", choice)]).await.status
    }

    /// Leaves the open battle and begins another.
    pub(crate) async fn another(&mut self) {
        let path = format!("{}/leave", self.battle);
        self.browser.post(&path, &[("csrf", &self.csrf)]).await;
        let path = format!("{CONTEST}/battles");
        let begun = self.browser.post(&path, &[("csrf", &self.csrf)]).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
        begun.header("location").clone_into(&mut self.battle);
    }
}

/// An event's name and data.
pub(crate) type Event = (String, Value);

/// The events of a stream, read as they come.
pub(crate) struct Events {
    response: reqwest::Response,
    held: Vec<u8>,
}

impl Events {
    /// The next event; none at the stream's end.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some(end) = self.held.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = self.held.drain(..end + 2).collect();
                let block = String::from_utf8(block).unwrap();
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                if let Some(name) = field("event: ") {
                    let data = serde_json::from_str(field("data: ").unwrap()).unwrap();
                    return Some((name.to_owned(), data));
                }
            }
            self.held.extend_from_slice(&self.response.chunk().await.unwrap()?);
        }
    }

    /// Reads up to an event of this name.
    pub(crate) async fn until(&mut self, name: &str) -> Value {
        while let Some((found, data)) = self.next().await {
            if found == name {
                return data;
            }
        }
        panic!("the stream ended without `{name}`");
    }

    /// Reads all; the texts of both sides, and the last event.
    pub(crate) async fn rest(mut self) -> ([String; 2], Event) {
        let mut texts = [String::new(), String::new()];
        let mut last = None;
        while let Some((name, data)) = self.next().await {
            if name == "text" {
                let side = usize::from(data["side"] == "right");
                texts[side].push_str(data["text"].as_str().unwrap());
            }
            last = Some((name, data));
        }
        (texts, last.unwrap())
    }
}

/// Waits until something is so.
pub(crate) async fn until(what: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to be");
}
