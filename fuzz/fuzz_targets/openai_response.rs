//! What a server sends: events read the same however they are cut into chunks, answers end before a stop text,
//! log-probabilities are some, and messages are short and on one line.
#![no_main]

use daepyo_backend::openai::fuzz;
use daepyo_core::Response;
use libfuzzer_sys::fuzz_target;

fn check(response: &Response, stop: &[String]) {
    match response {
        Response::Generated { text, .. } => assert!(stop.iter().all(|stop| !text.contains(stop.as_str()))),
        Response::Loglikelihood { logprob, tokens, .. } => assert!(*logprob <= 0.0 && *tokens > 0),
        Response::LoglikelihoodRolling { .. } => unreachable!("none was asked for"),
        Response::Failed { message, .. } => check_message(message),
    }
}

fn check_message(message: &str) {
    assert!(message.chars().count() <= 301 && !message.chars().any(char::is_control), "{message:?}");
}

fuzz_target!(|data: (u8, u16, &[u8])| {
    let (choice, at, body) = data;
    let stop = ["\n\n".to_owned(), "끝".to_owned()];
    let is_chat = choice & 1 == 0;
    match choice % 8 {
        0..4 => {
            let whole = fuzz::generated(&[body], true, is_chat, &stop);
            check(&whole, &stop);
            let (first, rest) = body.split_at(usize::from(at) % (body.len() + 1));
            assert_eq!(fuzz::generated(&[first, rest], true, is_chat, &stop), whole);
        }
        4 | 5 => {
            check(&fuzz::generated(&[body], false, is_chat, &stop), &stop);
            assert!(fuzz::reads_alike(body, is_chat));
        }
        6 => {
            check(&fuzz::loglikelihood(body, at & 1 == 0, "질문: ", "답"), &[]);
            check_message(&fuzz::refusal(body));
        }
        _ => drop(fuzz::pause(body)),
    }
});
