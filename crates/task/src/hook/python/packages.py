"""Stand-ins for the packages that tasks import: `datasets`, `lm_eval`, `tqdm`, and refusals on use for what is absent."""

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import math
import re
import types

# Where Debian's name for a package is not python3-NAME.
_DEBIAN = {"sklearn": "python3-sklearn", "yaml": "python3-yaml", "PIL": "python3-pil"}


def _refusal(path):
    package = path.split(".")[0]
    return ImportError(
        "`%s` needs the Python package `%s`, which is not installed for the system's python3 (on Debian perhaps: "
        "apt-get install %s)" % (path, package, _DEBIAN.get(package, "python3-" + package.replace("_", "-"))),
        name=package,
    )


class _MissingBase:
    """What a class derived from something missing is derived from instead."""

    def __init__(self, *_arguments, **_settings):
        raise _refusal(getattr(type(self), "_missing", "a base class"))


class Missing:
    """Something of a package that is not there: it can be named, and fails when it is used."""

    def __init__(self, path):
        object.__setattr__(self, "_path", path)

    def _refuse(self, *_arguments, **_settings):
        raise _refusal(self._path)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Missing(self._path + "." + name)

    def __getitem__(self, _key):
        return self

    def __or__(self, _other):
        return self

    __ror__ = __or__

    def __mro_entries__(self, _bases):
        return (type("Missing", (_MissingBase,), {"_missing": self._path}),)

    def __repr__(self):
        return "<%s, not installed>" % self._path

    __call__ = __iter__ = __len__ = __bool__ = __float__ = __int__ = __index__ = __enter__ = __contains__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = _refuse
    __lt__ = __gt__ = __le__ = __ge__ = __pow__ = __rpow__ = __mod__ = __setattr__ = __setitem__ = _refuse


class MissingModule(types.ModuleType):
    # Files compare it while they are imported; older than anything, it leads away from what is new.
    __version__ = "0"

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if (self.__name__, name) == ("evaluate", "load"):
            # Tasks load metrics while they are imported, and use them later or never.
            return lambda *_arguments, **_settings: Missing("evaluate.load")
        return Missing(self.__name__ + "." + name)


def _guarded(filename, line):
    """Whether this line stands in a `try` that catches a failed import: then the task has a way without the package."""
    if filename not in _guarded.lines:
        lines = set()
        try:
            with open(filename, encoding="utf-8") as file:
                tree = ast.parse(file.read())
        except (OSError, ValueError, SyntaxError, RecursionError):
            tree = ast.Module(body=[], type_ignores=[])
        for node in ast.walk(tree):
            if isinstance(node, ast.Try) and any(_catches(handler.type) for handler in node.handlers):
                for inner in node.body:
                    lines.update(range(inner.lineno, (inner.end_lineno or inner.lineno) + 1))
        _guarded.lines[filename] = lines
    return line in _guarded.lines[filename]


_guarded.lines = {}


def _catches(kind):
    if kind is None:
        return True
    if isinstance(kind, ast.Tuple):
        return any(_catches(item) for item in kind.elts)
    return isinstance(kind, ast.Name) and kind.id in ("ImportError", "ModuleNotFoundError", "Exception", "BaseException")


class _MissingFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The last finder: what a task's own file imports and nobody has becomes a `MissingModule`."""

    def __init__(self, folders):
        self.folders = folders

    def find_spec(self, fullname, path=None, target=None):
        parent = fullname.rpartition(".")[0]
        if parent and not isinstance(sys.modules.get(parent), MissingModule):
            return None
        frame = sys._getframe(1)
        while frame is not None and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        filename = frame.f_code.co_filename if frame is not None else ""
        if not filename.startswith(self.folders) or _guarded(filename, frame.f_lineno):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return MissingModule(spec.name)

    def exec_module(self, module):
        pass


def _module(name, package=False, **members):
    module = MissingModule(name)
    if package:
        module.__path__ = []
    module.__dict__.update(members)
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
    return module


def _decorator(*arguments, **_settings):
    if len(arguments) == 1 and callable(arguments[0]) and not isinstance(arguments[0], str):
        return arguments[0]
    return lambda made: made


def _installed(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


# Filters and metrics by lm-eval's names, written anew from what they do.


class Filter:
    def __init__(self, **_settings):
        pass

    def apply(self, resps, docs):
        return resps


class RegexFilter(Filter):
    def __init__(self, regex_pattern=r"#### (\-?[0-9\.\,]+)", group_select=0, fallback="[invalid]"):
        self.regex_pattern = regex_pattern
        self.regex = re.compile(regex_pattern)
        self.group_select = group_select
        self.fallback = fallback

    def _first(self, text):
        found = self.regex.findall(text if isinstance(text, str) else "")
        if not found:
            return self.fallback
        chosen = found[self.group_select]
        if isinstance(chosen, tuple):
            chosen = next((group for group in chosen if group), self.fallback)
        return chosen.strip()

    def apply(self, resps, docs):
        return [[self._first(text) for text in texts] for texts in resps]


class ContextSampler:
    """Draws few-shot examples at random; tasks derive samplers of their own from it."""

    def __init__(self, df=None, *, rnd=None, fewshot_indices=None, **_settings):
        self.rnd = random.Random(rnd)
        self.df = list(df or [])
        self.fewshot_indices = fewshot_indices

    def set_rnd(self, rnd):
        self.rnd = random.Random(rnd)
        return self

    def replace_df(self, df):
        self.df = list(df)
        return self

    def fewshot_docs(self):
        return [self.df[place] for place in self.fewshot_indices] if self.fewshot_indices else list(self.df)

    @staticmethod
    def rm_eval_doc(doc, _iter, n=None):
        return [other for other in _iter if other != doc][:n]

    def sample(self, n, eval_doc=None, df=None, **_settings):
        if df:
            self.df = list(df)
        pool = self.fewshot_docs()
        if eval_doc is None:
            return self.rnd.sample(pool, n)
        drawn = self.rm_eval_doc(eval_doc, self.rnd.sample(pool, n + 1), n)
        return drawn if len(drawn) == n else self.rnd.sample(self.rm_eval_doc(eval_doc, pool), n)


class FirstNSampler(ContextSampler):
    def sample(self, n, eval_doc=None, df=None, **_settings):
        return self.rm_eval_doc(eval_doc, df or self.df, n) if eval_doc is not None else list(df or self.df)[:n]


def _mean(items):
    items = list(items)
    return sum(items) / len(items)


def _median(items):
    return items[len(items) // 2]


def _nanmean(items):
    numbers = [item for item in items if item == item]
    return _mean(numbers) if numbers else float("nan")


def _weighted_mean(items):
    above, below = zip(*items)
    return sum(above) / sum(below)


def _acc_all(items):
    questions = {}
    for right, doc in items:
        key = (doc["idx"]["paragraph"], doc["idx"]["question"])
        questions.setdefault(key, []).append((doc["label"] == 1) == right)
    return _mean([int(all(flags)) for flags in questions.values()])


def _best(metric_fn, prediction, ground_truths):
    return max(metric_fn(prediction, truth) for truth in ground_truths)


def _general_detokenize(string):
    for old, new in ((" n't", "n't"), (" )", ")"), ("( ", "("), ('" ', '"'), (' "', '"')):
        string = string.replace(old, new)
    return re.sub(r" (['.,])", r"\1", string)


def _class_score(name, of):
    """A score of classes as scikit-learn defines it: `of` takes hits, examples and predictions of a class. A class
    without what it is divided by counts 0."""

    def score(y_true, y_pred, *, labels=None, pos_label=1, average="binary", sample_weight=None, zero_division=0):
        truths, guesses = list(y_true), list(y_pred)
        if len(truths) != len(guesses) or sample_weight is not None:
            raise ValueError("%s: as many predictions as labels, and no weights, are needed" % name)
        classes = list(labels) if labels is not None else sorted(set(truths) | set(guesses))

        def counts(kind):
            hit = sum(1 for truth, guess in zip(truths, guesses) if truth == kind and guess == kind)
            return hit, sum(1 for truth in truths if truth == kind), sum(1 for guess in guesses if guess == kind)

        def ratio(hit, truth, guess):
            above, below = of(hit, truth, guess)
            return above / below if below else float(zero_division if zero_division != "warn" else 0)

        if average == "binary":
            if len(classes) > 2:
                raise ValueError("Target is multiclass but average='binary'. Please choose another average setting")
            return ratio(*counts(pos_label))
        each = [counts(kind) for kind in classes]
        if average == "micro":
            return ratio(*(sum(column) for column in zip(*each)))
        scores = [ratio(*one) for one in each]
        if average == "macro":
            return sum(scores) / len(scores)
        if average == "weighted":
            support = sum(truth for _, truth, _ in each)
            return sum(one * truth for one, (_, truth, _) in zip(scores, each)) / support if support else 0.0
        if average is None:
            return scores
        raise ValueError("%s: average=%r is not known here" % (name, average))

    return score


_f1_score = _class_score("f1_score", lambda hit, truth, guess: (2 * hit, truth + guess))
_precision_score = _class_score("precision_score", lambda hit, truth, guess: (hit, guess))
_recall_score = _class_score("recall_score", lambda hit, truth, guess: (hit, truth))


def _accuracy_score(y_true, y_pred, *, normalize=True, sample_weight=None):
    hits = [truth == guess for truth, guess in zip(y_true, y_pred)]
    return sum(hits) / len(hits) if normalize else sum(hits)


def _weighted_f1(items):
    truths, guesses = zip(*items)
    from sklearn.metrics import f1_score

    return f1_score(truths, guesses, average="weighted")


def _tqdm(iterable=None, *_arguments, **_settings):
    return iterable


def install_packages(tasks_root, folders):
    """Puts the stand-ins in place. `tasks_root` becomes the package `lm_eval.tasks`."""
    for name in ("datasets", "lm_eval", "evaluate"):
        for known in [known for known in sys.modules if known == name or known.startswith(name + ".")]:
            del sys.modules[known]
    table = {"Dataset": Dataset, "DatasetDict": DatasetDict, "IterableDataset": Dataset, "Features": Features,
             "Value": Value, "ClassLabel": ClassLabel, "Sequence": Sequence, "concatenate_datasets": concatenate_datasets,
             "load_dataset": _no_network, "load_from_disk": _no_network, "__version__": "4.0.0",
             "Split": types.SimpleNamespace(TRAIN="train", VALIDATION="validation", TEST="test")}
    _module("datasets", True, **table)
    for below in ("arrow_dataset", "dataset_dict", "features"):
        _module("datasets." + below, **table)

    logger = logging.getLogger("lm_eval")
    _module("lm_eval", True, __version__="0.4.13")
    _module("lm_eval.utils", eval_logger=logger, logging=logging, general_detokenize=_general_detokenize,
            weighted_f1_score=_weighted_f1, is_torch_available=lambda: False, is_transformers_available=lambda: False,
            positional_deprecated=lambda function: function,
            regex_replace=lambda string, pattern, repl, count=0: re.sub(pattern, repl, string, count=count))
    _module("lm_eval.api", True)
    _module("lm_eval.api.filter", Filter=Filter)
    names = ("register_filter", "register_metric", "register_aggregation", "register_task", "register_model",
             "register_group", "register")
    _module("lm_eval.api.registry", **{name: _decorator for name in names})
    _module("lm_eval.api.metrics", mean=_mean, median=_median, nanmean=_nanmean, weighted_mean=_weighted_mean,
            perplexity=lambda items: math.exp(-_mean(items)),
            weighted_perplexity=lambda items: math.exp(-_weighted_mean(items)),
            bits_per_byte=lambda items: -_weighted_mean(items) / math.log(2),
            bypass_agg=lambda items: 999, acc_all=_acc_all, metric_max_over_ground_truths=_best)
    samplers = {"default": ContextSampler, "first_n": FirstNSampler}
    _module("lm_eval.api.samplers", ContextSampler=ContextSampler, FirstNSampler=FirstNSampler,
            SAMPLER_REGISTRY=samplers, get_sampler=samplers.__getitem__)
    for below in ("task", "instance", "group", "model"):
        _module("lm_eval.api." + below)
    _module("lm_eval.filters", True)
    _module("lm_eval.filters.extraction", Filter=Filter, RegexFilter=RegexFilter, register_filter=_decorator)
    for below in ("transformation", "selection", "custom"):
        _module("lm_eval.filters." + below, Filter=Filter)
    _module("lm_eval.tasks", True).__path__ = [tasks_root] if tasks_root else []
    if not _installed("tqdm"):
        _module("tqdm", True, tqdm=_tqdm, trange=range)
        _module("tqdm.auto", tqdm=_tqdm)
    if not _installed("sklearn"):
        _module("sklearn", True)
        _module("sklearn.metrics", f1_score=_f1_score, accuracy_score=_accuracy_score,
                precision_score=_precision_score, recall_score=_recall_score)
    sys.meta_path.append(_MissingFinder(folders))


