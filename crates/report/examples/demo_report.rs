//! Writes a report of made-up data: `cargo run -p daepyo-report --example demo_report OUT.html [ko|en] [STATE]`.

#[path = "../tests/it/made_up.rs"]
mod made_up;
#[path = "../tests/it/observed.rs"]
mod observed;

use daepyo_core::{Decided, Digest, Language, NoVerdict, Status, TieStep};
use daepyo_report::{ReportInput, render};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "report.html".to_owned());
    let language = match arguments.next().as_deref() {
        Some("en") => Language::En,
        _ => Language::Ko,
    };
    let mut analysis = None;
    let made = match arguments.next().as_deref() {
        Some("analysis") => {
            let (made, found) = observed::analysed();
            analysis = Some(found);
            made
        }
        Some("lineage") => made_up::compared(),
        Some("tie") => made_up::tied(Status::Decided(Decided::ByTieOrder)),
        Some("undecided") => made_up::tied(Status::Undecided { step: Some(TieStep::MoreRaters) }),
        Some("no-verdict") => {
            let candidate = made_up::id("raon");
            made_up::without(Status::NoVerdict(NoVerdict::InfrastructureFailures {
                candidate,
                rate: 0.0345,
                limit: 0.02,
            }))
        }
        _ => made_up::decided(),
    };
    let html = render(&ReportInput {
        programme: &made.programme,
        stage: made.stage(),
        analysis: analysis.as_ref(),
        verdict: &made.verdict,
        lineage: &made.lineage,
        contests: &[],
        samples: &made.samples,
        samples_per_task: 6,
        rules_digest: Digest::of(made_up::RULES.as_bytes()),
        log_size: made.verdict.observations + 2,
        checkpoint: made_up::CHECKPOINT,
        verifier_key: "daepyo.example/first+ea4571aa+AV1mL0m5tJx0mV3o0m7m4q0vJwq3oQpO9mGm5a4y3u2V",
        verify_command: "daepyo verify out/first",
        rules_text: made_up::RULES,
        notes: &made.notes,
        language,
    });
    std::fs::write(path, html)
}
