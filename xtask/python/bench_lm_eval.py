"""What work takes lm-eval 0.4.13, without the start of the program; prints one JSON object.

Run it with the Python of an environment that has lm-eval:

    python bench_lm_eval.py build --tasks FOLDER --data-root DIR [--prefix NAME] [--num-fewshot N] [--limit N]
    python bench_lm_eval.py chat --tasks FOLDER --data-root DIR --url URL --concurrency N --limit N
    python bench_lm_eval.py choices --tasks FOLDER --data-root DIR --url URL --num-fewshot N --limit N
    python bench_lm_eval.py errors --pairs FILE --metric f1|bleu|chrf --replicates N

`build` makes the requests of every task whose name begins so, with no model at all. `chat` asks a server for answers and
scores them; `choices` has a llama-cpp-python server score choices. `errors` computes a metric and its standard error over
pairs of reference and prediction, as lm-eval does after a run.
"""

import argparse
import contextlib
import json
import resource
import sys
import time
from pathlib import Path

from lm_eval_local import TaskFiles, build, keep_offline, seed_all


@contextlib.contextmanager
def timed(found: dict, name: str = ""):
    """Adds CPU seconds (user and system, children's too) and seconds on the clock."""

    def cpu() -> float:
        both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in both)

    before, begun = cpu(), time.perf_counter()
    yield
    found[f"{name}cpu_s"] = cpu() - before
    found[f"{name}wall_s"] = time.perf_counter() - begun


def tasks(options) -> dict:
    """The tasks of the folder, loaded with their documents."""
    seed_all()
    found = {}
    for name, (path, config) in TaskFiles().tasks(options.tasks).items():
        if not name.startswith(options.prefix):
            continue
        task = build(name, path, config, options.data_root)
        if options.num_fewshot is not None:
            task.set_config(key="num_fewshot", value=options.num_fewshot)
        elif task.get_config("num_fewshot") is None:
            task.set_config(key="num_fewshot", value=0)
        task.set_fewshot_seed(seed=1234)
        found[name] = task
    return found


def of_build(options) -> dict:
    found: dict = {}
    with timed(found, "load_"):
        loaded = tasks(options)
    with timed(found):
        for task in loaded.values():
            task.build_all_requests(limit=options.limit, rank=0, world_size=1)
    return found | {"requests": sum(len(task.instances) for task in loaded.values()), "tasks": len(loaded)}


def evaluated(options, model, chat: bool) -> dict:
    from lm_eval import evaluator

    found: dict = {}
    loaded = tasks(options)
    with timed(found):
        results = evaluator.evaluate(
            lm=model,
            task_dict={"tasks": loaded, "groups": {}},
            limit=options.limit,
            bootstrap_iters=0,
            apply_chat_template=chat,
        )
    requests = sum(len(task.instances) for task in loaded.values())
    documents = sum(len(samples) for samples in results["samples"].values())
    scores = {name: row for name, row in results["results"].items()}
    return found | {"requests": requests, "documents": documents, "results": json.loads(json.dumps(scores, default=str))}


def of_chat(options) -> dict:
    from lm_eval.models.openai_completions import LocalChatCompletion

    url = f"{options.url}/chat/completions"
    return evaluated(options, LocalChatCompletion(base_url=url, model="fixed", num_concurrent=options.concurrency), True)


def of_choices(options) -> dict:
    from lm_eval.models.gguf import GGUFLM

    return evaluated(options, GGUFLM(base_url=options.url), False)


def of_errors(options) -> dict:
    from lm_eval.api import metrics

    with options.pairs.open(encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines]
    items = [(pair["reference"], pair["prediction"]) for pair in pairs]
    if options.metric == "f1":
        items = [(int(reference), int(prediction)) for reference, prediction in items]
    metric = {"f1": metrics.f1_score, "bleu": metrics.bleu, "chrf": metrics.chrf}[options.metric]
    # What is imported at the first call is no part of the work.
    metric(items[:8])
    found: dict = {}
    with timed(found):
        value = metric(items)
        error = metrics.stderr_for_metric(metric, options.replicates)(items)
    return found | {"value": float(value), "standard_error": float(error)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["build", "chat", "choices", "errors"])
    parser.add_argument("--tasks", type=Path)
    parser.add_argument("--data-root", type=Path)
    parser.add_argument("--prefix", default="")
    parser.add_argument("--num-fewshot", type=int)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--url")
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--metric", choices=["f1", "bleu", "chrf"])
    parser.add_argument("--replicates", type=int, default=100_000)
    options = parser.parse_args()
    keep_offline()
    work = {"build": of_build, "chat": of_chat, "choices": of_choices, "errors": of_errors}[options.work]
    # lm-eval prints what it does; only the result belongs on standard output.
    with contextlib.redirect_stdout(sys.stderr):
        found = work(options)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
