"""What chat requests take evalscope, without the start of the program; prints one JSON object.

    python bench_evalscope.py DOCUMENTS.jsonl URL CONCURRENCY COUNT WORK

The documents become those of its `general_mcq` benchmark (a question with four choices, one letter as the answer), which
asks each once. Run it with the Python of an environment that has `evalscope`.
"""

import contextlib
import json
import os
import resource
import sys
import time
from pathlib import Path


def main() -> None:
    documents, url, concurrency, count, work = sys.argv[1:]
    # Its own bars of progress break where bars are switched off.
    os.environ.pop("TQDM_DISABLE", None)
    from evalscope import TaskConfig, run_task

    folder = Path(work) / "data"
    folder.mkdir(parents=True, exist_ok=True)
    lines = Path(documents).read_text(encoding="utf-8").splitlines()

    def write(subset: str, few: int) -> None:
        with (folder / f"{subset}_val.jsonl").open("w", encoding="utf-8") as out:
            for number, line in enumerate(lines[:few]):
                document = json.loads(line)
                row = {"id": number, "question": document["question"], "answer": document["answer"]}
                row |= {letter: f"{letter} {number}" for letter in "ABCD"}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")

    def ask(subset: str) -> None:
        run_task(
            TaskConfig(
                model="fixed",
                api_url=url,
                api_key="none",
                eval_type="openai_api",
                datasets=["general_mcq"],
                dataset_args={"general_mcq": {"local_path": str(folder), "subset_list": [subset]}},
                eval_batch_size=int(concurrency),
                generation_config={"max_tokens": 64, "temperature": 0.0},
                work_dir=str(Path(work) / "out"),
            )
        )

    def cpu() -> float:
        both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in both)

    write("first", 2)
    write("made", int(count))
    with contextlib.redirect_stdout(sys.stderr):
        # What is imported and connected at the first use is no part of the work.
        ask("first")
        before, begun = cpu(), time.perf_counter()
        ask("made")
        used = {"cpu_s": cpu() - before, "wall_s": time.perf_counter() - begun}
    print(json.dumps(used | {"requests": int(count)}))


if __name__ == "__main__":
    main()
