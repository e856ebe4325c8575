"""llama-cpp-python's OpenAI-compatible server, counting the tokens that go through the model: `llama_cpp_count.py FILE ...`.

FILE always holds the number of tokens so far. Further arguments are those of `python -m llama_cpp.server`. The corrections
of `llama_cpp_server.py` are in place but one: what a text has in common with the one before is not evaluated again, as
the server does by itself.
"""

import sys
from pathlib import Path

import llama_cpp_server
from llama_cpp.llama import Llama


def count(path: Path) -> None:
    evaluate = Llama.eval
    total = 0

    def counted(self, tokens):
        nonlocal total
        tokens = list(tokens)
        total += len(tokens)
        path.write_text(str(total))
        evaluate(self, tokens)

    path.write_text("0")
    Llama.eval = counted


if __name__ == "__main__":
    file = Path(sys.argv.pop(1))
    complete = Llama._create_completion
    llama_cpp_server.correct()
    Llama._create_completion = complete
    count(file)
    llama_cpp_server.main()
