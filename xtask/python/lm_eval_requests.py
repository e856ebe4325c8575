"""Prints the requests that lm-eval 0.4.13 makes for one task, as JSON lines, to be compared with daepyo's own.

Run it with the Python of an environment that has lm-eval:

    python lm_eval_requests.py --tasks DIR --task NAME --data-root DIR [--num-fewshot N] [--limit N]
        [--chat-template FILE --bos TEXT --eos TEXT] [--system-instruction TEXT] [--single-turn]
        [--with-task] [--with-target]

`--tasks` is a folder of task files, searched alone unless `--defaults` adds lm-eval's own. Documents come from
`DATA_ROOT/<dataset_path>/<dataset_name>/<split>.jsonl` (without the name where the task has none); a task with
`dataset_path: json` reads its own `data_files` relative to its file. Every line has its keys sorted: doc, idx, kind,
context or text, and continuation or gen_kwargs.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
os.environ.setdefault("LMEVAL_LOG_LEVEL", "ERROR")

import datasets  # noqa: E402
from lm_eval.api import task as task_module  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402


def read_jsonl(path: Path) -> list[dict]:
    with path.open(encoding="utf-8-sig") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def table(documents: list[dict]) -> datasets.Dataset:
    """The documents as a table: every row has every field, null where a document has none."""
    names: dict[str, None] = {}
    for document in documents:
        names.update(dict.fromkeys(document))
    return datasets.Dataset.from_list([{name: document.get(name) for name in names} for document in documents])


def stand_in(data_root: Path | None, folder: Path | None):
    """What is called instead of `datasets.load_dataset`: local files only."""

    def load(path, name=None, data_files=None, **_):
        splits = {}
        if path == "json":
            files = data_files if isinstance(data_files, dict) else {"train": data_files}
            for split, listed in files.items():
                rows = []
                for one in listed if isinstance(listed, list) else [listed]:
                    rows += read_jsonl((folder or Path()) / one)
                splits[split] = table(rows)
        else:
            base = Path(data_root) / path / (name or "")
            for file in sorted(base.glob("*.jsonl")):
                splits[file.stem] = table(read_jsonl(file))
        if not splits:
            raise SystemExit(f"no documents for {path} {name}")
        return splits

    return load


def chat_template(source: str, bos: str, eos: str):
    """A function that renders messages as the transformers library does."""
    import jinja2
    import jinja2.ext
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(
            value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
        )

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    # A fixed day, so that prompts do not change with it; daepyo's side is given the same.
    environment.globals["strftime_now"] = lambda format: __import__("datetime").datetime(2026, 1, 1).strftime(format)
    compiled = environment.from_string(source)

    def render(messages, add_generation_prompt):
        return compiled.render(
            messages=messages,
            tools=None,
            documents=None,
            add_generation_prompt=add_generation_prompt,
            bos_token=bos,
            eos_token=eos,
        )

    def apply(messages, add_generation_prompt=True):
        try:
            text = render(messages, add_generation_prompt)
        except jinja2.exceptions.TemplateError:
            messages = [message for message in messages if message["role"] != "system"]
            text = render(messages, add_generation_prompt)
        if not add_generation_prompt:
            last = messages[-1]["content"]
            start = text.rindex(last.strip())
            kept = last.lstrip()
            text = text[: start + len(kept)] if text[start:].startswith(kept) else text[: start + len(last.strip())]
        return text

    return apply


def line(instance) -> dict:
    row = {"doc": instance.doc_id, "idx": instance.idx}
    if instance.request_type == "loglikelihood":
        context, continuation = instance.args
        return row | {"kind": "loglikelihood", "context": context, "continuation": str(continuation)}
    if instance.request_type == "loglikelihood_rolling":
        return row | {"kind": "loglikelihood_rolling", "text": instance.args[0]}
    context, kwargs = instance.args
    return row | {"kind": "generate_until", "context": context, "gen_kwargs": kwargs}


def right(task, document: dict) -> dict:
    """What lm-eval's own scoring counts as right: places of choices, or the text that a metric is given."""
    if task.OUTPUT_TYPE == "multiple_choice":
        count = len(task.doc_to_choice(document))
        answers = [[(0.0 if place == chosen else -1.0, False) for place in range(count)] for chosen in range(count)]
        return {"right": [chosen for chosen in range(count) if task.process_results(document, answers[chosen])["acc"]]}
    seen = []

    def record(references, predictions, **_):
        seen.extend(references)
        return 0.0

    measured = task._metric_fn_list
    task._metric_fn_list = {name: record for name in measured}
    task.process_results(document, [""])
    task._metric_fn_list = measured
    return {"text": seen[0]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--task", action="append", required=True)
    parser.add_argument("--data-root", type=Path)
    parser.add_argument("--num-fewshot", type=int)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--chat-template", type=Path)
    parser.add_argument("--bos", default="")
    parser.add_argument("--eos", default="")
    parser.add_argument("--system-instruction")
    parser.add_argument("--single-turn", action="store_true")
    parser.add_argument("--defaults", action="store_true")
    parser.add_argument("--with-task", action="store_true", help="add the task's name to every line")
    parser.add_argument("--with-target", action="store_true", help="add what is right to every line")
    options = parser.parse_args()

    manager = TaskManager(include_path=str(options.tasks), include_defaults=options.defaults)
    template = None
    if options.chat_template:
        template = chat_template(options.chat_template.read_text(encoding="utf-8"), options.bos, options.eos)
    for name in options.task:
        entry = manager.task_index.get(name)
        folder = Path(entry.yaml_path).parent if entry and entry.yaml_path else None
        task_module.datasets.load_dataset = stand_in(options.data_root, folder)
        tasks = manager.load([name])["tasks"]
        for task_name, task in tasks.items():
            if options.num_fewshot is not None:
                task.set_config(key="num_fewshot", value=options.num_fewshot)
            elif task.get_config("num_fewshot") is None:
                task.set_config(key="num_fewshot", value=0)
            task.set_fewshot_seed(seed=1234)
            task.build_all_requests(
                limit=options.limit,
                system_instruction=options.system_instruction,
                apply_chat_template=template is not None,
                fewshot_as_multiturn=template is not None and not options.single_turn,
                chat_template=template,
            )
            for instance in task.instances:
                row = line(instance)
                if options.with_task:
                    row["task"] = task_name
                if options.with_target:
                    row["target"] = right(task, instance.doc)
                sys.stdout.write(json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
