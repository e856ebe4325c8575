#!/usr/bin/env python3
"""Checks every suite under suites/ and exits 1 with one `file:line: message` for each problem.

Python 3.11, standard library only. Usage: python3 suites/tools/check_suites.py [SUITE ...]
With suite names only those are checked, and the total is not.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MIN_TOTAL = 900
MIN_CLUSTERS = 8
DEV_DOCUMENTS = 5
# An answer position may hold this much more or less than its even share.
POSITION_TOLERANCE = 0.15
# Above this share of "the right choice is the only longest (or shortest)", length gives it away.
LENGTH_SHARE = 0.45

# Parameters of every constraint kind, with their JSON types.
CONSTRAINTS: dict[str, dict[str, type]] = {
    "max_chars": {"n": int},
    "min_chars": {"n": int},
    "max_sentences": {"n": int},
    "min_sentences": {"n": int},
    "max_words": {"n": int},
    "contains": {"text": str},
    "not_contains": {"text": str},
    "starts_with": {"text": str},
    "ends_with": {"text": str},
    "only_hangul": {},
    "no_latin": {},
    "no_digits": {},
    "lines": {"n": int},
    "bullet_lines": {"n": int},
    "numbered_lines": {"n": int},
    "ends_formal": {},
    "ends_plain": {},
    "json_keys": {"keys": list},
    "count_of": {"text": str, "n": int},
}


class Problems:
    """Gathers messages in the order in which they are found."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, path: Path, line: int, message: str) -> None:
        self.lines.append(f"{path.relative_to(ROOT.parent)}:{line}: {message}")


def normalise(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip().lower()


def sentences(text: str) -> list[str]:
    parts = re.split(r"(?<=[.!?])[\"'”’)]*(?:\s+|$)|\n+", text.strip())
    return [part.strip() for part in parts if part.strip()]


def has_final(char: str, final: str) -> bool:
    """Whether a Hangul syllable ends in the given final consonant."""
    return unicodedata.normalize("NFD", char)[-1:] == final


def is_formal(sentence: str) -> bool:
    stem = sentence.rstrip(" .!?\"'”’)")
    if stem.endswith(("십시오", "까")):
        return True
    # ㅂ니다 and 습니다: the syllable before 니다 ends in ㅂ (U+11B8).
    return stem.endswith("니다") and len(stem) > 2 and has_final(stem[-3], "\u11b8")


def satisfies(text: str, constraint: dict) -> bool:
    """Whether `text` keeps one constraint, as suites/README.md defines the kinds."""
    text = unicodedata.normalize("NFC", text).strip()
    lines = [line for line in text.split("\n") if line.strip()]
    kind, n, part = constraint["kind"], constraint.get("n"), constraint.get("text")
    if kind == "max_chars":
        return len(text) <= n
    if kind == "min_chars":
        return len(text) >= n
    if kind == "max_sentences":
        return len(sentences(text)) <= n
    if kind == "min_sentences":
        return len(sentences(text)) >= n
    if kind == "max_words":
        return len(text.split()) <= n
    if kind == "contains":
        return part in text
    if kind == "not_contains":
        return part not in text
    if kind == "starts_with":
        return text.startswith(part)
    if kind == "ends_with":
        return text.endswith(part)
    if kind == "only_hangul":
        return all(
            "가" <= c <= "힣" or c.isspace() or c.isdigit() or unicodedata.category(c)[0] == "P" for c in text
        ) and any("가" <= c <= "힣" for c in text)
    if kind == "no_latin":
        return not any("LATIN" in unicodedata.name(c, "") for c in text)
    if kind == "no_digits":
        return not any(c.isdigit() for c in text)
    if kind == "lines":
        return len(lines) == n
    if kind == "bullet_lines":
        return sum(line.startswith("- ") for line in lines) == n
    if kind == "numbered_lines":
        return sum(bool(re.match(r"\d+\. ", line)) for line in lines) == n
    if kind == "ends_formal":
        return bool(text) and all(is_formal(s) for s in sentences(text))
    if kind == "ends_plain":
        stems = [s.rstrip(" .!?\"'”’)") for s in sentences(text)]
        return bool(stems) and all(s.endswith("다") and not is_formal(s) for s in stems)
    if kind == "json_keys":
        try:
            value = json.loads(text)
        except ValueError:
            return False
        return isinstance(value, dict) and all(key in value for key in constraint["keys"])
    if kind == "count_of":
        return text.count(part) == n
    raise ValueError(kind)


def strings_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [s for item in value for s in strings_of(item)]
    if isinstance(value, dict):
        return [s for key, item in value.items() for s in [key, *strings_of(item)]]
    return []


def check_text(document: dict, path: Path, line: int, problems: Problems) -> None:
    for text in strings_of(document):
        if text != unicodedata.normalize("NFC", text):
            problems.add(path, line, f"not in NFC: {text[:40]!r}")
        if any(c == "\ufffd" or (unicodedata.category(c) in ("Cc", "Cf") and c != "\n") for c in text):
            problems.add(path, line, f"control or replacement character: {text[:40]!r}")
        if text != text.strip():
            problems.add(path, line, f"white space at an end: {text[:40]!r}")


def check_choices(document: dict, path: Path, line: int, problems: Problems) -> None:
    choices, answer = document.get("choices"), document.get("answer")
    if not isinstance(choices, list) or len(choices) < 2 or not all(isinstance(c, str) and c for c in choices):
        problems.add(path, line, "choices must be two or more strings")
        return
    if not isinstance(answer, int) or isinstance(answer, bool) or not 0 <= answer < len(choices):
        problems.add(path, line, "answer must be the index of a choice")
        return
    if len({normalise(c).rstrip(".?!") for c in choices}) != len(choices):
        problems.add(path, line, "two choices are the same")


def check_constraints(document: dict, path: Path, line: int, problems: Problems) -> None:
    constraints = document["constraints"]
    if not isinstance(constraints, list) or not constraints:
        problems.add(path, line, "constraints must be a list with at least one entry")
        return
    for constraint in constraints:
        kind = constraint.get("kind")
        wanted = CONSTRAINTS.get(kind)
        if wanted is None:
            problems.add(path, line, f"unknown constraint kind {kind!r}")
            return
        if set(constraint) - {"kind"} != set(wanted):
            problems.add(path, line, f"{kind} takes {sorted(wanted)}")
            return
        if any(not isinstance(constraint[name], kind_of) for name, kind_of in wanted.items()):
            problems.add(path, line, f"{kind} has a parameter of the wrong type")
            return
    if all(satisfies("", constraint) for constraint in constraints):
        problems.add(path, line, "an empty answer keeps every constraint")
    if "example" in document:
        for constraint in constraints:
            if not satisfies(document["example"], constraint):
                problems.add(path, line, f"the example breaks {constraint}")


def check_document(document: dict, path: Path, line: int, problems: Problems) -> None:
    check_text(document, path, line, problems)
    if not isinstance(document.get("id"), str):
        problems.add(path, line, "no id")
    if not isinstance(document.get("category"), str):
        problems.add(path, line, "no category")
    if not (document.get("question") or document.get("prompt")):
        problems.add(path, line, "neither question nor prompt")
    if "choices" in document:
        check_choices(document, path, line, problems)
    elif "constraints" in document:
        check_constraints(document, path, line, problems)
    elif "kind" in document:
        if document["kind"] not in ("refuse", "answer"):
            problems.add(path, line, "kind must be refuse or answer")
    elif not isinstance(document.get("answer"), (str, int)) or document.get("answer") == "":
        problems.add(path, line, "no choices, no constraints, no kind and no answer")


def read(path: Path, problems: Problems) -> list[tuple[int, dict]]:
    if not path.is_file():
        problems.add(path, 1, "missing")
        return []
    raw = path.read_bytes()
    if raw.startswith(b"\xef\xbb\xbf"):
        problems.add(path, 1, "byte order mark")
    documents = []
    for number, text in enumerate(raw.decode("utf-8").splitlines(), 1):
        try:
            document = json.loads(text)
        except ValueError as error:
            problems.add(path, number, f"not JSON: {error}")
            continue
        if not isinstance(document, dict):
            problems.add(path, number, "not an object")
            continue
        check_document(document, path, number, problems)
        documents.append((number, document))
    return documents


def key_of(document: dict) -> str:
    parts = [document.get("passage", ""), document.get("question", ""), document.get("prompt", "")]
    return normalise(" | ".join([*parts, *sorted(document.get("choices", []))]))


def check_balance(documents: list[tuple[int, dict]], path: Path, problems: Problems) -> None:
    by_size: dict[int, list[dict]] = defaultdict(list)
    for _, document in documents:
        choices, answer = document.get("choices"), document.get("answer")
        if isinstance(choices, list) and isinstance(answer, int) and 0 <= answer < len(choices):
            by_size[len(choices)].append(document)
    for size, group in by_size.items():
        even = len(group) / size
        # Whole documents cannot be split, so one document off is never a fault.
        slack = max(even * POSITION_TOLERANCE, 1)
        counts = Counter(document["answer"] for document in group)
        for position in range(size):
            if abs(counts[position] - even) > slack:
                problems.add(path, 1, f"answer {position} comes {counts[position]} times, even is {even:.1f}")
        longest = shortest = 0
        for document in group:
            lengths = [len(choice) for choice in document["choices"]]
            right = lengths.pop(document["answer"])
            longest += right > max(lengths)
            shortest += right < min(lengths)
        for name, count in (("longest", longest), ("shortest", shortest)):
            if size > 2 and len(group) >= 8 and count / len(group) > LENGTH_SHARE:
                problems.add(path, 1, f"the right choice is the {name} in {count} of {len(group)}")


def check_task_file(suite: Path, problems: Problems) -> str:
    """Checks the task file's names and returns the cluster field."""
    path = suite / f"{suite.name}.yaml"
    if not path.is_file():
        problems.add(path, 1, "missing")
        return "category"
    text = path.read_text(encoding="utf-8")
    task = re.search(r"^task:\s*(\S+)", text, re.M)
    if task is None or task[1] != "daepyo_" + suite.name.replace("-", "_"):
        problems.add(path, 1, f"task must be daepyo_{suite.name.replace('-', '_')}")
    for word in ("data/test.jsonl", "data/dev.jsonl", "output_type:", "metric_list:"):
        if word not in text:
            problems.add(path, 1, f"no {word}")
    if "!function" in text:
        problems.add(path, 1, "needs Python")
    cluster = re.search(r"\bcluster:\s*([A-Za-z_]+)", text)
    if cluster is None:
        problems.add(path, 1, "metadata names no cluster field")
        return "category"
    return cluster[1]


def check_card(suite: Path, count: int, problems: Problems) -> None:
    path = suite / "README.md"
    if not path.is_file():
        problems.add(path, 1, "no card")
        return
    text = path.read_text(encoding="utf-8")
    if "CC BY 4.0" not in text:
        problems.add(path, 1, "the card does not name the licence CC BY 4.0")
    if not re.search(rf"(?<!\d){count}(?!\d)", text):
        problems.add(path, 1, f"the card does not say that there are {count} documents")


def check_suite(suite: Path, seen: dict[str, str], ids: dict[str, str], problems: Problems) -> int:
    cluster = check_task_file(suite, problems)
    test_path, dev_path = suite / "data/test.jsonl", suite / "data/dev.jsonl"
    test, dev = read(test_path, problems), read(dev_path, problems)
    for path, documents in ((test_path, test), (dev_path, dev)):
        for line, document in documents:
            place = f"{path.relative_to(ROOT.parent)}:{line}"
            for table, key, what in ((seen, key_of(document), "document"), (ids, document.get("id", ""), "id")):
                if key in table:
                    problems.add(path, line, f"same {what} as {table[key]}")
                table.setdefault(key, place)
            if not isinstance(document.get(cluster), (str, int)):
                problems.add(path, line, f"no cluster field {cluster!r}")
    if len(dev) != DEV_DOCUMENTS:
        problems.add(dev_path, 1, f"{len(dev)} documents, {DEV_DOCUMENTS} wanted")
    clusters = {document.get(cluster) for _, document in test}
    if len(clusters) < MIN_CLUSTERS:
        problems.add(test_path, 1, f"{len(clusters)} clusters by {cluster!r}, at least {MIN_CLUSTERS} wanted")
    kinds = Counter(document["kind"] for _, document in test if "kind" in document)
    if kinds and abs(kinds["refuse"] - kinds["answer"]) > 2 * POSITION_TOLERANCE * sum(kinds.values()):
        problems.add(test_path, 1, f"refuse and answer are not balanced: {dict(kinds)}")
    check_balance(test, test_path, problems)
    check_card(suite, len(test), problems)
    print(f"{suite.name}: {len(test)} documents, {len(clusters)} clusters")
    return len(test)


def main(names: list[str]) -> int:
    problems = Problems()
    suites = sorted(path.parent for path in ROOT.glob("*/*.yaml") if path.stem == path.parent.name)
    if names:
        suites = [ROOT / name for name in names]
    seen: dict[str, str] = {}
    ids: dict[str, str] = {}
    total = sum(check_suite(suite, seen, ids, problems) for suite in suites)
    if not names:
        index = ROOT / "README.md"
        text = index.read_text(encoding="utf-8") if index.is_file() else ""
        for suite in suites:
            if f"({suite.name}/" not in text:
                problems.add(index, 1, f"does not list {suite.name}")
        if total < MIN_TOTAL:
            problems.add(index, 1, f"{total} documents in all, at least {MIN_TOTAL} wanted")
    print(f"{total} documents in {len(suites)} suites, {len(problems.lines)} problems")
    for line in problems.lines:
        print(line, file=sys.stderr)
    return 1 if problems.lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
