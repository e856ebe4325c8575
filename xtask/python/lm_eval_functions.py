"""Lists the Python functions that lm-eval's task files name, by the number of tasks that use them.

    python lm_eval_functions.py --list [--tasks DIR] [--most N]
    python lm_eval_functions.py --digests [--tasks DIR]

Run it with the Python of an environment that has lm-eval; no function is run. --list prints one line a digest: how many
tasks name a function of that source, where they name it, and one place where it stands. --digests prints one JSON
object a function, {"folder", "name", "digest"}, which `functions` of crates/task/examples must find too.

The digest of a function is SHA-256 of the normal text of every top-level statement that it may depend on, in the order
of the file: the statements that bind its name, those that bind a name which one of them holds, and all that bind none
(a loop, a `try`, a call); strings that stand alone are left out. The normal text of a statement is its lines without comments, trailing white space and empty
lines; each ends with a newline. What comes from another task file is digested there, and its digest stands in the text
behind the import. A function is not digested, and stays Python, where its file is not there or cannot be read.
"""

import argparse
import ast
import collections
import hashlib
import io
import json
import re
import tokenize
from pathlib import Path

WORD = re.compile(r"[^\W\d]\w*")


class Statement:
    def __init__(self, node: ast.stmt, text: str, words: set[str]):
        self.node, self.text, self.words = node, text, words
        self.binds = bound(node)
        self.origins = origins(node)
        inner = (one for one in ast.walk(node) if one is not node and isinstance(one, (ast.Import, ast.ImportFrom)))
        if any(level or in_tasks(module) for one in inner for level, module, _ in origins(one)):
            raise ValueError("an import of a task file inside a statement")


def bound(node: ast.stmt) -> set[str] | None:
    """The names that a statement gives a meaning; `None` where it may do anything."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        return None if "*" in names else names
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return {node.targets[0].id}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    return None


def origins(node: ast.stmt) -> list[tuple[int, str, str | None]]:
    """Modules that an import names: dots before it, its name, and the name that is taken from it."""
    if isinstance(node, ast.Import):
        return [(0, alias.name, None) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.level, node.module or "", alias.name) for alias in node.names]
    return []


def in_tasks(module: str) -> bool:
    return module == "lm_eval.tasks" or module.startswith("lm_eval.tasks.")


class Module:
    """A file, cut into its top-level statements."""

    def __init__(self, path: Path):
        self.path = path
        source = path.read_bytes().decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        tree = ast.parse(source)
        lines = source.split("\n")
        words = collections.defaultdict(set)
        inner = set()
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            (row, column), (last, _) = token.start, token.end
            if token.type == tokenize.COMMENT:
                lines[row - 1] = lines[row - 1][:column]
            elif token.type == tokenize.STRING:
                inner.update(range(row, last))
                if "f" in re.match(r"\w*", token.string)[0].lower():
                    words[row].update(WORD.findall(token.string))
            elif token.type == tokenize.NAME:
                words[row].add(token.string)
        self.statements = []
        for node in tree.body:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                continue
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
            text, own = "", set()
            for row in range(first, node.end_lineno + 1):
                line = lines[row - 1] if row in inner else lines[row - 1].rstrip(" \t\f")
                if line or row in inner or row - 1 in inner:
                    text += line + "\n"
                own |= words[row]
            self.statements.append(Statement(node, text, own))


class Reader:
    def __init__(self, root: Path):
        self.root, self.modules, self.made = root, {}, {}

    def module(self, path: Path) -> Module:
        if path not in self.modules:
            self.modules[path] = Module(path)
        return self.modules[path]

    def file(self, folder: Path, name: str) -> Path | None:
        module = name.rpartition(".")[0]
        path = folder / (module.replace(".", "/") + ".py")
        return path if module and path.is_file() else None

    def imported(self, path: Path, level: int, module: str) -> Path | None:
        """The task file that an import means; `None` where it means a package."""
        if level:
            base = path.parent
            for _ in range(level - 1):
                base = base.parent
        elif in_tasks(module):
            base, module = self.root, module[len("lm_eval.tasks") :].lstrip(".")
        else:
            return None
        return base / (module.replace(".", "/") + ".py" if module else "__init__.py")

    def digest(self, path: Path, name: str, around: tuple = ()) -> str | None:
        """The digest of `name` in the file; `None` where it is not understood."""
        key = (path, name)
        if key in around or len(around) > 8:
            return None
        if key not in self.made:
            self.made[key] = self.fresh(path, name, (*around, key))
        return self.made[key]

    def fresh(self, path: Path, name: str, around: tuple) -> str | None:
        try:
            statements = self.module(path).statements
        except (OSError, ValueError, SyntaxError, RecursionError):
            return None
        free = [one for one in statements if one.binds is None]
        if not free and not any(name in one.binds for one in statements):
            return None
        wanted = {name} | {word for one in free for word in one.words}
        taken = [one.binds is None for one in statements]
        changed = True
        while changed:
            changed = False
            for place, one in enumerate(statements):
                if not taken[place] and one.binds & wanted:
                    taken[place] = changed = True
                    wanted |= one.words
        text = ""
        for one, is_taken in zip(statements, taken):
            if not is_taken:
                continue
            text += one.text
            for level, module, member in one.origins:
                file = self.imported(path, level, module)
                if file is None:
                    continue
                digest = self.digest(file, member, around) if member else None
                if digest is None:
                    return None
                text += digest + "\n"
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


def marks(value, key: str):
    """Every `!function` below a value, with its place."""
    if isinstance(value, tuple):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from marks(inner, f"{key}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from marks(inner, f"{key}[]")


def merged_tasks(folder: Path):
    """The keys of every task after includes; a `!function` is the tuple of its folder and its name."""
    from lm_eval.tasks import TaskManager, _yaml_loader

    def constructor(base_dir, _resolve):
        return lambda loader, node: (base_dir, loader.construct_scalar(node))

    _yaml_loader._mk_function_ctor = constructor
    manager = TaskManager(include_path=str(folder), include_defaults=False)
    for name, entry in sorted(manager.task_index.items()):
        if entry.yaml_path and entry.kind.name == "TASK":
            yield name, _yaml_loader.load_yaml(entry.yaml_path, resolve_func=False)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--digests", action="store_true")
    parser.add_argument("--most", type=int, default=50)
    options = parser.parse_args()
    if not options.tasks:
        import lm_eval.tasks

        options.tasks = Path(lm_eval.tasks.__file__).parent
    root = options.tasks.resolve()
    reader = Reader(root)
    users, places, keys = collections.defaultdict(set), {}, collections.defaultdict(set)
    digested = {}
    for task, config in merged_tasks(root):
        for key in config:
            for place, (folder, name) in marks(config[key], key):
                if (folder, name) not in digested:
                    path = reader.file(folder, name)
                    digested[folder, name] = path and reader.digest(path, name.rpartition(".")[2])
                digest = digested[folder, name] or f"none: {name}"
                users[digest].add(task)
                keys[digest].add(place)
                places.setdefault(digest, f"{folder.relative_to(root)}/{name}")
    if options.digests:
        for (folder, name), digest in sorted(digested.items()):
            print(json.dumps({"folder": str(folder), "name": name, "digest": digest}))
    if options.list:
        order = sorted(users, key=lambda digest: (-len(users[digest]), digest))
        covered = set()
        for place, digest in enumerate(order[: options.most], 1):
            covered |= users[digest]
            print(place, len(users[digest]), len(covered), digest[:16], ",".join(sorted(keys[digest])), places[digest])


if __name__ == "__main__":
    main()
