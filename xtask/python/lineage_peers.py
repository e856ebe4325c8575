"""What modelDNA says of labelled pairs of models, and what its fingerprints and its registry take.

Usage: lineage_peers.py PAIRS.json OUT.json [--mode fast|full] [--limit SECONDS] [--registry N] [--bert-names]
PAIRS.json is a list of pairs, or an object that has it under `pairs`, as lineage_pairs.py writes it: a pair has `id`,
`a` (the original), `b` and `label`; paths are relative to the file's folder. Needs a Python with `PACKAGES`, which is
checked. Nothing is asked of the network: modelDNA takes a path that isn't there for a name on the Hub, so paths that
are not there end the program first.

OUT.json has `with` (settings and versions), `pairs`, `fingerprints`, `registry` and `counts`. Of each pair it has its
`id`, `label` and `relation`, modelDNA's `verdict` on whether `b` comes from `a`, its probability as `score`, the four
signals behind it, CPU seconds (both fingerprints and the comparison, as if neither had been made before) and `outcome`:
- `compared`: there is a score;
- `ruled_out`: both were read, and `reason` says why they were not scored; the verdict is NO_MATCH all the same;
- `not_read`: modelDNA's own error is the reason; `failed`: an error that it doesn't expect; `time_limit`.

modelDNA takes a folder for a model and, given a file, whatever else lies beside it: each file is shown to it alone.
It knows no name of BERT's tensors, so that it rules such models out even against themselves. `--bert-names` tells it
them, which is no longer the tool as it is: it shows what its signals say where reading is not what it lacks.

The registry is of N fingerprints of one depth (of other depths its search reads the list alone), each in a family of
its own. The first scan after a change compares every two of them; `scan_again` is without that.
"""

import argparse
import collections
import contextlib
import dataclasses
import functools
import importlib.metadata
import json
import os
import platform
import re
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ["HF_HUB_OFFLINE"] = "1"

PACKAGES = ["modelDNA==0.1.0", "numpy==2.4.6", "gguf==0.19.0", "huggingface_hub==2.4.0", "requests==2.34.2",
            "rich==15.0.0", "typer==0.29.2"]

# Of the names that transformers and llama.cpp give BERT's tensors those that modelDNA lacks, and its own for them; it
# has llama.cpp's names of the matrices already, and calls the first of the feed-forward ones `mlp.up` there.
BERT_NAMES = [
    (r"(?:bert\.)?encoder\.layer\.(\d+)\.attention\.self\.query\.(weight|bias)", "attn.q"),
    (r"(?:bert\.)?encoder\.layer\.(\d+)\.attention\.self\.key\.(weight|bias)", "attn.k"),
    (r"(?:bert\.)?encoder\.layer\.(\d+)\.attention\.self\.value\.(weight|bias)", "attn.v"),
    (r"(?:bert\.)?encoder\.layer\.(\d+)\.attention\.output\.dense\.(weight|bias)", "attn.o"),
    (r"(?:bert\.)?encoder\.layer\.(\d+)\.intermediate\.dense\.(weight|bias)", "mlp.up"),
    (r"(?:bert\.)?encoder\.layer\.(\d+)\.output\.dense\.(weight|bias)", "mlp.down"),
    (r"(?:bert\.)?encoder\.layer\.(\d+)\.attention\.output\.LayerNorm\.(weight|bias)", "norm.in"),
    (r"(?:bert\.)?encoder\.layer\.(\d+)\.output\.LayerNorm\.(weight|bias)", "norm.post"),
    (r"blk\.(\d+)\.attn_output_norm\.(weight|bias)", "norm.in"),
    (r"blk\.(\d+)\.layer_output_norm\.(weight|bias)", "norm.post"),
]

KEPT_FINGERPRINTS = 16
"""Each takes some 20 MB of memory; the original of many pairs is among the last used."""


def check_packages():
    """The versions at hand, all of them those that were pinned."""
    found = {}
    for name, wanted in (package.split("==") for package in PACKAGES):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
        if found[name] != wanted:
            raise SystemExit(f"this Python has {name} {found[name]}: pip install {' '.join(PACKAGES)}")
    return found


def add_bert_names():
    from modeldna.arch import canonical

    canonical._COMPILED_LAYER += [(re.compile(pattern + "$"), role) for pattern, role in BERT_NAMES]


class TimeLimit(BaseException):
    """Raised in the work of a pair that took too long; no handler of `Exception` may keep it."""


@contextlib.contextmanager
def limited(seconds):
    """Ends what is inside with `TimeLimit` after so many seconds on the clock."""
    def end(*_):
        raise TimeLimit

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclasses.dataclass
class Made:
    """A fingerprint, or modelDNA's words on why there is none, and what it took."""

    fingerprint: object = None
    outcome: str = ""
    reason: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    read_bytes: int = 0


class Peer:
    """modelDNA, and what it made of each model so far."""

    def __init__(self, root, mode, alone):
        self.root, self.mode, self.alone = root, mode, alone
        self.taken = {}
        self.fingerprint = functools.lru_cache(KEPT_FINGERPRINTS)(self.make)

    def source(self, path):
        """A folder as it is; a file in a folder of its own."""
        from modeldna.io.source import LocalSource

        whole = (self.root / path).resolve()
        if not whole.is_file():
            return LocalSource(whole)
        folder = self.alone / re.sub(r"[^\w.-]", "_", str(path))
        folder.mkdir(exist_ok=True)
        link = folder / whole.name
        if not link.is_symlink():
            link.symlink_to(whole)
        return LocalSource(folder)

    def make(self, path):
        from modeldna.cli import READ_ERRORS
        from modeldna.fingerprint.extract import extract_fingerprint

        made = Made()
        cpu, wall = time.process_time(), time.perf_counter()
        source = self.source(path)
        try:
            made.fingerprint = extract_fingerprint(source, mode=self.mode, model_id=str(path))
        except READ_ERRORS as error:
            made.outcome, made.reason = "not_read", words(error, source)
        except Exception as error:
            made.outcome, made.reason = "failed", f"{type(error).__name__}: {words(error, source)}"
        made.cpu_s, made.wall_s = time.process_time() - cpu, time.perf_counter() - wall
        made.read_bytes = source.bytes_read
        self.taken.setdefault(str(path), made_entry(made))
        return made

    def judge(self, original, suspect):
        """As `modeldna compare SUSPECT ORIGINAL` does it."""
        from modeldna.compare import compare_fingerprints
        from modeldna.verdict import judge

        evidence = compare_fingerprints(suspect, original)
        dtypes = {original.model_id: original.arch.torch_dtype}
        verdict = judge([(evidence, original.model_id)], suspect_dtype=suspect.arch.torch_dtype, candidate_dtypes=dtypes)
        return evidence, verdict

    def pair(self, pair, limit):
        found = {key: pair.get(key) for key in ("id", "a", "b", "label", "relation")}
        found |= {"outcome": "", "verdict": None, "score": None, "reason": None}
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            with limited(limit):
                a, b = self.fingerprint(pair["a"]), self.fingerprint(pair["b"])
                refused = [(one, path) for one, path in ((a, pair["a"]), (b, pair["b"])) if one.fingerprint is None]
                cost = [a.cpu_s + b.cpu_s, a.wall_s + b.wall_s]
                if refused:
                    outcome = "failed" if any(one.outcome == "failed" for one, _ in refused) else "not_read"
                    reason = "; ".join(f"{path}: {one.reason}" for one, path in refused)
                    return found | {"outcome": outcome, "reason": reason, "cpu_s": cost[0], "wall_s": cost[1]}
                cpu, wall = time.process_time(), time.perf_counter()
                evidence, verdict = self.judge(a.fingerprint, b.fingerprint)
                cost = [cost[0] + time.process_time() - cpu, cost[1] + time.perf_counter() - wall]
        except TimeLimit:
            took = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
            return found | {"outcome": "time_limit", "reason": f"not done after {limit:g} s"} | took
        candidate = verdict.candidates[0]
        found |= {"outcome": "ruled_out" if candidate.probability is None else "compared",
                  "verdict": verdict.verdict.value, "score": candidate.probability, "reason": candidate.ruled_out,
                  "signals": evidence.features(), "notes": evidence.notes + verdict.notes}
        return found | {"cpu_s": cost[0], "wall_s": cost[1]}

    def registry(self, pairs, count):
        """One suspect against so many fingerprints, or None where no two of one depth were read."""
        from modeldna.db.store import ReferenceDB
        from modeldna.scan import scan

        depths = collections.defaultdict(list)
        for path in dict.fromkeys(path for pair in pairs for path in (pair["a"], pair["b"])):
            if self.taken.get(path, {}).get("signals"):
                depths[self.taken[path]["layers"]].append(path)
        chosen = max(depths.values(), key=len, default=[])
        if len(chosen) < 2 or count == 0:
            return None
        suspect, others = chosen[0], chosen[1:][:count]
        with tempfile.TemporaryDirectory() as folder:
            registry, cost = ReferenceDB(folder), Cost()
            for number in range(count):
                path = others[number % len(others)]
                made = self.fingerprint(path).fingerprint
                one = dataclasses.replace(made, model_id=f"{path} {number // len(others)}")
                with cost:
                    registry.add(one, family=f"family {number}")
            sizes = [file.stat().st_size for file in (Path(folder) / "fingerprints").iterdir()]
            found = {"fingerprints": count, "different": min(len(others), count), "suspect": suspect,
                     "stored_bytes": sum(sizes), "greatest_bytes": max(sizes), "adding": cost.found()}
            for name in ("first_scan", "scan_again"):
                # A registry opened anew has read nothing yet.
                cost = Cost()
                with cost:
                    result = scan(suspect, db=ReferenceDB(folder), mode=self.mode, source=self.source(suspect))
                found[name] = cost.found()
            verdict = result.verdict
            scores = [one.probability for one in verdict.candidates if one.probability is not None]
            best = verdict.best.candidate_id if verdict.best else None
            return found | {"verdict": verdict.verdict.value, "best": best, "scored": len(scores),
                            "at_least_0.9": sum(score >= .9 for score in scores)}


class Cost:
    """What was spent inside it, all times together."""

    def __init__(self):
        self.cpu_s = self.wall_s = 0.0

    def __enter__(self):
        self.begun = time.process_time(), time.perf_counter()

    def __exit__(self, *_):
        self.cpu_s += time.process_time() - self.begun[0]
        self.wall_s += time.perf_counter() - self.begun[1]

    def found(self):
        return {"cpu_s": self.cpu_s, "wall_s": self.wall_s}


def words(error, source):
    """An error's words without the folder that a file was shown in."""
    return re.sub(r"\s+", " ", str(error).replace(str(source.root), "it"))[:300]


def made_entry(made):
    """What is kept of every fingerprint: its cost, and its size as modelDNA stores it (gzipped JSON)."""
    entry = {"cpu_s": made.cpu_s, "wall_s": made.wall_s, "read_bytes": made.read_bytes}
    if made.fingerprint is None:
        return entry | {"outcome": made.outcome, "reason": made.reason}
    fingerprint = made.fingerprint
    values = sum(len(sample) for part in (fingerprint.pcs_samples, fingerprint.vector_samples)
                 for sample in part.values())
    return entry | {"layers": fingerprint.arch.n_layers, "model_type": fingerprint.arch.model_type,
                    "known_tensors": fingerprint.arch.canonical_coverage, "sampled_values": values,
                    "signals": bool(fingerprint.sigma_curves or fingerprint.vector_samples)}


def size_of(peer, path):
    """The bytes of a fingerprint, as JSON and gzipped, and what writing and reading the second takes."""
    made = peer.fingerprint(path).fingerprint
    with tempfile.TemporaryDirectory() as folder:
        plain, small, write, read = Path(folder) / "a.json", Path(folder) / "a.json.gz", Cost(), Cost()
        made.save(plain)
        with write:
            made.save(small)
        with read:
            type(made).load(small)
        return {"json_bytes": plain.stat().st_size, "gz_bytes": small.stat().st_size, "write_cpu_s": write.cpu_s,
                "read_cpu_s": read.cpu_s}


def counts(pairs):
    """How many pairs of each label came to which verdict; where there is no score, with the outcome before it."""
    found = collections.defaultdict(collections.Counter)
    for pair in pairs:
        found[pair["label"]][pair["verdict"] if pair["outcome"] == "compared" else pair["outcome"]] += 1
    return {label: dict(sorted(one.items())) for label, one in sorted(found.items())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("pairs", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--mode", choices=("fast", "full"), default="fast")
    parser.add_argument("--limit", type=float, default=120, help="seconds on the clock for a pair")
    parser.add_argument("--registry", type=int, default=32, help="fingerprints to search; 0 leaves it out")
    parser.add_argument("--bert-names", action="store_true")
    given = parser.parse_args()
    versions = check_packages() | {"python": platform.python_version()}
    pairs = json.loads(given.pairs.read_text(encoding="utf-8"))
    pairs = pairs["pairs"] if isinstance(pairs, dict) else pairs
    root = given.pairs.resolve().parent
    absent = sorted({path for pair in pairs for path in (pair["a"], pair["b"]) if not (root / path).exists()})
    if absent:
        raise SystemExit(f"{root} has no {', '.join(absent[:5])} ({len(absent)} paths)")
    # What is imported at the first use is no part of the work.
    import gguf.quants
    import modeldna.cli
    import modeldna.scan

    if given.bert_names:
        add_bert_names()
    begun, found = time.perf_counter(), []
    with tempfile.TemporaryDirectory() as alone:
        peer = Peer(root, given.mode, Path(alone))
        for pair in pairs:
            found.append(peer.pair(pair, given.limit))
            last = found[-1]
            what = last["reason"] if last["score"] is None else f"{last['score']:.4f} {last['verdict']}"
            print(f"[{time.perf_counter() - begun:6.0f} s] {last['id']}: {last['outcome']}, {what}", flush=True)
        sized = [path for path, entry in peer.taken.items() if entry.get("signals")][:8]
        for path in sized:
            peer.taken[path] |= size_of(peer, path)
        registry = peer.registry(pairs, given.registry)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    settings = {"mode": given.mode, "limit_s": given.limit, "bert_names": given.bert_names, "versions": versions,
                "peak_bytes": peak, "wall_s": time.perf_counter() - begun}
    whole = {"with": settings, "pairs": found, "fingerprints": peer.taken, "registry": registry,
             "counts": counts(found)}
    given.out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"counts": whole["counts"], "registry": registry}))


if __name__ == "__main__":
    main()
