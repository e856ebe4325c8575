//! What a hub answers: no path leads out of the cache, the token goes to the hub alone, listings read back the same, and
//! patterns of a card name what they say.
#![no_main]

use daepyo_hub::fuzz;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u8, &[u8])| {
    let (choice, bytes) = data;
    if choice % 5 == 0 {
        if let Some((paths, is_same)) = fuzz::listing(bytes) {
            assert!(is_same, "another listing after it was written");
            for path in paths {
                assert!(
                    !path.starts_with('/') && !path.split('/').any(|part| matches!(part, "" | "." | ".."))
                );
            }
        }
        for name in fuzz::models(bytes).into_iter().flatten() {
            assert!(name.split('/').count() <= 2 && !name.contains("..") && !name.contains('\\'), "{name}");
        }
        return;
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match choice % 5 {
        1 => {
            if let Some((to, token)) = fuzz::redirected(text) {
                assert!(to.starts_with("https://"), "{to}");
                let rest = to.strip_prefix("https://hub.example");
                let is_hub = rest.is_some_and(|rest| rest.starts_with('/'));
                let has_user = to
                    .trim_start_matches("https://")
                    .split('/')
                    .next()
                    .is_some_and(|host| host.contains('@'));
                assert!(!token || is_hub || has_user, "the token goes to {to}");
            }
        }
        2 => {
            if let Some(link) = fuzz::next_link(text) {
                assert!(text.contains(&format!("<{link}>")));
            }
        }
        3 => drop(fuzz::card(text)),
        _ => {
            let (pattern, path) = text.split_once('\n').unwrap_or((text, text));
            let is_plain = |text: &str| !text.contains(['*', '?', '[', ']']);
            if is_plain(pattern) && !path.contains('\n') {
                assert_eq!(fuzz::names(pattern, path), pattern == path);
            }
            let _ = fuzz::names(pattern, path);
        }
    }
});
