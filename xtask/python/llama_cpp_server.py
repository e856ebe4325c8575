"""Starts llama-cpp-python's own OpenAI-compatible server, with corrections to what it says of log-probabilities.

Run it with the Python of an environment that has `llama-cpp-python[server]` 0.3.36; its arguments are those of
`python -m llama_cpp.server`. It is made for lm-eval's model `gguf`, which asks for the log-probabilities of a text
(`echo`) and for one generated token, whose log-probability it drops as the last one.

1. llama-cpp-python gives each token the row of logits at the token's own place in the text without a
   beginning-of-text token. That is the row before it where the model adds such a token; where the model adds none
   (SmolLM2), it is the row *after* it, so that every log-probability belongs to another token. Here the rows are
   moved by one for such models.
2. Where the generated token is a part of a character, llama-cpp-python generates the rest of the character too, and
   where it ends the text, none: then lm-eval counts generated tokens as judged, or drops a judged one. Here a line
   break is "generated", always.
3. llama.cpp multiplies rows in fours, and those left over with other kernels, which round otherwise. Here every text
   is evaluated at once, from its beginning, and filled up to a multiple of four with tokens behind it, which it does
   not see. Before this and the second correction, 240 texts on Gemma 3 270M were .06 nats from daepyo's on average
   and .85 at most; how much of that each of the two explains was not measured.
4. To name the ten likeliest tokens it sorts the whole vocabulary as Python tuples, .4 s for each token of the prompt
   with 262,144 entries. Here numpy picks the greatest; the result is the same.

Tokens, weights and arithmetic are llama-cpp-python's. Log-probabilities are computed from its logits in double
precision.
"""

import builtins

import llama_cpp.llama
import numpy as np
from llama_cpp.llama import Llama
from llama_cpp.server.__main__ import main

GREATEST = 16
"""More than are asked for: lm-eval asks for ten."""
ROWS = 4


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
    prepare, evaluate, complete = Llama.__init__, Llama.eval, Llama._create_completion
    adds_no_bos = False

    def prepare_and_look(self, *arguments, **options):
        nonlocal adds_no_bos
        prepare(self, *arguments, **options)
        adds_no_bos = not self._model.add_bos_token()

    def complete_afresh(self, *arguments, **options):
        self.reset()
        yield from complete(self, *arguments, **options)

    def evaluate_in_fours(self, tokens):
        tokens = list(tokens)
        end = self.n_tokens + len(tokens)
        evaluate(self, tokens + tokens[-1:] * (-len(tokens) % ROWS))
        self.n_tokens = end

    def line_break(self, *_, **__):
        return self.tokenize(b"\n", add_bos=False)[-1]

    def logprobs(logits, axis: int = -1):
        logits = np.asarray(logits, dtype=np.double)
        lessened = logits - logits.max(axis=axis, keepdims=True)
        rows = lessened - np.log(np.exp(lessened).sum(axis=axis, keepdims=True))
        if rows.ndim == 2 and adds_no_bos:
            # Nothing stands before the first token: the server leaves its log-probability out.
            rows = np.concatenate([np.full_like(rows[:1], -np.inf), rows])
        return rows

    Llama.__init__ = prepare_and_look
    Llama.eval = evaluate_in_fours
    Llama.sample = line_break
    Llama._create_completion = complete_afresh
    Llama.logits_to_logprobs = staticmethod(logprobs)
    llama_cpp.llama.zip = pair
    llama_cpp.llama.sorted = order


if __name__ == "__main__":
    correct()
    main()
