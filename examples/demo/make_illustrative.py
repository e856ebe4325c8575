#!/usr/bin/env python3
"""Writes the illustrative marks and votes of the demo: made-up numbers from a fixed seed, not anybody's opinion.

Python 3.11 or later, nothing to install:  python3 examples/demo/make_illustrative.py
"""

import math
import random
from pathlib import Path

FOLDER = Path(__file__).parent
SEED = 20261105

# What the made-up raters and voters lean towards, on a logit scale with the reference at 0.
LEANINGS = {"garam-1": 0.1, "narae-1": -0.4, "dasom-1": -0.2, "raon-1": -0.9, "maru-1": -1.4}
REFERENCE = "global-1"

RATERS = 10
ITEMS = {"technology": 0.3, "data": 0.0, "openness": -0.2, "plan": 0.1}
MARK_CENTRE, MARK_SLOPE = 3.9, 1.0

VOTERS = 80
VOTES_PER_VOTER = (4, 11)
TIE = 0.35  # Davidson's parameter
BOTH_BAD = 0.25  # share of ties that a voter calls bad on both sides
PROMPTS = [f"p{number:02}" for number in range(1, 41)]


def marks(draw: random.Random) -> list[str]:
    """Ten raters mark every candidate on every item; raters differ in severity and in taste."""
    rows = ["rater,candidate,item,value"]
    for rater in range(1, RATERS + 1):
        severity = draw.gauss(0.0, 0.35)
        for candidate, leaning in LEANINGS.items():
            taste = draw.gauss(0.0, 0.35)
            for item, ease in ITEMS.items():
                value = MARK_CENTRE + MARK_SLOPE * leaning + ease - severity + taste + draw.gauss(0.0, 0.5)
                rows.append(f"rater-{rater:02},{candidate},{item},{min(5, max(1, round(value)))}")
    return rows


def votes(draw: random.Random) -> list[str]:
    """Voters compare two answers without names; each voter has a taste of their own, which is why votes cluster."""
    rows = ["voter,left,right,choice,prompt"]
    sides = [*LEANINGS, REFERENCE]
    for voter in range(1, VOTERS + 1):
        tastes = {side: draw.gauss(0.0, 0.5) for side in sides}
        for _ in range(draw.randint(*VOTES_PER_VOTER)):
            left, right = draw.sample(sides, 2)
            strength = [math.exp(LEANINGS.get(side, 0.0) + tastes[side]) for side in (left, right)]
            tie = TIE * math.sqrt(strength[0] * strength[1])
            choice = draw.choices(["left", "right", "tie"], [*strength, tie])[0]
            if choice == "tie" and draw.random() < BOTH_BAD:
                choice = "both_bad"
            rows.append(f"voter-{voter:03},{left},{right},{choice},{draw.choice(PROMPTS)}")
    return rows


def main() -> None:
    for name, rows in [
        ("marks.illustrative.csv", marks(random.Random(SEED))),
        ("votes.illustrative.csv", votes(random.Random(SEED + 1))),
    ]:
        (FOLDER / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
        print(f"{name}: {len(rows) - 1} rows")


if __name__ == "__main__":
    main()
