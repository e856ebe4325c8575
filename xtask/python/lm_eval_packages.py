"""Lists which tasks of lm-eval's tree need Python packages that this Python has not, and which are Python classes.

    python lm_eval_packages.py --tasks LM_EVAL_TASKS

Prints one JSON object: for every missing package the tasks of each folder that import it, at the top of the module that
holds their functions (`always`: such a task can't be built) or inside a function (`when called`).
"""

import argparse
import ast
import importlib.util
import json
from collections import Counter, defaultdict
from pathlib import Path

from lm_eval_local import TaskFiles


def named_functions(config) -> list[str]:
    """The Python functions that a task file names, as `module.function`."""
    if isinstance(config, dict):
        own = [config["!function"]] if "!function" in config else []
        return own + [name for value in config.values() for name in named_functions(value)]
    return [name for value in config for name in named_functions(value)] if isinstance(config, list) else []


def imports(path: Path) -> dict[str, bool]:
    """The packages that a file imports, and whether at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    at_top = {id(one) for node in tree.body for one in [node, *getattr(node, "body", [])] if not isinstance(node, ast.FunctionDef)}
    found: dict[str, bool] = {}
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
        for name in names:
            package = name.split(".")[0]
            found[package] = found.get(package, False) or id(node) in at_top
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=Path, required=True)
    options = parser.parse_args()
    kept: dict[Path, dict[str, bool]] = {}
    here: dict[str, bool] = {}
    missing: dict[tuple[str, str], Counter] = defaultdict(Counter)
    classes = []
    tasks = TaskFiles().tasks(options.tasks)
    for name, (path, config) in tasks.items():
        if "class" in config:
            classes.append(name)
        needed: dict[str, bool] = {}
        for function in named_functions(config):
            module = path.parent / (function.rpartition(".")[0].replace(".", "/") + ".py")
            if module.is_file():
                if module.resolve() not in kept:
                    kept[module.resolve()] = imports(module)
                for package, at_top in kept[module.resolve()].items():
                    if not (module.parent / f"{package}.py").is_file():
                        needed[package] = needed.get(package, False) or at_top
        for package, at_top in needed.items():
            if package not in here:
                here[package] = importlib.util.find_spec(package) is not None
            if not here[package]:
                missing[package, "always" if at_top else "when called"][path.relative_to(options.tasks).parts[0]] += 1
    packages = [
        {"package": package, "when": when, "tasks": sum(folders.values()), "folders": dict(sorted(folders.items()))}
        for (package, when), folders in sorted(missing.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    ]
    print(json.dumps({"tasks": len(tasks), "classes": sorted(classes), "packages": packages}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
