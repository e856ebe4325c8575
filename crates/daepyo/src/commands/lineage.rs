//! `daepyo lineage`: whose weights these are.

mod behave;
mod forms;
mod hub;
mod prints;
mod registry;
mod scanned;

use crate::args::{Lineage, LineageChoices, LineageCommand, LineageCompare};
use crate::settings::Settings;
use crate::show;
use daepyo_lineage::{
    Aligned, Comparison, ComponentFinding, ExpertMatch, Hidden, NotTested, Options, Side, TestFinding,
    Verdict, Weights, WeightsError, WeightsProblem, Why,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr;

/// Names that are told of tensors that were not tested; JSON has all of them.
const NAMES: usize = 3;
/// Layers that are told on one line.
const LAYERS: usize = 12;

pub(crate) async fn lineage(arguments: &Lineage, settings: &Settings) -> u8 {
    match &arguments.command {
        LineageCommand::Compare(arguments) => compare(arguments, settings),
        LineageCommand::Fingerprint(arguments) => prints::fingerprint(arguments, settings),
        LineageCommand::Search(arguments) => prints::search(arguments, settings),
        LineageCommand::Scan(arguments) => scanned::scan(arguments, settings).await,
        LineageCommand::Behave(arguments) => Box::pin(behave::behave(arguments, settings)).await,
    }
}

/// Ends with 0 where a comparison was made, whatever it found; with 2 where a file of weights is broken, with 3 where
/// it could not be read.
fn compare(arguments: &LineageCompare, settings: &Settings) -> u8 {
    let options = options(&arguments.choices);
    let opened = Weights::open(&arguments.first)
        .and_then(|first| Weights::open(&arguments.second).map(|second| (first, second)));
    let compared = opened.and_then(|(first, second)| {
        let bar = bar(first.bytes() + second.bytes(), settings);
        let found = daepyo_lineage::compare(&first, &second, &options, &|bytes| bar.inc(bytes));
        bar.finish_and_clear();
        found
    });
    match compared {
        Ok(found) => {
            if arguments.json {
                show::out(&serde_json::to_string_pretty(&found).unwrap_or_default());
            } else {
                tell(&found, settings);
            }
            0
        }
        Err(error) => failed(&error, settings),
    }
}

fn failed(error: &WeightsError, settings: &Settings) -> u8 {
    show::error_with_help(error, settings);
    match error.problem {
        WeightsProblem::Io(_) => 3,
        _ => 2,
    }
}

fn options(choices: &LineageChoices) -> Options {
    Options {
        seed: choices.seed,
        rows: choices.rows,
        columns: choices.columns,
        tokens: choices.tokens,
        draws: usize::try_from(choices.draws).unwrap_or(usize::MAX),
        level: choices.level,
        evasion: !choices.skip_evasion,
    }
}

fn bar(bytes: u64, settings: &Settings) -> ProgressBar {
    let target = if settings.terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(bytes), target);
    let style = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

fn tell(found: &Comparison, settings: &Settings) {
    let say = |id: &str, arguments: &[(&str, &str)]| {
        show::say(settings, &format!("lineage-report-{id}"), arguments)
    };
    // A name with a line's end in it must not look like a line of ours.
    let out = |text: String| show::out(&show::plain(&text.replace(['\n', '\t'], " ")));
    let [first, second] = &found.models;
    out(say("title", &[("first", &first.name), ("second", &second.name)]));
    for side in &found.models {
        model(side, &say, &out);
    }
    out(say("verdict", &[("verdict", &verdict(found.verdict, &say))]));
    out(format!("  {}", say(&format!("{}.text", verdict_id(found.verdict)), &[])));
    for component in &found.components {
        out(String::new());
        tell_component(component, &found.models, &say, &out);
    }
    out(String::new());
    let options = &found.options;
    out(say("seed", &[("seed", &options.seed.to_string())]));
    let limits = [
        ("rows", options.rows.to_string()),
        ("columns", options.columns.to_string()),
        ("tokens", options.tokens.to_string()),
        ("draws", options.draws.to_string()),
    ];
    out(say("limits", &limits.each_ref().map(|(name, value)| (*name, value.as_str()))));
    out(say("level", &[("level", &options.level.to_string())]));
    out(say("repeat", &[("command", &repeat(found))]));
    out(say("null", &[]));
}

type Say<'a> = dyn Fn(&str, &[(&str, &str)]) -> String + 'a;
type Out<'a> = dyn Fn(String) + 'a;

fn model(side: &Side, say: &Say<'_>, out: &Out<'_>) {
    let tensors = side.tensors.to_string();
    out(say("model", &[("name", &side.name), ("format", &side.format), ("tensors", &tensors)]));
    for file in &side.files {
        let bytes = file.bytes.to_string();
        out(format!(
            "  {}",
            say("file", &[("name", &file.name), ("bytes", &bytes), ("digest", &file.sha256)])
        ));
    }
    if !side.unnamed.is_empty() {
        let count = side.unnamed.len().to_string();
        out(format!("  {}", say("unnamed", &[("count", &count)])));
        out(format!("    {}", some(&side.unnamed.iter().map(String::as_str).collect::<Vec<_>>(), say)));
    }
}

fn tell_component(component: &ComponentFinding, models: &[Side; 2], say: &Say<'_>, out: &Out<'_>) {
    let name = say(&format!("component-{}", component.component), &[]);
    out(say("component", &[("component", &name), ("verdict", &verdict(component.verdict, say))]));
    let bytes = &component.bytes;
    let same = [
        ("same", bytes.same_tensors.to_string()),
        ("tensors", bytes.tensors[0].to_string()),
        ("bytes", bytes.same_bytes.to_string()),
    ];
    out(format!("  {}", say("same", &same.each_ref().map(|(name, value)| (*name, value.as_str())))));
    if !component.tests.is_empty() {
        table(&component.tests, say, out);
    }
    if !component.layers.is_empty() {
        let shown = component.layers.iter().take(LAYERS).map(|layer| {
            say("layer", &[("first", &layer.first.to_string()), ("second", &layer.second.to_string())])
        });
        let mut shown = shown.collect::<Vec<_>>().join(", ");
        if component.layers.len() > LAYERS {
            let rest = (component.layers.len() - LAYERS).to_string();
            shown = say("more", &[("names", &shown), ("count", &rest)]);
        }
        out(format!("  {}", say("layers", &[("layers", &shown)])));
    }
    experts(&component.experts, say, out);
    not_tested(&component.not_tested, models, say, out);
}

/// Experts that were matched with each other, and experts that were compared with the one network in their place.
fn experts(found: &[ExpertMatch], say: &Say<'_>, out: &Out<'_>) {
    let (to_one, matched): (Vec<&ExpertMatch>, Vec<&ExpertMatch>) =
        found.iter().partition(|layer| layer.experts.contains(&0));
    for (id, layers) in [("experts", matched), ("experts-of-one", to_one)] {
        if layers.is_empty() {
            continue;
        }
        let sum = |of: fn(&ExpertMatch) -> usize| layers.iter().map(|layer| of(layer)).sum::<usize>();
        let values = [
            ("matched", sum(|layer| layer.matched).to_string()),
            ("compared", sum(|layer| layer.compared).to_string()),
            ("layers", layers.len().to_string()),
        ];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        out(format!("  {}", say(id, &values)));
    }
}

fn table(tests: &[TestFinding], say: &Say<'_>, out: &Out<'_>) {
    let head = ["test", "of", "matched", "expected", "z", "log10-p", "exact-p", "pairs", "rejects"];
    let mut rows: Vec<Vec<String>> = vec![head.iter().map(|id| say(id, &[])).collect()];
    for test in tests {
        let of = test
            .aligned
            .map_or_else(|| test.of.clone(), |aligned| format!("{} ({})", test.of, moved(aligned, say)));
        rows.push(vec![
            test.test.clone(),
            of,
            format!("{:.4}", test.matched),
            format!("{:.4}", test.expected),
            format!("{:.1}", test.z),
            format!("{:.1}", test.log10_p),
            test.exact_p.map(|p| p.to_string()).unwrap_or_default(),
            test.pairs.to_string(),
            say(if test.rejects { "yes" } else { "no" }, &[]),
        ]);
    }
    columns(&rows, out);
}

/// Rows with their cells below each other: the first two and the last are words, those between are figures.
fn columns(rows: &[Vec<String>], out: &Out<'_>) {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..count).map(|column| widest(column).unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            let space = " ".repeat(width.saturating_sub(cell.width()));
            // Words begin at the left, figures end at the right.
            if column < 2 || column + 1 == count {
                format!("{cell}{space}")
            } else {
                format!("{space}{cell}")
            }
        });
        out(format!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end()));
    }
}

fn moved(aligned: Aligned, say: &Say<'_>) -> String {
    let hidden = match aligned.hidden {
        Hidden::Same => "hidden-same",
        Hidden::Prefix => "hidden-prefix",
        Hidden::Permuted => "hidden-permuted",
        Hidden::Rotated => "hidden-rotated",
    };
    let hidden = say(hidden, &[]);
    if aligned.neurons_matched { format!("{hidden}, {}", say("neurons-matched", &[])) } else { hidden }
}

fn not_tested(found: &[NotTested], models: &[Side; 2], say: &Say<'_>, out: &Out<'_>) {
    if found.is_empty() {
        return;
    }
    out(format!("  {}", say("not-tested", &[("count", &found.len().to_string())])));
    let mut reasons: BTreeMap<(usize, Why), Vec<&str>> = BTreeMap::new();
    for one in found {
        reasons.entry((one.model, one.why)).or_default().push(&one.tensor);
    }
    for ((model, reason), names) in reasons {
        let model = models.get(model).map_or("", |side| side.name.as_str());
        let why = say(why(reason), &[]);
        let (count, names) = (names.len().to_string(), some(&names, say));
        let line =
            say("not-tested-of", &[("model", model), ("count", &count), ("why", &why), ("names", &names)]);
        out(format!("    {line}"));
    }
}

fn some(names: &[&str], say: &Say<'_>) -> String {
    let shown: Vec<&str> = names.iter().take(NAMES).copied().collect();
    let shown = shown.join(", ");
    match names.len().checked_sub(NAMES) {
        Some(rest) if rest > 0 => say("more", &[("names", &shown), ("count", &rest.to_string())]),
        _ => shown,
    }
}

fn why(why: Why) -> &'static str {
    match why {
        Why::Unnamed => "why-unnamed",
        Why::Buffer => "why-buffer",
        Why::NoCounterpart => "why-no-counterpart",
        Why::Shape => "why-shape",
        Why::Encoding => "why-encoding",
        Why::Constant => "why-constant",
        Why::NoTest => "why-no-test",
    }
}

fn verdict_id(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::SameBytes => "verdict-same-bytes",
        Verdict::Derived => "verdict-derived",
        Verdict::SharesComponent => "verdict-shares-component",
        Verdict::NoEvidence => "verdict-no-evidence",
        Verdict::NotTestable => "verdict-not-testable",
    }
}

fn verdict(verdict: Verdict, say: &Say<'_>) -> String {
    say(verdict_id(verdict), &[])
}

/// What makes the same figures again.
fn repeat(found: &Comparison) -> String {
    let [first, second] = &found.models;
    let options = &found.options;
    format!(
        "daepyo lineage compare {} {} --seed {} --rows {} --columns {} --tokens {} --draws {} --level {}{}",
        quoted(&first.name),
        quoted(&second.name),
        options.seed,
        options.rows,
        options.columns,
        options.tokens,
        options.draws,
        options.level,
        if options.evasion { "" } else { " --skip-evasion" }
    )
}

/// As a shell takes it for one word.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@%".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}
