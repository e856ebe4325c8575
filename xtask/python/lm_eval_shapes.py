"""Fields that several data sets of lm-eval's families share, and the values that tasks sort documents by."""

# ruff: noqa: F403, F405
from lm_eval_kinds import *
from lm_eval_kinds import Kind, Maker

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
