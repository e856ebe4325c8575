#!/usr/bin/env python3
"""Turns the answers that OpenAI recorded for GSM8K into one replay file a model, and copies the test problems.

    python3 convert.py SOURCE [TARGET]

SOURCE holds `example_model_solutions.jsonl` and `test.jsonl` of <https://github.com/openai/grade-school-math>.
TARGET is the example's folder, by default the folder of this script. Prints each file's digest as
`programme.toml` names it. Python 3.11 or later, nothing to install; the same bytes on every machine.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

MODELS = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"]


def finish(solution: str) -> str:
    """`length` where an answer breaks off: the records do not say so, but such an answer has no last line `A: `."""
    return "length" if "\nA: " not in solution and len(solution) > 500 else "stop"


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    source = Path(sys.argv[1])
    target = Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent
    recorded = (source / "example_model_solutions.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in recorded]
    (target / "replay").mkdir(parents=True, exist_ok=True)
    (target / "suite" / "data").mkdir(parents=True, exist_ok=True)
    for model in MODELS:
        lines = [
            json.dumps(
                {
                    "prompt": record["question"],
                    "text": record[model]["solution"],
                    "finish": finish(record[model]["solution"]),
                },
                ensure_ascii=False,
            )
            for record in records
        ]
        content = ("\n".join(lines) + "\n").encode("utf-8")
        name = f"replay/{model.replace('_', '-')}.jsonl"
        (target / name).write_bytes(content)
        print(f"sha256:{hashlib.sha256(content).hexdigest()}  {name}")
    shutil.copyfile(source / "test.jsonl", target / "suite" / "data" / "test.jsonl")
    return 0


if __name__ == "__main__":
    sys.exit(main())
