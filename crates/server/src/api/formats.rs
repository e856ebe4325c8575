//! What a client sends, read strictly: what it accepts, its query, its body.

use crate::refusal::Refusal;
use axum::extract::Query;
use axum::http::{HeaderMap, Uri, header};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use std::collections::BTreeSet;

/// Whether the client takes JSON (RFC 9110, 12.5.1). Who says nothing takes everything.
pub(super) fn accepts_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut ranges = headers.get_all(header::ACCEPT).iter().peekable();
    if ranges.peek().is_none() {
        return Ok(());
    }
    let ranges = ranges.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','));
    let mut takes = ranges.map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default().to_ascii_lowercase();
        let is_refused = parts.any(|part| {
            part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0)
        });
        matches!(media.as_str(), "*/*" | "application/*" | "application/json") && !is_refused
    });
    if takes.any(|takes| takes) { Ok(()) } else { Err(Refusal::not_acceptable()) }
}

/// The names of the parameters of a query's type.
pub(super) fn query_names<Q: JsonSchema>() -> Vec<String> {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let schema = Q::json_schema(&mut generator);
    let properties = schema.get("properties").and_then(|properties| properties.as_object());
    properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}

/// The query. Parameters that there are not, that come twice or that cannot be read are refused by name.
pub(super) fn query<Q: DeserializeOwned>(uri: &Uri, names: &[String]) -> Result<Q, Refusal> {
    let text = uri.query().unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        let is_one = names.iter().any(|known| *known == name) && seen.insert(name.to_string());
        let alone = url::form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
        if !is_one || parsed::<Q>(&alone).is_none() {
            return Err(Refusal::bad_parameter(&name));
        }
    }
    parsed(text).ok_or_else(|| Refusal::bad_parameter(""))
}

fn parsed<Q: DeserializeOwned>(text: &str) -> Option<Q> {
    let uri = Uri::try_from(format!("/?{text}")).ok()?;
    Query::try_from_uri(&uri).ok().map(|Query(query)| query)
}

/// A body of JSON. What is wrong is told by a pointer into it, and by nothing else: the log must not hold a body.
pub(super) fn body<B: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<B, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let media = kind.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::media_type());
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize(&mut reader) {
        Ok(read) => {
            reader.end().map_err(|_| Refusal::bad_body(""))?;
            Ok(read)
        }
        Err(error) => {
            let refusal = Refusal::bad_body(&pointer(error.path()));
            let Ok(mut value) = serde_json::from_slice(bytes) else { return Err(refusal) };
            if !write_whole_numbers(&mut value) {
                return Err(refusal);
            }
            serde_path_to_error::deserialize(value).map_err(|error| Refusal::bad_body(&pointer(error.path())))
        }
    }
}

/// Writes numbers like 3.0 as 3: for JSON Schema they are integers, and some clients know no others. Whether there were any.
fn write_whole_numbers(value: &mut Value) -> bool {
    match value {
        Value::Number(number) => {
            let float = if number.is_f64() { number.as_f64().unwrap_or(f64::NAN) } else { f64::NAN };
            // Up to here all whole numbers have a floating form of their own.
            let is_whole = float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0;
            let Some(whole) = is_whole.then(|| format!("{float:.0}").parse::<i64>().ok()).flatten() else {
                return false;
            };
            *number = whole.into();
            true
        }
        Value::Array(items) => items.iter_mut().map(write_whole_numbers).filter(|any| *any).count() > 0,
        Value::Object(members) => {
            members.values_mut().map(write_whole_numbers).filter(|any| *any).count() > 0
        }
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// A place in a body as a JSON pointer (RFC 6901).
fn pointer(path: &Path) -> String {
    let mut text = String::new();
    for segment in path {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { .. } | Segment::Unknown => break,
        };
        text.push('/');
        text.push_str(&part);
    }
    text
}

#[cfg(test)]
mod tests {
    //! What is taken and what is refused.
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::super::listing::PageQuery;
    use super::*;
    use axum::http::HeaderValue;

    fn accepts(text: &'static str) -> bool {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(text))]);
        accepts_json(&headers).is_ok()
    }

    /// Regression: 413.0 is an integer of the document, and was refused.
    #[test]
    fn a_whole_number_may_be_written_with_a_point() {
        let headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let read = |text: &str| body::<Vec<u8>>(&headers, text.as_bytes());
        assert_eq!(read("[1, 2.0, 3e0]").ok(), Some(vec![1, 2, 3]));
        assert_eq!(read("[255.0]").ok(), Some(vec![255]));
        for bad in ["[1.5]", "[256.0]", "[-1.0]", "[1e300]", "[2.0"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn json_is_given_to_whoever_takes_it() {
        assert!(accepts_json(&HeaderMap::new()).is_ok());
        for text in ["*/*", "text/html, */*;q=0.1", "application/json", "Application/JSON; q=0.5"] {
            assert!(accepts(text), "{text}");
        }
        for text in ["text/html", "application/json;q=0", "application/jsonl", ""] {
            assert!(!accepts(text), "{text}");
        }
    }

    #[test]
    fn parameters_are_known_single_and_readable() {
        let names = query_names::<PageQuery>();
        assert_eq!(names, ["after", "limit"]);
        let asked = |text: &str| {
            let uri = Uri::try_from(format!("/x?{text}")).unwrap();
            query::<PageQuery>(&uri, &names).is_ok()
        };
        for good in ["", "limit=1", "limit=200", "after=00000000000000ff&limit=7"] {
            assert!(asked(good), "{good}");
        }
        for bad in
            ["limit=0", "limit=201", "limit=", "limit=1&limit=1", "after=ff", "after=00000000000000FF", "x=1"]
        {
            assert!(!asked(bad), "{bad}");
        }
    }

    #[test]
    fn a_wrong_body_is_told_by_its_place() {
        let path = |text: &str| {
            let mut reader = serde_json::Deserializer::from_str(text);
            let error = serde_path_to_error::deserialize::<_, std::collections::BTreeMap<String, Vec<u8>>>(
                &mut reader,
            );
            pointer(error.unwrap_err().path())
        };
        assert_eq!(path(r#"{"a/b": [1, "x"]}"#), "/a~1b/1");
        assert_eq!(path("[]"), "");
    }
}
