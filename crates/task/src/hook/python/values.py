"""Values as they cross between the worker and daepyo.

In documents: tuples become lists; sets sorted lists; NumPy scalars and arrays plain numbers and lists; dates and
decimals their text; NaN and infinities null, since a document is JSON. In results the kinds that JSON lacks keep a
mark, so that an aggregation later gets back what the scoring function gave: {"!tuple": [...]}, {"!set": [...]},
{"!float": "nan" | "inf" | "-inf"}.
"""

import datetime
import decimal
import fractions
import math

_DEPTH = 100


class ValueProblem(Exception):
    """A value that cannot leave the worker."""


def _sorted_set(values):
    return sorted(values, key=lambda value: (type(value).__name__, value if isinstance(value, (int, str)) else repr(value)))


def _text(text):
    """`text` with half a surrogate pair, which UTF-8 cannot hold, shown as a question mark."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def plain(value, marks=False, depth=0):
    """A copy of `value` made of JSON's kinds only; with `marks`, other kinds keep a mark."""
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if kind is str:
        return _text(value)
    if kind is int:
        return value if -(2**63) <= value < 2**64 else float(value)
    if kind is float:
        if math.isfinite(value):
            return value
        return {"!float": "nan" if value != value else "inf" if value > 0 else "-inf"} if marks else None
    if depth > _DEPTH:
        raise ValueProblem("a value is nested deeper than %d, or holds itself" % _DEPTH)
    if kind is list:
        return [plain(item, marks, depth + 1) for item in value]
    if kind is dict or isinstance(value, dict):
        return {_key(key): plain(item, marks, depth + 1) for key, item in value.items()}
    if isinstance(value, tuple):
        items = [plain(item, marks, depth + 1) for item in value]
        return {"!tuple": items} if marks else items
    if isinstance(value, (set, frozenset)):
        items = [plain(item, marks, depth + 1) for item in _sorted_set(value)]
        return {"!set": items} if marks else items
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, int):
        return plain(int(value), marks, depth)
    if isinstance(value, float):
        return plain(float(value), marks, depth)
    if isinstance(value, str):
        return _text(str.__str__(value))
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta, decimal.Decimal, fractions.Fraction)):
        return str(value)
    if isinstance(value, list) or kind.__name__ in ("dict_keys", "dict_values", "dict_items", "deque", "range"):
        return [plain(item, marks, depth + 1) for item in value]
    if kind.__module__ == "numpy" and hasattr(value, "tolist"):
        return plain(value.tolist(), marks, depth + 1)
    if isinstance(value, Missing):
        value._refuse()
    if isinstance(value, Dataset):
        return plain(value.to_list(), marks, depth + 1)
    raise ValueProblem("a value of the Python type `%s` cannot be part of a document or result" % kind.__name__)


def _key(key):
    if isinstance(key, str):
        return _text(str.__str__(key))
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, (int, float)):
        return repr(key)
    if type(key).__module__ == "numpy" and hasattr(key, "item"):
        return _key(key.item())
    raise ValueProblem("a mapping has a key of the Python type `%s`" % type(key).__name__)


def revive(value):
    """The reverse of `plain(value, marks=True)`."""
    if isinstance(value, list):
        return [revive(item) for item in value]
    if isinstance(value, dict):
        if len(value) == 1:
            if "!tuple" in value:
                return tuple(revive(item) for item in value["!tuple"])
            if "!set" in value:
                return {revive(item) for item in value["!set"]}
            if "!float" in value:
                return float(value["!float"])
        return {key: revive(item) for key, item in value.items()}
    return value


def copied(value):
    """A copy of a value that is already made of JSON's kinds."""
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    if type(value) is list:
        return [copied(item) for item in value]
    return value


