"""lm-eval's task files and data sets read from this machine alone, and a chat template, for the scripts beside this one."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

HUB = "hf://datasets/"


def keep_offline() -> None:
    """To be called before anything of lm-eval is imported."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
    os.environ.setdefault("LMEVAL_LOG_LEVEL", "ERROR")
    os.environ.setdefault("TQDM_DISABLE", "1")


class TaskFiles:
    """Task files, each read once, with what they include; functions stay names (`{"!function": "utils.f"}`)."""

    def __init__(self):
        import yaml

        class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            pass

        Loader.add_constructor("!function", lambda loader, node: {"!function": loader.construct_scalar(node)})
        self.parse = lambda text: yaml.load(text, Loader=Loader)  # noqa: S506
        self.read: dict[Path, dict] = {}

    def config(self, path: Path) -> dict:
        path = path.resolve()
        if path not in self.read:
            own = self.parse(path.read_bytes())
            if not isinstance(own, dict):
                raise ValueError(f"{path}: not a map")
            includes = own.pop("include", [])
            merged: dict = {}
            for include in [includes] if isinstance(includes, str) else includes or []:
                merged.update({key: value for key, value in self.config(path.parent / include).items() if key != "task_list"})
            self.read[path] = merged | own
        return self.read[path]

    def tasks(self, folder: Path) -> dict[str, tuple[Path, dict]]:
        """Every task below a folder by its name, with its file; the first file of a name counts."""
        found: dict[str, tuple[Path, dict]] = {}
        for path in sorted(folder.rglob("*.yaml"), key=lambda path: path.as_posix()):
            try:
                config = self.config(path)
            except (OSError, ValueError):
                continue
            is_task = "class" in config or "group" not in config
            if is_task and isinstance(config.get("task"), str):
                found.setdefault(config["task"], (path, config))
        return found


def functions(config) -> int:
    """How many Python functions a task file names."""
    if isinstance(config, dict):
        return int("!function" in config) + sum(map(functions, config.values()))
    return sum(map(functions, config)) if isinstance(config, list) else 0


def splits(config: dict) -> list[str]:
    """The splits that a task file names."""
    shots = config.get("fewshot_config")
    named = [config.get(key) for key in ("training_split", "validation_split", "test_split", "fewshot_split")]
    named.append(shots.get("split") if isinstance(shots, dict) else None)
    return list(dict.fromkeys(str(split) for split in named if split is not None))


def data_files(path: str, files) -> dict[str, list[str]]:
    """`data_files` as files by split, relative to the data root."""
    by_split = files if isinstance(files, dict) else {"train": files}
    place = "" if path in ("json", "csv", "parquet", "text") else f"{path}/"
    return {
        split: [one.removeprefix(HUB) if one.startswith(HUB) else place + one for one in ([listed] if isinstance(listed, str) else listed)]
        for split, listed in by_split.items()
    }


def read_jsonl(path: Path) -> list[dict]:
    with path.open(encoding="utf-8-sig") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def table(documents: list[dict]):
    """The documents as a table: every row has every field, null where a document has none."""
    import datasets

    names: dict[str, None] = {}
    for document in documents:
        names.update(dict.fromkeys(document))
    return datasets.Dataset.from_list([{name: document.get(name) for name in names} for document in documents])


def read_file(path: Path, options: dict):
    """One data file as the datasets library reads it."""
    import datasets
    import pandas

    if path.suffix == ".csv":
        names = options.get("column_names")
        frame = pandas.read_csv(path, names=names, header=None if names else "infer", sep=options.get("sep", ","))
        return datasets.Dataset.from_pandas(frame, preserve_index=False)
    if path.suffix == ".parquet":
        return datasets.Dataset.from_parquet(str(path))
    return table(read_jsonl(path))


# What was loaded, for the tasks of one data set.
LOADED: dict = {}


def stand_in(data_root: Path | None, folder: Path | None) -> Callable:
    """What is called instead of `datasets.load_dataset`: local files only.

    They lie in `DATA_ROOT/<data set>/<configuration>/<split>.jsonl`; files that the task itself names lie below the data
    set's folder, those of the `json` and `csv` readers below the task's folder or the data root.
    """
    kept = LOADED

    def load(path, name=None, data_files=None, **options):
        import datasets

        near = str(folder) if data_files is not None else None
        key = json.dumps([str(data_root), str(path), name, data_files, options, near], default=str)
        if key in kept:
            return kept[key]
        found = {}
        if data_files is not None:
            bases = [base for base in (folder, data_root) if base is not None]
            for split, listed in globals()["data_files"](path, data_files).items():
                parts = []
                for one in listed:
                    there = [base / one for base in bases if (base / one).is_file()]
                    if not there:
                        raise FileNotFoundError(f"no file {one} for {path}")
                    parts.append(read_file(there[0], options))
                found[split] = parts[0] if len(parts) == 1 else datasets.concatenate_datasets(parts)
        elif data_root is not None:
            base = Path(data_root) / path / (name or "")
            for file in sorted(base.glob("*.jsonl")):
                found[file.stem] = read_file(file, options)
        if not found:
            raise FileNotFoundError(f"no documents for {path} {name}")
        kept[key] = datasets.DatasetDict(found)
        return kept[key]

    return load


def chat_template(source: str, bos: str, eos: str) -> Callable:
    """A function that renders messages as the transformers library does."""
    import jinja2
    import jinja2.ext
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(
            value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
        )

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    # A fixed day, so that prompts do not change with it; daepyo's side is given the same.
    environment.globals["strftime_now"] = lambda format: __import__("datetime").datetime(2026, 1, 1).strftime(format)
    compiled = environment.from_string(source)

    def render(messages, add_generation_prompt):
        return compiled.render(
            messages=messages,
            tools=None,
            documents=None,
            add_generation_prompt=add_generation_prompt,
            bos_token=bos,
            eos_token=eos,
        )

    def apply(messages, add_generation_prompt=True):
        try:
            text = render(messages, add_generation_prompt)
        except jinja2.exceptions.TemplateError:
            messages = [message for message in messages if message["role"] != "system"]
            text = render(messages, add_generation_prompt)
        if not add_generation_prompt:
            last = messages[-1]["content"]
            start = text.rindex(last.strip())
            kept = last.lstrip()
            text = text[: start + len(kept)] if text[start:].startswith(kept) else text[: start + len(last.strip())]
        return text

    return apply


def save_work() -> None:
    """Leaves out work that changes no result: templates compiled at every call, digests of tables that nobody caches."""
    import functools
    import itertools

    import datasets
    from lm_eval import utils

    utils.env.from_string = functools.lru_cache(maxsize=4096)(utils.env.from_string)
    numbers = itertools.count()
    datasets.disable_progress_bars()
    datasets.arrow_dataset.generate_fingerprint = lambda *_, **__: f"{next(numbers):016x}"
    datasets.fingerprint.update_fingerprint = lambda *_, **__: f"{next(numbers):016x}"


def seed_all() -> None:
    """The seeds that lm-eval sets before it loads tasks."""
    import random

    import numpy

    random.seed(0)
    numpy.random.seed(1234)


def build(name: str, path: Path, config: dict, data_root: Path):
    """One task of lm-eval, as its own task manager builds it from the file."""
    from lm_eval.api import task as task_module
    from lm_eval.tasks._factory import TaskFactory
    from lm_eval.tasks._index import Entry, Kind

    load = stand_in(data_root, path.parent)
    task_module.datasets.load_dataset = load
    kind = Kind.PY_TASK if "class" in config else Kind.TASK
    entry = Entry(name=name, kind=kind, yaml_path=path, cfg=config)
    return TaskFactory().build(entry, overrides=None, registry={name: entry})


def plain(value):
    """A value as JSON can hold it: what is neither JSON nor an array of numbers becomes its `str`."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and value != value:
        return "NaN"
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def line(value) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def write_lines(path: Path, rows: Iterable) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            out.write(line(row) + "\n")
            count += 1
    return count
