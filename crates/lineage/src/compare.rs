//! Two models' weights against each other: bytes, the battery on each component, and what follows from both.

mod adapter;
mod ahead;
mod basis;
mod battery;
mod by_shape;
mod evasion;
mod experts;
mod kind;
mod layers;
mod model;
mod neurons;
mod parts;
mod positions;
mod readers;
mod sketch;

use crate::error::WeightsError;
use crate::finding::{
    BytesFinding, Comparison, ComponentFinding, FileFinding, NotTested, Options, Side, Verdict, Why,
};
use crate::inventory::Component;
use crate::judge::{self, holm};
use crate::pass::Sha;
use crate::read::Weights;
use crate::source::Source;
use ahead::Ahead;
use battery::Battery;
pub use kind::{Difference, Kind, Merge, difference, merge};
use model::Model;
use parts::{Key, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The form of [`Comparison`].
const FORM: u32 = 1;

/// A model whose files were gone over once, for any number of comparisons.
pub struct Loaded<'a>(Model<'a>);

/// Goes over the files of `weights`: digests, and the rows that tests sample. `progress` gets the bytes that were read.
pub fn load<'a>(
    weights: &'a Weights,
    options: &Options,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Loaded<'a>, WeightsError> {
    Model::load(weights, options, progress).map(Loaded)
}

/// Compares two models' weights. `progress` gets the bytes that were read. The figures depend on the files and the
/// options alone: not on the machine, nor on how many threads there are.
pub fn compare(
    first: &Weights,
    second: &Weights,
    options: &Options,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Comparison, WeightsError> {
    let mut models = [Model::plan(first, options)?, Model::plan(second, options)?];
    let (ahead, passages) = ahead::while_reading([&models[0], &models[1]], options, progress);
    for (model, passage) in models.iter_mut().zip(passages) {
        model.take(passage?);
    }
    compare_models([&models[0], &models[1]], &ahead, options)
}

/// Compares two models that were loaded with the same options.
pub fn compare_loaded(
    first: &Loaded<'_>,
    second: &Loaded<'_>,
    options: &Options,
) -> Result<Comparison, WeightsError> {
    compare_models([&first.0, &second.0], &Ahead::default(), options)
}

fn compare_models(
    models: [&Model<'_>; 2],
    ahead: &Ahead,
    options: &Options,
) -> Result<Comparison, WeightsError> {
    let mut components: Vec<Component> = models.iter().flat_map(|model| model.parts.components()).collect();
    components.sort_unstable();
    components.dedup();
    let found = components.into_iter().map(|component| one_component(models, component, ahead, options));
    let mut found: Vec<ComponentFinding> = found.collect::<Result<_, _>>()?;
    if by_shape::is_wanted(&found) {
        found.extend(by_shape::run(models, options)?);
    }
    Ok(Comparison {
        form: FORM,
        options: *options,
        models: models.map(side),
        verdict: judge::over_all(&found),
        components: found,
    })
}

fn side(model: &Model<'_>) -> Side {
    let files = model.weights.files.iter().zip(&model.files);
    let name = |number: &usize| model.weights.tensors.get(*number).map(|tensor| tensor.name.clone());
    Side {
        name: model.weights.name.clone(),
        format: model.weights.format.name().to_owned(),
        files: files
            .map(|(file, digest)| FileFinding {
                name: file.name().to_owned(),
                bytes: file.bytes(),
                sha256: hex(digest),
            })
            .collect(),
        tensors: model.weights.tensors.len(),
        unnamed: model.parts.unnamed.iter().filter_map(name).collect(),
    }
}

/// In hexadecimal digits.
pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn one_component(
    models: [&Model<'_>; 2],
    component: Component,
    ahead: &Ahead,
    options: &Options,
) -> Result<ComponentFinding, WeightsError> {
    let ln_level = libm::log(options.level);
    let map = layers::map(models[0], models[1], component, ln_level);
    let mut battery = battery::run(models, component, map.as_ref(), ahead, options);
    holm(&mut battery.tests, options.level);
    let bytes = same_bytes(models, component);
    // What matches as it lies needs no search for how it was moved. Permuted dimensions keep a trace of themselves where
    // rows have a common mean, so a faint match does not end the search.
    let as_it_lies =
        battery.tests.iter().any(|test| test.test == "T2" && test.rejects && judge::is_plain(test));
    let mut moved = evasion::Found::default();
    if options.evasion {
        moved = evasion::run(models, component, map.as_ref(), options, as_it_lies, &mut battery)?;
        holm(&mut battery.tests, options.level);
    }
    let layers = map.map(|map| map.matches).filter(|layers| !layers.is_empty()).unwrap_or(moved.layers);
    let layer_counts = models.map(|model| model.parts.layers(component).len());
    let not_tested = not_tested(models, component, &battery);
    let mut found = ComponentFinding {
        component: component.name().to_owned(),
        verdict: Verdict::NotTestable,
        bytes,
        tests: battery.tests,
        layer_counts,
        layers,
        experts: moved.experts,
        not_tested,
    };
    found.verdict = judge::component(&found);
    Ok(found)
}

/// T0: payloads of the first that the second has too, under any name.
fn same_bytes(models: [&Model<'_>; 2], component: Component) -> BytesFinding {
    same_bytes_of(models, models.map(|model| trained(model, component)))
}

fn same_bytes_of(models: [&Model<'_>; 2], tensors: [BTreeSet<usize>; 2]) -> BytesFinding {
    let mut found = BytesFinding::default();
    let mut payloads = Vec::new();
    for (side, (model, own)) in models.into_iter().zip(tensors).enumerate() {
        let of = |number: &usize| model.weights.tensors.get(*number).map_or(0, |tensor| tensor.extent.bytes);
        if let (Some(tensors), Some(bytes)) = (found.tensors.get_mut(side), found.bytes.get_mut(side)) {
            *tensors = own.len() as u64;
            *bytes = own.iter().map(of).sum();
        }
        payloads.push(own);
    }
    let digests: BTreeSet<_> =
        payloads.get(1).into_iter().flatten().filter_map(|number| models[1].digests.get(*number)).collect();
    for number in payloads.first().into_iter().flatten() {
        if models[0].digests.get(*number).is_some_and(|digest| digests.contains(digest)) {
            found.same_tensors += 1;
            found.same_bytes +=
                models[0].weights.tensors.get(*number).map_or(0, |tensor| tensor.extent.bytes);
        }
    }
    found
}

/// The tensors of a component that training could have changed, and did.
fn trained(model: &Model<'_>, component: Component) -> BTreeSet<usize> {
    let own = model.parts.places.iter().filter(|(key, _)| key.part.component == component);
    let constant = |place: &Place| model.constant.get(place.tensor).copied().unwrap_or(false);
    own.filter(|(_, place)| !constant(place)).map(|(_, place)| place.tensor).collect()
}

fn not_tested(models: [&Model<'_>; 2], component: Component, battery: &Battery) -> Vec<NotTested> {
    let mut found = BTreeSet::new();
    for (side, (model, tested)) in models.into_iter().zip(&battery.tested).enumerate() {
        let other = if side == 0 { models[1] } else { models[0] };
        let mut by_tensor: BTreeMap<usize, Why> = BTreeMap::new();
        let mut looked_at = BTreeSet::new();
        for (key, place) in model.parts.places.iter().filter(|(key, _)| key.part.component == component) {
            if tested.contains(key) {
                looked_at.insert(place.tensor);
            } else {
                by_tensor.entry(place.tensor).or_insert_with(|| why(model, other, key, place));
            }
        }
        let of = |list: &[(Component, usize)], why: Why| -> Vec<(usize, Why)> {
            list.iter().filter(|(own, _)| *own == component).map(|(_, tensor)| (*tensor, why)).collect()
        };
        by_tensor.extend(of(&model.parts.buffers, Why::Buffer));
        by_tensor.extend(of(&model.parts.packed, Why::Encoding));
        for (tensor, why) in by_tensor.into_iter().filter(|(tensor, _)| !looked_at.contains(tensor)) {
            let name =
                model.weights.tensors.get(tensor).map(|tensor| tensor.name.clone()).unwrap_or_default();
            found.insert(NotTested { model: side, tensor: name, why });
        }
    }
    found.into_iter().collect()
}

fn why(model: &Model<'_>, other: &Model<'_>, key: &Key, place: &Place) -> Why {
    if !model.decodes(key) {
        return Why::Encoding;
    }
    if model.constant.get(place.tensor).copied().unwrap_or(false) {
        return Why::Constant;
    }
    match other.shape(key) {
        None => Why::NoCounterpart,
        Some(shape) if Some(shape) != model.shape(key) => Why::Shape,
        Some(_) => Why::NoTest,
    }
}

impl Loaded<'_> {
    /// The digests of all tensors but buffers.
    pub(crate) fn digests(&self) -> Vec<Sha> {
        let buffers: BTreeSet<usize> = self.0.parts.buffers.iter().map(|(_, tensor)| *tensor).collect();
        let kept = self.0.digests.iter().enumerate().filter(|(tensor, _)| !buffers.contains(tensor));
        kept.map(|(_, digest)| *digest).collect()
    }
}
