//! Chat templates of models, rendered as the transformers library renders them.

use super::bounds;
use super::environment::{base, unix_newlines, whitespace};
use crate::{TaskError, under_way};
use daepyo_core::{Message, Role};
use minijinja::{
    Environment, Error, ErrorKind, UndefinedBehavior, Value, context,
    value::{Kwargs, Serde},
};
use std::fmt::Write as _;

/// How requests speak to a candidate.
#[derive(Clone, Copy, Debug)]
pub enum ChatStyle<'a> {
    /// Plain text, no roles.
    Plain,
    /// Text made by the model's own chat template.
    Template(&'a CompiledChatTemplate),
    /// Messages; the server has the template. Log-probability requests stay plain text.
    Native,
}

/// A model's chat template, compiled once.
pub struct CompiledChatTemplate {
    environment: Environment<'static>,
    bos: String,
    eos: String,
}

impl std::fmt::Debug for CompiledChatTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompiledChatTemplate")
            .field("bos", &self.bos)
            .field("eos", &self.eos)
            .finish_non_exhaustive()
    }
}

const NAME: &str = "chat_template";

impl CompiledChatTemplate {
    /// Compiles the Jinja text of a model's metadata. `bos` and `eos` are the texts of its special tokens; `today`
    /// (year, month, day) is what templates that print a date get, so that prompts do not change with the day.
    pub fn compile(source: &str, bos: &str, eos: &str, today: (i32, u8, u8)) -> Result<Self, TaskError> {
        let mut environment = base();
        environment.set_undefined_behavior(UndefinedBehavior::Lenient);
        environment.set_syntax(whitespace(false, true));
        environment.add_function("raise_exception", |message: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        });
        environment.add_function("strftime_now", move |format: &str| strftime(format, today));
        environment.add_filter("tojson", to_json);
        let source = without_generation_marks(&unix_newlines(source));
        bounds::add(&mut environment, NAME.to_owned(), source).map_err(|cause| TaskError::ChatTemplate {
            problem: "the model's chat template does not compile".to_owned(),
            cause: Some(cause),
        })?;
        Ok(Self { environment, bos: bos.to_owned(), eos: eos.to_owned() })
    }

    /// The prompt text for `messages`.
    ///
    /// With `add_generation_prompt` the text ends where the model's turn begins; without, the last message is left
    /// open, so that the model goes on with it. A template that refuses a system message gets the conversation
    /// without it, as lm-eval does.
    pub fn render(&self, messages: &[Message], add_generation_prompt: bool) -> Result<String, TaskError> {
        let failed = |cause| TaskError::ChatTemplate {
            problem: "the model's chat template refuses the conversation".to_owned(),
            cause: Some(cause),
        };
        let text = match self.try_render(messages, add_generation_prompt) {
            Ok(text) => text,
            Err(error) if messages.iter().any(|message| message.role == Role::System) => {
                let rest: Vec<Message> =
                    messages.iter().filter(|message| message.role != Role::System).cloned().collect();
                self.try_render(&rest, add_generation_prompt).map_err(|_| failed(error))?
            }
            Err(error) => return Err(failed(error)),
        };
        if add_generation_prompt {
            return Ok(text);
        }
        let last = messages.last().map_or("", |message| message.content.as_str());
        open_end(&text, last).ok_or_else(|| TaskError::ChatTemplate {
            problem:
                "the last message does not appear in what the model's chat template makes, so it can't be \
                      continued"
                    .to_owned(),
            cause: None,
        })
    }

    fn try_render(&self, messages: &[Message], add_generation_prompt: bool) -> Result<String, Error> {
        let context = context! {
            messages => Value::from(Serde(messages)),
            tools => Value::from(()),
            documents => Value::from(()),
            add_generation_prompt,
            bos_token => self.bos.as_str(),
            eos_token => self.eos.as_str(),
        };
        let _rendering = under_way::begin("chat template", "", NAME);
        bounds::render(&self.environment.get_template(NAME)?, context)
    }
}

/// `text` up to the end of its last message.
fn open_end(text: &str, last: &str) -> Option<String> {
    let start = text.rfind(last.trim())?;
    let kept = last.trim_start();
    let length = if text.get(start..).is_some_and(|rest| rest.starts_with(kept)) {
        kept.len()
    } else {
        last.trim().len()
    };
    text.get(..start + length).map(str::to_owned)
}

/// Drops `{% generation %}` and `{% endgeneration %}`, which only mark text for training. A mark that trims white
/// space becomes a comment that trims the same.
fn without_generation_marks(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let (before, block) = rest.split_at(start);
        let Some(end) = block.find("%}") else { break };
        let (block, after) = block.split_at(end + 2);
        let inner = block.trim_start_matches("{%").trim_end_matches("%}");
        out.push_str(before);
        match inner.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '+')) {
            "generation" => out.push_str(&block.replacen("generation", "if true", 1)),
            "endgeneration" => out.push_str(&block.replacen("endgeneration", "endif", 1)),
            _ => out.push_str(block),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Python's `json.dumps(value, ensure_ascii=False, indent=…)`, which transformers puts in place of Jinja's own filter.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands filters their keywords by value")]
fn to_json(value: &Value, kwargs: Kwargs) -> Result<Value, Error> {
    let indent: Option<usize> = kwargs.get("indent")?;
    for accepted in ["ensure_ascii", "separators", "sort_keys"] {
        let _: Option<Value> = kwargs.get(accepted)?;
    }
    kwargs.assert_all_used()?;
    bounds::check_value(value)?;
    let json = serde_json::to_value(value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, "tojson").with_source(error))?;
    let mut out = String::new();
    dump(&mut out, &json, indent, 0);
    Ok(Value::from(out))
}

fn dump(out: &mut String, value: &serde_json::Value, indent: Option<usize>, depth: usize) {
    let line = |out: &mut String, depth: usize| {
        if let Some(indent) = indent {
            out.push('\n');
            out.push_str(&" ".repeat(indent.saturating_mul(depth).min(1000)));
        }
    };
    let comma = if indent.is_some() { "," } else { ", " };
    match value {
        serde_json::Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(comma);
                }
                line(out, depth + 1);
                dump(out, item, indent, depth + 1);
            }
            line(out, depth);
            out.push(']');
        }
        serde_json::Value::Object(map) if !map.is_empty() => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    out.push_str(comma);
                }
                line(out, depth + 1);
                out.push_str(&serde_json::Value::String(key.clone()).to_string());
                out.push_str(": ");
                dump(out, item, indent, depth + 1);
            }
            line(out, depth);
            out.push('}');
        }
        serde_json::Value::Number(number) if number.is_f64() => {
            out.push_str(&crate::python::py_float(number.as_f64().unwrap_or(0.0)));
        }
        other => out.push_str(&other.to_string()),
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The parts of `strftime` that chat templates use, at midnight of the given day.
fn strftime(format: &str, (year, month, day): (i32, u8, u8)) -> Result<String, Error> {
    let name = |names: &[&'static str], index: usize| names.get(index).copied().unwrap_or("");
    let month_name = name(&MONTHS, usize::from(month.saturating_sub(1)));
    let day_name = name(&DAYS, weekday(year, month, day));
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('Y') => write!(out, "{year:04}")?,
            Some('y') => write!(out, "{:02}", year.rem_euclid(100))?,
            Some('m') => write!(out, "{month:02}")?,
            Some('d') => write!(out, "{day:02}")?,
            Some('e') => write!(out, "{day:2}")?,
            Some('B') => out.push_str(month_name),
            Some('b' | 'h') => out.push_str(month_name.get(..3).unwrap_or_default()),
            Some('A') => out.push_str(day_name),
            Some('a') => out.push_str(day_name.get(..3).unwrap_or_default()),
            Some('F') => write!(out, "{year:04}-{month:02}-{day:02}")?,
            Some('H' | 'M' | 'S') => out.push_str("00"),
            Some('%') | None => out.push('%'),
            Some(other) => {
                out.push('%');
                out.push(other);
            }
        }
    }
    Ok(out)
}

/// Sakamoto's method; 0 is Sunday.
fn weekday(year: i32, month: u8, day: u8) -> usize {
    const SHIFT: [i32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = if month < 3 { year - 1 } else { year };
    let shift = SHIFT.get(usize::from(month.saturating_sub(1))).copied().unwrap_or(0);
    let sum =
        year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + shift + i32::from(day);
    usize::try_from(sum.rem_euclid(7)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::{strftime, without_generation_marks};

    #[test]
    fn dates_are_printed_as_strftime_does() {
        assert_eq!(
            strftime("%d %b %Y, %A %B %y %%", (2026, 11, 21)).unwrap(),
            "21 Nov 2026, Saturday November 26 %"
        );
        assert_eq!(strftime("%a %F", (2024, 2, 29)).unwrap(), "Thu 2024-02-29");
    }

    #[test]
    fn generation_marks_go_and_their_trimming_stays() {
        assert_eq!(
            without_generation_marks("a {%- generation -%} b {% endgeneration %}{{ c }}{% if d %}"),
            "a {%- if true -%} b {% endif %}{{ c }}{% if d %}"
        );
    }
}
