"""Scores made answers with lm-eval 0.4.13, so that daepyo's scores of the same answers can be compared with its.

    python lm_eval_scores.py --tasks LM_EVAL_TASKS --families all --data-root DIR --out DIR [--limit N] [--bootstrap N]
        [--only REGEX]

The answers follow from a hash of the task, the document and the request: log-likelihoods (now and then equal ones), and
text drawn from what is right, what is right for another document, and odd forms of both. For each family,
`OUT/<family>.samples.jsonl` holds a row for every document and filter: the answers (`responses`, a list for each request,
one entry a repetition; `[log-likelihood, greedy]`, a log-likelihood or a text), what the filter left of them
(`filtered`) and the values of the metrics. `OUT/<family>.results.jsonl` holds a row for every task: `values` and
`errors` (the standard errors) by `metric,filter`, and in `bootstrapped` those whose error comes from N replicates
(lm-eval's own default is 100,000) and so holds only within noise; all others are closed forms. Few-shot examples have
no part in scores; there are none.
"""

import argparse
import hashlib
import math
import os
import re
import signal
import sys
import time
from pathlib import Path

import lm_eval_families as families
from lm_eval_local import TaskFiles, build, functions, keep_offline, line, plain, save_work, seed_all, write_lines

LONGEST_TASK_S = 300
ODD = ["", " ", "모르겠습니다.", "I don't know", "0", "-1", "1,234.50", "(E)", "정답은 없음", "```\ncode\n```", "\n\n", "$\\boxed{}$", "A B C D"]
FORMS = [
    "{}", " {}", "{}.", "{}\n", "The answer is {}.", "The answer is ({}).", "정답은 {}입니다.", "정답: {}", "답변: {}", "({})", "#### {}", "$\\boxed{{{}}}$",
    "so ${}$", "Let's think step by step. First 3, then B. The best answer is: {}", "The final answer is {}", "**{}**", "\"{}\"", "{} {}", "A. {}",
]  # fmt: skip


def drawn(*parts) -> int:
    """A number that follows from the parts alone."""
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()[:8], "big")


def right_text(task, document: dict) -> str:
    """A text that stands for what is right, whatever the task's targets are."""
    target = task.doc_to_target(document)
    if isinstance(target, (list, tuple)):
        target = target[0] if target else ""
    if isinstance(target, int) and getattr(task.config, "doc_to_choice", None):
        choices = task.doc_to_choice(document)
        target = choices[target] if 0 <= target < len(choices) else target
    return str(target)


class Scripted:
    """A model whose answers follow from a hash."""

    rank, world_size, device, tokenizer_name = 0, 1, None, ""

    def __init__(self, tasks: dict):
        self.tasks = tasks
        self.texts: dict[str, list[str]] = {}
        self.asked: dict[int, int] = {}

    def number(self, request, purpose: str) -> int:
        return drawn(purpose, request.task_name, request.doc_id, request.idx)

    def likelihood(self, request) -> float:
        # Every ninth document has answers that are all equally likely.
        place = 0 if drawn("equal", request.task_name, request.doc_id) % 9 == 0 else request.idx
        return -round(drawn("likelihood", request.task_name, request.doc_id, place) % 400_000 / 10_000 + 0.0001, 4)

    def loglikelihood(self, requests):
        return [(self.likelihood(request), self.number(request, "greedy") % 3 == 0) for request in requests]

    def loglikelihood_rolling(self, requests):
        return [self.likelihood(request) * 10 for request in requests]

    def generate_until(self, requests):
        return [self.text(request) for request in requests]

    def text(self, request) -> str:
        task = self.tasks[request.task_name]
        if request.task_name not in self.texts:
            self.texts[request.task_name] = [right_text(task, document) for document in list(task.eval_docs)[:40]]
        texts = self.texts[request.task_name]
        turn = self.asked.get(id(request), 0)
        self.asked[id(request)] = turn + 1
        choice = drawn("text", request.task_name, request.doc_id, turn)
        kind = choice % 10
        if kind == 0:
            return ODD[choice // 10 % len(ODD)]
        right = texts[(request.doc_id if kind < 7 else choice // 10) % len(texts)]
        form = FORMS[0] if kind in (1, 2) else FORMS[choice // 100 % len(FORMS)]
        return form.replace("{}", right.replace("{", "{{").replace("}", "}}")).replace("{{", "{").replace("}}", "}")


def is_bootstrapped(function) -> bool:
    from lm_eval.api import metrics

    names = ["median", "matthews_corrcoef", "f1_score", "perplexity", "bleu", "chrf", "chrfpp", "ter", "nanmean"]
    return any(function is getattr(metrics, name, None) for name in names)


def number(value):
    """A figure as JSON holds it: null where lm-eval has none, text where it is not finite."""
    if value is None or isinstance(value, str):
        return None
    value = float(value)
    return value if math.isfinite(value) else str(value)


def score(name: str, task, options) -> tuple[list[dict], dict]:
    """The rows of one task's documents, and the row of its results."""
    from lm_eval.evaluator import evaluate

    task.set_config(key="num_fewshot", value=0)
    task.set_fewshot_seed(seed=1234)
    results = evaluate(
        lm=Scripted({name: task}), task_dict={"tasks": {name: task}}, limit=options.limit, bootstrap_iters=options.bootstrap, log_samples=True
    )
    rows = []
    for sample in results["samples"][name]:
        values = {metric: plain(sample[metric]) for metric in sample["metrics"]}
        rows.append(
            {
                "task": name,
                "doc": sample["doc_id"],
                "filter": sample["filter"],
                "responses": plain(sample["resps"]),
                "filtered": plain(sample["filtered_resps"]),
                "target": plain(sample["target"]),
                "metrics": values,
            }
        )
    values, errors, bootstrapped = {}, {}, []
    for key, value in results["results"][name].items():
        metric, comma, of_filter = key.partition(",")
        if not comma:
            continue
        if metric.endswith("_stderr"):
            errors[f"{metric.removesuffix('_stderr')},{of_filter}"] = number(value)
        else:
            values[key] = plain(value) if isinstance(value, (dict, list)) else number(value)
            if is_bootstrapped(task.aggregation().get(metric)):
                bootstrapped.append(key)
    return rows, {"task": name, "documents": len({row["doc"] for row in rows}), "values": values, "errors": errors, "bootstrapped": bootstrapped}


class TooLong(Exception):
    """A task took longer than is waited for."""


def of_task(name: str, path: Path, config: dict, options) -> tuple[list[dict], dict]:
    def late(*_):
        raise TooLong(f"more than {LONGEST_TASK_S} s")

    started = time.process_time()
    signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST_TASK_S)
    try:
        seed_all()
        rows, result = score(name, build(name, path, config, options.data_root), options)
    except (Exception, SystemExit) as error:  # noqa: BLE001
        rows, result = [], {"task": name, "error": f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]}
    finally:
        signal.alarm(0)
    return rows, result | {"functions": functions(config), "cpu_ms": round((time.process_time() - started) * 1000)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--families", action="append", required=True, help="a family, or `all`")
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--bootstrap", type=int, default=100)
    parser.add_argument("--only", help="only the tasks whose names this finds")
    options = parser.parse_args()
    keep_offline()
    # One process: the replicates are the same, and the machine is not taken up.
    os.environ.setdefault("DISABLE_MULTIPROC", "1")

    save_work()
    files, total = TaskFiles(), {"families": 0, "tasks": 0, "scored": 0, "documents": 0}
    for family in families.FAMILIES if options.families == ["all"] else options.families:
        tasks = files.tasks(options.tasks / families.FAMILIES[family][0])
        samples, results = [], []
        for name in families.chosen_tasks(family, list(tasks)):
            if options.only is None or re.search(options.only, name):
                rows, result = of_task(name, *tasks[name], options)
                samples += rows
                results.append(result)
        write_lines(options.out / f"{family}.samples.jsonl", samples)
        write_lines(options.out / f"{family}.results.jsonl", results)
        scored = sum("error" not in result for result in results)
        total["families"] += scored > 0
        total["tasks"] += len(results)
        total["scored"] += scored
        total["documents"] += sum(result.get("documents", 0) for result in results)
        print(f"{family}: {scored} of {len(results)} tasks scored", file=sys.stderr, flush=True)
    (options.out / "total.json").write_text(line(total) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
