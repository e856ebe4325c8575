//! Drawn charts: a dot for an estimate, a line for its interval, one row for each thing compared.
//!
//! Places across are percentages of the drawing's width, so a chart fits any screen and its letters keep
//! their size. The table beside each chart holds the same numbers.

use crate::{
    both::{Both, say},
    number, visible,
};
use daepyo_core::Language;
use maud::{Markup, html};

const ROW: u32 = 46;
const TRACK: u32 = 27;
const AXIS: u32 = 26;

/// The form of a dot, so that nothing rests on colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Advances, passed: a full circle.
    In,
    /// Out, failed: an open circle.
    Out,
    /// Neither: a rhombus.
    Open,
    /// No decision belongs to it: a square.
    Plain,
}

impl Mark {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Open => "open",
            Self::Plain => "plain",
        }
    }

    /// The mark about a place given in SVG units or percent.
    pub(crate) fn shape(self, x: &str, y: &str) -> Markup {
        html! {
            @match self {
                Self::In => { circle.dot.in cx=(x) cy=(y) r="5" {} }
                Self::Out => { circle.dot.out cx=(x) cy=(y) r="4.25" {} }
                Self::Open => {
                    svg x=(x) y=(y) overflow="visible" { path.dot.open d="M0-6 6 0 0 6-6 0Z" {} }
                }
                Self::Plain => {
                    svg x=(x) y=(y) overflow="visible" { path.dot.plain d="M-4-4H4V4H-4Z" {} }
                }
            }
        }
    }
}

/// One thing compared.
pub(crate) struct Row {
    pub(crate) label: Both,
    pub(crate) mark: Mark,
    pub(crate) estimate: f64,
    /// Ends of the interval, where there is one.
    pub(crate) interval: Option<(f64, f64)>,
    /// The numbers in words, as the table has them.
    pub(crate) value: String,
}

/// A chart of rows on one scale.
pub(crate) struct Chart {
    pub(crate) id: String,
    pub(crate) title: Both,
    /// What is drawn and how to read it.
    pub(crate) description: Both,
    pub(crate) rows: Vec<Row>,
    /// Ends of the scale.
    pub(crate) scale: (f64, f64),
    /// A place on the scale that matters, such as zero, with its meaning.
    pub(crate) line: Option<(f64, Both)>,
}

impl Chart {
    pub(crate) fn draw(&self) -> Markup {
        if self.rows.is_empty() {
            return html! {};
        }
        let rows = u32::try_from(self.rows.len()).unwrap_or(0);
        let top = if self.line.is_some() { 18 } else { 0 };
        let bottom = top + rows * ROW;
        let names = format!("{0}-title {0}-text", self.id);
        html! {
            figure.chart {
                figcaption {
                    strong #{ (self.id) "-title" } { (self.title) }
                    span #{ (self.id) "-text" } { (self.description) }
                }
                svg role="img" aria-labelledby=(names) focusable="false" width="100%" height=(bottom + AXIS) {
                    @let (ticks, decimals) = self.ticks();
                    @for (value, anchor) in ticks {
                        @let x = self.across(value);
                        line.grid x1=(x) x2=(x) y1=(top) y2=(bottom) {}
                        text.tick x=(x) y=(bottom + 18) text-anchor=(anchor) {
                            (number::fixed(value, decimals))
                        }
                    }
                    @if let Some((value, meaning)) = &self.line {
                        @let x = self.across(*value);
                        line.cut x1=(x) x2=(x) y1=(top - 3) y2=(bottom) {}
                        (label(meaning, "tick", &x, 11, self.side(*value)))
                    }
                    @for (row, y) in self.rows.iter().zip((top..).step_by(ROW as usize)) { (self.row(row, y)) }
                }
            }
        }
    }

    fn row(&self, row: &Row, y: u32) -> Markup {
        let track = (y + TRACK).to_string();
        html! {
            (label(&row.label, "name", "0", y + 14, "start"))
            (label(&Both::from(row.value.as_str()), "value", "100%", y + 14, "end"))
            line.track x1="0" x2="100%" y1=(track) y2=(track) {}
            @if let Some((low, high)) = row.interval {
                line class={ "whisker " (row.mark.class()) }
                    x1=(self.across(low)) x2=(self.across(high)) y1=(track) y2=(track) {}
            }
            @if row.estimate.is_finite() { (row.mark.shape(&self.across(row.estimate), &track)) }
        }
    }

    /// A place on the scale as a percentage of the width, cut to the drawing.
    fn across(&self, value: f64) -> String {
        let (low, high) = self.scale;
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        format!("{:.2}%", share * 100.0)
    }

    fn side(&self, value: f64) -> &'static str {
        let (low, high) = self.scale;
        let share = (value - low) / (high - low);
        if share < 0.2 {
            "start"
        } else if share > 0.8 {
            "end"
        } else {
            "middle"
        }
    }

    /// Round numbers on the scale, three to six of them, with the side on which each is written; and the
    /// decimals that tell them apart.
    fn ticks(&self) -> (Vec<(f64, &'static str)>, usize) {
        let (low, high) = self.scale;
        let span = high - low;
        if !span.is_finite() || span <= 0.0 {
            return (Vec::new(), 0);
        }
        let step = nice_step(span / 4.0);
        let first = (low / step).ceil();
        let ticks = (0..12_u32)
            .map(|n| (first + f64::from(n)) * step)
            .take_while(|value| *value <= high + step * 1e-9)
            .map(|value| {
                let share = (value - low) / span;
                let anchor = if share < 0.03 {
                    "start"
                } else if share > 0.97 {
                    "end"
                } else {
                    "middle"
                };
                (value, anchor)
            })
            .collect();
        (ticks, decimals_of(step))
    }
}

/// The least number of decimals, up to 6, that writes `step` exactly.
fn decimals_of(step: f64) -> usize {
    let mut scaled = step;
    let mut decimals = 0;
    while decimals < 6 && (scaled - scaled.round()).abs() > 1e-6 {
        scaled *= 10.0;
        decimals += 1;
    }
    decimals
}

/// A scale around `values` and `holds`, with a margin, so that whiskers end before the edge.
pub(crate) fn scale_around(values: impl IntoIterator<Item = f64>, holds: f64) -> (f64, f64) {
    let (mut low, mut high) = (holds, holds);
    for value in values.into_iter().filter(|value| value.is_finite()) {
        low = low.min(value);
        high = high.max(value);
    }
    let margin = if high > low { (high - low) * 0.06 } else { 1.0 };
    (low - margin, high + margin)
}

/// What the marks of candidates mean.
pub(crate) fn decision_legend() -> Markup {
    legend(&[
        (Mark::In, say("report-legend-in", &[])),
        (Mark::Out, say("report-legend-out", &[])),
        (Mark::Open, say("report-legend-open", &[])),
    ])
}

/// What marks mean, under a chart.
pub(crate) fn legend(marks: &[(Mark, Both)]) -> Markup {
    html! {
        ul.legend {
            @for (mark, word) in marks { li { (crate::names::badge(*mark, word)) } }
        }
    }
}

/// 1, 2, 2.5 or 5 times a power of ten, at least `least`.
fn nice_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|factor| factor * power >= least * (1.0 - 1e-9));
    step.unwrap_or(10.0) * power
}

/// A text of a drawing in both languages; the style sheet shows one.
fn label(text: &Both, class: &str, x: &str, y: u32, anchor: &str) -> Markup {
    let one = |language: Option<&str>, text: &str| {
        html! {
            text class=(class) lang=[language] x=(x) y=(y) text-anchor=(anchor) { (visible::drawn(text)) }
        }
    };
    if text.ko == text.en {
        return one(None, &text.ko);
    }
    html! {
        (one(Some("ko"), text.get(Language::Ko)))
        (one(Some("en"), text.get(Language::En)))
    }
}

#[cfg(test)]
mod tests {
    use super::{nice_step, scale_around};

    #[test]
    fn steps_are_round() {
        let near = |x: f64, y: f64| (x - y).abs() < 1e-9;
        assert!(near(nice_step(10.0), 10.0));
        assert!(near(nice_step(8.75), 10.0));
        assert!(near(nice_step(6.25), 10.0));
        assert!(near(nice_step(0.013), 0.02));
        assert!(near(nice_step(2.2), 2.5));
    }

    #[test]
    fn a_scale_holds_what_it_must_and_all_finite_values() {
        let (low, high) = scale_around([0.1, f64::NAN, 0.3], 0.0);
        assert!(low < 0.0 && high > 0.3 && high < 1.0);
        let (low, high) = scale_around([], 0.0);
        assert!(low < 0.0 && high > 0.0);
    }
}
