//! The programme on the first page.

use crate::site::start_with;
use std::time::Duration;

#[tokio::test]
async fn the_first_page_shows_the_programmes_stages_as_they_stand() {
    let root = std::path::PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let file = root.join("../../examples/contest/programme.toml");
    let site = start_with(|settings| settings.programme = Some(file)).await;
    let programme = site.running.app().programme().unwrap().clone();
    let page = site.browser().get("/?lang=en").await;
    assert!(page.text.contains(&format!("<h1>{}</h1>", programme.title.en)), "{}", page.text);
    for stage in &programme.stages {
        assert!(
            page.text.contains(&stage.title.en) && page.text.contains(&stage.opens.to_string()),
            "{}",
            page.text
        );
    }
    // Ten years later everything is over.
    site.clock.step(Duration::from_hours(10 * 366 * 24));
    let page = site.browser().get("/?lang=en").await;
    assert_eq!(page.text.matches("class=\"badge over\"").count(), programme.stages.len(), "{}", page.text);
}
