"""What chat requests take Inspect, without the start of the program; prints one JSON object.

    python bench_inspect.py DOCUMENTS.jsonl URL CONCURRENCY COUNT LOGS

Each document's question is asked once, and the answer is compared with the document's. Run it with the Python of an
environment that has `inspect-ai` and `openai`.
"""

import contextlib
import json
import os
import resource
import sys
import time


def main() -> None:
    documents, url, concurrency, count, logs = sys.argv[1:]
    os.environ |= {"FIXED_API_KEY": "none", "FIXED_BASE_URL": url, "INSPECT_DISPLAY": "none"}
    from inspect_ai import Task, eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import GenerateConfig
    from inspect_ai.scorer import exact
    from inspect_ai.solver import generate

    samples = []
    with open(documents, encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            samples.append(Sample(input=f"{document['question']}\n정답:", target=document["answer"]))
            if len(samples) == int(count):
                break
    config = GenerateConfig(max_tokens=64, temperature=0.0, stop_seqs=["\n\n"])
    task = Task(dataset=samples, solver=generate(), scorer=exact(), config=config)

    def cpu() -> float:
        both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in both)

    def ask(limit: int):
        return eval(
            task,
            model="openai-api/fixed/fixed",
            max_connections=int(concurrency),
            limit=limit,
            log_dir=logs,
            display="none",
        )

    with contextlib.redirect_stdout(sys.stderr):
        # What is imported and connected at the first use is no part of the work.
        ask(2)
        before, begun = cpu(), time.perf_counter()
        log = ask(len(samples))[0]
        used = {"cpu_s": cpu() - before, "wall_s": time.perf_counter() - begun}
    if log.status != "success" or log.results.completed_samples != len(samples):
        raise SystemExit(f"Inspect ended with {log.status}: {log.error}")
    print(json.dumps(used | {"requests": len(samples)}))


if __name__ == "__main__":
    main()
