"""Writes made documents for lm-eval's kmmlu and haerae tasks, as JSON lines in the layout that `lm_eval_requests.py` reads.

    python3 lm_eval_documents.py --tasks LM_EVAL_TASKS --out DIR [--seed N] [--test N] [--dev N] [--decomposed] [--only FOLDER]

Only the names of data sets and subjects are read from the task files. The documents mean nothing: they are put
together with a seed from pieces on which renderers differ (quotes, braces and template syntax, white space of all
kinds, numbers, other writing systems). Text is composed (NFC) unless `--decomposed` asks for NFD.
"""

import argparse
import json
import random
import re
import unicodedata
from pathlib import Path

WORDS = (
    "다음 중 옳은 것은 무엇인가 조선 시대의 과거 제도 세종대왕 훈민정음 회계 원리 수요와 공급 곡선 반도체 공정 온도 "
    "압력 농도 용액의 산성도 헌법 재판소 민법 제3조 김치 된장 한강 백두산 광합성 세포 분열 미분 적분 확률 변수 "
    "표본 평균 ㉠과 ㉡ 甲과 乙 權利能力 보기 ㄱ, ㄴ, ㄷ 값을 구하시오 가장 적절한 것은 틀린 것은 아닌 것은"
).split()
PIECES = [
    "'작은따옴표'", '"큰따옴표"', "“둥근 따옴표”", "‘하나’", "it's", 'a "b" \'c\'', "`코드`", "\\", "\\n", "C:\\새 폴더",
    "{", "}", "{{", "}}", "{{question}}", "{% if x %}", "{# 설명 #}", "{{ '{{' }}", "${x}", "%s", "{0}",
    "<b>굵게</b>", "</s>", "<|im_end|>", "&amp;", "[정답]", "(A)", "정답：", "정답: B", "Q:", "질문:", "####",
    "￦1,020,000", "$29.00", "3.0", "1e5", "0x1F", "-7", "007", "１２３", "½", "x²", "√2", "∑", "π≈3.14", "100%",
    "H₂O", "①", "㉮", "ㄱㄴ", "뷁", "漢字", "日本語", "Ω", "é", "ﷺ", "🙂", "👩‍🔬", "العربية", "ไทย",
    "두\n줄", "빈\n\n줄", "탭\t사이", "두  칸", "\r\n", "\u3000", "\u00a0", "\u200b", "\ufeff", "\u2028", "\x1f", "\x85",
]  # fmt: skip
EDGES = ["", "", "", " ", "  ", "\n", "\t", "\u3000", "\u00a0", "\u200b", "\x1c", "\r\n", "\ufeff", " \n "]
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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--test", type=int, default=14)
    parser.add_argument("--dev", type=int, default=9)
    parser.add_argument("--decomposed", action="store_true")
    parser.add_argument("--only", action="append", choices=["kmmlu", "haerae"])
    options = parser.parse_args()
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
