//! What the report shows of comparisons of weights.

use crate::made_up;
use crate::page::page;
use daepyo_core::Language;

#[test]
fn comparisons_stand_with_their_null_and_known_relations_on_one_axis() {
    let html = page(&made_up::compared(), Language::En);
    let section = html
        .split("<section id=\"lineage\"")
        .nth(1)
        .and_then(|rest| rest.split("</section>").next())
        .unwrap_or_default();
    assert!(html.contains("href=\"#lineage\""));
    // Two candidates with tests, seven tests in all: a point, two ranges of known relations and twelve bars each.
    assert_eq!(section.matches("<circle class=\"dot").count(), 7 + 2);
    assert_eq!(section.matches("class=\"lineage-null\"").count(), 7 * 12 + 2);
    assert_eq!(section.matches("class=\"lineage-related\"").count(), 7 + 2);
    for words in [
        "language model: derived",
        "language model: no evidence found",
        "cannot be had, so nothing was compared",
        "no proof of independence",
        "lineage/independence/narae.json",
        "hidden dimensions rotated back, neurons matched",
        "가설: 둘은 서로 독립적으로 초기화되었다",
    ] {
        assert!(section.contains(words), "{words}");
    }
    assert!(!section.contains("proven"));
}

#[test]
fn a_stage_without_such_a_gate_has_no_such_section() {
    let html = page(&made_up::decided(), Language::Ko);
    assert!(!html.contains("id=\"lineage\"") && !html.contains("href=\"#lineage\""));
}
