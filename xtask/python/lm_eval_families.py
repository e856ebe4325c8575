"""The families of lm-eval's task tree that daepyo is compared over, and the documents that fit them.

Which folders and tasks are a family is in `FAMILIES`; what a document of a data set holds is in `DOCUMENTS`, as a map
from field to the kind of value. `lm_eval_documents.py --families` writes the documents. They mean nothing: every value
is put together with a seed from words and from pieces on which renderers differ.
"""

import fnmatch
import random
import re
import unicodedata
from collections.abc import Callable

from lm_eval_pieces import EDGES, PIECES, WORDS

LETTERS = "ABCDEFGHIJ"
ENGLISH = (
    "which of the following best describes how a river changes its course when rainfall increases and soil erodes "
    "the teacher said that students who read more often tend to remember names dates and places it isn't easy to "
    "measure temperature pressure or voltage without an instrument because results vary"
).split()


class Maker:
    """Makes the values of one document; the same seed gives the same document."""

    def __init__(self, seed: str, index: int):
        self.random = random.Random(f"{seed}/{index}")
        self.index = index
        self.row: dict = {}

    def words(self, least: int, most: int, hostile: float) -> str:
        pool = ENGLISH if self.random.random() < 0.4 else WORDS
        count = self.random.randint(least, most)
        return " ".join(self.random.choice(PIECES if self.random.random() < hostile else pool) for _ in range(count))

    def text(self, least: int, most: int) -> str:
        whole = self.random.choice(EDGES) + self.words(least, most, 0.25) + self.random.choice(EDGES)
        return unicodedata.normalize("NFC", whole)


Kind = Callable[[Maker], object]


def text(least: int = 2, most: int = 8) -> Kind:
    """Text with pieces on which renderers differ, and white space at its ends."""
    return lambda maker: maker.text(least, most)


def plain(least: int = 2, most: int = 8) -> Kind:
    """Words and single spaces alone, for fields that a task takes apart."""
    return lambda maker: maker.words(least, most, 0.0)


def one_of(*values) -> Kind:
    return lambda maker: maker.random.choice(values)


def in_turn(*values) -> Kind:
    """Each value in turn, so that every one has as many documents; `{i}` in a text stands for the document's number."""

    def make(maker):
        value = values[maker.index % len(values)]
        return value.replace("{i}", str(maker.index // len(values))) if isinstance(value, str) else value

    make.turns = len(values)
    return make


def label(count: int) -> Kind:
    return lambda maker: maker.random.randrange(count)


def letter(letters: str = "ABCD") -> Kind:
    return lambda maker: maker.random.choice(letters)


def number(least: int = 0, most: int = 1000) -> Kind:
    return lambda maker: maker.random.randint(least, most)


def fraction() -> Kind:
    return lambda maker: maker.random.choice([0.0, 1.0, 2.5, 0.1, 123456.75, 1e16, 1e-5, -3.25, 5.0])


def always(value) -> Kind:
    return lambda _: value


def listed(kind: Kind, least: int, most: int | None = None) -> Kind:
    return lambda maker: [kind(maker) for _ in range(maker.random.randint(least, most or least))]


def distinct(kind: Kind, count: int) -> Kind:
    """A list of so many values, no two the same."""

    def make(maker):
        values = []
        while len(values) < count:
            value = kind(maker)
            if value not in values:
                values.append(value)
        return values

    return make


def record(**fields: Kind) -> Kind:
    return lambda maker: {name: kind(maker) for name, kind in fields.items()}


def computed(function: Callable[[dict, Maker], object]) -> Kind:
    """A value that follows from the fields before it."""
    return lambda maker: function(maker.row, maker)


def labelled(letters: str = "ABCD") -> Kind:
    """Choices as some data sets keep them: a list of texts beside a list of labels."""
    return lambda maker: {"text": [maker.text(1, 4) for _ in letters], "label": list(letters)}


def lettered(letters: str, kind: Kind | None = None) -> dict[str, Kind]:
    return {one: kind or text(1, 4) for one in letters}


def numbered(prefix: str, count: int, first: int = 0, kind: Kind | None = None) -> dict[str, Kind]:
    return {f"{prefix}{place}": kind or text(1, 4) for place in range(first, first + count)}


def boxed(row: dict, maker: Maker) -> str:
    answer = maker.random.choice(["12", "-3", "\\frac{1}{2}", "0.5", "x+1", "3\\sqrt{2}", "1{,}000", "\\text{even}"])
    return f"{maker.words(3, 8, 0.1)} $a = {maker.index}$ so the answer is $\\boxed{{{answer}}}$."


def chosen(field: str) -> Kind:
    return computed(lambda row, maker: maker.random.choice(row[field]))


def blank(row: dict, maker: Maker) -> str:
    return f"{maker.words(2, 4, 0.1)} _ {maker.words(2, 4, 0.1)}."


def span(row: dict, maker: Maker) -> str:
    """A word of `row["text"]` that is neither the first nor the last."""
    words = row["text"].split(" ")
    return words[row["span2_index"]]


SUBJECTS = [
    "abstract_algebra", "anatomy", "astronomy", "business_ethics", "clinical_knowledge", "college_biology",
    "college_chemistry", "college_computer_science", "college_mathematics", "college_medicine", "college_physics",
    "computer_security", "conceptual_physics", "econometrics", "electrical_engineering", "elementary_mathematics",
    "formal_logic", "global_facts", "high_school_biology", "high_school_chemistry", "high_school_computer_science",
    "high_school_european_history", "high_school_geography", "high_school_government_and_politics",
    "high_school_macroeconomics", "high_school_mathematics", "high_school_microeconomics", "high_school_physics",
    "high_school_psychology", "high_school_statistics", "high_school_us_history", "high_school_world_history",
    "human_aging", "human_sexuality", "international_law", "jurisprudence", "logical_fallacies", "machine_learning",
    "management", "marketing", "medical_genetics", "miscellaneous", "moral_disputes", "moral_scenarios", "nutrition",
    "philosophy", "prehistory", "professional_accounting", "professional_law", "professional_medicine",
    "professional_psychology", "public_relations", "security_studies", "sociology", "us_foreign_policy", "virology",
    "world_religions",
]  # fmt: skip
FIELDS_OF_STUDY = [
    "biology", "business", "chemistry", "computer science", "economics", "engineering", "health", "history", "law",
    "math", "other", "philosophy", "physics", "psychology",
]  # fmt: skip
DOMAINS = [
    "Applied Science", "Arts & Humanities", "Business & Commerce", "Driving License", "General knowledge",
    "Health oriented education", "Marine License", "Medical License", "Professional certification", "STEM",
    "Social Science",
]  # fmt: skip
CLICK = [
    "economy_{i}", "geography_{i}", "history_{i}", "KHB_{i}", "law_{i}", "PSAT_{i}", "politics_{i}", "popular_{i}",
    "society_{i}", "tradition_{i}", "CSAT_korean_22_{i}", "CSAT_korean_23_3{i}", "CSAT_korean_20_1{i}",
    "CSAT_korean_20_{i}", "TK_{i}", "Kedu_1_{i}", "Kedu_16_{i}", "PSE_korean_{i}",
]  # fmt: skip
TYDI = ["korean", "arabic", "bengali", "english", "finnish", "indonesian", "russian", "swahili", "telugu"]
CROWS = [
    "age", "autre", "disability", "gender", "nationality", "physical-appearance", "race-color", "religion",
    "sexual-orientation", "socioeconomic",
]  # fmt: skip

FLORES = ["cat_Latn", "deu_Latn", "eng_Latn", "fra_Latn", "ita_Latn", "por_Latn", "spa_Latn", "glg_Latn", "eus_Latn"]
UNCHEATABLE = [
    "ao3_english", "ao3_nonenglish", "arxiv_cs", "arxiv_math", "arxiv_other", "arxiv_physics", "bbc_news", "biorxiv_all", "github_cpp",
    "github_javascript", "github_markdown", "github_other", "github_python", "wikipedia_english", "wikipedia_nonenglish",
]  # fmt: skip
ANSWERS = record(text=listed(plain(1, 3), 1, 3), answer_start=listed(number(), 1))
SPAN_ANSWER = {"id": in_turn("q-{i}"), "title": plain(1, 2), "context": text(8, 20), "question": text(), "answers": ANSWERS}
ABCD_BY_LETTER = {"question": text(), **lettered("ABCD"), "answer": letter("ABCD")}
UPPER_BY_LETTER = {"Question": text(), **lettered("ABCD"), "Answer": letter("ABCD")}
CANDIDATES = {"question": text(), "candidates": listed(text(1, 4), 4), "answer": label(4)}
ARC = {"id": in_turn("arc-{i}"), "question": text(), "choices": labelled("ABCD"), "answerKey": letter("ABCD")}
COPA = {
    "premise": plain(3, 7), "choice1": plain(2, 5), "choice2": plain(2, 5), "question": one_of("cause", "effect"),
    "idx": number(), "label": label(2),
}  # fmt: skip
NLI = {"premise": text(), "hypothesis": text(), "label": label(3)}
GOOD_BAD = {"sentence_good": text(3, 8), "sentence_bad": text(3, 8)}
STORY = {
    **numbered("input_sentence_", 4, 1), "sentence_quiz1": text(), "sentence_quiz2": text(),
    "answer_right_ending": number(1, 2),
}  # fmt: skip
HELLASWAG = {
    "ind": number(), "activity_label": plain(1, 2), "ctx_a": text(3, 8), "ctx_b": plain(1, 5), "ctx": text(4, 9),
    "endings": listed(text(2, 6), 4), "source_id": plain(1, 1), "split": always("made"), "label": one_of("0", "1", "2", "3"),
}  # fmt: skip
GSM8K = {
    "question": text(5, 12),
    "answer": computed(lambda row, maker: f"{maker.words(4, 9, 0.1)} <<2+3=5>>5\n#### {maker.random.choice(['5', '1,234', '-7', '0'])}"),
}  # fmt: skip
MGSM = {
    "question": text(5, 12),
    "answer": computed(lambda row, maker: f"Step-by-Step Answer: {maker.words(4, 9, 0.0)} The answer is {maker.index}."),
    "answer_number": number(0, 99),
    "equation_solution": plain(1, 2),
}  # fmt: skip
MATH = {"problem": text(4, 10), "level": one_of("Level 1", "Level 5"), "type": always("Algebra"), "solution": computed(boxed)}
MMLU = {"question": text(), "subject": always("made"), "choices": listed(text(1, 4), 4), "answer": label(4)}
PAWS = {"id": number(), "sentence1": plain(4, 8), "sentence2": plain(4, 8), "label": label(2)}
WINOGRANDE = {"sentence": computed(blank), "option1": plain(1, 2), "option2": plain(1, 2), "answer": one_of("1", "2")}
MORALS = {
    **{name: plain(3, 6) for name in ["norm", "situation", "intention", "moral_action", "immoral_action"]},
    **{name: plain(3, 6) for name in ["moral_consequence", "immoral_consequence"]}, "ID": in_turn("m-{i}"),
}  # fmt: skip
INVERSE = {"prompt": text(), "classes": listed(plain(1, 2), 2), "answer_index": label(2), "text": text(), "target": label(2)}
TARGETS = record(choices=distinct(text(2, 5), 4), labels=one_of([1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]))
TARGET_OF_ONE = record(choices=distinct(text(2, 5), 4), labels=always([1, 0, 0, 0]))
TRUTHFUL = {
    "type": always("made"), "category": plain(1, 1), "lang": always("ko"), "question": text(), "best_answer": plain(2, 5),
    "correct_answers": listed(plain(2, 5), 1, 3), "incorrect_answers": listed(plain(2, 5), 1, 3), "source": plain(1, 1),
    "mc1_targets": TARGET_OF_ONE, "mc2_targets": TARGETS,
}  # fmt: skip
TWO_SIDES = {"question": text(), "answer_matching_behavior": one_of(" (A)", " Yes"), "answer_not_matching_behavior": one_of(" (B)", " No")}
DROP_ANSWER = {"number": one_of("12", "3.5", ""), "date": record(day=one_of("", "7"), month=one_of("", "May"), year=one_of("", "1998"))}
CEVAL = {"id": number(), **ABCD_BY_LETTER, "explanation": plain()}
GLOBAL_MMLU = {
    "sample_id": in_turn("s-{i}"), "subject": in_turn(*SUBJECTS), "question": text(), **{f"option_{one}": text(1, 4) for one in "abcd"},
    "answer": letter("ABCD"),
}  # fmt: skip
PROX = {
    "question_id": number(), "question": text(4, 10), **numbered("option_", 10), "answer": letter(LETTERS), "answer_index": label(10),
    "cot_content": computed(lambda row, maker: f"A: 한 단계씩 생각해 봅시다. {maker.words(4, 9, 0.1)} 답은 ({row['answer']})입니다."),
    "category": in_turn(*FIELDS_OF_STUDY), "src": plain(1, 1),
}  # fmt: skip
KBL = {
    "question": text(5, 12), **lettered("ABCDE"), "gt": letter("ABCD"), "label": letter("ABC"),
    **{
        name: text(3, 8)
        for name in [
            "query", "query_case_appellant", "query_case_fact", "query_case_claim", "query_case_judicial_opinion",
            "retrieved_case_appellant", "retrieved_case_fact", "retrieved_case_claim", "retrieved_case_judicial_opinion",
            "facts_charged", "defendant_claim", "facts_accepted", "cause", "effect", "statement1", "statement2",
        ]
    },
}  # fmt: skip
EQ_BENCH = {
    "prompt": text(6, 14),
    "reference_answer": always("{'emotion1': 'Joy', 'emotion1_score': 3}"),
    "reference_answer_fullscale": one_of(*[
        str({f"emotion{place}": name for place, name in enumerate(["Joy", "Fear", "Hope", "Anger"], 1)} | {f"emotion{place}_score": place + add for place in range(1, 5)})
        for add in (0, 3)
    ]),
}  # fmt: skip
KMMLU = {"question": text(4, 12), "answer": number(1, 4), **lettered("ABCD"), "Category": always("made"), "Human Accuracy": fraction()}


def haerae_query(row: dict, maker: Maker) -> str:
    options = "\n".join(f"({one}) {maker.text(1, 3)}" for one in "ABCDE")
    return f"{maker.text(4, 12)}\n{options}\n정답:"


def race_problems(row: dict, maker: Maker) -> str:
    problem = lambda: {  # noqa: E731
        "question": maker.words(3, 6, 0.2) + maker.random.choice(["  _  .", "?"]),
        "answer": maker.random.choice("ABCD"),
        "options": [maker.words(1, 4, 0.2) for _ in range(4)],
    }
    return str([problem() for _ in range(maker.random.randint(1, 3))])


def mathqa_options(row: dict, maker: Maker) -> str:
    return " , ".join(f"{one} ) {maker.random.randint(1, 99)}" for one in "abcde")


def entities(row: dict, maker: Maker) -> list[str]:
    return maker.random.sample(row["entities"], 2)


# Data set (or "data set|configuration", both with wildcards) to the fields of its documents. The first that fits counts.
DOCUMENTS: dict[str, dict[str, Kind]] = {
    # Korean
    "HAERAE-HUB/KMMLU*": KMMLU,
    "HAERAE-HUB/HAE_RAE_BENCH*": {"query": computed(haerae_query), "options": plain(), "answer": one_of(*[f"({one})" for one in "ABCDE"])},
    "HAERAE-HUB/csatqa": {
        "question": text(4, 10), "context": text(6, 16), **numbered("option#", 5, 1), "gold": number(1, 5),
        "category": always("made"), "human_performance": fraction(),
    },
    "HAERAE-HUB/HRM8K": {"question": text(5, 12), "answer": fraction(), "original": text(5, 12)},
    "lbox/kbl": KBL,
    "EunsuKim/CLIcK": {
        "id": in_turn(*CLICK), "paragraph": computed(lambda row, maker: "" if maker.index % 3 == 0 else maker.text(5, 12)),
        "question": computed(lambda row, maker: maker.random.choice(["대화 ", "질의 ", "", ""]) + maker.text(4, 9)),
        "choices": computed(lambda row, maker: distinct(text(1, 4), 5 if "CSAT" in row["id"] else 4)(maker)),
        "answer": chosen("choices"),
    },
    "skt/kobest_v1|boolq": {"paragraph": text(8, 16), "question": text(), "label": label(2)},
    "skt/kobest_v1|copa": {
        "premise": text(), "question": one_of("원인", "결과", " 원인 "), "alternative_1": text(), "alternative_2": text(), "label": label(2),
    },
    "skt/kobest_v1|hellaswag": {"context": text(8, 16), **numbered("ending_", 4, 1), "label": label(4)},
    "skt/kobest_v1|sentineg": {"sentence": text(), "label": label(2)},
    "skt/kobest_v1|wic": {"word": plain(1, 1), "context_1": text(), "context_2": text(), "label": label(2)},
    "sean0042/KorMedMCQA": {
        "subject": always("made"), "year": number(2012, 2024), "period": number(1, 3), "q_number": number(1, 90), "question": text(4, 10),
        **lettered("ABCDE"), "answer": number(1, 5), "cot": plain(),
    },
    "CohereForAI/Global-MMLU-Lite": {
        **GLOBAL_MMLU, "subject_category": in_turn("Business", "Humanities", "Medical", "Other", "STEM", "Social Sciences"),
        "cultural_sensitivity_label": in_turn("CA", "CS"), "subject": in_turn(*SUBJECTS[:6]),
    },
    "CohereForAI/Global-MMLU": {**GLOBAL_MMLU, "subject_category": always("STEM")},
    "CohereLabs/Global-MMLU*": {**GLOBAL_MMLU, "subject_category": always("STEM"), "cultural_sensitivity_label": in_turn("CA", "CS")},
    "mrlbenchmarks/global-piqa-nonparallel": {"prompt": text(), "solution0": text(), "solution1": text(), "label": label(2)},
    "mrlbenchmarks/global-piqa-parallel": {"prompt": text(), **numbered("solution", 4), "label": label(4)},
    "CohereForAI/include-base-44": {
        "question": text(), **{f"option_{one}": text(1, 4) for one in "abcd"}, "answer": label(4), "domain": in_turn(*DOMAINS),
        "subject": plain(1, 2), "regional_feature": plain(1, 2),
    },
    "li-lab/MMLU-ProX*": PROX,
    "openai/MMMLU": {"Unnamed: 0": number(), **UPPER_BY_LETTER, "Subject": in_turn(*SUBJECTS)},
    "facebook/belebele": {
        "link": plain(1, 1), "question_number": number(), "flores_passage": text(8, 20), "question": text(), **numbered("mc_answer", 4, 1),
        "correct_answer_num": one_of("1", "2", "3", "4"), "dialect": always("made"),
    },
    "google-research-datasets/paws-x": PAWS,
    "google-research-datasets/tydiqa": {**SPAN_ANSWER, "id": in_turn(*[f"{one}-{{i}}" for one in TYDI])},
    # knowledge, four choices and more
    "cais/mmlu": MMLU,
    "TIGER-Lab/MMLU-Pro": {
        "question_id": number(), "question": text(4, 10), "options": listed(text(1, 4), 4, 10), "answer": letter("ABCD"),
        "answer_index": label(4),
        "cot_content": computed(lambda row, maker: f"A: Let's think step by step. {maker.words(4, 9, 0.1)} The answer is ({row['answer']})."),
        "category": in_turn(*FIELDS_OF_STUDY), "src": plain(1, 1),
    },
    "NiniCat/MMLU-SR": {"question": plain(4, 9), **numbered("choice", 4, 1, plain(1, 4)), "answer": letter("ABCD")},
    "edinburgh-dawg/mmlu-redux*": {**MMLU, "error_type": one_of("ok", "no_correct_answer"), "source": plain(1, 1), "correct_answer": letter()},
    "allenai/ai2_arc": ARC,
    "LumiOpen/arc_challenge_mt": ARC,
    "mideind/icelandic-arc-challenge": ARC,
    "flair/mastermind_*": {"id": number(), "instruction": text(8, 16), "options": labelled("ABCD"), "answerKey": letter("ABCD")},
    "allenai/openbookqa": {"id": in_turn("o-{i}"), "question_stem": text(), "choices": labelled("ABCD"), "answerKey": one_of("A", "B", " C", "D")},
    "tau/commonsense_qa": {"id": in_turn("c-{i}"), "question": text(), "question_concept": plain(1, 1), "choices": labelled("ABCDE"), "answerKey": letter("ABCDE")},
    "allenai/sciq": {"question": text(), **numbered("distractor", 3, 1), "correct_answer": text(1, 3), "support": text(6, 14)},
    "lighteval/siqa": {"context": text(), "question": text(), "answerA": text(), "answerB": text(), "answerC": text(), "label": one_of("1", "2", "3")},
    "baber/piqa": {"goal": text(), "sol1": text(), "sol2": text(), "label": label(2)},
    "allenai/swag": {
        "video-id": in_turn("v-{i}"), "sent1": text(), "sent2": plain(1, 2), "startphrase": text(), "gold-source": always("gold"),
        **numbered("ending", 4), "label": label(4),
    },
    "Rowan/hellaswag": HELLASWAG,
    "MBZUAI-Paris/DarijaHellaSwag": HELLASWAG,
    "UBC-NLP/EgyHellaSwag": HELLASWAG,
    "manu/french_bench_hellaswag": HELLASWAG,
    "EleutherAI/headqa": {
        "name": plain(1, 2), "qid": number(), "qtext": text(), "ra": number(1, 4),
        "answers": computed(lambda row, maker: [{"aid": place + 1, "atext": maker.text(1, 4)} for place in range(4)]),
    },
    "EleutherAI/logiqa": {"label": one_of("a", "b", "c", "d"), "context": text(8, 16), "question": text(), "options": listed(text(1, 4), 4)},
    "baber/logiqa2|logiqa2": {"answer": label(4), "text": text(8, 16), "question": text(), "options": listed(text(1, 4), 4)},
    "baber/logiqa2|logieval": {"content": text(8, 20), "ideal": letter("ABCD")},
    "regisss/math_qa": {
        "Problem": text(5, 12), "Rationale": plain(), "options": computed(mathqa_options), "correct": letter("abcde"), "category": plain(1, 1),
    },
    "CogComp/mc_taco": {"sentence": text(), "question": text(), "answer": text(1, 3), "label": label(2), "category": label(5)},
    "openlifescienceai/medmcqa": {
        "id": in_turn("m-{i}"), "question": text(), **{f"op{one}": text(1, 4) for one in "abcd"}, "cop": label(4), "exp": plain(),
    },
    "GBaker/MedQA-USMLE-4-options-hf": {"id": in_turn("m-{i}"), "sent1": text(), "sent2": always(""), **numbered("ending", 4), "label": label(4)},
    "bigbio/pubmed_qa": {"QUESTION": text(), "CONTEXTS": listed(text(5, 10), 1, 3), "LABELS": listed(plain(1, 1), 1), "final_decision": one_of("yes", "no", "maybe")},
    "community-datasets/qa4mre": {
        "document_str": text(8, 20), "question_str": text(), "correct_answer_id": one_of("1", "2", "3", "4", "5"),
        "answer_options": record(answer_id=always(["1", "2", "3", "4", "5"]), answer_str=listed(text(1, 4), 5)),
    },
    "EleutherAI/race": {"article": text(8, 20), "problems": computed(race_problems)},
    "cais/wmdp": {"answer": label(4), "question": text(), "choices": listed(text(1, 4), 4)},
    "EleutherAI/mutual": {"answers": letter("ABCD"), "options": listed(text(), 4), "article": text(6, 16), "id": in_turn("m-{i}")},
    "truthfulqa/truthful_qa": TRUTHFUL,
    "HiTZ/truthfulqa-multi": TRUTHFUL,
    "EleutherAI/truthful_qa_mt": TRUTHFUL,
    "stanfordnlp/web_questions": {"url": plain(1, 1), "question": text(), "answers": listed(plain(1, 3), 1, 4)},
    "inverse-scaling/*": INVERSE,
    "Albertmade/*": INVERSE,
    "mathemakitten/winobias_antistereotype_test_v5": INVERSE,
    "EleutherAI/advanced_ai_risk": TWO_SIDES,
    "EleutherAI/persona": TWO_SIDES,
    "EleutherAI/sycophancy": TWO_SIDES,
    "Idavidrein/gpqa": {
        "Question": text(5, 12), "Correct Answer": text(1, 4), **{f"Incorrect Answer {place}": text(1, 4) for place in (1, 2, 3)},
        "Explanation": plain(), "Subdomain": plain(1, 1),
    },
    "maximegmd/glianorex": {
        "question": text(), "options": record(**lettered("ABCD")), "answer": plain(1, 2), "answer_idx": letter("ABCD"), "language": in_turn("en", "fr"),
    },
    "HPAI-BSC/CareQA|CareQA_en_open": {"exam_id": number(), "question": text(), "answer": plain(2, 6)},
    "HPAI-BSC/CareQA": {"exam_id": number(), "question": text(), **numbered("op", 4, 1), "cop": number(1, 4)},
    # judgements of language
    "nyu-mll/blimp": {**GOOD_BAD, "field": plain(1, 1), "UID": plain(1, 1)},
    "jmichaelov/blimp_nl": GOOD_BAD,
    "juletxara/turblimp": GOOD_BAD,
    "Junrui1202/zhoblimp": GOOD_BAD,
    "jmichaelov/lm_syneval": GOOD_BAD,
    "jumelet/multiblimp": {"sen": text(3, 8), "wrong_sen": text(3, 8)},
    "jmichaelov/bhs": {"context": text(), "ending_good": text(1, 4), "ending_bad": text(1, 4)},
    "Geralt-Targaryen/MELA": {"sentence": text(), "label": label(2)},
    "jannalu/crows_pairs_multilingual": {
        "id": number(), "sent_more": text(), "sent_less": text(), "stereo_antistereo": one_of("stereo", "antistereo"),
        "bias_type": in_turn(*CROWS),
    },
    "oskarvanderwal/winogender": {
        "sentid": in_turn("w-{i}"), "sentence": text(), "pronoun": plain(1, 1), "occupation": plain(1, 1), "participant": plain(1, 1),
        "gender": in_turn("female", "male", "neutral"), "target": plain(1, 1), "label": label(2),
    },
    "oskarvanderwal/simple-cooccurrence-bias": {"sentence": text()},
    "Anthropic/discrim-eval": {
        "filled_template": text(6, 12), "decision_question_id": number(), "age": number(20, 90), "gender": one_of("male", "female", "non-binary"),
        "race": one_of("white", "Black", "Asian"),
    },
    "lm-pub-quiz/BEAR*": {"text_options": listed(text(3, 6), 3), "correct": label(3), "relation": plain(1, 1)},
    # inference, pairs of sentences
    "nyu-mll/glue|cola": {"sentence": text(), "label": label(2), "idx": number()},
    "nyu-mll/glue|sst2": {"sentence": text(), "label": label(2), "idx": number()},
    "nyu-mll/glue|mnli": {**NLI, "idx": number()},
    "nyu-mll/glue|qnli": {"question": text(), "sentence": text(), "label": label(2), "idx": number()},
    "nyu-mll/glue|qqp": {"question1": text(), "question2": text(), "label": label(2), "idx": number()},
    "nyu-mll/glue": {"sentence1": text(), "sentence2": text(), "label": label(2), "idx": number()},
    "aps/super_glue|boolq": {"question": text(), "passage": text(8, 16), "idx": number(), "label": label(2)},
    "aps/super_glue|cb": {**NLI, "idx": number()},
    "aps/super_glue|copa": COPA,
    "aps/super_glue|multirc": {
        "paragraph": text(8, 16), "question": text(), "answer": text(1, 4), "idx": record(paragraph=number(0, 5), question=number(0, 5), answer=number(0, 9)),
        "label": label(2),
    },
    "aps/super_glue|record": {
        "passage": computed(lambda row, maker: "\n@highlight\n".join(maker.words(4, 8, 0.1) for _ in range(3))),
        "query": computed(lambda row, maker: f"{maker.words(2, 4, 0.0)} @placeholder {maker.words(2, 4, 0.0)}"),
        "entities": distinct(plain(1, 2), 4), "answers": computed(entities), "idx": record(passage=number(), query=number()),
    },
    "aps/super_glue|rte": {"premise": text(), "hypothesis": text(), "idx": number(), "label": label(2)},
    "aps/super_glue|wic": {
        "word": plain(1, 1), "sentence1": text(4, 8), "sentence2": text(4, 8), "start1": number(0, 2), "start2": number(0, 2), "end1": number(3, 8),
        "end2": number(3, 8), "idx": number(), "label": label(2),
    },
    "aps/super_glue|wsc*": {
        "text": plain(8, 12), "span1_index": number(0, 1), "span2_index": number(3, 6), "span1_text": plain(1, 2), "span2_text": computed(span),
        "idx": number(), "label": label(2),
    },
    "facebook/anli": {"uid": in_turn("a-{i}"), **NLI, "reason": plain()},
    "facebook/xnli": NLI,
    "HiTZ/xnli-eu": NLI,
    "Divyanshu/indicxnli": {"premise": plain(), "hypothesis": plain(), "label": label(3)},
    "hitachi-nlp/FLD.v2": {"prompt_serial": text(6, 14), "hypothesis_formula": text(1, 4), "context_formula": text(2, 6), "world_assump_label": one_of("PROVED", "DISPROVED", "UNKNOWN")},
    "cambridgeltl/xcopa": COPA,
    "haryoaw/COPAL": COPA,
    "juletxara/xstory_cloze": STORY,
    "LSDSem/story_cloze": STORY,
    "allenai/winogrande": WINOGRANDE,
    "Muennighoff/xwinograd": WINOGRANDE,
    "mideind/icelandic-winogrande": WINOGRANDE,
    "lighteval/winograd_wsc": {
        "text": computed(lambda row, maker: "The trophy didn't fit.  It stood there because he was " + maker.words(2, 5, 0.0) + "."),
        "pronoun": always("he"), "pronoun_loc": computed(lambda row, maker: row["text"].replace("  ", " ").index("he was")), "quote": plain(1, 2),
        "options": listed(one_of("The man", "Mark", "the 개", "They all"), 2), "label": label(2), "source": plain(1, 1),
    },
    "polm-stability/xwinograd-ja": {"sentence1": text(), "sentence2": text(), "answer": one_of("1", "2")},
    "LabHC/moral_stories": MORALS,
    "LabHC/histoires_morales": MORALS,
    "EleutherAI/hendrycks_ethics|commonsense": {"label": label(2), "input": text(), "is_short": one_of(True, False)},
    "EleutherAI/hendrycks_ethics|deontology": {"group_id": number(), "label": label(2), "scenario": text(), "excuse": text()},
    "EleutherAI/hendrycks_ethics|justice": {"group_id": number(), "label": label(2), "scenario": text()},
    "EleutherAI/hendrycks_ethics|utilitarianism": {"activity": text(), "baseline": text(), "rating": always("")},
    "EleutherAI/hendrycks_ethics|virtue": {"group_id": number(), "label": label(2), "scenario": text(), "trait": plain(1, 1)},
    "skg/toxigen-data": {"text": text(), "toxicity_ai": one_of(1.0, 2.5, 4.0, 5.0), "toxicity_human": one_of(1.0, 2.0, 3.5, 5.0)},
    "allegro/klej-polemo2-*": {"sentence": text(), "target": one_of(*[f"__label__meta_{one}" for one in ("zero", "minus_m", "plus_m", "amb")])},
    "harsh147/GroundCocoa": {
        "id": number(), "query": text(), **{f"Option {one}": record(price=number(), airline=plain(1, 2)) for one in "ABCDE"}, "Answer": letter("ABCDE"),
    },
    # reading, open questions
    "EleutherAI/drop": {
        "section_id": in_turn("d-{i}"), "query_id": in_turn("q-{i}"), "passage": text(8, 20), "question": text(),
        "answer": record(**DROP_ANSWER, spans=listed(plain(1, 3), 0, 2), worker_id=always(""), hit_id=always("")),
        "validated_answers": computed(lambda row, maker: {
            "number": [maker.random.choice(["12", "4", ""]) for _ in range(2)],
            "date": [{"day": "", "month": "May", "year": "1998"}, {"day": "7", "month": "", "year": ""}],
            "spans": [[maker.words(1, 3, 0.0)], []],
        }),
    },
    "EleutherAI/coqa": {
        "id": in_turn("c-{i}"), "story": text(8, 20), "questions": record(input_text=always(["who?", "왜?"]), turn_id=always([1, 2])),
        "answers": computed(lambda row, maker: {"input_text": [maker.words(1, 3, 0.1) for _ in range(2)]}),
        "additional_answers": computed(lambda row, maker: {place: {"input_text": [maker.words(1, 3, 0.1) for _ in range(2)]} for place in "012"}),
    },
    "mandarjoshi/trivia_qa": {"question": text(), "question_id": in_turn("t-{i}"), "answer": record(aliases=listed(plain(1, 3), 1, 4), value=plain(1, 2))},
    "google-research-datasets/nq_open": {"question": text(), "answer": listed(plain(1, 3), 1, 3)},
    "google/xquad": SPAN_ANSWER,
    "facebook/mlqa": SPAN_ANSWER,
    "Muennighoff/babi": {"passage": text(8, 16), "question": text(), "answer": plain(1, 2), "task": number(1, 20)},
    "EleutherAI/lambada_openai": {"text": text(6, 14)},
    "cimec/lambada": {"text": text(6, 14), "domain": always("made")},
    "EleutherAI/lambada_multilingual_stablelm": {"text": text(6, 14)},
    "EleutherAI/unscramble": {"context": text(), "completion": plain(1, 1)},
    "EleutherAI/wikitext_document_level": {"page": computed(lambda row, maker: f" = {maker.text(1, 3)} = \n {maker.text(10, 30)} @-@ 1 @,@ 000 ( x ) . ")},
    "asi/wikitext_fr": {"paragraph": text(10, 30)},
    "NeelNanda/pile-10k": {"text": text(10, 30), "meta": record(pile_set_name=always("made"))},
    "abisee/cnn_dailymail": {"article": text(10, 30), "highlights": plain(4, 10), "id": in_turn("n-{i}")},
    "Iker/NoticIA": {"web_url": plain(1, 1), "web_headline": text(), "summary": plain(3, 9), "web_text": text(10, 30)},
    "bigbio/meqsum": {"File": plain(1, 1), "CHQ": computed(lambda row, maker: maker.random.choice(["SUBJECT: x MESSAGE: ", ""]) + maker.text(5, 12)), "Summary": plain(3, 8)},
    # African, Iberian, Italian and other collections
    "masakhane/afrimgsm*": MGSM,
    "masakhane/afrimmlu*": {
        "subject": in_turn("elementary_mathematics", "high_school_geography"), "question": text(), "answer": letter("ABCD"),
        "choices": computed(lambda row, maker: str([maker.text(1, 3) for _ in range(4)])),
    },
    "masakhane/afrixnli*": NLI,
    "gneubig/aime-1983-2024": {"ID": in_turn("a-{i}"), "Question": text(5, 12), "Answer": one_of("204", "25", "073")},
    "Maxwell-Jia/AIME_2024": {"ID": in_turn("a-{i}"), "Problem": text(5, 12), "Solution": plain(), "Answer": number(0, 999)},
    "math-ai/aime25": {"problem": text(5, 12), "answer": one_of("204", "25", "073"), "id": in_turn("{i}")},
    "Hennara/copa_ar": {"query": text(), "sol1": text(), "sol2": text(), "label": label(2)},
    "Hennara/pica_ar": {"goal": text(), "sol1": text(), "sol2": text(), "label": label(2)},
    "EleutherAI/arithmetic": {"context": computed(lambda row, maker: f"Q: What is {maker.index} plus 17?\n\nA:"), "completion": computed(lambda row, maker: f" {maker.index + 17}")},
    "corypaik/prost": {"context": text(), "ex_question": text(), **lettered("ABCD"), "label": label(4), "question": text(), "name": plain(1, 1)},
    "PlanTL-GOB-ES/wnli-es": {"sentence1": plain(), "sentence2": plain(), "label": label(2)},
    "MBZUAI/ArabCulture": {
        "sample_id": in_turn("s-{i}"), "country": one_of("Egypt", "Jordan"), "region": one_of("Levant", "Gulf"), "first_statement": text(),
        "options": record(
            arabic_keys=always(["أ", "ب", "ج"]), english_keys=always(["A", "B", "C"]), text=listed(text(1, 4), 3),
        ),
        "answer_key": one_of(*[{"arabic_answer_key": arabic, "english_answer_key": english} for arabic, english in zip("أبج", "ABC")]),
        "sub_topic": plain(1, 1), "relevant_to_this_country": one_of("Yes", "No"),
    },
    "hishab/boolq_bn": {"passage": text(8, 16), "question": text(), "answer": one_of("yes", "no")},
    "hishab/titulm-bangla-mmlu": {"question": text(), "options": listed(text(1, 4), 4), "answer": letter("ABCD")},
    "hishab/piqa-bn": {"goal": text(), "sol1": text(), "sol2": text(), "label": label(2)},
    "hishab/*": {"question_stem": text(), "choices": labelled("ABCDE"), "answerKey": letter("ABCDE")},
    "HiTZ/ARC-eu": ARC,
    "projecte-aina/arc_ca": ARC,
    "facebook/flores": {"id": number(), **{f"sentence_{code}": text() for code in FLORES}},
    "HiTZ/MGSM-eu": MGSM,
    "proxectonos/mgsm_gl": MGSM,
    "HiTZ/PAWS-eu": PAWS,
    "proxectonos/PAWS-gl": PAWS,
    "paws-x": PAWS,
    "HiTZ/PIQA-eu": {"goal": text(), "sol1": text(), "sol2": text(), "label": label(2)},
    "projecte-aina/piqa_ca": {"goal": text(), "sol1": text(), "sol2": text(), "label": label(2)},
    "HiTZ/wnli-eu": {"sentence1": text(), "sentence2": text(), "label": label(2)},
    "projecte-aina/wnli-ca": {"sentence1": text(), "sentence2": text(), "label": label(2)},
    "HiTZ/XCOPA-eu": COPA,
    "BSC-LT/COPA-es": COPA,
    "projecte-aina/COPA-ca": COPA,
    "nbel/*CoLA": {"ID": number(), "Sentence": text(), "Label": label(2)},
    "proxectonos/galcola": {"sentence": text(), "label": label(2)},
    "*/openbookqa[-_]*": {"id": in_turn("o-{i}"), "question_stem": text(), "choices": labelled("ABCD"), "answerKey": letter("ABCD")},
    "gplsi/cocoteros*": {"keywords": plain(2, 4), "context": text(), "text": plain(3, 8)},
    "gplsi/*translation_test": {"es": text(), "va": text(), "ca": text(), "en": text()},
    "csebuetnlp/xlsum": {"text": text(8, 20), "summary": plain(3, 8), "title": plain(1, 3)},
    "proxectonos/summarization_gl": {"text": text(8, 20), "summary": plain(3, 8)},
    "xnli": NLI,
    "proxectonos/xnli_gl": {"sentence1": text(), "sentence2": text(), "gold_label": label(3)},
    "proxectonos/belebele_gl": {"flores_passage": text(8, 20), "question": text(), **numbered("mc_answer", 4, 1), "correct_answer_num": one_of("1", "2", "3", "4")},
    "proxectonos/parafrases_gl": {"Frase": plain(3, 7), "Paráfrase": plain(3, 7), "Avaliación": label(3)},
    "proxectonos/truthfulqa_gl": TRUTHFUL,
    "proxectonos/xstorycloze_gl": {
        **numbered("InputSentence", 4, 1), "RandomFifthSentenceQuiz1": text(), "RandomFifthSentenceQuiz2": text(), "AnswerRightEnding": number(1, 2),
    },
    "nilc-nlp/assin*": {
        "sentence_pair_id": number(), "premise": text(), "hypothesis": text(), "relatedness_score": one_of(1.0, 2.5, 4.75), "entailment_judgment": label(2),
    },
    "cruxeval-org/cruxeval": {"code": computed(lambda row, maker: f"def f(x):\n    return x + {maker.index}"), "input": one_of("1", "[2, 3]", "'a'"), "output": one_of("2", "'b'", "[]"), "id": in_turn("c-{i}")},
    "pbevan11/EQ-Bench": EQ_BENCH,
    "BSC-LT/EQ-bench_*": EQ_BENCH,
    "nguha/legalbench": {"index": in_turn("{i}"), "answer": one_of("Yes", "No", "generic"), **{name: text() for name in ["text", "question", "Paragraph", "bill_title", "bill_summary", "company_name", "company_description", "contract", "citation", "paragraph"]}},
    "recursal/longbench-v2": {"context": text(10, 30), "question": text(), "choices": listed(text(1, 4), 4), "answer": label(4)},
    "saeidasgari/mmlu-pro-plus": {
        "question_id": number(), "question": text(4, 10), "options": listed(text(1, 4), 4, 10), "answer": letter("ABCD"), "answer_index": label(4),
        "cot_content": computed(lambda row, maker: f"A: Let's think step by step. {maker.words(4, 9, 0.1)} The answer is ({row['answer']})."),
        "category": in_turn(*FIELDS_OF_STUDY), "src": plain(1, 1),
    },
    "fxmarty/mmlu-redux-2.0-ok": MMLU,
    "alexandrainst/m_hellaswag": HELLASWAG,
    "alexandrainst/m_truthfulqa": {
        "id": number(), "question": text(), "mc1_targets_choices": distinct(text(2, 5), 4), "mc1_targets_labels": always([1, 0, 0, 0]),
        "mc2_targets_choices": distinct(text(2, 5), 4), "mc2_targets_labels": one_of([1, 0, 0, 0], [1, 1, 0, 0]),
    },
    "alexandrainst/m_*": {
        "id": in_turn("m-{i}"), "instruction": text(), **{f"option_{one}": text(1, 4) for one in "abcd"}, "option_e": one_of(None, "다섯째"), "answer": letter("ABCD"),
    },
    "EleutherAI/pile": {"text": text(10, 30), "meta": record(pile_set_name=always("made"))},
    "allenai/paloma": {"text": text(10, 30), "source": plain(1, 1)},
    "Jellyfish042/UncheatableEval*": {"content": text(10, 30), "category": in_turn(*UNCHEATABLE)},
    "toksuite/*": {"question": text(), "choices": listed(text(1, 4), 4), "answer": label(4)},
    "ofir408/MedConceptsQA": {"question_id": number(), "question": text(6, 14), "answer_id": letter("ABCD"), "vocab": plain(1, 1)},
    "keramjan/ulut|wum": {"question": text(), **lettered("ABC"), "answer": letter("ABC")},
    "keramjan/ulut": {
        **numbered("distractor", 3, 1), **{name: text(1, 3) for name in ["antonym", "synonym", "word", "text", "question", "statement"]},
        "check": one_of("true", "false"), "answer": text(1, 3),
    },
    "keramjan/lambada_uyghur": {"text": text(6, 14)},
    "keramjan/*": {"instruction": text(), "passage": text(8, 16), "question": text(), **lettered("ABCD"), "answer": letter("ABCD")},
    "hazyresearch/based-*": {"doc_id": in_turn("h-{i}"), "text": text(8, 20), "key": plain(1, 2), "value": plain(1, 3)},
    "lighteval/squad_v2": {**SPAN_ANSWER, "answers": computed(lambda row, maker: ANSWERS(maker) if maker.index % 3 else {"text": [], "answer_start": []})},
    # translation
    "wmt/wmt14": {"translation": record(en=text(), fr=text())},
    "wmt/wmt16|de-en": {"translation": record(de=text(), en=text())},
    "wmt/wmt16|ro-en": {"translation": record(en=text(), ro=text())},
    "IWSLT/iwslt2017": {"translation": record(ar=text(), en=text())},
    # arithmetic and mathematics
    "openai/gsm8k": GSM8K,
    "madrylab/gsm8k-platinum": GSM8K,
    "qintongli/GSM-Plus": {
        "question": text(5, 12), "solution": computed(lambda row, maker: f"{maker.words(3, 7, 0.1)}\n#### {maker.index}"), "answer": one_of("5", "None", "1,200"),
        "perturbation_type": plain(1, 1),
    },
    "juletxara/mgsm|ja": {**MGSM, "question": computed(lambda row, maker: "問題：" + maker.text(4, 9)), "answer": computed(lambda row, maker: "ステップごとの答え：" + maker.words(3, 6, 0.0))},
    "juletxara/mgsm": MGSM,
    "EleutherAI/asdiv": {
        "body": text(4, 9), "question": text(), "solution-type": plain(1, 1), "answer": one_of("9 (apples)", "3.5", "5 (dollars)"), "formula": plain(1, 1),
    },
    "EleutherAI/hendrycks_math": MATH,
    "HuggingFaceH4/MATH-500": {**MATH, "answer": plain(1, 1), "subject": always("Algebra")},
    "hails/agieval-math": {"query": text(6, 14), "answer": one_of("12", "\\frac{1}{2}", "x+1")},
    "hails/agieval-gaokao-mathcloze": {"query": text(6, 14), "answer": one_of("12", "\\frac{1}{2}", "x+1")},
    "hails/agieval-*": {
        "query": text(6, 14), "choices": computed(lambda row, maker: [f"({one}){maker.text(1, 3)}" for one in "ABCD"]), "gold": one_of([0], [1], [2], [3], [1, 2]),
    },
    "SaylorTwift/bbh": {"input": text(5, 12), "target": one_of("True", "False", "(A)", "(B)", "Yes", "No", "valid", "3", "} ]", "apple pear")},
    "hails/bigbench": {
        "idx": number(), "inputs": text(5, 12), "multiple_choice_targets": distinct(plain(1, 3), 4),
        "targets": computed(lambda row, maker: [maker.random.choice(row["multiple_choice_targets"])]),
        "multiple_choice_scores": one_of([1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]),
    },
    # instructions
    "google/IFEval": {
        "key": number(), "prompt": text(5, 12), "instruction_id_list": in_turn(["punctuation:no_comma"], ["length_constraints:number_words"]),
        "kwargs": in_turn([{"num_words": None, "relation": None}], [{"num_words": 5, "relation": "at least"}]),
    },
    # other languages
    "tyouisen/aclue": UPPER_BY_LETTER,
    "haonan-li/cmmlu": UPPER_BY_LETTER,
    "ceval/ceval-exam": CEVAL,
    "Hennara/aexams": CEVAL,
    "miulab/tmlu": {**ABCD_BY_LETTER, "explanation": plain(), "metadata": plain(1, 1)},
    "ikala/tmmluplus": ABCD_BY_LETTER,
    "AYueksel/TurkishMMLU": {"question": text(), "choices": listed(text(1, 4), 5), "answer": letter("ABCDE"), "solution": plain()},
    "MBZUAI/ArabicMMLU": {
        "ID": number(), "Source": plain(1, 1), "Country": one_of(None, "Jordan", "Egypt"), "Group": plain(1, 1), "Subject": plain(1, 2),
        "Level": one_of(None, "Primary", "High", "Univ"), "Question": text(), "Context": one_of(None, "본문 passage"), "Answer Key": letter("ABCD"),
        **numbered("Option ", 4, 1), "Option 5": one_of(None, "다섯째"),
    },
    "MBZUAI-Paris/DarijaMMLU": {
        "question": text(), "context": one_of("", "본문 passage"), "choices": listed(text(1, 4), 4), "answer": label(4), "subject": plain(1, 1), "subject_darija": plain(1, 2),
    },
    "UBC-NLP/EgyMMLU": {
        "question": text(), "context": one_of("", "본문 passage"), "choices": listed(text(1, 4), 4), "answer": label(4), "subject": plain(1, 1),
        "subject_darija": plain(1, 2), "egy_subject": plain(1, 2),
    },
    "dascim/GreekMMLU": {"question": text(), "subject": always("Art"), "choices": listed(text(1, 4), 3, 4), "answer": label(3), "level": plain(1, 1)},
    "HiTZ/BertaQA": {**CANDIDATES, "candidates": listed(text(1, 4), 3), "answer": label(3), "category": plain(1, 1)},
    "HiTZ/EusExams": CANDIDATES,
    "HiTZ/EusProficiency": CANDIDATES,
    "HiTZ/EusTrivia": {**CANDIDATES, "candidates": listed(text(1, 4), 2, 4), "answer": label(2)},
    "HiTZ/EusReading": {**CANDIDATES, "context": text(8, 16), "candidates": listed(text(1, 4), 2, 4), "answer": label(2)},
    "Rakuten/JGLUE|JCommonsenseQA": {"q_id": number(), "question": text(), **numbered("choice", 5), "label": label(5)},
    "Rakuten/JGLUE|JNLI": {"sentence1": text(), "sentence2": text(), "label": label(3)},
    "Rakuten/JGLUE|JSQuAD": SPAN_ANSWER,
    "Rakuten/JGLUE|MARC-ja": {"sentence": text(), "label": label(2), "review_id": plain(1, 1)},
    "kumapo/JAQKET": {"question": text(), "ctxs": record(text=listed(text(), 2), title=listed(plain(1, 1), 2)), "answers": ANSWERS},
    "mkshing/xlsum_ja": {"text": text(8, 20), "summary": plain(3, 8), "title": plain(1, 3)},
    "manu/french_bench_arc_challenge": {"question": text(), "choices": listed(text(1, 4), 4), "answerKey": letter("ABCD")},
    "manu/french_boolq": {"question": text(), "passage": text(8, 16), "label": label(2)},
    "manu/fquad2_test": {**SPAN_ANSWER, "is_impossible": one_of(True, False)},
    "manu/multifquad_test": SPAN_ANSWER,
    "manu/french-bench-grammar-vocab-reading": {
        "question": computed(lambda row, maker: maker.words(2, 4, 0.1) + maker.random.choice([" <...> 끝", "", " <...>"])), "context": text(6, 12),
        **{f"answer{one}": text(1, 3) for one in LETTERS[:4]}, "answer": letter("ABCD"),
    },
    "manu/opus100-en-fr": {"text": text(6, 14)},
    "orange_sum": {"text": text(8, 20), "summary": plain(3, 8)},
    "manu/topic_based_nli_test": {"text": text(), "topic": plain(1, 2), "polarity": one_of("positif", "negatif", "neutre")},
    "manu/french-trivia": {"Question": text(), "Answer": plain(1, 3)},
    "oskarvanderwal/bbq": {
        "example_id": number(), "question_index": always("1"), "question_polarity": one_of("neg", "nonneg"), "context_condition": in_turn("ambig", "disambig"),
        "category": one_of("Age", "Religion", "SES"), "context": text(), "question": text(), "ans0": plain(2, 3), "ans1": plain(2, 3),
        "ans2": one_of("Unknown", "Not known", "Undetermined"), "label": label(3),
        "answer_info": always({"ans0": ["grandfather", "old"], "ans1": ["grandson", "nonOld"], "ans2": ["Cannot tell", "unknown"]}),
        "additional_metadata": always({"stereotyped_groups": ["old"], "subcategory": "None", "version": "a", "source": ""}),
    },
}  # fmt: skip

# Family to the folder below lm-eval's tasks and, where the family is large, which of its tasks (by name).
KOREAN = r"(^|[^a-z])(ko|kor|korean|kr)([^a-z]|$)"
FAMILIES: dict[str, tuple[str, str | None]] = {
    # All Korean tasks.
    **{name: (name, None) for name in ["kmmlu", "haerae", "kbl", "click", "csatqa", "hrm8k", "kobest", "kormedmcqa"]},
    "global_mmlu": ("global_mmlu", rf"{KOREAN}|^global_mmlu_en_"),
    "openai-mmmlu": ("openai-mmmlu", KOREAN),
    "include": ("include", KOREAN),
    "mmlu_prox": ("mmlu_prox", rf"{KOREAN}|_en_law$"),
    "global_piqa": ("global_piqa", rf"{KOREAN}|_(eng_latn|jpn_jpan|arb_arab)$"),
    "belebele": ("belebele", r"_(kor_Hang|eng_Latn|arb_Arab|jpn_Jpan|zho_Hans)$"),
    "paws-x": ("paws-x", None),
    "tydiqa": ("tydiqa", None),
    # English and many languages.
    "mmlu": ("mmlu", r"_(abstract_algebra|formal_logic|world_religions)(_|$)|continuation_anatomy"),
    "model_written_evals": ("model_written_evals", r"coordinate|sycophancy|agreeableness|persona_anti"),
    "mgsm": ("mgsm", r"_(en|de|ja|th|zh)$"),
    "bbh": ("bbh", r"_(boolean_expressions|dyck_languages|word_sorting|date_understanding|snarks)$"),
    "blimp": ("blimp", r"^blimp_[a-d]"),
    "blimp_nl": ("blimp_nl", r"__a"),
    "multiblimp": ("multiblimp", r"_(eng|deu|fra|hun|tur)$"),
    "zhoblimp": ("zhoblimp", r"_BA_"),
    "lm_syneval": ("lm_syneval", r"simple|reflexive_sent_comp"),
    "bigbench": ("bigbench", r"(abstract_narrative|anachronisms|arithmetic|auto_debugging|code_line|date_under|dyck).*"),
    "ceval": ("ceval", r"-valid_(a|b)"),
    "cmmlu": ("cmmlu", r"_a"),
    "tmmluplus": ("tmmluplus", r"_a[a-d]"),
    "tmlu": ("tmlu", r"AST|driving"),
    "arabicmmlu": ("arabicmmlu", r"_(a|b|c)"),
    "darijammlu": ("darijammlu", r"_(a|b|g)"),
    "egymmlu": ("egymmlu", r"_(a|b|g)"),
    "greekmmlu": ("greekmmlu", r"_(a|b)|Accounting|Art"),
    "eus_exams": ("eus_exams", r"_(es_ej|eu_ej)"),
    "mmlusr": ("mmlusr", r"_(anatomy|virology)$"),
    "super_glue": ("super_glue", None),
    **{
        name: (name, None)
        for name in [
            "aclue", "aexams", "agieval", "anli", "arc", "arc_mt", "asdiv", "babi", "bbq", "bear", "bertaqa", "bhs", "careqa",
            "cnn_dailymail", "commonsense_qa", "copal_id", "coqa", "crows_pairs", "darijahellaswag", "discrim_eval", "drop",
            "egyhellaswag", "eus_proficiency", "eus_reading", "eus_trivia", "fld", "french_bench", "glianorex", "glue", "gpqa",
            "groundcocoa", "gsm8k", "gsm8k_platinum", "gsm_plus", "headqa", "hellaswag", "hendrycks_ethics", "hendrycks_math",
            "histoires_morales", "icelandic_winogrande", "ifeval", "indicxnli", "inverse_scaling", "japanese_leaderboard",
            "lambada", "lambada_cloze", "lambada_multilingual", "lambada_multilingual_stablelm", "logiqa", "logiqa2",
            "mastermind", "mathqa", "mc_taco", "medmcqa", "medqa", "mela", "meqsum", "minerva_math", "mmlu_pro",
            "moral_stories", "mutual", "noticia", "nq_open", "openbookqa", "pile_10k", "piqa", "polemo2", "pubmedqa", "qa4mre",
            "race", "sciq", "simple_cooccurrence_bias", "siqa", "storycloze", "swag", "toxigen", "translation", "triviaqa",
            "truthfulqa", "truthfulqa-multi", "turblimp", "turkishmmlu", "unscramble", "webqs", "wikitext", "winogender",
            "winogrande", "wmdp", "wmt2016", "wsc273", "xcopa", "xnli", "xnli_eu", "xquad", "xstorycloze", "xwinograd",
        ]
    },
    # More collections.
    "afrimgsm": ("afrimgsm", r"_(eng|swa|amh)_prompt_[12]$"),
    "afrimmlu": ("afrimmlu", r"_(eng|swa|amh)_prompt_[12]$"),
    "afrixnli": ("afrixnli", r"_(eng|swa|amh)(_prompt_[12])?$"),
    "okapi": ("okapi", r"_(ar|de|vi|zh)(_|$)"),
    "mmlu-redux": ("mmlu-redux", r"_(anatomy|virology)_"),
    "toksuite": ("toksuite", r"_(canonical|colloquial)$"),
    "basque_bench": ("basque_bench", None),
    "galician_bench": ("galician_bench", None),
    "portuguese_bench": ("portuguese_bench", None),
    "spanish_bench": ("spanish_bench", None),
    "catalan_bench": ("catalan_bench", r"arc|wnli|piqa|copa|cocoteros|openbookqa|flores_.*-ca$|^catcola"),
    **{
        name: (name, None)
        for name in [
            "aime", "alghafa", "arab_culture", "arithmetic", "bangla", "cruxeval", "eq_bench", "legalbench", "longbench2", "mmlu-pro-plus",
            "med_concepts_qa", "paloma", "pile", "prost", "ulqa", "uncheatable_eval",
        ]
    },
    # Python classes, all that lm-eval has.
    **{name: (name, None) for name in ["fda", "scrolls", "squad_completion", "squadv2", "swde", "unitxt"]},
}  # fmt: skip
# The data sets that Python classes name themselves: configuration and splits.
OF_CLASSES: dict[str, tuple[str, str | None, list[str]]] = {
    "fda": ("hazyresearch/based-fda", "default", ["validation"]),
    "squad_completion": ("hazyresearch/based-squad", "default", ["validation"]),
    "squadv2": ("lighteval/squad_v2", None, ["train", "validation"]),
    "swde": ("hazyresearch/based-swde-v2", "default", ["validation"]),
}


def fields_of(path: str, name: str | None) -> dict[str, Kind] | None:
    """The fields of a data set's documents, where they are described."""
    for pattern, fields in DOCUMENTS.items():
        of_path, _, of_name = pattern.partition("|")
        if fnmatch.fnmatchcase(path, of_path) and fnmatch.fnmatchcase(name or "", of_name or "*"):
            return fields
    return None


def documents(path: str, name: str | None, split: str, count: int, seed: int) -> list[dict]:
    """`count` documents of a split; where a field takes its values in turn, as many for each value."""
    fields = fields_of(path, name)
    if fields is None:
        return []
    turns = max([getattr(kind, "turns", 1) for kind in fields.values()], default=1)
    rows = []
    for index in range(count * turns):
        maker = Maker(f"{seed}/{path}/{name}/{split}", index)
        for field, kind in fields.items():
            maker.row[field] = kind(maker)
        rows.append(maker.row)
    return rows


def chosen_tasks(family: str, names: list[str]) -> list[str]:
    """Those of a folder's tasks that belong to the family."""
    only = FAMILIES[family][1]
    return [name for name in names if only is None or re.search(only, name)]
