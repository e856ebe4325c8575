#!/usr/bin/env python3
"""Writes the files of this folder again, the same bytes every time: prompts, recorded answers, digests, the programme.

Usage: python3 examples/contest-live/make.py
The texts are those of examples/contest, and the follow-ups below: all invented, no model wrote any of them.
"""

import hashlib
import importlib.util
import json
import re
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parent / "contest"

# What is asked further, then the answers in the order of CONTESTANTS.
FOLLOW_UPS = [
    ("더 짧게 말해 주세요.", [
        "줄이면 이렇습니다: 앞의 답에서 **첫 문장**만 남기시면 됩니다.",
        "한 문장으로 줄이면 앞의 첫 문장입니다.",
        "네, 짧게 말하겠습니다. 짧게 말하는 것은 중요합니다. 왜냐하면 짧으면 짧기 때문입니다.",
        "핵심만 남기면 **한 줄**입니다. 필요하시면 더 풀어서 말씀드릴게요.",
    ]),
    ("예를 하나 들어 주세요.", [
        "예를 들면 이렇습니다.\n\n> 월요일 아침에 한 번, 금요일 저녁에 한 번 해 보고 무엇이 달라졌는지 적습니다.",
        "예: 오늘 저녁에 한 번 해 보십시오.",
        "예는 다음과 같습니다. 예를 들어 예가 있습니다.",
        "- **상황**: 시간이 10분밖에 없을 때\n- **방법**: 가장 쉬운 것 하나만 해 봅니다.",
    ]),
    ("Please say it more briefly.", [
        "In short: keep the **first sentence** of the answer above and leave out the rest.",
        "The first sentence above says it.",
        "Certainly! Being brief is important, and I will be brief, as brief as it is possible to be brief.",
        "**One line**: do the simplest thing first. Ask me if you would like the reasons.",
    ]),
    ("Give me an example, please.", [
        "For example:\n\n> Try it once on Monday morning and once on Friday evening, and write down what changed.",
        "Example: try it this evening.",
        "An example is an example of something. For example, this is an example.",
        "- **When**: you only have ten minutes\n- **What**: do the easiest part, and stop there",
    ]),
]

# To whatever else is asked.
OTHERWISE = [
    "여기 있는 답은 시연을 위해 **미리 적어 둔 글**이라 이 질문에는 정해 둔 답을 드립니다.\n\n"
    "These answers were **written beforehand** for a demo, so this is what stands for every other question.",
    "미리 적어 둔 답입니다. This answer was written beforehand.",
    "저는 무엇이든 다 압니다! 그렇지만 지금은 말할 수 없습니다. I know everything, but not now.",
    "이 질문의 답은 준비되어 있지 않아요. 아래 것을 물어보세요.\n\n- 더 짧게 말해 주세요.\n- 예를 하나 들어 주세요.\n\n"
    "No answer is prepared for this. Try one of these:\n\n- Please say it more briefly.\n- Give me an example, please.",
]

CONTEST = """\
[stages.criteria.contest]
mode = "live"
prompts = "prompts.csv"
# Half of the conversations begin with one of the prompts, the others with the voter's own.
assigned = 0.5
turns = 3
prompt_characters = 500
answer_characters = 4000
system = "사용자의 언어로 정확하고 간결하게 답하십시오. 누가 당신을 만들었는지 말하지 마십시오."
max_tokens = 512
tokens_a_day = 2000000
"""


def original():
    found = importlib.util.spec_from_file_location("contest", SOURCE / "make.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def main():
    contest = original()
    (HERE / "replay").mkdir(exist_ok=True)
    (HERE / "prompts.csv").write_text((SOURCE / "prompts.csv").read_text(encoding="utf-8"), encoding="utf-8")
    programme = (SOURCE / "programme.toml").read_text(encoding="utf-8")
    programme = programme.replace(
        "# A public contest of recorded answers, small enough to try out: three candidates, a reference, twelve prompts. Teams,\n"
        "# candidates and every answer are invented; see README.md. Files and digests are made by make.py.",
        "# A live contest, small enough to try out without a model: three candidates and a reference that answer from a file as\n"
        "# somebody writes. All of it is invented; see README.md. This file is made by make.py from examples/contest.")
    programme = programme.replace('id = "contest"', 'id = "contest-live"')
    programme = programme.replace("공개 대결 시연", "공개 대화 시연").replace("A contest to try out", "A live contest to try out")
    old = '[stages.criteria.contest]\nmode = "recorded"\nprompts = "prompts.csv"\nanswers = "answers.jsonl"\n'
    assert old in programme
    programme = programme.replace(old, CONTEST)
    for place, contestant in enumerate(contest.CONTESTANTS):
        answers = [(prompt, texts[place]) for _, _, _, prompt, texts in contest.BATTLES]
        answers += [(prompt, texts[place]) for prompt, texts in FOLLOW_UPS]
        replay = lines({"prompt": prompt, "text": text, "finish": "stop"} for prompt, text in answers)
        replay += lines([{"otherwise": OTHERWISE[place]}])
        (HERE / f"replay/{contestant}.jsonl").write_text(replay, encoding="utf-8")
        digest = hashlib.sha256(replay.encode()).hexdigest()
        programme = re.sub(rf'(replay/{contestant}\.jsonl"\ndigest = "sha256:)[0-9a-f]*', rf"\g<1>{digest}", programme)
    (HERE / "programme.toml").write_text(programme, encoding="utf-8")


if __name__ == "__main__":
    main()
