"""Kinds of values that the made documents of lm-eval's families hold, each a function of the document's maker.

The values mean nothing: they are put together with a seed from words and from pieces on which renderers differ.
"""

import random
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
