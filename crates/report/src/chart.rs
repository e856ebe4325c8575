//! Drawn charts: a dot for an estimate, a line for its interval, one row for each thing compared.
//!
//! Places across are percentages of the drawing's width, so a chart fits any screen and its letters keep
//! their size; names and values stand outside the drawing, where long ones wrap. The table after each chart
//! holds the same numbers.

use crate::{
    both::{Both, say},
    names::badge,
    number, visible,
};
use daepyo_core::Language;
use maud::{Markup, html};

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
    /// What the marks mean; those that occur are shown.
    pub(crate) legend: Vec<(Mark, Both)>,
}

impl Chart {
    /// The chart in one language alone.
    pub(crate) fn only(mut self, language: Language) -> Self {
        for text in [&mut self.title, &mut self.description] {
            *text = text.only(language);
        }
        for row in &mut self.rows {
            row.label = row.label.only(language);
        }
        for text in
            self.line.iter_mut().map(|(_, text)| text).chain(self.legend.iter_mut().map(|(_, text)| text))
        {
            *text = text.only(language);
        }
        self
    }

    pub(crate) fn draw(&self) -> Markup {
        if self.rows.is_empty() {
            return html! {};
        }
        let (ticks, decimals) = self.ticks();
        let names = format!("{0}-title {0}-text", self.id);
        html! {
            figure.chart {
                figcaption {
                    strong #{ (self.id) "-title" } { (self.title) }
                    span #{ (self.id) "-text" } { (self.description) }
                }
                div.plot role="img" aria-labelledby=(names) {
                    @if let Some((value, meaning)) = &self.line {
                        div.axis {
                            svg width="100%" height="18" focusable="false" {
                                (label(meaning, "tick", &self.across(*value), 13, self.side(*value)))
                            }
                        }
                    }
                    @for row in &self.rows {
                        div.row {
                            span.name { (row.label) }
                            svg.track width="100%" height="32" focusable="false" { (self.track(row, &ticks)) }
                            span.value { (row.value) }
                        }
                    }
                    div.axis {
                        svg width="100%" height="22" focusable="false" {
                            @for (value, anchor) in &ticks {
                                text.tick x=(self.across(*value)) y="15" text-anchor=(anchor) {
                                    (number::fixed(*value, decimals))
                                }
                            }
                        }
                    }
                }
                ul.legend {
                    @for (mark, word) in &self.legend {
                        @if self.rows.iter().any(|row| row.mark == *mark) { li { (badge(*mark, word)) } }
                    }
                }
            }
        }
    }

    fn track(&self, row: &Row, ticks: &[(f64, &str)]) -> Markup {
        html! {
            @for (value, _) in ticks {
                @let x = self.across(*value);
                line.grid x1=(x) x2=(x) y1="0" y2="100%" {}
            }
            line.base x1="0" x2="100%" y1="50%" y2="50%" {}
            @if let Some((value, _)) = &self.line {
                @let x = self.across(*value);
                line.cut x1=(x) x2=(x) y1="0" y2="100%" {}
            }
            @if let Some((low, high)) = row.interval {
                line class={ "whisker " (row.mark.class()) }
                    x1=(self.across(low)) x2=(self.across(high)) y1="50%" y2="50%" {}
            }
            @if row.estimate.is_finite() { (row.mark.shape(&self.across(row.estimate), "50%")) }
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
        let step = nice_step(span);
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

/// What the marks of candidates and references mean.
pub(crate) fn decision_legend() -> Vec<(Mark, Both)> {
    vec![
        (Mark::In, say("report-legend-in", &[])),
        (Mark::Out, say("report-legend-out", &[])),
        (Mark::Open, say("report-legend-open", &[])),
        (Mark::Plain, say("report-legend-reference", &[])),
    ]
}

/// 1, 2, 2.5 or 5 times a power of ten, so that three to six steps cover `span`: the greatest that divides it
/// evenly, else the greatest.
fn nice_step(span: f64) -> f64 {
    let power = libm::pow(10.0, libm::log10(span).floor());
    let steps = [5.0, 2.5, 2.0, 1.0, 0.5, 0.25, 0.2, 0.1].map(|factor| factor * power);
    let fits = |step: &&f64| (3.0 - 1e-9..6.0 + 1e-9).contains(&(span / **step));
    let is_even = |step: &&f64| (span / **step - (span / **step).round()).abs() < 1e-9;
    let even = steps.iter().filter(fits).find(is_even);
    even.or_else(|| steps.iter().find(fits)).copied().unwrap_or(power)
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
        for (span, step) in [
            (100.0, 25.0),
            (40.0, 10.0),
            (35.0, 10.0),
            (30.0, 10.0),
            (25.0, 5.0),
            (5.0, 1.0),
            (0.29, 0.05),
            (1.0, 0.25),
        ] {
            assert!((nice_step(span) - step).abs() < 1e-9, "{span}: {}", nice_step(span));
        }
    }

    #[test]
    fn a_scale_holds_what_it_must_and_all_finite_values() {
        let (low, high) = scale_around([0.1, f64::NAN, 0.3], 0.0);
        assert!(low < 0.0 && high > 0.3 && high < 1.0);
        let (low, high) = scale_around([], 0.0);
        assert!(low < 0.0 && high > 0.0);
    }
}
