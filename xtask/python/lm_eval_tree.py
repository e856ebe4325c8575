"""Tells what lm-eval makes of its own task files, as JSON lines; or what its index costs.

    python3 lm_eval_tree.py --dump FILE [--tasks DIR]
    python3 lm_eval_tree.py --time [--tasks DIR]

Run it with the Python of an environment that has lm-eval. No data is loaded and no task's Python runs: a `!function`
stays what it is in the file, as {"!function": "module.name"}.

--dump writes one line a name of lm-eval's index:
    task   {"name", "kind": "task" | "class", "path", "tags", "merged", "config" | "error"}
           `merged` are the keys after includes; `config` is its `TaskConfig` of them, defaults included.
    group  {"name", "kind": "group", "path", "alias", "aggregate", "metadata", "members"} | {..., "error"}
           a member is {"task", "changed"} or a group; `changed` are the keys that differ from the task alone.
    tag    {"name", "kind": "tag", "members"}
Paths start from the folder of the task files. --time prints one JSON object with CPU seconds.
"""

import argparse
import copy
import dataclasses
import json
import logging
import sys
import time
from pathlib import Path


def mark_functions() -> None:
    from lm_eval.tasks import _yaml_loader

    def constructor(_base_dir, _resolve):
        return lambda loader, node: {"!function": loader.construct_scalar(node)}

    _yaml_loader._mk_function_ctor = constructor


def manager(folder):
    from lm_eval.tasks import TaskManager

    return TaskManager(include_path=folder, include_defaults=False) if folder else TaskManager()


def without_structure(config: dict) -> dict:
    return {key: value for key, value in config.items() if key not in ("tag", "group", "task_list")}


def typed(config: dict) -> dict:
    """lm-eval's `TaskConfig` of merged keys, as `TaskFactory` and `ConfigurableTask` make it."""
    from lm_eval.config.task import FewshotConfig, TaskConfig

    config = without_structure(copy.deepcopy(config))
    metadata = config.get("metadata", {})
    config["metadata"] = metadata if isinstance(metadata, dict) else {"_metadata": metadata}
    made = TaskConfig(**config)
    fields = {field.name: getattr(made, field.name) for field in dataclasses.fields(TaskConfig)}
    fewshot = fields["fewshot_config"]
    if isinstance(fewshot, FewshotConfig):
        fields["fewshot_config"] = {field.name: getattr(fewshot, field.name) for field in dataclasses.fields(FewshotConfig)}
    return fields


class Leaf:
    """Stands where lm-eval would put a task with its data."""

    def __init__(self, config: dict, base: dict):
        self.task_name = config["task"]
        base = without_structure(base)
        self.changed = {
            key: config[key] for key in config if key != "metadata" and (key not in base or config[key] != base[key])
        }
        metadata = config.get("metadata")
        if metadata != (base.get("metadata") or {}) and metadata != {"_metadata": base.get("metadata")}:
            self.changed["metadata"] = metadata


def factory():
    from lm_eval.tasks import _factory

    class Factory(_factory.TaskFactory):
        def _load_full_config(self, entry, overrides=None):
            config = {**(entry.cfg or {}), **(overrides or {})}
            metadata = config.get("metadata", {})
            config["metadata"] = dict(metadata) if isinstance(metadata, dict) else {"_metadata": metadata}
            return config

        def _build_task(self, entry, overrides):
            return Leaf(without_structure(self._load_full_config(entry, overrides)), entry.cfg or {})

    _factory.ConfigurableTask = lambda config: Leaf(config, {})
    return Factory()


def shown_group(group) -> dict:
    aggregate = [dataclasses.asdict(metric) for metric in group.aggregate_metric_list or []]
    members = []
    for child in group:
        if isinstance(child, Leaf):
            members.append({"task": child.task_name, "changed": child.changed})
        else:
            members.append({"group": child.name, **shown_group(child)})
    return {"alias": group.alias, "aggregate": aggregate, "metadata": group.metadata, "members": members}


def records(index: dict, folder: Path):
    from lm_eval.tasks._index import Kind

    make = factory()
    for name, entry in sorted(index.items(), key=lambda item: str(item[0])):
        record = {"name": name}
        if entry.yaml_path:
            record["path"] = entry.yaml_path.resolve().relative_to(folder).as_posix()
        if entry.kind == Kind.TAG:
            record |= {"kind": "tag", "members": sorted(entry.tags)}
        elif entry.kind == Kind.GROUP:
            record["kind"] = "group"
            try:
                record |= shown_group(make.build(entry, registry=dict(index)))
            except Exception as error:
                record["error"] = f"{type(error).__name__}: {error}"
        else:
            kind = "class" if entry.kind == Kind.PY_TASK else "task"
            record |= {"kind": kind, "tags": sorted(entry.tags), "merged": entry.cfg}
            if kind == "task":
                try:
                    record["config"] = typed(entry.cfg)
                except Exception as error:
                    record["error"] = f"{type(error).__name__}: {error}"
        yield record


def main() -> None:
    parser = argparse.ArgumentParser()
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--dump", type=Path)
    what.add_argument("--time", action="store_true")
    parser.add_argument("--tasks", type=Path, help="a folder of task files instead of lm-eval's own")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if options.time:
        before = time.process_time()
        from lm_eval.tasks import TaskManager  # noqa: F401

        imported = time.process_time()
        made = manager(options.tasks)
        indexed = time.process_time()
        counts = {"tasks": len(made.all_subtasks), "groups": len(made.all_groups), "tags": len(made.all_tags)}
        json.dump({"import_cpu_s": imported - before, "index_cpu_s": indexed - imported} | counts, sys.stdout)
        return
    mark_functions()
    import lm_eval.tasks

    folder = (options.tasks or Path(lm_eval.tasks.__file__).parent).resolve()
    made = manager(options.tasks)
    options.dump.parent.mkdir(parents=True, exist_ok=True)
    with options.dump.open("w", encoding="utf-8", newline="\n") as out:
        for record in records(made.task_index, folder):
            out.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")


if __name__ == "__main__":
    main()
