"""Starts llama-cpp-python's own OpenAI-compatible server, with two corrections to what it says of log-probabilities.

Run it with the Python of an environment that has `llama-cpp-python[server]` 0.3; its arguments are those of
`python -m llama_cpp.server`.

1. With `echo`, llama-cpp-python gives each token the row of logits at the token's own place in the text without a
   beginning-of-text token. That is the row before it where the model adds such a token; where the model adds none,
   it is the row *after* it, so that every log-probability belongs to the next token. Here the rows are moved by one
   for such models.
2. To name the ten likeliest tokens it sorts the whole vocabulary as Python tuples, .4 s for each token of the prompt
   with 262,144 entries. Here numpy picks the greatest; the result is the same.

Log-probabilities are computed in double precision from the logits, which are left as llama.cpp gives them.
"""

import builtins

import llama_cpp.llama
import numpy as np
from llama_cpp.server.__main__ import main

GREATEST = 16
"""More than are asked for: lm-eval asks for ten."""


class Row:
    """The log-probabilities of a vocabulary, paired with the tokens' numbers."""

    def __init__(self, logprobs: np.ndarray):
        self.logprobs = logprobs


def pair(*iterables):
    """`zip`, except that a row stays an array."""
    first = iterables[0]
    # Tokens are whole numbers; only log-probabilities are of this type.
    if isinstance(first, np.ndarray) and first.ndim == 1 and first.dtype == np.double:
        return Row(first)
    return builtins.zip(*iterables)


def order(items, **options):
    """`sorted`, except that of a row only the beginning is returned."""
    if not isinstance(items, Row):
        return builtins.sorted(items, **options)
    chosen = np.argpartition(items.logprobs, -GREATEST)[-GREATEST:]
    return builtins.sorted(((items.logprobs[token], int(token)) for token in chosen), **options)


def correct() -> None:
    """Puts the corrections in place."""
    prepare = llama_cpp.llama.Llama.__init__
    adds_no_bos = False

    def prepare_and_look(self, *arguments, **options):
        nonlocal adds_no_bos
        prepare(self, *arguments, **options)
        adds_no_bos = not self._model.add_bos_token()

    def logprobs(logits, axis: int = -1):
        logits = np.asarray(logits, dtype=np.double)
        lessened = logits - logits.max(axis=axis, keepdims=True)
        rows = lessened - np.log(np.exp(lessened).sum(axis=axis, keepdims=True))
        if rows.ndim == 2 and adds_no_bos:
            # Nothing stands before the first token: the server leaves its log-probability out.
            rows = np.concatenate([np.full_like(rows[:1], -np.inf), rows])
        return rows

    llama_cpp.llama.Llama.__init__ = prepare_and_look
    llama_cpp.llama.Llama.logits_to_logprobs = staticmethod(logprobs)
    llama_cpp.llama.zip = pair
    llama_cpp.llama.sorted = order


if __name__ == "__main__":
    correct()
    main()
