//! The tests of voters that a criterion registers, with a default for every threshold that is not written.

use crate::layout::TESTS;
use crate::problem::{Code, Problem};
use crate::reader::Table;
use daepyo_core::{CopiedTest, FalseFlags, GoldTest, OneSidedTest, PositionTest, SpeedTest, VoterTests};
use daepyo_messages::Message;

/// The registered tests of a criterion; none where it registers none. What could not be read is noted and has its
/// default here.
pub(crate) fn voter_tests(criterion: &Table<'_>) -> Option<VoterTests> {
    if !criterion.has("tests") {
        return None;
    }
    let table = criterion.table("tests")?;
    let default = VoterTests::default();
    let named: Option<Vec<_>> =
        table.has("run").then(|| table.words("run").into_iter().map(|word| word.value).collect());
    let runs = |test: &str| named.as_ref().is_none_or(|named| named.iter().any(|name| name == test));
    for test in TESTS {
        if table.has(test) && !runs(test) {
            table.problems().push(
                Problem::new(Code::BadValue, table.place(test))
                    .with("key", "tests")
                    .with("value", *test)
                    .with("reason", Message::new("reason-not-registered"))
                    .with("about", Message::new("about-run")),
            );
        }
    }
    let inner = |test: &str| if table.has(test) { table.table(test) } else { None };
    let control = if table.has("control") { table.word("control") } else { None };
    Some(VoterTests {
        control: control.map_or(default.control, |word| match word.value.as_str() {
            "each_voter" => FalseFlags::EachVoter,
            _ => FalseFlags::FalseDiscovery,
        }),
        level: number(&table, "level", default.level),
        one_sided: runs("one_sided").then(|| one_sided(inner("one_sided").as_ref())),
        speed: runs("speed").then(|| speed(inner("speed").as_ref())),
        copied_timing: runs("copied_timing").then(|| copied(inner("copied_timing").as_ref())),
        copied_votes: runs("copied_votes").then(|| copied(inner("copied_votes").as_ref())),
        position: runs("position").then(|| position(inner("position").as_ref())),
        gold: runs("gold").then(|| gold(inner("gold").as_ref())),
    })
}

fn number(table: &Table<'_>, key: &str, default: f64) -> f64 {
    let written = if table.has(key) { table.number(key) } else { None };
    written.map_or(default, |at| at.value)
}

fn count(table: &Table<'_>, key: &str, default: u32) -> u32 {
    let written = if table.has(key) { table.count(key) } else { None };
    written.unwrap_or(default)
}

fn milliseconds(table: &Table<'_>, key: &str, default: u64) -> u64 {
    let written = if table.has(key) { table.integer(key) } else { None };
    written.map_or(default, |at| at.value)
}

fn one_sided(table: Option<&Table<'_>>) -> OneSidedTest {
    let default = OneSidedTest::default();
    table.map_or(default, |table| OneSidedTest {
        least_votes: count(table, "least_votes", default.least_votes),
        least_other_votes: count(table, "least_other_votes", default.least_other_votes),
        taste_spread: number(table, "taste_spread", default.taste_spread),
    })
}

fn speed(table: Option<&Table<'_>>) -> SpeedTest {
    let default = SpeedTest::default();
    table.map_or(default, |table| SpeedTest {
        least_votes: count(table, "least_votes", default.least_votes),
        characters_per_second: number(table, "characters_per_second", default.characters_per_second),
        least_ms: milliseconds(table, "least_ms", default.least_ms),
        tolerated: number(table, "tolerated", default.tolerated),
    })
}

fn copied(table: Option<&Table<'_>>) -> CopiedTest {
    let default = CopiedTest::default();
    table.map_or(default, |table| CopiedTest {
        least_run: count(table, "least_run", default.least_run),
        resolution_ms: milliseconds(table, "resolution_ms", default.resolution_ms),
    })
}

fn position(table: Option<&Table<'_>>) -> PositionTest {
    let default = PositionTest::default();
    table.map_or(default, |table| PositionTest {
        least_votes: count(table, "least_votes", default.least_votes),
        tolerated: number(table, "tolerated", default.tolerated),
    })
}

fn gold(table: Option<&Table<'_>>) -> GoldTest {
    let default = GoldTest::default();
    table.map_or(default, |table| GoldTest {
        least_votes: count(table, "least_votes", default.least_votes),
        tolerated: number(table, "tolerated", default.tolerated),
    })
}
