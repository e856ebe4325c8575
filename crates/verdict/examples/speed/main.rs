//! One piece of the crate's work, timed, with one line of JSON on what it took and what came out; `cargo xtask bench
//! verdict-speed` runs these beside other programs.
//!
//! | words | does |
//! | --- | --- |
//! | `write-votes FILE VOTERS EACH MODELS` | writes simulated votes, 12 bytes each |
//! | `read-votes FILE` | only reads them |
//! | `votes FILE DRAWS` | count, fit, both sandwiches, and so many voter-clustered bootstraps |
//! | `live FILE` | one more vote after half of the votes, so often as there are others |
//! | `stage CLUSTER EACH` | a whole stage with so many documents a cluster and votes a voter |
//! | `write-ratings FILE`, `alpha FILE` | 10,000 units by 20 raters, and Krippendorff's alpha |
//! | `write-marks FILE`, `rasch FILE` | 300 candidates by 40 items, and the Rasch model |
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::many_single_char_names,
    reason = "a benchmark prints, and stops where it fails"
)]

mod cost;
mod panel;
mod stage;
mod votes;

use std::path::Path;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |word: &str| -> u32 { word.parse().unwrap() };
    let found = match words.as_slice() {
        ["write-votes", file, voters, each, models] => votes::write(
            Path::new(file),
            number(voters),
            number(each),
            u16::try_from(number(models)).unwrap(),
        ),
        ["read-votes", file] => votes::only_read(Path::new(file)),
        ["votes", file, draws] => votes::fit(Path::new(file), number(draws)),
        ["live", file] => votes::live(Path::new(file)),
        ["stage", cluster, each] => stage::decide_whole(number(cluster), number(each)),
        ["write-ratings", file] => panel::write_ratings(Path::new(file)),
        ["alpha", file] => panel::alpha(Path::new(file)),
        ["write-marks", file] => panel::write_marks(Path::new(file)),
        ["rasch", file] => panel::rasch(Path::new(file)),
        _ => {
            println!("unknown words; the head of this file lists them");
            return;
        }
    };
    println!("{found}");
}
