//! Files of observations, CSV and JSON lines: problems name lines of the file, and written rows read back.
#![no_main]

use daepyo_core::{AssignedPrompt, Mark};
use daepyo_spec::{
    RowProblem, read_answers, read_corrections, read_derivatives, read_findings, read_marks,
    read_panel_votes, read_prompts, read_votes, read_withdrawals,
};
use libfuzzer_sys::fuzz_target;

fn check<T>(source: &[u8], rows: &Result<Vec<T>, Vec<RowProblem>>) {
    let lines = source.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    match rows {
        Ok(rows) => assert!(rows.len() <= source.len()),
        Err(problems) => {
            assert!(!problems.is_empty() && problems.len() <= 16 + 8 * source.len());
            assert!(problems.iter().all(|problem| (1..=lines).contains(&problem.line)), "{problems:?}");
        }
    }
}

fn write(marks: &[Mark]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["rater", "candidate", "item", "value"]).expect("in memory");
    for mark in marks {
        let value = mark.value.to_string();
        let cells = [mark.rater.as_str(), mark.candidate.as_str(), mark.item.as_str(), &value];
        writer.write_record(cells).expect("in memory");
    }
    writer.into_inner().expect("in memory")
}

fuzz_target!(|source: &[u8]| {
    let stage = "stage".parse().expect("an id");
    let criterion = "criterion".parse().expect("an id");
    check(source, &read_votes(source, &stage, &criterion));
    check(source, &read_derivatives(source, &stage, &criterion));
    check(source, &read_findings(source, &stage, &"gate".parse().expect("an id")));
    check(source, &read_withdrawals(source, &stage));
    check(source, &read_panel_votes(source, &stage));
    check(source, &read_corrections(source, &stage));
    check(source, &read_prompts(source));
    let prompt = AssignedPrompt {
        id: "p".parse().expect("an id"),
        text: "?".to_owned(),
        language: "ko".to_owned(),
        category: "c".to_owned(),
    };
    check(source, &read_answers(source, &[prompt], &["c".parse().expect("an id")]));
    let marks = read_marks(source, &stage, &criterion);
    check(source, &marks);
    if let Ok(marks) = marks {
        assert_eq!(read_marks(&write(&marks), &stage, &criterion), Ok(marks));
    }
});
