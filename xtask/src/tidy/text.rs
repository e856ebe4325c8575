//! All text files: nothing of the machine that they were written on, and no link or path that leads nowhere.

use super::{Finding, Tree};

/// Parts of paths that exist on one machine only. Written in pieces, so that this file does not name them itself.
const PLACES: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
/// Ends of host names that exist in one network only.
const NETWORKS: [&str; 5] = [".internal", ".local", ".lan", ".corp", ".svc"];
/// Where the packages of `Cargo.lock` come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
/// Top folders whose paths in the documents for readers must exist.
const FOLDERS: [&str; 8] = ["crates", "docs", "examples", "fixtures", "messages", "suites", "web", "xtask"];
const FOR_READERS: [&str; 3] = ["README.md", "README.ko.md", "ARCHITECTURE.md"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        for (index, line) in text.lines().enumerate() {
            findings.extend(machine(path, line).map(|message| Finding::new(path, index + 1, message)));
        }
    }
    for (path, text) in tree.ending(".md") {
        let is_for_readers = FOR_READERS.contains(&path);
        // What stands behind these words, up to the end of the paragraph, does not exist yet.
        let mut is_to_come = false;
        for (index, line) in outside_fences(text) {
            let dead = links(line).into_iter().filter(|link| !leads_somewhere(tree, path, link));
            findings.extend(
                dead.map(|link| {
                    Finding::new(path, index, format!("links to `{link}`, which does not exist"))
                }),
            );
            is_to_come = !line.is_empty() && (is_to_come || line.contains("To come:"));
            if is_for_readers && !is_to_come {
                let dead = named_paths(line).into_iter().filter(|named| !tree.has(named));
                findings.extend(dead.map(|named| {
                    Finding::new(path, index, format!("names `{named}`, which does not exist"))
                }));
            }
        }
    }
    findings
}

/// What in a line belongs to one machine or one network.
fn machine(path: &str, line: &str) -> Option<String> {
    if path == "Cargo.lock" {
        let source = line.strip_prefix("source = \"")?.trim_end_matches('"');
        return (source != REGISTRY).then(|| format!("a package comes from `{source}`, not from crates.io"));
    }
    let place = PLACES.iter().find(|place| {
        line.match_indices(*place).any(|(at, _)| {
            // `a/home/b` is a path of the project; `~/work/` is nobody's.
            line.get(..at).and_then(|before| before.chars().next_back()).is_none_or(|before| {
                !before.is_alphanumeric() && !matches!(before, '.' | '-' | '_' | '/' | '~' | '}' | ')')
            })
        })
    });
    if let Some(place) = place {
        return Some(format!("has a path below `{place}`, which is on one machine only"));
    }
    let host = line.split("://").skip(1).find_map(|rest| {
        let host = rest.split(|next: char| !next.is_ascii_alphanumeric() && !".-".contains(next)).next()?;
        NETWORKS.iter().any(|end| host.ends_with(end)).then_some(host)
    });
    host.map(|host| format!("names the host `{host}`, which is in one network only"))
}

/// Lines outside of fenced code, with their numbers from 1.
fn outside_fences(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_inside = false;
    text.lines().zip(1..).filter_map(move |(line, number)| {
        if line.trim_start().starts_with("```") {
            is_inside = !is_inside;
            return None;
        }
        (!is_inside).then_some((number, line))
    })
}

/// The targets of Markdown links in a line, without those to the web and within the page.
fn links(line: &str) -> Vec<&str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let targets = targets.map(|target| target.split([' ', '#']).next().unwrap_or(target));
    targets
        .filter(|target| !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:"))
        .collect()
}

fn leads_somewhere(tree: &Tree, page: &str, link: &str) -> bool {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." if parts.pop().is_none() => return false,
            "" | "." | ".." => {}
            name => parts.push(name),
        }
    }
    parts.is_empty() || tree.has(&parts.join("/"))
}

/// Paths in backquotes that begin with one of the project's folders and have no placeholder.
fn named_paths(line: &str) -> Vec<&str> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted
        .filter(|text| text.split_once('/').is_some_and(|(folder, _)| FOLDERS.contains(&folder)))
        .filter(|text| text.chars().all(|next| next.is_alphanumeric() || "/._-".contains(next)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        for place in PLACES {
            let text = format!("see {place}x\n");
            assert_eq!(found(&[("a.txt", &text)]).len(), 1, "{place}");
            let own = format!("see web{place}x and ~{place}y\n");
            assert_eq!(found(&[("a.txt", &own)]), [] as [&str; 0], "{place}");
        }
    }

    #[test]
    fn a_host_of_one_network_is_found() {
        let text = concat!("http://mirror.example", ".internal/simple\n");
        assert_eq!(
            found(&[("a.txt", text)]),
            [concat!("a.txt:1: names the host `mirror.example", ".internal`, which is in one network only")]
        );
        assert_eq!(
            found(&[("a.txt", "http://127.0.0.1:8000/v1 and https://example.org/x\n")]),
            [] as [&str; 0]
        );
    }

    #[test]
    fn a_package_from_elsewhere_is_found() {
        let lock = |source: &str| format!("[[package]]\nname = \"a\"\nsource = \"{source}\"\n");
        assert_eq!(found(&[("Cargo.lock", &lock(REGISTRY))]), [] as [&str; 0]);
        assert_eq!(found(&[("Cargo.lock", &lock("registry+https://example.org/index"))]).len(), 1);
    }

    #[test]
    fn a_dead_link_is_found() {
        let page = "[a](../b.md#part) [web](https://example.org) [here](#x)\n```\n[no](none.md)\n```\n";
        assert_eq!(found(&[("docs/a.md", page), ("b.md", "")]), [] as [&str; 0]);
        assert_eq!(found(&[("docs/a.md", page)]), ["docs/a.md:1: links to `../b.md`, which does not exist"]);
        assert_eq!(found(&[("a.md", "[out](../../x)\n")]).len(), 1);
    }

    #[test]
    fn a_path_named_in_the_readme_must_exist() {
        let page = "`examples/demo/programme.toml`, `docs/*.md` and `cargo xtask demo`\n";
        let message = "README.md:1: names `examples/demo/programme.toml`, which does not exist";
        assert_eq!(found(&[("README.md", page)]), [message]);
        assert_eq!(found(&[("README.md", page), ("examples/demo/programme.toml", "")]), [] as [&str; 0]);
        assert_eq!(found(&[("docs/a.md", page)]), [] as [&str; 0]);
        let later = "Here. To come: `crates/a`,\n`crates/b`.\n\n`crates/c`\n";
        assert_eq!(
            found(&[("ARCHITECTURE.md", later)]),
            ["ARCHITECTURE.md:4: names `crates/c`, which does not exist"]
        );
    }
}
