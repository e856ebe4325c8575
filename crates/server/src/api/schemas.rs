//! The schemas of the document: those of what is asked and of what is answered, which may differ for one type.

use super::operation::Describe;
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Where the document has its schemas.
const PLACE: &str = "#/components/schemas/";

/// The schemas, gathered while operations are described.
pub(super) struct Schemas {
    asked: SchemaGenerator,
    given: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            asked: settings().for_deserialize().into_generator(),
            given: settings().for_serialize().into_generator(),
        }
    }

    /// The schema of what a client sends.
    pub(super) fn asked(&mut self, of: Describe) -> Value {
        renamed(of(&mut self.asked).to_value())
    }

    /// The schema of what the site answers.
    pub(super) fn given(&mut self, of: impl FnOnce(&mut SchemaGenerator) -> Schema) -> Value {
        bounded(of(&mut self.given).to_value())
    }

    /// All of them by name; those with a list take no other values than the list's.
    pub(super) fn finish(mut self, lists: &[(&str, Vec<String>)]) -> Map<String, Value> {
        let mut all: BTreeMap<String, Value> = BTreeMap::new();
        for (name, schema) in self.given.take_definitions(true) {
            all.insert(name, bounded(schema));
        }
        for (name, mut schema) in self.asked.take_definitions(true) {
            let list = lists.iter().find(|(listed, _)| *listed == name);
            if let (Some((_, values)), Some(members)) = (list, schema.as_object_mut()) {
                // An empty list of values is none; nothing at all is what such a schema takes.
                match values.as_slice() {
                    [] => members.insert("not".to_owned(), json!({})),
                    values => members.insert("enum".to_owned(), json!(values)),
                };
            }
            all.insert(asked_name(&name), renamed(schema));
        }
        all.into_iter().collect()
    }
}

/// What is asked has names of its own: what may be left out there must be there in answers.
fn asked_name(name: &str) -> String {
    format!("Asked{name}")
}

fn renamed(schema: Value) -> Value {
    walk(bounded(schema), &|members| {
        if let Some(Value::String(link)) = members.get_mut("$ref")
            && let Some(name) = link.strip_prefix(PLACE)
        {
            *link = format!("{PLACE}{}", asked_name(name));
        }
    })
}

/// Whole numbers with the bounds of their types, which no standard format tells.
fn bounded(schema: Value) -> Value {
    walk(schema, &|members| {
        let (low, high) = match members.get("format").and_then(Value::as_str) {
            Some("int64") => (json!(i64::MIN), json!(i64::MAX)),
            Some("uint64" | "uint") => (json!(0), json!(u64::MAX)),
            Some("int32") => (json!(i32::MIN), json!(i32::MAX)),
            Some("uint32") => (json!(0), json!(u32::MAX)),
            Some("uint16") => (json!(0), json!(u16::MAX)),
            Some("uint8") => (json!(0), json!(u8::MAX)),
            Some(_) | None => return,
        };
        members.entry("minimum").or_insert(low);
        members.entry("maximum").or_insert(high);
    })
}

fn walk(mut value: Value, change: &dyn Fn(&mut Map<String, Value>)) -> Value {
    match &mut value {
        Value::Object(members) => {
            change(members);
            for member in members.values_mut() {
                *member = walk(member.take(), change);
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = walk(item.take(), change);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    value
}

/// The schema of a parameter and what it is: a parameter that is left out is not null.
pub(super) fn schema_of_parameter(schema: &Value) -> (Value, Option<Value>) {
    let mut schema = schema.clone();
    let Some(members) = schema.as_object_mut() else { return (schema, None) };
    let about = members.remove("description");
    members.remove("default");
    if let Some(Value::Array(kinds)) = members.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            members.insert("type".to_owned(), kind);
        }
    }
    let count = members.len();
    if let Some(Value::Array(kinds)) = members.get_mut("anyOf") {
        kinds.retain(|kind| kind.get("type").is_none_or(|kind| kind != "null"));
        if let ([kind], 1) = (kinds.as_slice(), count) {
            return (kind.clone(), about);
        }
    }
    (schema, about)
}
