//! What changed between two versions of the rules, key by key.

use serde_json::Value;

/// One changed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where, such as `stages[0].decision.advance`. Entries with an id are named by it: `stages[final].seed`.
    pub path: String,
    /// The old value as JSON; none where it is new.
    pub old: Option<String>,
    /// The new value as JSON; none where it was taken out.
    pub new: Option<String>,
}

/// The changes from `old` to `new`, both in canonical JSON form, in the order of the old one.
pub fn difference(old: &Value, new: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare("", Some(old), Some(new), &mut changes);
    changes
}

fn compare(path: &str, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<Change>) {
    match (old, new) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let fresh = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(fresh) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(&path, a.get(key), b.get(key), changes);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            let named_old: Vec<_> =
                a.iter().enumerate().map(|(index, value)| (name(index, value), value)).collect();
            let named_new: Vec<_> =
                b.iter().enumerate().map(|(index, value)| (name(index, value), value)).collect();
            let find = |list: &[(String, &Value)], name: &str| -> Option<usize> {
                list.iter().position(|(known, _)| known == name)
            };
            for (name, value) in &named_old {
                let other = find(&named_new, name).and_then(|index| b.get(index));
                compare(&format!("{path}[{name}]"), Some(value), other, changes);
            }
            for (name, value) in &named_new {
                if find(&named_old, name).is_none() {
                    compare(&format!("{path}[{name}]"), None, Some(value), changes);
                }
            }
        }
        (old, new) if old == new => {}
        (old, new) => changes.push(Change {
            path: path.to_owned(),
            old: old.map(Value::to_string),
            new: new.map(Value::to_string),
        }),
    }
}

fn name(index: usize, value: &Value) -> String {
    let id = value.get("id").or_else(|| value.get("suite")).or_else(|| value.pointer("/submission/id"));
    id.and_then(Value::as_str).map_or_else(|| index.to_string(), str::to_owned)
}
