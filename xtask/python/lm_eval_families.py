"""The families of lm-eval's task tree that daepyo is compared over: their folders and tasks.

    python lm_eval_families.py --tasks LM_EVAL_TASKS

Prints the Korean tasks of every family that has some, as one JSON object.
"""

import re

# Family to the folder below lm-eval's tasks and, where the family is large, which of its tasks (by name).
KOREAN = r"(^|[^a-z])(ko|kor|korean|kr)([^a-z]|$)"
ALL_KOREAN = ["kmmlu", "haerae", "kbl", "click", "csatqa", "hrm8k", "kobest", "kormedmcqa"]
FAMILIES: dict[str, tuple[str, str | None]] = {
    # All Korean tasks are in these.
    **{name: (name, None) for name in ALL_KOREAN},
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


def chosen_tasks(family: str, names: list[str]) -> list[str]:
    """Those of a folder's tasks that belong to the family."""
    only = FAMILIES[family][1]
    return [name for name in names if only is None or re.search(only, name)]


def is_korean(family: str, name: str, config: dict) -> bool:
    """Whether a task asks in Korean, told by its family, its name or its data set's configuration."""
    told = [name, str(config.get("dataset_name"))]
    return family in ALL_KOREAN or any(re.search(KOREAN, one.lower()) for one in told)


def main() -> None:
    import argparse
    import json
    from pathlib import Path

    from lm_eval_local import TaskFiles

    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=Path, required=True)
    options = parser.parse_args()
    files, korean = TaskFiles(), {}
    for family, (folder, _) in FAMILIES.items():
        tasks = files.tasks(options.tasks / folder)
        found = [name for name in chosen_tasks(family, list(tasks)) if is_korean(family, name, tasks[name][1])]
        if found:
            korean[family] = found
    print(json.dumps(korean, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
