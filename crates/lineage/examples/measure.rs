//! Figures that claims need and that comparisons do not report: raw cosines of norms, and every pair of layers.
//!
//! `measure norms A B` prints, as one line of JSON, the mean raw cosine and the mean centred correlation of matching
//! norms, and those of norms of other layers. `measure layers A B ROLE…` prints the p of every layer of A against every
//! layer of B, or where A is B of every two layers, for each role.

#![expect(clippy::print_stdout, reason = "it is a program")]

use daepyo_lineage::battery::norms::{correlation, raw_cosine};
use daepyo_lineage::battery::rows::{BLOCK, blocks, cosines, normalise};
use daepyo_lineage::battery::trace::{exact_p, shuffled, trace};
use daepyo_lineage::inventory::{Component, Facet, Part, Role, inventory};
use daepyo_lineage::{Sample, Tensor, View, Weights, choose_rows};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

const ROWS: u64 = 256;
const DRAWS: usize = 999;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let found = match words.as_slice() {
        [what, first, second] if what == "norms" => norms(first, second)?,
        [what, first, second, roles @ ..] if what == "layers" && !roles.is_empty() => {
            layers(first, second, roles)?
        }
        _ => return Err("measure norms A B | measure layers A B ROLE…".into()),
    };
    println!("{found}");
    Ok(())
}

/// Columns, and rows one after another, of each part.
type Sampled = BTreeMap<Part, (usize, Vec<f32>)>;
type Parts = BTreeMap<Part, Vec<f32>>;

/// The numbers of every part that `wanted` takes, some rows of each.
fn read(path: &str, wanted: &dyn Fn(&Part) -> bool) -> Result<Sampled, Box<dyn Error>> {
    let weights = Weights::open(Path::new(path))?;
    let named = weights.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice()));
    let mut found = BTreeMap::new();
    for (part, entries) in inventory(named).parts {
        let Some(entry) = entries.iter().find(|entry| entry.facet == Facet::Weight).filter(|_| wanted(&part))
        else {
            continue;
        };
        let Some(tensor) = weights.tensor(&entry.name) else { continue };
        if let Some(sample) = sample(tensor, entry.transposed) {
            found.insert(part, (sample.columns(), sample.read(&weights, tensor)?));
        }
    }
    Ok(found)
}

fn sample(tensor: &Tensor, transposed: bool) -> Option<Sample> {
    let view = View::whole(tensor)?;
    let view = if transposed { view.turned(tensor)? } else { view };
    Sample::new(tensor, view, choose_rows(view.rows, ROWS, 0), view.columns)
}

fn norms(first: &str, second: &str) -> Result<Value, Box<dyn Error>> {
    let is_norm = |part: &Part| part.component == Component::Language && part.role.is_norm();
    let vectors = |path: &str| -> Result<Parts, Box<dyn Error>> {
        Ok(read(path, &is_norm)?.into_iter().map(|(part, (_, numbers))| (part, numbers)).collect())
    };
    let (mine, theirs) = (vectors(first)?, vectors(second)?);
    let (mut raw, mut matched, mut unmatched) = (Vec::new(), Vec::new(), Vec::new());
    for (part, vector) in &mine {
        for (other, their) in
            theirs.iter().filter(|(other, their)| other.role == part.role && their.len() == vector.len())
        {
            let Some(centred) = correlation(vector, their) else { continue };
            if other == part {
                raw.push(raw_cosine(vector, their));
                matched.push(centred);
            } else {
                unmatched.push(centred);
            }
        }
    }
    let mean = |values: &[f64]| {
        values.iter().sum::<f64>() / f64::from(u32::try_from(values.len()).unwrap_or(1).max(1))
    };
    Ok(
        json!({"pairs": raw.len(), "raw": mean(&raw), "centred": mean(&matched), "centred_other_layers": mean(&unmatched)}),
    )
}

fn layers(first: &str, second: &str, roles: &[String]) -> Result<Value, Box<dyn Error>> {
    let wanted = |part: &Part| {
        part.component == Component::Language
            && part.layer.is_some()
            && roles.iter().any(|role| role == part.role.name())
    };
    let mut own = read(first, &wanted)?;
    let mut other = read(second, &wanted)?;
    for (columns, rows) in own.values_mut().chain(other.values_mut()) {
        normalise(rows, *columns);
    }
    let mut found = Vec::new();
    for (part, (columns, rows)) in &own {
        for (their_part, (their_columns, their_rows)) in &other {
            // A model against itself: each two layers once, and none with itself.
            let twice = first == second && their_part.layer <= part.layer;
            let alike =
                part.role == their_part.role && columns == their_columns && rows.len() == their_rows.len();
            if twice || !alike {
                continue;
            }
            let n = rows.len() / columns;
            let similarities = cosines(rows, their_rows, *columns);
            let rotated = matches!(part.role, Role::Query | Role::Key);
            let (similarities, n) =
                if rotated { (blocks(&similarities, n), n / BLOCK) } else { (similarities, n) };
            let Some(trace) = trace(&similarities, n) else { continue };
            let seed = u64::from(part.layer.unwrap_or(0)) << 32 | u64::from(their_part.layer.unwrap_or(0));
            let drawn = shuffled(&similarities, n, DRAWS, seed);
            found.push(json!({
                "role": part.role.name(), "z": trace.z, "p": trace.ln_p().exp(), "exact_p": exact_p(trace.matched, &drawn),
            }));
        }
    }
    Ok(Value::Array(found))
}
