"""Writes what lm-eval 0.4.13 itself says of filters, metrics, aggregations and standard errors.

Run with a Python that has lm-eval 0.4.13 and sacrebleu:
    DISABLE_MULTIPROC=1 python xtask/python/lm_eval_golden.py crates/task/tests/fixtures/score
The files are committed; the tests of crates/task compare daepyo with them.
"""

import json
import math
import os
import random
import sys
from pathlib import Path
from types import SimpleNamespace

os.environ["DISABLE_MULTIPROC"] = "1"

from lm_eval.api import metrics as M
from lm_eval.api.task import ConfigurableTask
from lm_eval.filters import build_filter_ensemble

RANDOM = random.Random(20261121)

GSM = "#### (\\-?[0-9\\.\\,]+)"
FLEXIBLE = "(-?[$0-9.,]{2,})|(-?[0-9]+)"
KMMLU = "(?<=정답은)\\s*[(]?(A|B|C|D)[)]?.*(?=입니다.)"
ANSWER_IS = "((?<=The answer is )(.*)(?=.)|(?<=the answer is )(.*)(?=.)|(?<=The answer: )(.*)(?=.)|(?<=The final answer: )(.*)(?=.))"

TEXTS = [
    "She has 3 + 4 = 7 apples.\n#### 7",
    "#### 1,234.50",
    "It costs $29.00 in total, so 29.",
    "The answer is 42.",
    "the answer is (B).",
    "The final answer: 12 dollars.",
    "따라서 정답은 (B) 입니다.",
    "정답은 C입니다.",
    "정답은D 라고 생각합니다. 정답은 A 입니다.",
    "no number here",
    "",
    "   spaced out \n",
    "-5 and -12 and 3.",
    "(A) or (C)? I choose (C).",
    "True or false: valid",
    "Yes, no, Yes",
    "Answer: B",
    "답: ③ 그리고 42개",
    "1.\n2.\n3.",
    "Total $1,000,000!",
    "line one\nThe answer is 5",
    "The answer is ",
    "aaa",
    "xaxbx",
    "한국어 텍스트 ＡＢＣ １２３",
    "a\u00a0b\u3000c\u001fd",
    "[1] {2} <3> (4)",
    "...",
    "A B C D",
    "ﬁne ＄5",
]

REGEXES = [
    ({}, GSM),
    ({"regex_pattern": GSM}, None),
    ({"regex_pattern": FLEXIBLE, "group_select": -1}, None),
    ({"regex_pattern": FLEXIBLE}, None),
    ({"regex_pattern": FLEXIBLE, "group_select": 1, "fallback": "none"}, None),
    ({"regex_pattern": KMMLU}, None),
    ({"regex_pattern": ANSWER_IS}, None),
    ({"regex_pattern": "(\\([A-Z]\\))"}, None),
    ({"regex_pattern": "(\\([A-Z]\\))", "group_select": -1}, None),
    ({"regex_pattern": "\\b(Yes|No|yes|no)\\b"}, None),
    ({"regex_pattern": "([-0-9]+)", "group_select": -1}, None),
    ({"regex_pattern": "^\\s*([A-D])"}, None),
    ({"regex_pattern": "(\\b[ABCD]\\b)", "group_select": -1}, None),
    ({"regex_pattern": "(?=(female|woman|man|male))"}, None),
    ({"regex_pattern": "a*"}, None),
    ({"regex_pattern": "a*", "group_select": 1}, None),
    ({"regex_pattern": "x*?", "group_select": -1}, None),
    ({"regex_pattern": "|x", "group_select": 1}, None),
    ({"regex_pattern": "[0-9]+$"}, None),
    ({"regex_pattern": "(?m)^(.+)$", "group_select": -1}, None),
    ({"regex_pattern": "\\w+\\Z"}, None),
    ({"regex_pattern": "[[(<]([^])>]+)[])>]", "group_select": -1}, None),
    ({"regex_pattern": "(?i)THE ANSWER IS ([^.]*)"}, None),
    ({"regex_pattern": "(\\d)\\s*\\+\\s*(\\d)"}, None),
    ({"regex_pattern": "[가-힣]+", "group_select": -1}, None),
    ({"regex_pattern": "(?P<first>[A-Z])(?P<rest>[a-z]*)"}, None),
    ({"regex_pattern": "(.)\\1"}, None),
    ({"regex_pattern": "\\s+", "fallback": ""}, None),
    ({"regex_pattern": "<(\\d)\\>"}, None),
    ({"regex_pattern": "(?<= )([\" \\[\\(<{}>\\)\\]]+)|([\" \\[\\(<{}>\\)\\]]+)"}, None),
    ({"regex_pattern": "[\\w.&&]+"}, None),
    ({"regex_pattern": "(?s)^(?:.*Answer:[^0-9-]*|.*[^0-9,.-]|)(-?[0-9][0-9,]*(?:\\.[0-9]+)?)"}, None),
]


def run_filter(components, responses, doc):
    ensemble = build_filter_ensemble("f", [[name, dict(kwargs)] for name, kwargs in components])
    resps = [list(responses)]
    for make in ensemble.filters:
        resps = make().apply(resps, [doc])
        resps = list(resps)
    return resps[0]


def filters():
    rows = []

    def add(components, responses, doc=None, fallback="[invalid]"):
        doc = doc or {}
        try:
            result = run_filter(components + [("take_first", {})], responses, doc)
        except (IndexError, TypeError):
            return
        rows.append(
            {
                "filters": [{"function": name, **kwargs} for name, kwargs in components]
                + [{"function": "take_first"}],
                "responses": responses,
                "doc": doc,
                "expected": result,
                "fallback": result == fallback,
            }
        )

    for kwargs, _ in REGEXES:
        for text in TEXTS:
            add([("regex", kwargs)], [text], fallback=kwargs.get("fallback", "[invalid]"))
    for text in TEXTS:
        add([("remove_whitespace", {})], [text])
        add([("lowercase", {})], [text])
        add([("uppercase", {})], [text])
        add([("remove_whitespace", {}), ("map", {"mapping_dict": {"aaa": "A!", "...": 3}})], [text])
        add([("map", {"mapping_dict": {"aaa": "A!"}, "default_value": "other"})], [text], fallback="other")
    for _ in range(40):
        k = RANDOM.randint(1, 6)
        answers = [f"#### {RANDOM.randint(1, 3)}" if RANDOM.random() < 0.8 else "nothing" for _ in range(k)]
        add([("regex", {}), ("majority_vote", {})], answers)
        add([("take_first_k", {"k": RANDOM.randint(1, k)}), ("regex", {}), ("majority_vote", {})], answers)

    docs = [
        {"choices": ["Guilty", "Guilty of Romance", "Not guilty"]},
        {"choices": ["서울", "부산", "대구", "인천"]},
        {"choices": ["yes.", "no!", "maybe (so)"]},
        {"choices": [" one ", "two", "three", "two"]},
        {"choices": ["a.b", "a*b", "axb"]},
    ]
    answers = [
        "The film is Guilty of Romance.",
        "(B) for sure, or (C)",
        "Answer: C",
        "answer:   B, later: A",
        "정답은 부산입니다",
        "부산이 아니라 인천",
        "NO",
        "maybe so",
        "two three",
        "a*b",
        "axb a.b",
        "nothing",
        "",
        ": D",
        "Not guilty!",
    ]
    options = [
        {"regex_pattern": "(\\([A-Z]\\))"},
        {"regex_pattern": "(\\([A-Z]\\))", "group_select": -1},
        {"regex_pattern": "(\\([A-Z]\\))", "ignore_case": True, "ignore_punctuation": True},
        {"regex_pattern": "(\\([A-Z]\\))", "ignore_case": True, "regexes_to_ignore": [" ", "[.!]"]},
        {"regex_pattern": "(\\([A-Z]\\))|(#[0-9])", "group_select": 0, "fallback": "?"},
    ]
    for doc in docs:
        for answer in answers:
            for kwargs in options:
                add([("multi_choice_regex", kwargs)], [answer], doc, kwargs.get("fallback", "[invalid]"))

    for text in [
        "Person: Kim Cheolsu $$ Location: Seoul, Busan $$ Date: none",
        "organization: ACME\nplaces: here, there",
        "persons : A, None, B$$time: noon$$",
        "nothing at all",
        "PER: x $ LOC: y",
        "Company: A; country: B",
    ]:
        add([("format_span", {})], [text])
    for text in ["[('Kim', 'NNP'), ('runs', 'VBZ')]", "[('a', 'DT')]", "none"]:
        rows.append(
            {
                "filters": [{"function": "regex_pos"}, {"function": "take_first"}],
                "responses": [text],
                "doc": {},
                "expected": run_filter([("regex_pos", {}), ("take_first", {})], [text], {}),
                "fallback": text == "none",
            }
        )
    return rows


class Bare(ConfigurableTask):
    """A task without data: only what process_results reads."""

    def __init__(self, output_type, metrics, target, choices, multiple):
        self._config = SimpleNamespace(
            process_results=None, doc_to_choice=choices if output_type == "multiple_choice" else None
        )
        self.OUTPUT_TYPE = output_type
        self._metric_fn_list = {
            name: (M.exact_match_fn if name == "exact_match" else None) for name, _ in metrics
        }
        self._metric_fn_kwargs = {name: kwargs for name, kwargs in metrics}
        self._aggregation_list = {}
        self._higher_is_better = {}
        self.multiple_input = 0
        self.multiple_target = multiple
        self.target = target
        self.choices = choices

    def doc_to_target(self, doc, doc_to_target=None):
        return self.target

    def doc_to_choice(self, doc, doc_to_choice=None):
        return self.choices


def plain(value):
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    if hasattr(value, "tolist"):
        return value.tolist()
    return value


CHOICES = [
    ["A", "B", "C", "D"],
    ["서울", "부산광역시", "대구", "제주특별자치도"],
    ["yes", "no"],
    ["a long continuation", "short", "한국어와 English", "x", "중간"],
    ["1", "2", "3"],
]


def choices():
    rows = []
    names = ["acc", "acc_norm", "acc_bytes", "exact_match", "f1", "mcc", "brier_score", "acc_mutual_info"]
    for number in range(150):
        options = RANDOM.choice(CHOICES)
        lls = [round(-RANDOM.expovariate(0.1), 4) for _ in options]
        if number % 10 == 0:
            lls = [lls[0]] * len(options)
        bare = [round(-RANDOM.expovariate(0.1), 4) for _ in options]
        greedy = [RANDOM.random() < 0.3 for _ in options]
        mutual = number % 3 == 0
        multiple = number % 7 == 0
        gold = RANDOM.randrange(len(options))
        target = sorted(RANDOM.sample(range(len(options)), 2)) if multiple else gold
        used = [name for name in names if name != "acc_mutual_info" or (mutual and not multiple)]
        if multiple:
            used = [name for name in used if name not in ("f1", "mcc", "brier_score")]
        if number % 11 == 0 and not multiple:
            target = options[gold]
            # lm-eval itself takes the text for the position here.
            used = ["acc", "acc_norm", "acc_bytes"]
            mutual = False
        task = Bare("multiple_choice", [(name, {}) for name in used], target, options, 2 if multiple else 0)
        results = list(zip(lls, greedy))
        if "acc_mutual_info" in used:
            results += list(zip(bare, [False] * len(options)))
        out = task.process_results({}, results)
        expected = {name: plain(value) for name, value in out.items()}
        if "brier_score" in expected:
            expected["brier_score"] = float(M.brier_score([out["brier_score"]]))
        rows.append(
            {
                "choices": options,
                "target": target,
                "logprobs": [ll for ll, _ in results],
                "greedy": [bool(flag) for _, flag in results],
                "metrics": used,
                "expected": expected,
            }
        )
    return rows


def exact_match():
    rows = []
    golds = ["29", "$29.00", "서울", "Seoul", "seoul!", "1,000", "a b", "(C)", "42 apples", "", "True", " 29", "29."]
    options = [
        {},
        {"ignore_case": True},
        {"ignore_punctuation": True},
        {"ignore_numbers": True},
        {"ignore_case": True, "ignore_punctuation": True},
        {"regexes_to_ignore": [",", "\\$", "(?s).*#### ", "\\.$"]},
        {"regexes_to_ignore": [" ", "\\.0*$"], "ignore_case": True},
        {"regexes_to_ignore": ["\\b"]},
    ]
    predictions = golds + ["SEOUL", "1000", "42 APPLES", "#### 29", "c", "ab", "서울!"]
    for kwargs in options:
        for gold in golds:
            for prediction in predictions:
                task = Bare("generate_until", [("exact_match", kwargs)], gold, None, 0)
                value = task.process_results({}, [prediction])["exact_match"]
                rows.append({"options": kwargs, "target": gold, "prediction": prediction, "expected": float(value)})
    for _ in range(60):
        gold = RANDOM.sample(golds, 3)
        prediction = RANDOM.choice(predictions)
        task = Bare("generate_until", [("exact_match", {})], gold, None, 3)
        value = task.process_results({}, [prediction])["exact_match"]
        rows.append({"options": {}, "target": gold, "prediction": prediction, "expected": float(value)})
    return rows


WORDS = (
    "나는 오늘 아침 학교에 갔다 . 그러나 비가 많이 왔다 ! The quick brown fox jumps over the lazy dog , and it's "
    "3.14 or 1,000 times (really) faster -- 10-20% & more; \"quoted\" text. 한국어 문장 이다. 학교에서 친구를 만났다 A.B.C"
).split()


def sentence(rng, low=0, high=18):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(low, high)))


def perturbed(rng, text):
    words = text.split()
    for _ in range(rng.randint(0, 4)):
        if not words:
            break
        action = rng.random()
        place = rng.randrange(len(words))
        if action < 0.3:
            words[place] = rng.choice(WORDS)
        elif action < 0.5:
            del words[place]
        elif action < 0.7:
            words.insert(place, rng.choice(WORDS))
        else:
            end = min(len(words), place + rng.randint(1, 4))
            moved = words[place:end]
            del words[place:end]
            target = rng.randint(0, len(words))
            words[target:target] = moved
    return " ".join(words)


def corpora():
    rows = []
    corpora = []
    for size in (1, 2, 5, 12, 40):
        for _ in range(3):
            pairs = []
            for _ in range(size):
                reference = sentence(RANDOM)
                pairs.append((reference, perturbed(RANDOM, reference)))
            corpora.append(pairs)
    corpora.append([("고양이가 매트 위에 앉았다.", "고양이가 매트 위에 앉아 있었다."), ("", "무언가"), ("무언가", "")])
    corpora.append([("a b c d e f g h", "e f g h a b c d"), ("x y z", "z y x"), ("하나 둘 셋 넷", "넷 하나 둘 셋")])
    corpora.append([("&quot;Hello&quot; <skipped> it's 3-4.5, no?", "\"Hello\" it's 3 -4.5 , no ?"), ("end-\nof line\nhere", "endof line here")])
    corpora.append([("one two three", "four five six")])
    for pairs in corpora:
        rows.append(
            {
                "pairs": pairs,
                "bleu": M.bleu(pairs),
                "chrf": M.chrf(pairs),
                "chrf++": M.chrfpp(pairs),
                "ter": M.ter(pairs),
            }
        )
    for _ in range(12):
        items = []
        for _ in range(RANDOM.randint(1, 8)):
            first = sentence(RANDOM, 1)
            items.append(([first, perturbed(RANDOM, first), sentence(RANDOM, 1)], perturbed(RANDOM, first)))
        rows.append(
            {
                "pairs": items,
                "bleu": M.bleu(items),
                "chrf": M.chrf(items),
                "chrf++": M.chrfpp(items),
                "ter": M.ter(items),
            }
        )
    return rows


def aggregations():
    from sklearn.metrics import f1_score, matthews_corrcoef

    rows = []

    def add(name, items, value, stderr=None, **more):
        value = float(value)
        rows.append(
            {
                "aggregation": name,
                "items": plain(items),
                "value": value if math.isfinite(value) else None,
                "stderr": stderr,
                **more,
            }
        )

    for size in (2, 3, 10, 57, 400):
        hits = [float(RANDOM.random() < 0.7) for _ in range(size)]
        reals = [round(RANDOM.gauss(3.0, 1.5), 6) for _ in range(size)]
        add("mean", hits, M.mean(hits), M.mean_stderr(hits))
        add("mean", reals, M.mean(reals), M.mean_stderr(reals))
        add("nanmean", reals, M.nanmean(reals), None)
        add("median", reals, M.median(reals), None)
        lls = [-abs(value) for value in reals]
        add("perplexity", lls, M.perplexity(lls), None)
        weighted = [(-abs(RANDOM.gauss(60, 20)), RANDOM.randint(10, 60)) for _ in range(size)]
        add("weighted_perplexity", weighted, M.weighted_perplexity(weighted), None)
        add("bits_per_byte", weighted, M.bits_per_byte(weighted), None)
        pairs = [(gold, gold if RANDOM.random() < 0.7 else 1 - gold) for gold in (RANDOM.randint(0, 1) for _ in range(size))]
        add("f1", pairs, M.f1_score(pairs), None)
        add("mcc", pairs, M.matthews_corrcoef(pairs), None)
        many = [(gold, gold if RANDOM.random() < 0.6 else RANDOM.randint(0, 3)) for gold in (RANDOM.randint(0, 3) for _ in range(size))]
        golds, predictions = zip(*many)
        for average in ("macro", "micro", "weighted"):
            add("f1", many, f1_score(golds, predictions, average=average), None, average=average)
        add("mcc", many, matthews_corrcoef(golds, predictions), None)
    add("mcc", [(1, 1), (1, 1)], M.matthews_corrcoef([(1, 1), (1, 1)]), None)

    # Bootstrapped errors of lm-eval, which daepyo's closed forms must agree with (about 5 % of noise).
    size, draws = 300, 1000
    pairs = [(gold, gold if RANDOM.random() < 0.7 else 1 - gold) for gold in (RANDOM.randint(0, 1) for _ in range(size))]
    lls = [-abs(RANDOM.gauss(2, 0.7)) for _ in range(size)]
    for name, function, items in (
        ("f1", M.f1_score, pairs),
        ("mcc", M.matthews_corrcoef, pairs),
        ("perplexity", M.perplexity, lls),
        ("median", M.median, lls),
    ):
        error = M.stderr_for_metric(function, draws)(items)
        add(name, items, function(items), float(error), bootstrapped=True)
    texts = []
    for _ in range(80):
        reference = sentence(RANDOM, 6)
        texts.append((reference, perturbed(RANDOM, reference)))
    for name, function in (("bleu", M.bleu), ("chrf", M.chrf), ("ter", M.ter)):
        error = M.stderr_for_metric(function, 300)(texts)
        add(name, texts, function(texts), float(error), bootstrapped=True)
    return rows


def groups():
    rows = []
    for _ in range(12):
        count = RANDOM.randint(1, 6)
        values = [round(RANDOM.random(), 6) for _ in range(count)]
        errors = [round(RANDOM.random() * 0.1, 6) for _ in range(count)]
        sizes = [RANDOM.randint(5, 900) for _ in range(count)]
        rows.append(
            {
                "values": values,
                "stderrs": errors,
                "sizes": sizes,
                "weighted": M.aggregate_subtask_metrics(values, sizes, True),
                "weighted_stderr": float(M.pooled_sample_stderr(errors, sizes)),
                "plain": M.aggregate_subtask_metrics(values, sizes, False),
                "plain_stderr": float(M.unweighted_mean_stderr(errors)),
            }
        )
    return rows


def rolling():
    rows = []
    for text in ["a b  c", "한국어 문장 하나.", " lead and trail ", "one", "", "tab\tand\nnewline"]:
        ll = round(-RANDOM.expovariate(0.02), 4)
        words, octets = ConfigurableTask.count_words(text), ConfigurableTask.count_bytes(text)
        rows.append({"text": text, "logprob": ll, "words": words, "bytes": octets})
    return rows


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in (
        ("filters", filters),
        ("choices", choices),
        ("exact_match", exact_match),
        ("corpora", corpora),
        ("aggregations", aggregations),
        ("groups", groups),
        ("rolling", rolling),
    ):
        rows = make()
        path = folder / f"lm_eval_{name}.jsonl"
        path.write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
        )
        print(path, len(rows))


if __name__ == "__main__":
    main()
