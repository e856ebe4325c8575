//! A registry's family tree as an SVG picture: parents at the left, what was made from them at the right.
//!
//! A line is solid with an arrow where the weights themselves say which came first (a coarser encoding, a mean, fewer or
//! repeated layers, a low-rank difference), and dashed without one where only the declaration does. Refuted claims are
//! crossed lines of their own colour. Names are text of strangers: they are escaped and cut.

use crate::scan::{Relation, Scan, Scanned, Status};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const ROW: usize = 46;
const COLUMN: usize = 330;
const BOX_WIDTH: usize = 250;
const BOX_HEIGHT: usize = 34;
const MARGIN: usize = 16;
const LEGEND: usize = 64;
/// Letters of a name that fit in a box.
const LETTERS: usize = 34;

/// Draws the tree. `say` gives the words for `title`, `relation-…`, `status-…`, `known` and `unknown` in the reader's
/// language. The same scan gives the same bytes.
pub fn tree(scan: &Scan, say: &dyn Fn(&str) -> String) -> String {
    let places = places(scan);
    let columns = places.values().map(|(column, _)| column + 1).max().unwrap_or(1);
    let rows = places.values().map(|(_, row)| row + 1).max().unwrap_or(1);
    let width = (columns - 1) * COLUMN + BOX_WIDTH + 2 * MARGIN;
    let height = rows * ROW + 2 * MARGIN + LEGEND;
    let title = say("title");
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"tree-title tree-text\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title id=\"tree-title\">{}</title>\n<desc id=\"tree-text\">{}</desc>\n{STYLE}\n",
        escaped(&title),
        escaped(&in_words(scan, say)),
    );
    for model in &scan.models {
        for parent in &model.parents {
            let ends = places.get(parent.id.as_str()).zip(places.get(model.id.as_str()));
            if let Some((from, to)) = ends {
                line(&mut svg, model, *from, *to, say);
            }
        }
    }
    for (id, place) in &places {
        let model = scan.models.iter().find(|model| model.id == **id);
        boxed(&mut svg, id, model, *place, say);
    }
    legend(&mut svg, rows * ROW + MARGIN, say);
    svg.push_str("</svg>\n");
    svg
}

const STYLE: &str = "<style>text{fill:#1b1b1b}.box{fill:#fff;stroke:#555}.root{fill:#e8eef7;stroke:#1f4e8c}\
.verified{fill:#e9f5ec;stroke:#1d6b34}.rejected{fill:#fbeaea;stroke:#a02020}.untestable{fill:#f6f2e6;stroke:#7a6410}\
.line{fill:none;stroke:#555;stroke-width:1.5}.refuted{stroke:#a02020}.declared{stroke-dasharray:5 4}.small{font-size:11px}\
@media(prefers-color-scheme:dark){text{fill:#eee}.box{fill:#222;stroke:#aaa}.root{fill:#1b2a40;stroke:#8ab4f8}\
.verified{fill:#17301f;stroke:#7fd196}.rejected{fill:#3a1c1c;stroke:#ff9c9c}.untestable{fill:#332d17;stroke:#e0c460}\
.line{stroke:#bbb}.refuted{stroke:#ff9c9c}}</style>\
<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#777\"/></marker></defs>";

/// The column and the row of each model, and of each parent that is named but not there.
fn places(scan: &Scan) -> BTreeMap<&str, (usize, usize)> {
    let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut has_parent = BTreeSet::new();
    let mut all: Vec<&str> = scan.models.iter().map(|model| model.id.as_str()).collect();
    for model in &scan.models {
        for parent in &model.parents {
            children.entry(&parent.id).or_default().push(&model.id);
            has_parent.insert(model.id.as_str());
            if !all.contains(&parent.id.as_str()) {
                all.push(&parent.id);
            }
        }
    }
    let mut places = BTreeMap::new();
    let mut row = 0;
    let roots: Vec<&str> = all.iter().filter(|id| !has_parent.contains(*id)).copied().collect();
    // Models that name each other in a circle have no root: what is left is placed from where it stands.
    for root in roots.into_iter().chain(all.iter().copied()) {
        let mut open = vec![(root, 0)];
        while let Some((id, column)) = open.pop() {
            if places.contains_key(id) {
                continue;
            }
            places.insert(id, (column, row));
            let own: Vec<&str> = children.get(id).into_iter().flatten().copied().collect();
            let before = open.len();
            open.extend(
                own.into_iter()
                    .rev()
                    .filter(|child| !places.contains_key(child))
                    .map(|child| (child, column + 1)),
            );
            // A first child stands beside its parent.
            if open.len() == before {
                row += 1;
            }
        }
    }
    places
}

fn corner((column, row): (usize, usize)) -> (usize, usize) {
    (MARGIN + column * COLUMN, MARGIN + row * ROW)
}

/// Whether the weights say which of the two came first.
fn is_directed(model: &Scanned) -> bool {
    match model.found {
        Some(Relation::Adapter | Relation::Merge | Relation::Quantized | Relation::Reshaped) => true,
        Some(Relation::Finetune | Relation::Distilled) | None => false,
    }
}

fn line(
    svg: &mut String,
    model: &Scanned,
    from: (usize, usize),
    to: (usize, usize),
    say: &dyn Fn(&str) -> String,
) {
    let ((x, y), (to_x, to_y)) = (corner(from), corner(to));
    let (x, y, to_y) = (x + BOX_WIDTH, y + BOX_HEIGHT / 2, to_y + BOX_HEIGHT / 2);
    let refuted = if model.status == Status::Rejected { " refuted" } else { "" };
    let (kind, arrow) =
        if is_directed(model) { ("", " marker-end=\"url(#arrow)\"") } else { (" declared", "") };
    let middle = x + (COLUMN - BOX_WIDTH) / 2;
    let _ = writeln!(
        svg,
        "<path class=\"line{kind}{refuted}\" d=\"M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}\"{arrow}/>"
    );
    if let Some(relation) = model.found.or(model.declared) {
        let word = escaped(&say(&format!("relation-{}", relation.name())));
        let _ = writeln!(
            svg,
            "<text class=\"small\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{word}</text>",
            to_x - 8,
            to_y - 5
        );
    }
}

fn boxed(
    svg: &mut String,
    id: &str,
    model: Option<&Scanned>,
    place: (usize, usize),
    say: &dyn Fn(&str) -> String,
) {
    let (x, y) = corner(place);
    let status = model.map_or("untestable", |model| status_name(model.status));
    let word = escaped(&say(&format!("status-{status}")));
    let _ = writeln!(
        svg,
        "<rect class=\"box {status}\" x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"6\"/>\
         <text x=\"{}\" y=\"{}\">{}</text><text class=\"small\" x=\"{}\" y=\"{}\">{word}</text>",
        x + 8,
        y + 15,
        escaped(&cut(id)),
        x + 8,
        y + 28,
    );
}

fn legend(svg: &mut String, y: usize, say: &dyn Fn(&str) -> String) {
    let rows = [("", " marker-end=\"url(#arrow)\"", "known"), (" declared", "", "unknown")];
    for (number, (kind, arrow, word)) in rows.into_iter().enumerate() {
        let y = y + 24 + number * 20;
        let _ = writeln!(
            svg,
            "<path class=\"line{kind}\" d=\"M{MARGIN} {y}H{}\"{arrow}/><text class=\"small\" x=\"{}\" y=\"{}\">{}</text>",
            MARGIN + 40,
            MARGIN + 50,
            y + 4,
            escaped(&say(word))
        );
    }
}

/// The tree for those who hear it.
fn in_words(scan: &Scan, say: &dyn Fn(&str) -> String) -> String {
    let mut text = String::new();
    for model in scan.models.iter().filter(|model| !model.parents.is_empty()) {
        let parents: Vec<String> = model.parents.iter().map(|parent| cut(&parent.id)).collect();
        let relation =
            model.found.or(model.declared).map(|relation| say(&format!("relation-{}", relation.name())));
        let status = say(&format!("status-{}", status_name(model.status)));
        let _ = write!(
            text,
            "{} ← {}: {} {status}. ",
            cut(&model.id),
            parents.join(" + "),
            relation.unwrap_or_default()
        );
    }
    text
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Root => "root",
        Status::Verified => "verified",
        Status::Rejected => "rejected",
        Status::Untestable => "untestable",
    }
}

fn cut(name: &str) -> String {
    let shown: String = name.chars().filter(|c| !c.is_control() && !is_direction(*c)).collect();
    if shown.chars().count() <= LETTERS {
        return shown;
    }
    let mut cut: String = shown.chars().take(LETTERS - 1).collect();
    cut.push('…');
    cut
}

/// Signs that turn the direction of what follows.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ if c.is_control() => out.push('\u{FFFD}'),
            _ => out.push(c),
        }
    }
    out
}
