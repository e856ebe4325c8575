"""Writes made documents for lm-eval's tasks, as JSON lines in the layout that `lm_eval_requests.py` reads.

    python3 lm_eval_documents.py --tasks LM_EVAL_TASKS --out DIR [--seed N] [--test N] [--dev N] [--decomposed] [--only FOLDER]
    python lm_eval_documents.py --tasks LM_EVAL_TASKS --out DIR --families all [--documents N]

The first form is for kmmlu and haerae. The second, which needs a Python that has PyYAML (and pyarrow for the few files
that a task wants as Parquet), writes N documents for every split that a family's tasks name; `lm_eval_families.py` says
which families there are, `lm_eval_fields.py` what their documents hold.

Only the names of data sets and subjects are read from the task files. The documents mean nothing: they are put
together with a seed from pieces on which renderers differ (quotes, braces and template syntax, white space of all
kinds, numbers, other writing systems). Text is composed (NFC) unless `--decomposed` asks for NFD.
"""

import argparse
import csv
import json
import random
import re
import unicodedata
from pathlib import Path

import lm_eval_families as families
from lm_eval_fields import documents
from lm_eval_local import TaskFiles, data_files, splits
from lm_eval_pieces import EDGES, PIECES, WORDS

LONE = ["", " ", "0", "3", "None", "True", "question", "query", "A", "answer", "{{A}}", "[1, 2]", "['A', 'B']", "\n"]
SUBJECT_OF_WHOLE_NUMBERS = 3
SUBJECT_OF_FRACTIONS = 7
FRACTIONS = [0.0, -0.0, 1.0, 0.1, 2.5, 1e16, 1e22, 1e-5, 123456789.125, 3.141592653589793, -1.5e-9, 1e15]


class Maker:
    def __init__(self, seed: str, decomposed: bool):
        self.random = random.Random(seed)
        self.form = "NFD" if decomposed else "NFC"

    def text(self, least: int, most: int) -> str:
        parts = []
        for _ in range(self.random.randint(least, most)):
            parts.append(self.random.choice(PIECES if self.random.random() < 0.3 else WORDS))
        whole = self.random.choice(EDGES) + " ".join(parts) + self.random.choice(EDGES)
        return unicodedata.normalize(self.form, whole)

    def value(self, subject: int):
        if subject % 45 == SUBJECT_OF_WHOLE_NUMBERS:
            return self.random.choice([0, 7, -12, 1_000_000, 2**53 + 1])
        if subject % 45 == SUBJECT_OF_FRACTIONS:
            return self.random.choice(FRACTIONS)
        return self.random.choice(LONE) if self.random.random() < 0.1 else self.text(1, 6)

    def kmmlu(self, number: int, subject: int) -> dict:
        document = {"question": f"{self.random.choice(EDGES)}{number}. {self.text(4, 14)}"}
        document["answer"] = self.random.randint(1, 4)
        document |= {letter: self.value(subject) for letter in "ABCD"}
        return document | {"Category": "made", "Human Accuracy": self.random.random()}

    def haerae(self, number: int, _subject: int) -> dict:
        options = [self.text(1, 4) for _ in range(5)]
        listed = "\n".join(f"{letter} {text}" for letter, text in zip(["(A)", "(B)", "(C)", "(D)", "(E)"], options))
        query = f"{self.random.choice(EDGES)}{number}. {self.text(4, 14)}\n{listed}\n정답:{self.random.choice(EDGES)}"
        # A query that is nothing but a field's name, a number or white space.
        if number % 13 == 5:
            query = self.random.choice(["query", "answer", "정답", "\n", "3.0", "-1", "x 3"])
        query = unicodedata.normalize(self.form, query)
        return {"query": query, "options": str(options), "answer": f"({self.random.choice('ABCDE')})"}


def data_sets(folder: Path) -> dict[tuple[str, str], None]:
    """Data set and subject of every task below a folder, each once."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix == "" and (origin := re.search(r"^dataset_path: *(\S+)", path.read_text("utf-8"), re.M)):
            for task in sorted(path.parent.glob("*.yaml")):
                if subject := re.search(r"^dataset_name: *['\"]?([^'\"\n]+)", task.read_text("utf-8"), re.M):
                    found[origin[1], subject[1].strip()] = None
    return found


def write(path: Path, rows: list[dict], columns: list[str] | None = None) -> None:
    """The documents in the format that the file's ending tells; columns without a header where the task names them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, columns or list(rows[0]), extrasaction="ignore", lineterminator="\n")
            if not columns:
                writer.writeheader()
            writer.writerows(rows)
    else:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_card(folder: Path, of_name: dict[str | None, set[str]]) -> None:
    """A data set's card, which says which file is which split where the files' names alone would not."""
    lines = ["---", "configs:"]
    for name, names in sorted(of_name.items(), key=lambda pair: pair[0] or ""):
        lines += [f"- config_name: {json.dumps(name or 'default')}", "  data_files:"]
        for split in sorted(names):
            place = f"{name}/{split}.jsonl" if name else f"{split}.jsonl"
            lines += [f"  - split: {json.dumps(split)}", f"    path: {json.dumps(place)}"]
    (folder / "README.md").write_text("\n".join([*lines, "---", ""]), encoding="utf-8", newline="\n")


def of_families(options) -> None:
    """Documents for every split of every data set of the chosen families."""
    files = TaskFiles()
    wanted: dict[str, dict[str | None, set[str]]] = {}
    named: dict[str, tuple[str, str | None, str, list[str] | None]] = {}
    for family in families.FAMILIES if options.families == ["all"] else options.families:
        tasks = files.tasks(options.tasks / families.FAMILIES[family][0])
        for task in families.chosen_tasks(family, list(tasks)):
            config = tasks[task][1]
            if task in families.OF_CLASSES:
                path, name, names = families.OF_CLASSES[task]
                wanted.setdefault(path, {}).setdefault(name, set()).update(names)
                continue
            path, name = str(config.get("dataset_path")), config.get("dataset_name")
            kwargs = config.get("dataset_kwargs") or {}
            if "data_files" in kwargs:
                for split, listed in data_files(path, kwargs["data_files"]).items():
                    of_path = "/".join(listed[0].split("/")[:2]) if path in ("json", "csv") else path
                    for one in listed:
                        named[one] = (of_path, name, split, kwargs.get("column_names"))
            else:
                wanted.setdefault(path, {}).setdefault(name, set()).update(splits(config))
    for file, (path, name, split, columns) in named.items():
        if rows := documents(path, name, split, options.documents, options.seed):
            write(options.out / file, rows, columns)
    for path, of_name in wanted.items():
        for name, names in of_name.items():
            for split in sorted(names):
                if rows := documents(path, name, split, options.documents, options.seed):
                    write(options.out / path / (name or "") / f"{split}.jsonl", rows)
        # `test_hasAns.jsonl` would be read as part of the split `test` too.
        if (options.out / path).is_dir() and any("_" in split for names in of_name.values() for split in names):
            write_card(options.out / path, of_name)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--test", type=int, default=14)
    parser.add_argument("--dev", type=int, default=9)
    parser.add_argument("--decomposed", action="store_true")
    parser.add_argument("--only", action="append", choices=["kmmlu", "haerae"])
    parser.add_argument("--families", action="append", help="a family, or `all`")
    parser.add_argument("--documents", type=int, default=12, help="documents a split, of families")
    options = parser.parse_args()
    if options.families:
        return of_families(options)
    for name in options.only or ["kmmlu", "haerae"]:
        for subject, (origin, subset) in enumerate(data_sets(options.tasks / name)):
            maker = Maker(f"{options.seed}/{origin}/{subset}", options.decomposed)
            make = maker.kmmlu if name == "kmmlu" else maker.haerae
            folder = options.out / origin / subset
            folder.mkdir(parents=True, exist_ok=True)
            for split, count in [("dev", options.dev), ("test", options.test)]:
                lines = [json.dumps(make(number, subject), ensure_ascii=False) for number in range(count)]
                (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
