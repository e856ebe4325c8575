//! The data files that a hub data set's card (`README.md`) lists in its YAML head.

use crate::{regular, taskfile::card_head};
use serde_json::{Map, Value};
use std::path::Path;

/// A greater card is passed over.
const MAX_CARD_BYTES: u64 = 16 << 20;

/// The `data_files` of configuration `name` (or of the default one), as a map from split to file patterns; `None` where
/// there is no card, or it lists no files.
pub(super) fn data_files(folder: &Path, name: Option<&str>) -> Option<Value> {
    let bytes = regular::read(&folder.join("README.md"), MAX_CARD_BYTES).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let head = card_head(&text)?;
    let configs = head.get("configs")?.as_array()?;
    let config = match name {
        Some(name) => {
            configs.iter().find(|config| config.get("config_name").and_then(Value::as_str) == Some(name))?
        }
        None => configs
            .iter()
            .find(|config| config.get("default") == Some(&Value::Bool(true)))
            .or_else(|| {
                let named =
                    |config: &&Value| config.get("config_name").and_then(Value::as_str) == Some("default");
                configs.iter().find(named)
            })
            .or(if configs.len() == 1 { configs.first() } else { None })?,
    };
    match config.get("data_files")? {
        Value::Array(items) if items.iter().all(Value::is_object) => {
            let mut splits = Map::new();
            for item in items {
                let split = item.get("split").and_then(Value::as_str).unwrap_or("train");
                splits.insert(split.to_owned(), item.get("path")?.clone());
            }
            Some(Value::Object(splits))
        }
        other => Some(other.clone()),
    }
}
