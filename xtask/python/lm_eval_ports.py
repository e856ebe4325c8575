"""Runs the Python functions that daepyo has native ports of, over made documents, and writes what they give.

    python lm_eval_ports.py --ports FILE --out FILE [--tasks DIR] [--documents N]

Run it with the Python of an environment that has lm-eval. FILE is what `cargo run -p daepyo-task --example ports` lists:
one JSON object a function, {"folder", "name", "digest", "kind"}. Written is one JSON object a call, with what the
function was given and either `value` or `failed`; the same example compares it with what the port gives.

The documents mean nothing; they are put together with a seed from pieces on which two languages differ (quotes, braces,
white space of all kinds, numbers, other writing systems). Some have a field that is empty or not there, so that the
function may fail; a port must then leave the document to Python.
"""

import argparse
import ast
import json
import logging
import random
import re
from pathlib import Path

from lm_eval_pieces import EDGES, PIECES, WORDS

LETTERS = ["A", "B", "C", "D"]
TAGS = ["PER", "LOC", "ORG", "DATE"]
ARTICLES = ["a", "an", "the", "The", "a_b", "theatre", "AN"]


class Make:
    def __init__(self, seed: str):
        self.random = random.Random(seed)
        self.choice, self.randint = self.random.choice, self.random.randint

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def text(self, most: int = 6) -> str:
        parts = [self.choice(PIECES if self.chance(0.3) else WORDS) for _ in range(self.randint(1, most))]
        return self.choice(EDGES) + " ".join(parts) + self.choice(EDGES)

    def some(self, share: float = 0.2):
        """Text, or now and then nothing."""
        return self.choice([None, ""]) if self.chance(share) else self.text()

    def texts(self, least: int, most: int) -> list[str]:
        return [self.text(3) for _ in range(self.randint(least, most))]

    def marked(self) -> str:
        """Text with what clean-up functions look for."""
        parts = [self.choice([" [title]", "[a]", "[", "]", "[x\ny]", "  ", "   ", *WORDS[:9], *PIECES[:9]]) for _ in range(6)]
        return self.choice(EDGES) + "".join(parts)

    def answer(self) -> str:
        """Words of an answer in a Latin script, with articles and punctuation."""
        pieces = [*ARTICLES, "cat", "Dog.", "sat", "é", "naïve", "x-y", "3.5", "e\u0301a", "a\u0301", "“a”", "\u200bthe"]
        pieces = [*pieces, "Ⓐ"] if self.chance(0.02) else pieces
        return self.choice(EDGES) + self.choice([" ", "  ", "\t"]).join(self.choice(pieces) for _ in range(self.randint(0, 7)))

    def spans(self) -> str:
        parts = [f"{self.choice(TAGS)}: {self.choice(['Ada', 'the Nile', 'Ada. Bo', 'a, b', 'x: y', '', 'New  York', 'É'])}"
                 for _ in range(self.randint(0, 5))]
        return self.choice([" $$ ", "$", "$$", ", ", ". "]).join(parts)


def subjects(field: str, constant: str, more=()):
    def rows(make, path, count):
        listed = constants(path).get(constant, []) or MMLU_PRO
        known = [*listed, *more, "", "Stem", make.text()]
        return [{"question": make.text(), field: make.choice(known)} for _ in range(count)]

    return rows


MMLU_PRO = ["biology", "computer science", "law", "math", "other", "history", "physics"]
MMMLU = [name + end for name in ["abstract_algebra", "anatomy", "virology"] for end in ["", "_test.csv_sw-KE.csv", "_test-x"]]


def constants(path: Path) -> dict:
    found = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                pass
    return found


def each(of):
    return lambda make, path, count: [of(make, path) for _ in range(count)]


def prox(make, _path):
    options = {f"option_{place}": make.some(0.3) for place in range(10)}
    thought = make.choice(["A: Let's think step by step. ", "A: 한 단계씩 생각해 봅시다. ", "A: 一歩一歩考えていきましょう。", ""])
    return {"question": make.text(), **options, "cot_content": thought + make.text()}


def pro(make, _path):
    thought = make.choice(["A: Let's think step by step. ", "A: Let's think step by step.", ""])
    return {"question": make.text(), "options": make.texts(3, 11), "cot_content": thought + make.text()}


def written(make, _path):
    choices = [make.choice([make.text(), 3, 2.5, None]) for _ in range(make.randint(3, 5))]
    shown = make.choice([repr(choices), repr(tuple(choices)), " " + repr(choices) + "\n", "[1, 2", repr(choices)])
    return {"choices": shown, "question": make.text(), "subject": make.text(1), "premise": make.text(), "hypothesis": make.text()}


def lettered(make, path):
    known = constants(path)
    subject = make.choice([*known.get("subjects_gr", {}), make.text(1)])
    return {"question": make.text(), "context": make.choice(["", make.text()]), "choices": make.texts(2, 5),
            "subject": subject, "subject_darija": make.text(1), "egy_subject": make.text(1)}


def arabic(make, _path):
    options = {f"Option {place}": make.some(0.1 if place < 3 else 0.5) for place in range(1, 6)}
    return {"Question": make.text(), "Context": make.some(0.5), "Subject": make.text(1), **options,
            "Level": make.choice(["Primary", "Univ", "", None]), "Country": make.choice(["UAE", "Egypt", "", None])}


def dialect(make, path):
    known = constants(path)
    options = {letter: make.text() if place < 3 or make.chance(0.5) else None for place, letter in enumerate("ABCDE")}
    return {"context": make.some(0.5), "question": make.text(), "options": options, "Answer Key": make.choice(LETTERS),
            "Subject": make.choice(list(known["subject_ar"])), "Level": make.choice([*known["level_ar"], "", None]),
            "Country": make.choice([*known["country_ar"], "", None]), "share": make.random.random()}


def lettered_row(make, _path):
    row = {letter: make.text() for letter in LETTERS}
    return row | {"E": make.some(0.5), "F": make.some(0.7), "question": make.text(), "answer": make.choice(LETTERS),
                  "subject": make.choice(["high_school_biology", make.text(1)])}


def mmlu_sr(make, _path):
    return {f"choice{place}": make.some(0.1) for place in range(1, 5)} | {"answer": make.choice([" A", "B\n", "C", None])}


def hellaswag(make, _path):
    # Where upper case and title case differ, Python is asked; that takes the whole split.
    start = make.choice(["ßa", "ǆ", "Σ", "ﬁ", "ა"] if make.chance(0.02) else ["éa", "ÀB", "그가 ", "", "hE"])
    return {"activity_label": make.marked(), "ctx_a": make.marked(), "ctx_b": start + make.marked(),
            "endings": [make.marked() for _ in range(4)], "label": make.choice(["0", "1", "3"])}


def arc(make, _path):
    options = {f"option_{letter}": make.marked() if letter < "e" or make.chance(0.5) else None for letter in "abcde"}
    return {"id": make.text(1), "instruction": make.marked(), **options, "answer": make.choice("ABCDE")}


def truthful(make, _path):
    choices = make.texts(2, 5)
    return {"question": make.choice([make.marked(), make.text(), None]), "mc1_targets_choices": make.texts(2, 4),
            "mc2_targets_choices": choices, "mc2_targets_labels": [make.randint(0, 1) for _ in choices]}


def bias(make, _path):
    kind = make.choice(["race-color", "socioeconomic", "gender", "age", "religion", "disability", "sexual-orientation",
                        "nationality", "physical-appearance", "autre", "ageing", ""])
    return {"bias_type": kind, "sent_more": make.text(), "sent_less": make.text()}


def translation(make, _path):
    pairs = make.choice([{"en": make.text(), "yor": make.text()}, {"fr": make.text(), "bam": make.text()}])
    return {"translation": dict(sorted(pairs.items(), reverse=make.chance(0.5)))}


def eus(make, _path):
    return {"answer": make.choice([0, 1, 2, 3, 4, -1, None]), "candidates": make.choice([[""] * 4, make.texts(4, 4), ["a", "", "", ""]])}


def kobest(make, _path):
    return {f"ending_{place}": make.text() for place in range(1, 5)} | {"context": make.text(), "label": make.randint(0, 3)}


# By the place of the function: what a document holds. A tuple: a split of these is one call, else each document is one.
SHAPES = [
    (r"^global_mmlu/full/", subjects("subject", "SUBJECTS")),
    (r"^global_mmlu/default/", subjects("subject_category", "CATEGORIES")),
    (r"^include/", subjects("domain", "CATEGORIES")),
    (r"^openai-mmmlu/", subjects("Subject", "NONE", MMMLU)),
    (r"(mmlu_pro|mmlu-pro-plus|mmlu_prox)/.*\.process_", subjects("category", "NONE")),
    (r"^mmlu_prox/", each(prox)),
    (r"^(mmlu_pro|mmlu-pro-plus|llama3)/", each(pro)),
    (r"^bigbench/", each(lambda make, _: {"inputs": make.text(), "multiple_choice_targets": make.texts(0, 2) or []})),
    (r"^eus_exams/", each(eus)),
    (r"^crows_pairs/", each(bias)),
    (r"^afrimmlu/", each(written)),
    (r"^afrixnli/.*doc_to_text", each(written)),
    (r"^(darijammlu|egymmlu|greekmmlu)/", each(lettered)),
    (r"^arabicmmlu/", each(arabic)),
    (r"^aradice/ArabicMMLU/.*process_docs", each(dialect)),
    (r"^mmlusr/", each(mmlu_sr)),
    (r"arabic_leaderboard_avca", each(lambda make, _: {"question": make.text(), "answer": make.choice(["صح", "خطأ"])})),
    (r"arabic_mt_|_mt_|leaderboard_alghafa", each(lambda make, _: {"query": make.text(), "sol1": make.text(), "sol2": make.text(), "label": make.choice(["0", "1"]), "sol3": make.text()})),
    (r"^(tmmluplus|tmlu|arabic_leaderboard)", each(lettered_row)),
    (r"^mlqa/", each(lambda make, _: {"context": make.text(), "question": make.text(), "answers": {"text": make.texts(1, 2), "answer_start": [1]}})),
    (r"hellaswag_multilingual|french_bench|utils_hellaswag", each(hellaswag)),
    (r"arc_multilingual", each(arc)),
    (r"truthfulqa_multilingual.*process_docs", each(truthful)),
    (r"^kobest/.*process_doc", each(kobest)),
    (r"doc_to_target", each(lambda make, _: {"label": make.choice([0, 1, 2, 7]), "upos": [make.randint(0, 18) for _ in range(4)]})),
    (r"^afrobench/mafand/", each(translation)),
]


def labels(make):
    if make.chance(0.5):
        return [(make.randint(0, 3), make.randint(0, 3)) for _ in range(30)]
    words = ["가", "나", "A", "B", "true", "", make.text()]
    return [(make.choice(words[:5]), make.choice(words)) for _ in range(30)]


def tags(make):
    made = []
    for _ in range(9):
        length = make.randint(1, 6)
        made.append(([make.choice("NVA") for _ in range(length)], make.choice([["NVA"], ["N", "V"], "NVAN", ["NVANVAN", "x"]])))
    return made


ITEMS = [
    (r"acc_score", tags),
    (r"span_f1", lambda make: [(make.spans(), make.choice([make.spans(), [make.spans(), make.spans()]])) for _ in range(12)]),
    (r"utils\.f1$", lambda make: [(make.answer(), make.answer()) for _ in range(9)]),
    (r"f1_score", labels),
]


def likelihoods(make, doc, name):
    count = len(doc["mc2_targets"]["labels"]) if "mc2" in name else 2
    return [(-make.random.expovariate(0.1), make.chance(0.5)) for _ in range(count)]


def marked(value):
    """A value as the worker writes it: tuples and floats that JSON lacks keep a mark."""
    if isinstance(value, tuple):
        return {"!tuple": [marked(item) for item in value]}
    if isinstance(value, list):
        return [marked(item) for item in value]
    if isinstance(value, dict):
        return {key: marked(item) for key, item in value.items()}
    return value.item() if type(value).__module__ == "numpy" else value


def plain(value):
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def call(function, *arguments):
    try:
        return {"value": function(*arguments)}
    except Exception as error:
        return {"failed": type(error).__name__}


def shape(place: str):
    return next(of for pattern, of in SHAPES if re.search(pattern, place))


def spoiled(rows: list[dict], make: Make) -> list[dict]:
    """The rows, one of them without one of its fields."""
    rows = [dict(row) for row in rows]
    row = make.choice(rows)
    row[make.choice(list(row))] = None
    return rows


def splits(place, path, function, make, count):
    import datasets

    for turn in range(4):
        rows = shape(place)(make, path, count)
        rows = rows if turn < 2 else spoiled(rows, make)
        split = datasets.Dataset.from_list(rows)
        given = {"rows": split.to_list(), "columns": split.column_names}
        made = call(function, split)
        if "value" in made:
            made["value"] = {"rows": made["value"].to_list(), "columns": made["value"].column_names}
        yield given | made


def documents(place, path, function, make, count):
    rows = shape(place)(make, path, count) + spoiled(shape(place)(make, path, 4), make)
    for row in rows:
        made = call(function, row)
        yield {"doc": row} | ({"value": plain(made["value"])} if "value" in made else made)


def results(place, function, make, count):
    for _ in range(count):
        doc = {"mc2_targets": {"labels": [make.randint(0, 1) for _ in range(make.randint(1, 6))]}}
        given = likelihoods(make, doc, place)
        made = call(function, doc, given)
        yield {"doc": doc, "results": marked(given)} | ({"value": marked(made["value"])} if "value" in made else made)


def metrics(function, make, count):
    for _ in range(count):
        given = {"reference": make.text(), "prediction": make.text()}
        made = call(function, list(given.values()))
        yield given | ({"value": plain(made["value"])} if "value" in made else made)


def aggregates(place, function, make, count):
    of = next(of for pattern, of in ITEMS if re.search(pattern, place))
    for turn in range(count):
        items = of(make) if turn else []
        made = call(function, items)
        yield {"items": marked(items)} | ({"value": marked(made["value"])} if "value" in made else made)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ports", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tasks", type=Path)
    parser.add_argument("--documents", type=int, default=24)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    import datasets
    import lm_eval.tasks
    from lm_eval.tasks._yaml_loader import _import_func_in_yml

    datasets.disable_progress_bars()
    root = (options.tasks or Path(lm_eval.tasks.__file__).parent).resolve()
    with options.out.open("w", encoding="utf-8", newline="\n") as out:
        for line in options.ports.read_text("utf-8").splitlines():
            port = json.loads(line)
            folder, name = Path(port["folder"]), port["name"]
            place = f"{folder.relative_to(root).as_posix()}/{name}"
            path = folder / (name.rpartition(".")[0].replace(".", "/") + ".py")
            function, make = _import_func_in_yml(name, folder), Make(place)
            if port["kind"] == "split":
                calls = splits(place, path, function, make, options.documents)
            elif port["kind"] == "value":
                calls = documents(place, path, function, make, options.documents)
            elif port["kind"] == "results":
                calls = results(place, function, make, options.documents)
            elif port["kind"] == "metric":
                calls = metrics(function, make, options.documents)
            else:
                calls = aggregates(place, function, make, options.documents)
            for one in calls:
                out.write(json.dumps(port | one, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
