//! Conversations over HTTP: whole ones, and everything that may go wrong in one.

use crate::contest::CONTEST;
use crate::figure::{asked, tell};
use crate::live_scene::{CONTESTANTS, Person, Scene, behind, programme, settings, until};
use crate::markup;
use crate::site::start_in;
use daepyo_backend::ReplayBackend;
use daepyo_backend::faulty::{Fault, FaultyServer, Script, StreamFault};
use daepyo_backend::talk::{Pace, ReplayTalk};
use daepyo_contest::Receipt;
use daepyo_core::{CandidateId, Language};
use daepyo_server::{Server, Settings, StartError, Talks};
use daepyo_store::site::{BattleState, Ended};
use reqwest::StatusCode;
use serde_json::json;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const OWN: &str = "assigned = 0.0\n";

fn answering(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Script {
    Script { answer: Arc::new(answer), ..Script::default() }
}

fn always(fault: StreamFault) -> Script {
    let text = "하나 둘 셋. 넷 다섯 여섯.\n".repeat(40);
    Script { always: vec![(String::new(), Fault::Stream(fault))], ..answering(move |_| text.clone()) }
}

/// A page of which the site's own script for conversations, its only one, is taken away.
fn without_script(page: &str) -> String {
    let (before, rest) = page.split_once("<script src=\"/script/live.").unwrap();
    let (_, after) = rest.split_once("</script>").unwrap();
    format!("{before}{after}")
}

#[tokio::test]
async fn a_conversation_of_two_turns_ends_in_a_vote_with_a_receipt() {
    let script = answering(|prompt| format!("**{prompt}** 잘 들었습니다.\n두 번째 줄입니다."));
    let (scene, server) = Scene::scripted(&format!("{OWN}system = \"짧게 답하십시오.\"\n"), script).await;
    let mut person = scene.person().await;
    let page = person.page().await;
    markup::check("an empty conversation", &page);
    assert!(page.contains("name=\"prompt\"") && !page.contains("name=\"choice\""), "{page}");
    assert_eq!(person.ask(" \n ").await, StatusCode::UNPROCESSABLE_ENTITY);
    for (turn, prompt) in [(0, "첫 질문"), (1, "더 자세히")] {
        assert_eq!(person.ask(prompt).await, StatusCode::SEE_OTHER);
        assert_eq!(person.ask(prompt).await, StatusCode::CONFLICT, "a turn before the last is answered");
        let page = person.page().await;
        markup::check("a turn under way", &without_script(&page));
        assert!(page.contains("data-stream") && !page.contains("name=\"choice\""), "{page}");
        assert!(page.contains("aria-busy=\"true\"") && page.contains("/script/live."), "{page}");
        assert_eq!(person.vote("left").await, StatusCode::CONFLICT);
        let (texts, (last, data)) = person.stream(turn).await.rest().await;
        assert_eq!(last, "done", "{data}");
        assert_eq!(texts[0], texts[1]);
        assert_eq!(texts[0], format!("**{prompt}** 잘 들었습니다.\n두 번째 줄입니다."));
        let page = person.page().await;
        markup::check("an answered turn", &page);
        assert!(page.contains(&format!("<strong>{prompt}</strong>")) && page.contains("name=\"choice\""));
        assert!(!page.contains("data-stream"), "{page}");
        // A stream of an answered turn is refused, and nobody is asked again.
        assert_eq!(person.open(turn).await.status(), StatusCode::CONFLICT);
    }
    assert_eq!((server.arrivals_of("첫 질문"), server.arrivals_of("더 자세히")), (2, 2));
    for name in CONTESTANTS.iter().copied().chain(["Garam", "가람", "나래", "다솜"]) {
        assert!(!person.page().await.contains(name), "{name} stands in a conversation");
    }
    assert_eq!(person.vote("left").await, StatusCode::SEE_OTHER);
    let receipt = person.browser.get(&format!("{}/receipt", person.battle)).await;
    let receipt = Receipt::parse(receipt.text.as_bytes()).unwrap();
    assert!(receipt.logged.is_some() && receipt.ballot.prompt.is_none());
    assert_eq!(person.ask("끝난 뒤").await, StatusCode::CONFLICT);
    assert_eq!(scene.stored(&person).await.turns.len(), 2);
    // Three turns are allowed, and no more.
    person.another().await;
    for turn in 0..3 {
        person.ask("질문").await;
        assert_eq!(person.stream(turn).await.rest().await.1.0, "done");
    }
    assert!(!person.page().await.contains("name=\"prompt\""));
    assert_eq!(person.ask("네 번째").await, StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_assigned_prompt_begins_the_conversation() {
    let (scene, server) = Scene::scripted("assigned = 1.0\n", answering(|_| "알겠습니다.".into())).await;
    let mut person = scene.person().await;
    let page = person.page().await;
    markup::check("an assigned prompt", &page);
    assert!(!page.contains("<textarea id=\"prompt\""), "{page}");
    assert_eq!(person.ask("다른 것").await, StatusCode::SEE_OTHER);
    assert_eq!(person.stream(0).await.rest().await.1.0, "done");
    assert_eq!(server.arrivals_of("다른 것"), 0);
    assert_eq!(person.ask("이번에는 내 질문").await, StatusCode::SEE_OTHER);
    assert_eq!(person.stream(1).await.rest().await.1.0, "done");
    assert_eq!(server.arrivals_of("이번에는 내 질문"), 2);
}

#[tokio::test]
async fn a_failing_server_is_nobodys_loss() {
    for fault in [
        Fault::ServerError,
        Fault::BadRequest,
        Fault::CloseBeforeHeaders,
        Fault::Stream(StreamFault::StallFirst),
        Fault::Stream(StreamFault::StallMidway),
        Fault::Stream(StreamFault::DropMidway),
        Fault::Stream(StreamFault::EndMidway),
        Fault::Stream(StreamFault::GarbageMidway),
        Fault::Stream(StreamFault::ErrorMidway),
        Fault::Stream(StreamFault::HugeLine),
    ] {
        let script = Script {
            always: vec![(String::new(), fault)],
            ..answering(|_| "가 나 다 라 마 바".into())
        };
        let (scene, _server) = Scene::scripted(OWN, script).await;
        let mut person = scene.person().await;
        person.ask("질문").await;
        let (_, (last, data)) = person.stream(0).await.rest().await;
        assert_eq!(last, "over", "{fault:?}: {data}");
        let state = scene.stored(&person).await.state;
        assert!(
            matches!(&state, BattleState::Ended(Ended::Failed { why }) if why.contains("talk::")),
            "{state:?}"
        );
        assert_eq!(person.vote("right").await, StatusCode::CONFLICT);
        let page = person.page().await;
        markup::check("a failed battle", &page);
        assert!(page.contains(data["said"].as_str().unwrap()), "{page}");
    }
}

#[tokio::test]
async fn an_answer_that_its_tokens_end_is_shown_as_cut() {
    let cut = |text: &'static str| Script {
        always: vec![(String::new(), Fault::Stream(StreamFault::Length))],
        ..answering(move |_| text.into())
    };
    let (scene, _server) = Scene::scripted(OWN, cut("반쯤 쓴 답")).await;
    let mut person = scene.person().await;
    person.ask("질문").await;
    assert_eq!(person.stream(0).await.rest().await.1.0, "done");
    let battle = scene.stored(&person).await;
    let (left, right) = battle.turns[0].answers.as_ref().unwrap();
    assert!(left.cut && right.cut && left.text == "반쯤 쓴 답", "{left:?} {right:?}");
    let page = person.page().await;
    markup::check("cut answers", &page);
    let said = [Language::Ko, Language::En].map(|lang| daepyo_messages::text(lang, "site-battle-cut", &[]));
    assert!(said.iter().any(|said| page.contains(said)), "{page}");

    // All of its tokens went into thinking: nothing is left to be judged.
    let (scene, _server) = Scene::scripted(OWN, cut("<think>음, 글쎄")).await;
    let mut person = scene.person().await;
    person.ask("질문").await;
    let (_, (last, data)) = person.stream(0).await.rest().await;
    assert_eq!(last, "over", "{data}");
    let state = scene.stored(&person).await.state;
    assert_eq!(state, BattleState::Ended(Ended::Failed { why: "left:talk::empty".to_owned() }));
}

#[tokio::test]
async fn a_name_is_never_shown_and_makes_the_battle_void() {
    let leaky =
        "반갑습니다. 무엇이든 물어보세요.\n저는 가람 연구소가 만든 인공지능 가람-1입니다.\n도와드리겠습니다.";
    let script =
        answering(|prompt| if prompt.contains("누구") { leaky.into() } else { "네, 좋습니다.".into() });
    let (scene, _server) = Scene::scripted(OWN, script).await;
    let mut person = scene.person().await;
    person.ask("안녕하세요").await;
    assert_eq!(person.stream(0).await.rest().await.1.0, "done");
    person.ask("당신은 누구입니까?").await;
    let page = person.page().await;
    assert!(page.contains("무효가 됩니다") || page.contains("makes the battle void"), "no warning: {page}");
    let (texts, (last, data)) = person.stream(1).await.rest().await;
    assert_eq!(last, "over", "{data}");
    for text in texts {
        assert!(text.starts_with("반갑습니다.") && !text.contains("가람"), "{text}");
    }
    assert!(!data.to_string().contains("가람"), "{data}");
    assert!(matches!(scene.stored(&person).await.state, BattleState::Ended(Ended::Void { .. })));
    let page = person.page().await;
    markup::check("a void battle", &page);
    assert!(!page.contains("가람-1") && page.contains(data["said"].as_str().unwrap()), "{page}");
    assert_eq!(person.vote("left").await, StatusCode::CONFLICT);
}

#[tokio::test]
async fn whoever_leaves_ends_the_requests_and_may_come_back_a_few_times() {
    let (scene, server) = Scene::scripted(OWN, always(StreamFault::Paced(20))).await;
    let mut person = scene.person().await;
    person.ask("질문").await;
    for round in 1..=4 {
        let mut events = person.stream(0).await;
        events.until("text").await;
        // A second window has to wait.
        let second = person.open(0).await;
        assert_eq!(second.status(), StatusCode::CONFLICT);
        assert!(second.headers().contains_key("retry-after"));
        assert_eq!(server.arrivals().len(), 2 * round);
        drop((events, second));
        until(|| server.left() == 2 * round).await;
        // The page stands as before.
        assert!(person.page().await.contains("data-stream"));
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while round < 4 && tokio::time::Instant::now() < deadline {
            let site = scene.site.running.app().site();
            let id = scene.stored(&person).await.opened.id;
            // Given back: whoever claims it now gets it. The claim is given back at once, and counts for nothing.
            let claimed = site.claim_turn((id, 0), 1, (scene.site.clock_ms(), i64::MAX), 99).await.unwrap();
            if claimed == daepyo_store::site::Claimed::Yes {
                site.give_claim((id, 0), 1, false).await.unwrap();
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let mut last = person.open(0).await;
    while last.status() == StatusCode::CONFLICT {
        tokio::time::sleep(Duration::from_millis(20)).await;
        last = person.open(0).await;
    }
    assert!(last.text().await.unwrap().contains("event: over"));
    assert_eq!(scene.stored(&person).await.state, BattleState::Ended(Ended::Left));
    assert_eq!(server.arrivals().len(), 8, "it was asked again after the last try");
}

#[tokio::test]
async fn whoever_comes_back_gets_the_answers_asked_afresh() {
    let (scene, server) = Scene::scripted(OWN, always(StreamFault::Paced(3))).await;
    let mut person = scene.person().await;
    person.ask("질문").await;
    let mut events = person.stream(0).await;
    events.until("text").await;
    drop(events);
    until(|| server.left() == 2).await;
    let mut again = person.open(0).await;
    while again.status() == StatusCode::CONFLICT {
        tokio::time::sleep(Duration::from_millis(20)).await;
        again = person.open(0).await;
    }
    let text = again.text().await.unwrap();
    assert!(text.contains("event: done"), "{text}");
    assert_eq!(person.vote("tie").await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn leaving_the_battle_ends_it_while_it_is_written() {
    let (scene, server) = Scene::scripted(OWN, always(StreamFault::Paced(10))).await;
    let mut person = scene.person().await;
    person.ask("질문").await;
    let mut events = person.stream(0).await;
    events.until("text").await;
    let path = format!("{}/leave", person.battle);
    assert_eq!(person.browser.submit(&path, &[]).await.status, StatusCode::SEE_OTHER);
    drop(events);
    until(|| server.left() == 2).await;
    assert_eq!(scene.stored(&person).await.state, BattleState::Ended(Ended::Left));
    assert!(!person.page().await.contains("data-stream"));
}

#[tokio::test]
async fn those_who_wait_see_their_place() {
    let server = FaultyServer::start(always(StreamFault::Paced(100))).await.unwrap();
    let mut talks = behind(&server);
    (talks.in_all, talks.waiting) = (2, 2);
    let scene = Scene::new(OWN, talks).await;
    let mut people = scene.people(4).await;
    for person in &mut people {
        person.ask("질문").await;
    }
    let mut first = people[0].stream(0).await;
    first.until("begun").await;
    let mut second = people[1].stream(0).await;
    assert!(second.until("place").await.get("ahead").is_none(), "it is next");
    let mut third = people[2].stream(0).await;
    assert_eq!(third.until("place").await["ahead"], json!(1));
    let full = people[3].open(0).await;
    assert_eq!(full.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(full.text().await.unwrap().contains("talk::queue_full"));
    assert_eq!(server.arrivals().len(), 2, "nobody is asked before their turn");
    // Whoever waits and leaves frees the place, and it was no try.
    drop(second);
    third.until("place").await;
    drop(first);
    third.until("begun").await;
    third.until("text").await;
}

#[tokio::test]
async fn the_days_cap_holds_beyond_a_restart() {
    let server = FaultyServer::start(answering(|_| "네, 그렇습니다. 잘 알겠습니다.".into())).await.unwrap();
    let rules = format!("{OWN}max_tokens = 100\ntokens_a_day = 400\n");
    let scene = Scene::new(&rules, behind(&server)).await;
    let mut person = scene.person().await;
    person.ask("질문").await;
    assert_eq!(person.stream(0).await.rest().await.1.0, "done");
    let spent = spent(&scene).await;
    assert!((1..280).contains(&spent), "what was set aside was not settled: {spent}");
    // The rest of the day does not hold what a further turn could take.
    let contest = scene.site.running.app().site().contests().await.unwrap()[0].id;
    let site = scene.site.running.app().site().clone();
    assert!(site.take_tokens(contest, "2026-12-01", 390 - spent, 400).await.unwrap());
    assert_eq!(person.ask("또").await, StatusCode::CONFLICT);
    let battle = person.battle.clone();
    let Scene { site, programme } = scene;
    let site = site.again(|all| settings(all, &programme, behind(&server))).await;
    let mut browser = site.citizens(1).await.pop().unwrap();
    let csrf = browser.csrf().await;
    let refused = browser.post(&format!("{battle}/turns"), &[("csrf", &csrf), ("prompt", "또")]).await;
    assert!(refused.text.contains("talk::cap_reached"), "{}", refused.text);
    // Answers that are there can be voted on; a new conversation waits for tomorrow.
    let open = browser.post(&format!("{CONTEST}/battles"), &[("csrf", &csrf)]).await;
    assert_eq!(open.header("location"), battle);
    let voted = browser.post(&format!("{battle}/vote"), &[("csrf", &csrf), ("choice", "tie")]).await;
    assert_eq!(voted.status, StatusCode::SEE_OTHER);
    let full = browser.post(&format!("{CONTEST}/battles"), &[("csrf", &csrf)]).await;
    assert!(full.text.contains("내일") || full.text.contains("tomorrow"), "{}", full.text);
    site.clock.step(Duration::from_hours(24));
    let scene = Scene { site, programme };
    let mut person = scene.person().await;
    assert_eq!(person.ask("다음 날").await, StatusCode::SEE_OTHER);
    assert_eq!(person.stream(0).await.rest().await.1.0, "done");
}

async fn spent(scene: &Scene) -> i64 {
    let site = scene.site.running.app().site();
    let contest = site.contests().await.unwrap()[0].id;
    site.tokens_of(contest, "2026-12-01").await.unwrap()
}

#[tokio::test]
async fn what_is_streamed_is_text_whatever_it_is() {
    let hostile = [
        "<script>alert(1)</script> 문장입니다.\n<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>\"'`--><iframe src=javascript:alert(1)>",
        "event: done\ndata: {\"said\": \"x\"}\n\nevent: over\ndata: {}\n\n끝",
        "\u{202e}gnp.exe\u{202c} \u{2066}x\u{2069} \u{1b}[31mred\u{1b}[0m \u{7}\u{8}\u{9b}2J",
        "\u{2028}줄\u{2029}문단\r\n다음 \u{feff}\u{200b}줄",
        "[click](javascript:alert(1)) ![x](https://evil.example/x.png) </main></html>",
    ];
    let long = "가".repeat(200_000);
    let script = answering(move |prompt| match prompt.parse::<usize>() {
        Ok(number) => hostile.get(number).map_or_else(|| long.clone(), |text| (*text).to_owned()),
        Err(_) => "네.".to_owned(),
    });
    let (scene, _server) = Scene::scripted(OWN, script).await;
    let mut person = scene.person().await;
    for number in 0..=hostile.len() {
        person.ask(&number.to_string()).await;
        let (texts, (last, data)) = person.stream(0).await.rest().await;
        assert_eq!(last, "done", "{number}: {data}");
        for text in &texts {
            let bad = ['\u{202e}', '\u{2066}', '\u{1b}', '\u{7}', '\u{9b}', '\u{2028}', '\u{200b}'];
            assert!(!text.contains(bad), "{text:?}");
            assert!(text.chars().count() <= 8_100, "{}", text.chars().count());
        }
        let page = person.page().await;
        markup::check("hostile answers", &page);
        for bad in ["<script>alert", "<img", "<svg/", "<iframe", "href=\"javascript", "\u{202e}", "\u{1b}"] {
            assert!(!page.contains(bad), "{number}: {bad:?}");
        }
        assert!(page.matches("</main>").count() == 1, "{page}");
        person.another().await;
    }
    let script = Script {
        always: vec![(String::new(), Fault::Stream(StreamFault::BadUtf8Midway))],
        ..answering(|_| "가 나 다 라 마 바".into())
    };
    let (scene, _server) = Scene::scripted(OWN, script).await;
    let mut person = scene.person().await;
    person.ask("질문").await;
    let (_, (last, _)) = person.stream(0).await.rest().await;
    assert!(last == "done" || last == "over", "{last}");
}

#[tokio::test]
async fn a_live_contest_needs_everybody_to_be_reachable() {
    let programme = programme(OWN);
    let server = FaultyServer::start(Script::default()).await.unwrap();
    let mut talks = Talks::default();
    for id in &CONTESTANTS[1..] {
        let recorded = ReplayBackend::read(&b""[..]).unwrap();
        let id = CandidateId::new(*id).unwrap();
        talks.add(id.clone(), Arc::new(ReplayTalk::new(Arc::new(recorded), id, Pace::default())), None);
    }
    let folder = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let mut all = Settings::new(folder.path(), addr, format!("http://{addr}/").parse().unwrap());
    settings(&mut all, &programme, talks);
    let clock = Arc::new(crate::site::Stepped::default());
    let refused = Server::serve(all, clock, listener).await.unwrap_err();
    assert_eq!(refused.code(), "server::no_backend");
    assert!(matches!(&refused, StartError::Contests(cause) if cause.to_string().contains("garam-1")));
    // With all of them it starts.
    start_in(folder, |all| settings(all, &programme, behind(&server))).await;
}

/// The words of one recorded answer: each says whose it is, to which prompt, and which word of it.
fn marked(contestant: usize, prompt: usize) -> String {
    let mut text = String::new();
    for word in 0..40 {
        let end = if word % 8 == 7 { ".\n" } else { " " };
        write!(text, "c{contestant}p{prompt}w{word}{end}").unwrap();
    }
    text.trim_end().to_owned()
}

fn recorded(conversations: usize) -> Talks {
    let mut talks = Talks::default();
    talks.in_all = 2 * conversations;
    for (contestant, id) in CONTESTANTS.iter().enumerate() {
        let mut lines = String::new();
        for prompt in 0..conversations {
            let line = json!({"prompt": format!("질문 {prompt}"), "text": marked(contestant, prompt)});
            writeln!(lines, "{line}").unwrap();
        }
        let recorded = Arc::new(ReplayBackend::read(lines.as_bytes()).unwrap());
        let pace = Pace { seed: 7, first_ms: 0..=200, chars_a_second: 200..=2_000 };
        let id = CandidateId::new(*id).unwrap();
        talks.add(id.clone(), Arc::new(ReplayTalk::new(recorded, id, pace)), None);
    }
    talks
}

/// What the system tells of this process's memory under a name, in MiB: `VmRSS` now, `VmHWM` at most so far.
fn memory_mib(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches(':').trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? / 1024)
}

/// As many conversations at once as `DAEPYO_CONVERSATIONS` says: all begin before any goes on, and each must get the words
/// of its own contestants and prompt, all of them and in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conversations_at_once_lose_and_mix_nothing() {
    let count = usize::try_from(asked("DAEPYO_CONVERSATIONS", 50)).unwrap();
    let scene = Scene::new(OWN, recorded(count)).await;
    let people = scene.people(count).await;
    let all_begun = Arc::new(Barrier::new(count + 1));
    let mut tasks = JoinSet::new();
    for (number, mut person) in people.into_iter().enumerate() {
        let all_begun = Arc::clone(&all_begun);
        tasks.spawn(async move {
            assert_eq!(person.ask(&format!("질문 {number}")).await, StatusCode::SEE_OTHER);
            let mut events = person.stream(0).await;
            events.until("begun").await;
            all_begun.wait().await;
            let (texts, (last, _)) = events.rest().await;
            (number, person, texts, last)
        });
    }
    all_begun.wait().await;
    let resident = memory_mib("VmRSS");
    let mut wrong = 0;
    while let Some(done) = tasks.join_next().await {
        let (number, person, texts, last): (usize, Person, _, _) = done.unwrap();
        let battle = scene.stored(&person).await;
        let (left, right) = battle.turns[0].answers.clone().unwrap();
        for (id, shown, kept) in
            [(&battle.opened.left, &texts[0], left.text), (&battle.opened.right, &texts[1], right.text)]
        {
            let contestant = CONTESTANTS.iter().position(|known| known == id).unwrap();
            let expected = marked(contestant, number);
            wrong += usize::from(*shown != expected || kept != expected || last != "done");
        }
    }
    assert_eq!(wrong, 0, "answers with lost or mixed words");
    let told = |mib: Option<u64>| mib.map_or_else(|| "not told".to_owned(), |mib| format!("{mib} MiB"));
    let line = format!(
        "{count} conversations open at once, {} answers whole and in order; memory of server and readers together: {} with \
         all open, {} at most",
        2 * count,
        told(resident),
        told(memory_mib("VmHWM"))
    );
    tell(&line);
}
