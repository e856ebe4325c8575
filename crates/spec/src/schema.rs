//! The JSON Schema of `programme.toml`, made from the reader's own table, so that editors complete the file.

use crate::layout::{Kind, LOCALIZED, ROOT, SUITE_WEIGHT, Section, TIE_WORDS, Variant};
use serde_json::{Map, Value, json};

/// The schema (draft 2020-12) as pretty JSON with a final newline.
pub fn json_schema() -> String {
    let mut schema = Map::new();
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".into(), json!("daepyo programme.toml"));
    if let Value::Object(root) = section(&ROOT) {
        schema.extend(root);
    }
    format!("{:#}\n", Value::Object(schema))
}

fn section(section: &Section) -> Value {
    let mut properties = Map::new();
    for key in section.keys {
        let mut value = kind(key.kind);
        if let Value::Object(object) = &mut value {
            object.insert("description".into(), json!(key.about.en));
        }
        properties.insert(key.name.into(), value);
    }
    let required: Vec<_> = section.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({"type": "object", "additionalProperties": false, "properties": properties, "required": required})
}

fn kind(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({"type": "string", "minLength": 1}),
        Kind::Localized => section(&LOCALIZED),
        Kind::Id => json!({"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$"}),
        Kind::Date => json!({"type": "string", "format": "date"}),
        Kind::Digest => json!({"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}),
        Kind::Model => {
            json!({"type": "string", "pattern": "^(llama:.+|replay:.+|openai:https?://.+\\?model=.+)$"})
        }
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Integer(low, high) if high >= i64::MAX as u64 => json!({"type": "integer", "minimum": low}),
        Kind::Integer(low, high) => json!({"type": "integer", "minimum": low, "maximum": high}),
        Kind::Number { low, high, above_low } => number(low, high, above_low),
        Kind::Word(words) => json!({"enum": words}),
        Kind::Texts => json!({"type": "array", "minItems": 1, "items": {"type": "string"}}),
        Kind::Words(words) => json!({"type": "array", "minItems": 1, "items": {"enum": words}}),
        Kind::Suites => {
            let items = json!({"anyOf": [{"type": "string"}, section(&SUITE_WEIGHT)]});
            json!({"type": "array", "minItems": 1, "items": items})
        }
        Kind::Anchor => json!({"anyOf": [
            {"type": "number"}, {"const": "chance"}, {"type": "string", "pattern": "^reference:.+$"}
        ]}),
        Kind::TieOrder => {
            let items =
                json!({"anyOf": [{"enum": TIE_WORDS}, {"type": "string", "pattern": "^criterion:.+$"}]});
            json!({"type": "array", "minItems": 1, "items": items})
        }
        Kind::Table(inner) => section(inner),
        Kind::Tables(inner) => json!({"type": "array", "minItems": 1, "items": section(inner)}),
        Kind::Variants(variants) => {
            let items: Vec<_> = variants.iter().map(variant).collect();
            json!({"type": "array", "minItems": 1, "items": {"anyOf": items}})
        }
    }
}

fn number(low: f64, high: f64, above_low: bool) -> Value {
    let mut schema = Map::new();
    schema.insert("type".into(), json!("number"));
    if low > f64::MIN {
        schema.insert(if above_low { "exclusiveMinimum" } else { "minimum" }.into(), json!(low));
    }
    if high < f64::MAX {
        schema.insert("maximum".into(), json!(high));
    }
    Value::Object(schema)
}

fn variant(variant: &Variant) -> Value {
    let mut schema = section(variant.section);
    if let Some(kind) = schema.pointer_mut("/properties/kind") {
        *kind = json!({"const": variant.kind});
    }
    schema
}
