"""Prints the requests that lm-eval 0.4.13 makes for tasks, as JSON lines, to be compared with daepyo's own.

Run it with the Python of an environment that has lm-eval:

    python lm_eval_requests.py --tasks DIR --task NAME --data-root DIR [--num-fewshot N] [--limit N]
        [--chat-template FILE --bos TEXT --eos TEXT] [--system-instruction TEXT] [--single-turn]
        [--with-task] [--with-target]
    python lm_eval_requests.py --tasks LM_EVAL_TASKS --families all --data-root DIR --out DIR [--limit N]
        [--setting NAME] [--only REGEX]

`--tasks` is a folder of task files, searched alone unless `--defaults` adds lm-eval's own. Documents come from
`DATA_ROOT/<dataset_path>/<dataset_name>/<split>.jsonl` (without the name where the task has none); a task with
`dataset_path: json` reads its own `data_files` relative to its file. Every line has its keys sorted: doc, idx, kind,
context or text, and continuation or gen_kwargs.

With `--families`, the tasks of families (`lm_eval_families.py`) are each asked in every setting of `SETTINGS`; the rows
go to `OUT/<family>.jsonl`, with the task, the setting, the target and the choices as lm-eval makes them, the places of
the few-shot examples in their split and, with a chat template (`chat_template.jinja`, `<s>` and `</s>`), the messages
that it was given. `OUT/tasks.json` says of every task how it went. The number of few-shot examples is the setting's, also where a task file says 0.
"""

import argparse
import functools
import re
import signal
import sys
import time
from pathlib import Path

import lm_eval_families as families
from lm_eval_local import (
    TaskFiles,
    build,
    chat_template,
    functions,
    keep_offline,
    plain,
    save_work,
    seed_all,
    stand_in,
    write_lines,
)
from lm_eval_local import line as as_line

# Name to the number of few-shot examples, whether a chat template is used, and whether examples are turns of their own.
SETTINGS = {
    "0": (0, False, False),
    "5": (5, False, False),
    "0-chat": (0, True, True),
    "5-chat": (5, True, True),
    "5-chat-single": (5, True, False),
    # As many examples as the task file says, where that is another number.
    "own": (None, False, False),
}
CHAT_TEMPLATE = Path(__file__).with_name("chat_template.jinja")
BOS, EOS = "<s>", "</s>"
LONGEST_TASK_S = 300


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


@functools.cache
def the_template():
    return chat_template(CHAT_TEMPLATE.read_text(encoding="utf-8"), BOS, EOS)


class TooLong(Exception):
    """A task took longer than is waited for."""


class Asked:
    """What lm-eval did while it built the contexts of a task: examples drawn, messages given to the template."""

    def __init__(self, task, template):
        self.template = template
        self.drawn: list = []
        self.messages: dict[str, list] = {}
        self.place: dict[int, int] = {}
        if (sampler := getattr(task, "sampler", None)) is not None:
            sample = sampler.sample

            def recorded(*args, **kwargs):
                examples = sample(*args, **kwargs)
                if not self.place:
                    self.place = {id(one): place for place, one in enumerate(sampler.df)}
                self.drawn.append([self.place.get(id(one)) for one in examples])
                return examples

            sampler.sample = recorded

    def apply(self, messages, add_generation_prompt=True):
        text = self.template(messages, add_generation_prompt=add_generation_prompt)
        self.messages[text] = messages
        return text


def ask(task, setting: str, limit: int | None, own_shots: int | None) -> list[dict]:
    """The requests of one task in one setting."""
    shots, chat, turns = SETTINGS[setting]
    sample = [task.sampler.sample] if hasattr(task, "sampler") else []
    asked = Asked(task, the_template())
    try:
        task.set_config(key="num_fewshot", value=own_shots if shots is None else shots)
        task.set_fewshot_seed(seed=1234)
        task.build_all_requests(
            limit=limit,
            apply_chat_template=chat,
            fewshot_as_multiturn=turns,
            chat_template=asked.apply if chat else None,
        )
    finally:
        if sample:
            task.sampler.sample = sample[0]
    rows, before = [], None
    for instance in task.instances:
        row = line(instance) | {"task": task.task_name, "setting": setting}
        if instance.doc_id != before:
            before = instance.doc_id
            row["target"] = plain(task.doc_to_target(instance.doc))
            row["choices"] = plain(task.doc_to_choice(instance.doc)) if getattr(task.config, "doc_to_choice", None) else None
            row["examples"] = asked.drawn[instance.doc_id] if instance.doc_id < len(asked.drawn) else []
        if chat and row.get("context") in asked.messages and (instance.idx == 0 or getattr(task, "multiple_input", 0)):
            row["messages"] = plain(asked.messages[row["context"]])
        if "gen_kwargs" in row:
            row["gen_kwargs"] = plain(row["gen_kwargs"])
        rows.append(row)
    return rows


def short(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]


def of_task(name: str, path: Path, config: dict, options, names: list[str]) -> tuple[list[dict], dict]:
    """The rows of one task in all settings, and how it went."""
    import random

    went = {"functions": functions(config), "output_type": config.get("output_type"), "class": "class" in config}
    started, rows, counts = time.process_time(), [], {}

    def late(*_):
        raise TooLong(f"more than {LONGEST_TASK_S} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST_TASK_S)
    try:
        seed_all()
        state = random.getstate()
        task = build(name, path, config, options.data_root)
        # A task that draws from Python's own generator asks other things each time it is asked.
        draws = random.getstate() != state
        own = config.get("num_fewshot")
        for place, setting in enumerate(names):
            if setting == "own" and own in (None, 0, 5):
                continue
            try:
                if draws and place:
                    seed_all()
                    task = build(name, path, config, options.data_root)
                one = ask(task, setting, options.limit, own)
                counts[setting] = len(one)
                rows += one
            except Exception as error:  # noqa: BLE001
                counts[setting] = short(error)
        went |= {"built": True, "documents": len(task.eval_docs), "draws": draws}
    except (Exception, SystemExit) as error:  # noqa: BLE001
        went |= {"built": False, "error": short(error)}
    finally:
        signal.alarm(0)
    return rows, went | {"requests": counts, "cpu_ms": round((time.process_time() - started) * 1000)}


def of_families(options) -> None:
    """The rows of all families, a file each, and the table of how every task went."""
    save_work()
    files, report = TaskFiles(), {}
    names = options.setting or list(SETTINGS)
    for family in families.FAMILIES if options.families == ["all"] else options.families:
        tasks = files.tasks(options.tasks / families.FAMILIES[family][0])
        rows, went = [], {}
        for name in families.chosen_tasks(family, list(tasks)):
            if options.only is None or re.search(options.only, name):
                more, went[name] = of_task(name, *tasks[name], options, names)
                went[name]["korean"] = families.is_korean(family, name, tasks[name][1])
                rows += more
        write_lines(options.out / f"{family}.jsonl", rows)
        report[family] = went
        built = sum(task["built"] for task in went.values())
        print(f"{family}: {built} of {len(went)} tasks built, {len(rows)} requests", file=sys.stderr, flush=True)
        (options.out / "tasks.json").write_text(summary(report), encoding="utf-8")


def summary(report: dict) -> str:
    """The table of families: first the counts, then every task on a line of its own."""
    tasks = [task for family in report.values() for task in family.values()]
    total = {
        "families": len(report),
        "families_with_a_built_task": sum(any(task["built"] for task in family.values()) for family in report.values()),
        "tasks": len(tasks),
        "built": sum(task["built"] for task in tasks),
        "with_functions": sum(task["functions"] > 0 for task in tasks),
        "korean": sum(task["korean"] for task in tasks),
        "korean_built": sum(task["korean"] and task["built"] for task in tasks),
        "classes": sum(task["class"] for task in tasks),
        "requests": sum(count for task in tasks for count in task["requests"].values() if isinstance(count, int)),
        "settings_that_failed": sum(isinstance(count, str) for task in tasks for count in task["requests"].values()),
    }
    lines = []
    for family, went in report.items():
        inner = ",\n".join(f"    {as_line(name)}: {as_line(task)}" for name, task in went.items())
        lines.append(f"  {as_line(family)}: {{\n{inner}\n  }}")
    return f'{{"total": {as_line(total)},\n"families": {{\n' + ",\n".join(lines) + "\n}}\n"


def main() -> None:
    keep_offline()
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--task", action="append")
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
    parser.add_argument("--families", action="append", help="a family, or `all`")
    parser.add_argument("--out", type=Path, help="the folder that the rows of families are written to")
    parser.add_argument("--setting", action="append", choices=list(SETTINGS))
    parser.add_argument("--only", help="only the tasks of families whose names this finds")
    options = parser.parse_args()
    if options.families:
        return of_families(options)

    from lm_eval.api import task as task_module
    from lm_eval.tasks import TaskManager

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
                sys.stdout.write(as_line(row) + "\n")


if __name__ == "__main__":
    main()
