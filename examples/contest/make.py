#!/usr/bin/env python3
"""Writes the files of this folder again, the same bytes every time: prompts, recorded answers, replay files, digests.

Usage: python3 examples/contest/make.py
Teams, candidates, the reference, prompts and answers are invented: no model wrote any of these texts.
"""

import csv
import hashlib
import io
import json
import re
from pathlib import Path

HERE = Path(__file__).parent
CONTESTANTS = ["garam-1", "narae-1", "dasom-1", "meridian-2"]

# id, language, category, prompt, then the answers in the order of CONTESTANTS.
BATTLES = [
    ("ko-rice", "ko", "living", "혼자 사는 사람이 쌀을 오래 보관하는 방법을 세 가지만 알려 주세요.", [
        """혼자 드신다면 이렇게 해 보세요.

1. **작은 병에 나누어 냉장고에 둡니다.** 온도가 낮으면 벌레가 생기지 않고 밥맛도 오래갑니다.
2. **먹을 만큼만 삽니다.** 한 달에 먹는 양이 3 kg쯤이라면 10 kg 포대보다 4 kg 봉지가 낫습니다.
3. **물기를 막습니다.** 쌀통을 싱크대 아래에 두지 말고, 쌀을 풀 때는 마른 컵을 쓰세요.""",
        """쌀은 서늘하고 건조한 곳에 두는 것이 좋습니다. 밀폐 용기에 담아 냉장 보관하면 더 오래갑니다. 마늘이나 마른 고추를 함께 넣으면 벌레를 막는 데 도움이 된다고 알려져 있습니다.""",
        """쌀을 햇볕이 잘 드는 창가에 두면 잘 말라서 오래 보관할 수 있습니다. 그리고 물에 씻어서 보관하면 편리합니다. 감사합니다!""",
        """- **냉장 보관**: 페트병에 담아 냉장고 문 칸에 둡니다.
- **소량 구매**: 도정한 지 얼마 안 된 쌀을 두 주에서 네 주 먹을 만큼만 삽니다.
- **밀폐**: 공기와 습기를 막고, 새 쌀을 부을 때는 남은 쌀을 먼저 비웁니다.""",
    ]),
    ("ko-note", "ko", "writing", "이사 온 집의 아랫집 이웃에게 발소리를 미리 사과하는 짧은 쪽지를 써 주세요.", [
        """안녕하세요, 이번 주에 위층으로 이사 온 사람입니다.

아직 짐을 푸는 중이라 저녁에 발소리가 들릴 수 있습니다. 밤 9시 뒤에는 짐을 옮기지 않고, 바닥에 매트도 깔겠습니다. 불편하신 점이 있으면 편하게 알려 주세요. 잘 부탁드립니다.""",
        """위층 이웃입니다. 이사로 소음이 있어 죄송합니다. 조심하겠습니다. 좋은 하루 보내세요.""",
        """존경하는 고객님, 저희 서비스를 이용해 주셔서 감사합니다. 소음 관련 문의는 관리 사무소로 접수하여 주시기 바랍니다.""",
        """안녕하세요! 새로 이사 온 위층입니다. 아이가 있어 낮에 발소리가 날 수 있는데, 매트를 깔고 늘 살피겠습니다. 시끄러울 때는 망설이지 말고 말씀해 주세요. 작은 과일을 함께 두고 갑니다.""",
    ]),
    ("ko-train", "ko", "reasoning",
     "열차가 오전 9시 40분에 떠나 모두 2시간 35분을 달립니다. 가는 길에 15분 쉬면 몇 시에 도착하나요?", [
        """달리는 시간과 쉬는 시간을 더합니다.

- 2시간 35분 + 15분 = 2시간 50분
- 오전 9시 40분 + 2시간 50분 = **오후 12시 30분**

따라서 오후 12시 30분에 도착합니다.""",
        """9시 40분에 2시간 35분을 더하면 12시 15분이고, 15분을 쉬므로 12시 30분에 도착합니다.""",
        """9시 40분에서 2시간 35분이 지나면 12시 15분입니다. 따라서 답은 **오후 12시 15분**입니다.""",
        """오후 12시 30분입니다. 9:40 + 2:35 = 12:15, 여기에 쉬는 시간 0:15를 더합니다.""",
    ]),
    ("ko-code", "ko", "coding", "파이썬으로 글에서 한글 음절이 몇 자인지 세는 함수를 써 주세요.", [
        """완성된 한글 음절은 `가`(U+AC00)부터 `힣`(U+D7A3)까지입니다.

```python
def count_syllables(text: str) -> int:
    return sum("가" <= letter <= "힣" for letter in text)
```

낱자(`ㅋㅋ`)는 세지 않습니다. 풀어 쓴 글자까지 세려면 먼저 `unicodedata.normalize("NFC", text)`를 부르세요.""",
        """```python
import re

def count(text):
    return len(re.findall("[가-힣]", text))
```

정규식으로 한글 음절을 찾아 그 수를 셉니다.""",
        """다음 함수를 쓰면 됩니다.

```python
def count(text):
    return len(text)
```

모든 글자를 세므로 한글도 셉니다.""",
        """`re`로 짧게 쓸 수 있습니다.

```python
import re

SYLLABLE = re.compile(r"[\\uac00-\\ud7a3]")

def count_syllables(text: str) -> int:
    return len(SYLLABLE.findall(text))

assert count_syllables("<b>한글</b> 2자") == 3
```

`자`도 음절이므로 보기의 답은 3입니다.""",
    ]),
    ("ko-letter", "ko", "knowledge", "한글 자음 ㅎ의 이름은 무엇이고, '좋고'와 '좋아'에서는 어떻게 소리 나나요?", [
        """ㅎ의 이름은 **히읗**입니다.

- `좋고`: ㅎ이 뒤의 ㄱ과 만나 거센소리 ㅋ이 되어 **[조코]**로 소리 납니다.
- `좋아`: 모음 앞에서는 ㅎ을 소리 내지 않아 **[조아]**가 됩니다.""",
        """ㅎ은 '히읗'이라고 읽습니다. '좋고'는 [조코]로, '좋아'는 [조아]로 발음합니다.""",
        """ㅎ의 이름은 '하읗'이고 '좋고'는 [좃고], '좋아'는 [조하]로 소리 납니다.""",
        """이름은 히읗이에요. '좋고'는 [조코]처럼 거센소리가 되고 '좋아'는 [조아]처럼 ㅎ이 사라져요. 받침 ㅎ은 뒤에 오는 소리에 따라 달라진다고 기억하면 쉬워요.""",
    ]),
    ("ko-hello", "ko", "conversation", "간단히 자기소개를 하고, 무엇을 잘하는지 한 가지만 말해 주세요.", [
        """안녕하세요. 글을 쓰고 다듬는 일을 돕는 인공지능입니다. 그 가운데 긴 글을 짧게 줄이는 일을 가장 잘합니다.""",
        """안녕하세요, 저는 나래 연구소가 만든 인공지능 나래-1입니다. 한국어로 이야기하는 것을 잘합니다.""",
        """저는 무엇이든 다 잘합니다. 세상의 모든 질문에 100% 정확하게 답합니다!""",
        """반갑습니다! 여러 언어를 다루는 인공지능 도우미예요. 한 언어의 말맛을 다른 언어로 옮기는 일을 잘해요.""",
    ]),
    ("ko-notice", "ko", "summary",
     "다음 알림을 한 문장으로 줄여 주세요: 솔바람 도서관은 12월 7일부터 11일까지 책장을 옮깁니다. "
     "그동안 열람실은 닫지만 1층에서 책을 빌리고 돌려줄 수 있으며, 예약한 책은 14일까지 맡아 둡니다.", [
        """솔바람 도서관은 12월 7~11일에 열람실을 닫되 1층에서 대출과 반납을 받고, 예약한 책은 14일까지 맡아 둡니다.""",
        """솔바람 도서관 열람실이 12월 7일부터 11일까지 문을 닫습니다.""",
        """도서관이 12월에 이사를 가므로 책을 빌릴 수 없습니다.""",
        """책장을 옮기는 12월 7일부터 11일까지 열람실은 쉬지만, 1층 대출·반납은 그대로이고 예약 도서는 14일까지 보관합니다.""",
    ]),
    ("en-fridge", "en", "living", "My fridge still smells after I threw out everything old. What should I do?", [
        """Try these in order:

1. Take the shelves out and wash them with warm water and a little baking soda.
2. Wipe the **door seal**: crumbs and juice collect in its folds.
3. Look for the drain hole at the back and flush it with warm water.
4. Leave an open bowl of baking soda inside for a day or two.""",
        """Clean the fridge with baking soda and water, then leave an open box of baking soda inside. Check the drip tray too.""",
        """Spray perfume inside the fridge every morning. The smell of the food will be covered quickly.""",
        """Most lasting smells come from places one doesn't see:

| place | what to do |
| --- | --- |
| door seal | wipe the folds with soapy water |
| drain and drip tray | flush, dry, repeat |
| under the drawers | take them out and wash them |

Then let it air for an hour and put in a bowl of coffee grounds.""",
    ]),
    ("en-email", "en", "writing", "Write a two-sentence email that moves tomorrow's meeting from 10 am to 2 pm.", [
        """Hello everyone, something has come up, so I'd like to move tomorrow's meeting from 10 am to 2 pm. Please let me know by this evening if that doesn't suit you, and I'll find another time.""",
        """Hi all, tomorrow's meeting is moved from 10 am to 2 pm. Thank you for your understanding.""",
        """Dear Sir or Madam, I am writing to you today with regard to the matter of the meeting. It was planned. It will now be at another time. I hope this email finds you well. Best regards.""",
        """Hi team, could we meet tomorrow at 2 pm instead of 10 am? The agenda and the room stay as they are; reply if the afternoon is a problem.""",
    ]),
    ("en-order", "en", "reasoning", "Mina is older than Joon, and Joon is younger than Sora. Who is the oldest?", [
        """It can't be told. Both Mina and Sora are older than Joon, but nothing says which of the two is older.""",
        """Mina is older than Joon and Sora is older than Joon, so the oldest is either Mina or Sora.""",
        """Mina is the oldest because she is mentioned first.""",
        """**Not enough information.** We know:

- Mina > Joon
- Sora > Joon

so Joon is the youngest, and Mina and Sora aren't compared.""",
    ]),
    ("en-table", "en", "knowledge", "Compare walking and cycling to work in a small table.", [
        """| | walking | cycling |
| --- | --- | --- |
| 3 km take about | 35 minutes | 12 minutes |
| cost | shoes | bicycle, lock, repairs |
| in the rain | umbrella | harder |
| parking | none needed | a safe stand |""",
        """Walking: free, slow, no parking.
Cycling: fast, needs a bicycle, needs parking.""",
        """Walking and cycling are both good for your health and for the environment, and you can choose the one you like.""",
        """| | on foot | by bicycle |
| --- | --- | --- |
| speed | 5 km/h | 15 km/h |
| effort | low | medium |
| what you need | nothing | bicycle, helmet, lights |

Under 2 km I'd walk; beyond that, cycling saves time.""",
    ]),
    ("en-tone", "en", "translation",
     "Translate into Korean and say what tone it has: \"Could you possibly send it by Friday?\"", [
        """> 혹시 금요일까지 보내 주실 수 있을까요?

The tone is polite and careful: *could you possibly* asks without pressing, which `혹시 … 있을까요?` keeps.""",
        """금요일까지 보내 주실 수 있나요? It is a polite request.""",
        """"금요일에 보내라." The tone is friendly.""",
        """**혹시 금요일까지 보내 주실 수 있으실까요?** Very polite; between colleagues `금요일까지 보내 주실 수 있나요?` is enough.""",
    ]),
]


def write(path, text):
    (HERE / path).parent.mkdir(parents=True, exist_ok=True)
    (HERE / path).write_text(text, encoding="utf-8")


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def main():
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["id", "text", "language", "category"])
    table.writerows((name, prompt, language, category) for name, language, category, prompt, _ in BATTLES)
    write("prompts.csv", text.getvalue())
    write("answers.jsonl", lines(
        {"prompt": name, "candidate": contestant, "text": answer}
        for name, _, _, _, answers in BATTLES for contestant, answer in zip(CONTESTANTS, answers, strict=True)))
    programme = (HERE / "programme.toml").read_text(encoding="utf-8")
    for place, contestant in enumerate(CONTESTANTS):
        replay = lines({"prompt": prompt, "text": answers[place], "finish": "stop"}
                       for _, _, _, prompt, answers in BATTLES)
        write(f"replay/{contestant}.jsonl", replay)
        digest = hashlib.sha256(replay.encode()).hexdigest()
        programme = re.sub(rf'(replay/{contestant}\.jsonl"\ndigest = "sha256:)[0-9a-f]*', rf"\g<1>{digest}", programme)
    write("programme.toml", programme)


if __name__ == "__main__":
    main()
