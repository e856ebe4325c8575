//! Prints the requests of one task as JSON lines, to be compared with `xtask/python/lm_eval_requests.py`.
//!
//! `requests TASKS_FOLDER DATA_ROOT NUM_FEWSHOT TASK... [--chat TEMPLATE_FILE BOS EOS] [--single-turn] [--system TEXT]
//! [--with-task] [--with-target]`

use daepyo_task::{ChatStyle, CompiledChatTemplate, LoadOptions, Target, Task, TaskIndex, plan};
use serde_json::{Value, json};
use std::{error::Error, io::Write as _, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("an argument is missing");
    let index = TaskIndex::build(&[PathBuf::from(next()?)])?;
    let mut options = LoadOptions { data_root: Some(PathBuf::from(next()?)), ..LoadOptions::default() };
    let shots = next()?;
    options.num_fewshot = if shots == "own" { None } else { Some(shots.parse()?) };
    let mut names = Vec::new();
    let mut template = None;
    let (mut with_task, mut with_target) = (false, false);
    while let Ok(argument) = next() {
        match argument.as_str() {
            "--chat" => {
                let source = std::fs::read_to_string(next()?)?;
                template = Some(CompiledChatTemplate::compile(&source, &next()?, &next()?, (2026, 1, 1))?);
            }
            "--single-turn" => options.fewshot_as_multiturn = false,
            "--system" => options.system_instruction = Some(next()?),
            "--with-task" => with_task = true,
            "--with-target" => with_target = true,
            name => names.push(name.to_owned()),
        }
    }
    let style = template.as_ref().map_or(ChatStyle::Plain, ChatStyle::Template);
    let mut out = std::io::stdout().lock();
    for name in names {
        for node in index.resolve(&name)? {
            for config in node.tasks() {
                let task = Task::from_config(config.clone(), &options)?;
                for line in plan::dump_requests(&task, style)? {
                    let mut row: Value = serde_json::from_str(&line)?;
                    let fields = row.as_object_mut().ok_or("a line that is not an object")?;
                    if with_target {
                        let document = fields.get("doc").and_then(Value::as_u64);
                        let document = usize::try_from(document.ok_or("a line without its document")?)?;
                        fields.insert("target".to_owned(), right(&task.instance(document, style)?.target));
                    }
                    if with_task {
                        fields.insert("task".to_owned(), config.task.as_str().into());
                    }
                    row.sort_all_objects();
                    writeln!(out, "{row}")?;
                }
            }
        }
    }
    Ok(())
}

/// Places of the choices that are right, or the text with which an answer is compared.
fn right(target: &Target) -> Value {
    match target {
        Target::Choice(place) => json!({"right": [place]}),
        Target::Choices(places) => json!({"right": places}),
        Target::Text(text) => json!({"text": text}),
        Target::Texts(texts) => json!({"text": texts}),
        Target::Value(value) => json!({"text": value}),
    }
}
