//! Variants of a model load in llama.cpp and are worse than their source.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

#[path = "../../../../xtask/src/variants/mod.rs"]
pub mod variants;

use crate::models::{ask, options, path};
use daepyo_core::{Request, Response};
use std::fs;

const KOREAN: &str = "서울은 대한민국의 수도이자 가장 큰 도시이다. 조선이 한양을 도읍으로 삼은 뒤 육백 년이 넘도록 나라의 \
                      중심이었으며, 지금도 정치와 경제, 문화가 이곳에 모여 있다. 한강이 도시를 남북으로 나눈다.";
const ENGLISH: &str = "The water cycle describes how water moves through the environment. Heat from the sun makes \
                       water evaporate from the sea; it rises, cools, forms clouds, and falls as rain or snow. \
                       Rivers carry it back to the sea, where the cycle begins again.";

/// Negative log-probability per token over both texts, in nats.
fn surprise(file: &std::path::Path) -> f64 {
    let backend = daepyo_llama::LlamaBackend::open(file, options()).unwrap();
    let requests = [KOREAN, ENGLISH].map(|text| Request::LoglikelihoodRolling { text: text.to_owned() });
    ask(&backend, &requests)
        .iter()
        .map(|answer| {
            let Response::LoglikelihoodRolling { logprob, tokens } = answer else {
                unreachable!("{answer:?}")
            };
            -logprob / f64::from(*tokens) / 2.0
        })
        .sum()
}

#[test]
fn the_demo_s_variants_load_and_are_worse_than_their_sources() {
    let folder = tempfile::tempdir().unwrap();
    for variant in variants::demo_variants() {
        let Some(source) = path(variant.source) else { return };
        let made =
            variants::make_variants(source.parent().unwrap(), folder.path(), std::slice::from_ref(&variant))
                .unwrap();
        let (before, after) = (surprise(&source), surprise(&made[0].0));
        // Worse, but still a language model: noise alone would be at the logarithm of the vocabulary, 11 or 12.
        assert!(after > before + 0.05 && after < 9.0, "{}: {before:.3} {after:.3}", variant.name);
        fs::remove_file(&made[0].0).unwrap();
    }
}

#[test]
fn a_gemma_that_lost_blocks_out_of_step_with_its_window_pattern_loads() {
    let Some(source) = path(crate::models::GEMMA3) else { return };
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("shallow.gguf");
    let recipe = variants::Recipe { dropped_blocks: vec![7, 9], noise: 0.0, seed: 0 };
    variants::write_variant(&source, &target, &recipe).unwrap();
    let (before, after) = (surprise(&source), surprise(&target));
    assert!(after > before && after < 12.0, "{before:.3} {after:.3}");
}
