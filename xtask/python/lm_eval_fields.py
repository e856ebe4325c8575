"""The documents that fit lm-eval's tasks: for every data set, its fields and the kind of value of each."""

# ruff: noqa: F403, F405
import fnmatch

from lm_eval_kinds import *
from lm_eval_kinds import Kind, Maker
from lm_eval_shapes import *

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
    "*/Global-MMLU-Lite": {
        **GLOBAL_MMLU, "subject_category": in_turn("Business", "Humanities", "Medical", "Other", "STEM", "Social Sciences"),
        "cultural_sensitivity_label": in_turn("CA", "CS"), "subject": in_turn(*SUBJECTS[:6]),
    },
    "*/Global-MMLU": {**GLOBAL_MMLU, "subject_category": always("STEM")},
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
    "hishab/openbookqa-bn": {"question_stem": text(), "choices": labelled("ABCD"), "answerKey": letter("ABCD")},
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
    "*/IFEval*": {
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
