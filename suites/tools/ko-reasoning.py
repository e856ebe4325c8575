#!/usr/bin/env python3
"""Writes suites/ko-reasoning/data: Korean arithmetic word problems whose answers are computed here.

Python 3.11, standard library only. Usage: python3 suites/tools/ko-reasoning.py
The same seed always gives the same bytes. Every template checks its own answer with `assert` where a
second way to compute it exists.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

SEED = 20260117
PER_TEMPLATE = 6
OUT = Path(__file__).resolve().parent.parent / "ko-reasoning" / "data"

NAMES = "지우 민준 서연 하준 수빈 도윤 예은 현우 유나 태민 가온 나래 보람 한결 은별 정훈".split()
FRUITS = "사과 배 귤 감 복숭아 자두 참외 살구".split()
TOYS = "구슬 딱지 스티커 색종이 카드 블록 단추 인형".split()
BOOKS = "동화책 만화책 시집 과학책 소설책 그림책".split()

Problem = tuple[str, str, int]
Template = Callable[[random.Random], Problem]
TEMPLATES: list[tuple[str, Template]] = []


def template(function: Template) -> Template:
    TEMPLATES.append((function.__name__, function))
    return function


def final(word: str) -> int:
    """The final consonant of the last syllable: 0 where there is none, 8 for ㄹ."""
    last = word[-1]
    assert "가" <= last <= "힣", word
    return (ord(last) - ord("가")) % 28


def eun(word: str) -> str:
    return word + ("은" if final(word) else "는")


def i(word: str) -> str:
    return word + ("이" if final(word) else "가")


def eul(word: str) -> str:
    return word + ("을" if final(word) else "를")


def wa(word: str) -> str:
    return word + ("과" if final(word) else "와")


def ina(word: str) -> str:
    """The name as it is used before a particle: 현우, but 한결이."""
    return word + "이" if final(word) else word


def people(rng: random.Random, count: int) -> list[str]:
    return [ina(name) for name in rng.sample(NAMES, count)]


@template
def give_and_take(rng: random.Random) -> Problem:
    (a, b), toy = people(rng, 2), rng.choice(TOYS)
    have, gave, got = rng.randint(20, 60), rng.randint(5, 18), rng.randint(3, 15)
    left = have - gave
    return (
        f"{eun(a)} {eul(toy)} {have}개 가지고 있었습니다. {b}에게 {gave}개를 주고, 가게에서 {got}개를 새로 샀습니다. "
        f"{i(a)} 지금 가지고 있는 {eun(toy)} 모두 몇 개입니까?",
        f"{have} - {gave} = {left}, {left} + {got} = {left + got}.",
        left + got,
    )


@template
def boxes_and_rest(rng: random.Random) -> Problem:
    fruit, boxes, each, rest = rng.choice(FRUITS), rng.randint(4, 12), rng.randint(6, 15), rng.randint(2, 5)
    return (
        f"{eul(fruit)} 한 상자에 {each}개씩 {boxes}상자에 담았더니 {rest}개가 남았습니다. "
        f"{eun(fruit)} 처음에 모두 몇 개 있었습니까?",
        f"{each} × {boxes} = {each * boxes}, {each * boxes} + {rest} = {each * boxes + rest}.",
        each * boxes + rest,
    )


@template
def change_from_bill(rng: random.Random) -> Problem:
    name, fruit = people(rng, 1)[0], rng.choice(FRUITS)
    price, count = rng.randrange(400, 1300, 100), rng.randint(3, 7)
    paid = 10000
    cost = price * count
    assert cost < paid
    return (
        f"{eun(name)} 한 개에 {price}원 하는 {eul(fruit)} {count}개 사고 만 원짜리 지폐 한 장을 냈습니다. "
        f"거스름돈은 얼마입니까?",
        f"{price} × {count} = {cost}, {paid} - {cost} = {paid - cost}.",
        paid - cost,
    )


@template
def two_kinds_cost(rng: random.Random) -> Problem:
    name = people(rng, 1)[0]
    pencil, note = rng.randrange(300, 900, 50), rng.randrange(1000, 2500, 100)
    x, y = rng.randint(3, 8), rng.randint(2, 5)
    a, b = pencil * x, note * y
    return (
        f"문구점에서 연필은 한 자루에 {pencil}원, 공책은 한 권에 {note}원입니다. "
        f"{i(name)} 연필 {x}자루와 공책 {y}권을 샀다면 모두 얼마를 내야 합니까?",
        f"{pencil} × {x} = {a}, {note} × {y} = {b}, {a} + {b} = {a + b}.",
        a + b,
    )


@template
def ages(rng: random.Random) -> Problem:
    name = people(rng, 1)[0]
    child, times, years = rng.randint(9, 12), rng.randint(3, 4), rng.randint(4, 12)
    parent = child * times
    return (
        f"올해 {eun(name)} {child}살이고, 어머니의 나이는 {name} 나이의 {times}배입니다. "
        f"{years}년 뒤에 어머니는 몇 살이 됩니까?",
        f"{child} × {times} = {parent}, {parent} + {years} = {parent + years}.",
        parent + years,
    )


@template
def discount(rng: random.Random) -> Problem:
    thing, price = rng.choice(["운동화", "가방", "외투", "모자", "우산", "시계"]), rng.randrange(20, 90, 5) * 1000
    percent = rng.choice([10, 20, 30, 40])
    off = price * percent // 100
    assert price * percent % 100 == 0
    return (
        f"정가가 {price}원인 {eul(thing)} {percent}% 할인하여 팔고 있습니다. {thing}의 할인된 가격은 얼마입니까?",
        f"{price} × {percent} ÷ 100 = {off}, {price} - {off} = {price - off}.",
        price - off,
    )


@template
def speed(rng: random.Random) -> Problem:
    speed_kmh, first, second = rng.randrange(60, 100, 5), rng.randint(2, 3), rng.randint(1, 2)
    slower = speed_kmh - rng.choice([10, 20])
    a, b = speed_kmh * first, slower * second
    return (
        f"자동차가 한 시간에 {speed_kmh}km를 가는 빠르기로 {first}시간 달리고, 이어서 한 시간에 {slower}km를 가는 "
        f"빠르기로 {second}시간 달렸습니다. 자동차가 달린 거리는 모두 몇 km입니까?",
        f"{speed_kmh} × {first} = {a}, {slower} × {second} = {b}, {a} + {b} = {a + b}.",
        a + b,
    )


@template
def rectangle(rng: random.Random) -> Problem:
    place = rng.choice(["꽃밭", "텃밭", "운동장", "마당", "논", "공원"])
    width, height = rng.randint(8, 25), rng.randint(5, 7)
    total = 2 * (width + height)
    return (
        f"가로가 {width}m, 세로가 {height}m인 직사각형 모양의 {i(place)} 있습니다. "
        f"이 {place}의 둘레를 따라 울타리를 치려면 울타리는 모두 몇 m가 필요합니까?",
        f"{width} + {height} = {width + height}, {width + height} × 2 = {total}.",
        total,
    )


@template
def trees_on_a_line(rng: random.Random) -> Problem:
    gap, spaces = rng.choice([4, 5, 6, 8, 10]), rng.randint(8, 20)
    length = gap * spaces
    tree = rng.choice(["은행나무", "단풍나무", "벚나무", "소나무"])
    return (
        f"길이가 {length}m인 곧은 길의 한쪽에 처음부터 끝까지 {gap}m 간격으로 {eul(tree)} 심으려고 합니다. "
        f"길의 양쪽 끝에도 심는다면 {eun(tree)} 모두 몇 그루 필요합니까?",
        f"{length} ÷ {gap} = {spaces}, {spaces} + 1 = {spaces + 1}.",
        spaces + 1,
    )


@template
def pages_left(rng: random.Random) -> Problem:
    name, book = people(rng, 1)[0], rng.choice(BOOKS)
    daily, days, more = rng.randint(12, 25), rng.randint(4, 7), rng.randint(30, 80)
    total = daily * days + more
    return (
        f"{eun(name)} {total}쪽짜리 {eul(book)} 하루에 {daily}쪽씩 {days}일 동안 읽었습니다. "
        f"다 읽으려면 몇 쪽을 더 읽어야 합니까?",
        f"{daily} × {days} = {daily * days}, {total} - {daily * days} = {more}.",
        more,
    )


@template
def bus_stops(rng: random.Random) -> Problem:
    start, off1, on1, off2, on2 = (
        rng.randint(20, 30),
        rng.randint(3, 9),
        rng.randint(2, 8),
        rng.randint(4, 9),
        rng.randint(1, 6),
    )
    after = start - off1 + on1
    return (
        f"버스에 승객이 {start}명 타고 있었습니다. 첫 번째 정류장에서 {off1}명이 내리고 {on1}명이 탔고, "
        f"두 번째 정류장에서 {off2}명이 내리고 {on2}명이 탔습니다. 지금 버스에 탄 승객은 몇 명입니까?",
        f"{start} - {off1} + {on1} = {after}, {after} - {off2} + {on2} = {after - off2 + on2}.",
        after - off2 + on2,
    )


@template
def mean_score(rng: random.Random) -> Problem:
    name = people(rng, 1)[0]
    mean = rng.randint(78, 92)
    a, b = mean + rng.randint(-9, 8), mean + rng.randint(-9, 8)
    c = 3 * mean - a - b
    if not 50 <= c <= 100:
        return mean_score(rng)
    return (
        f"{eun(name)} 국어 {a}점, 수학 {b}점, 과학 {c}점을 받았습니다. 세 과목의 평균은 몇 점입니까?",
        f"{a} + {b} + {c} = {3 * mean}, {3 * mean} ÷ 3 = {mean}.",
        mean,
    )


@template
def share_equally(rng: random.Random) -> Problem:
    toy, people_count, each, rest = rng.choice(TOYS), rng.randint(4, 9), rng.randint(7, 16), rng.randint(1, 3)
    total = people_count * each + rest
    return (
        f"{toy} {total}개를 {people_count}명이 똑같이 나누어 가지려고 합니다. 될 수 있는 대로 많이 나누어 가지면 "
        f"몇 개가 남습니까?",
        f"{total} ÷ {people_count}의 몫은 {each}, 나머지는 {rest}.",
        rest,
    )


@template
def boats_needed(rng: random.Random) -> Problem:
    seats, full, rest = rng.randint(4, 8), rng.randint(5, 12), rng.randint(1, 3)
    group = seats * full + rest
    thing = rng.choice(["승합차", "마차", "케이블카", "전동 카트"])
    return (
        f"한 대에 {seats}명까지 탈 수 있는 {i(thing)} 있습니다. {group}명이 한꺼번에 모두 타려면 {eun(thing)} 적어도 "
        f"몇 대가 있어야 합니까?",
        f"{group} ÷ {seats}의 몫은 {full}, 나머지는 {rest}. {full} + 1 = {full + 1}.",
        full + 1,
    )


@template
def clock_minutes(rng: random.Random) -> Problem:
    name = people(rng, 1)[0]
    hour, minute, travel = rng.randint(1, 8), rng.randrange(5, 55, 5), rng.randrange(70, 160, 5)
    end = hour * 60 + minute + travel
    end_text = f"{end // 60}시" + (f" {end % 60}분" if end % 60 else "")
    return (
        f"{eun(name)} 오후 {hour}시 {minute}분에 숙제를 시작하여 오후 {end_text}에 마쳤습니다. "
        f"숙제를 하는 데 걸린 시간은 몇 분입니까?",
        f"{end_text}은 {end}분, {hour}시 {minute}분은 {hour * 60 + minute}분. ".replace("시은", "시는")
        + f"{end} - {hour * 60 + minute} = {travel}.",
        travel,
    )


@template
def chickens_and_rabbits(rng: random.Random) -> Problem:
    chickens, rabbits = rng.randint(5, 18), rng.randint(4, 15)
    heads, legs = chickens + rabbits, 2 * chickens + 4 * rabbits
    return (
        f"농장에 닭과 토끼가 모두 {heads}마리 있습니다. 다리를 세어 보니 모두 {legs}개였습니다. 토끼는 몇 마리입니까?",
        f"{heads} × 2 = {heads * 2}, {legs} - {heads * 2} = {2 * rabbits}, {2 * rabbits} ÷ 2 = {rabbits}.",
        rabbits,
    )


@template
def work_rate(rng: random.Random) -> Problem:
    rate, days, workers = rng.randint(3, 8), rng.randint(4, 9), rng.randint(5, 12)
    thing, counter = rng.choice([("의자", "개"), ("바구니", "개"), ("장난감", "개"), ("책상", "개")])
    return (
        f"공장에서 한 사람이 하루에 {eul(thing)} {rate}{counter}씩 만듭니다. {workers}명이 {days}일 동안 일하면 "
        f"{eun(thing)} 모두 몇 {counter} 만들 수 있습니까?",
        f"{rate} × {workers} = {rate * workers}, {rate * workers} × {days} = {rate * workers * days}.",
        rate * workers * days,
    )


@template
def savings(rng: random.Random) -> Problem:
    name = people(rng, 1)[0]
    start, weekly, weeks = rng.randrange(3, 12) * 1000, rng.randrange(500, 3000, 500), rng.randint(5, 12)
    total = start + weekly * weeks
    return (
        f"{name}의 저금통에 {start}원이 들어 있습니다. 매주 {weekly}원씩 {weeks}주 동안 저금하면 저금통에는 "
        f"모두 얼마가 있게 됩니까?",
        f"{weekly} × {weeks} = {weekly * weeks}, {start} + {weekly * weeks} = {total}.",
        total,
    )


@template
def fraction_of_class(rng: random.Random) -> Problem:
    down, up = rng.choice([(3, 1), (4, 1), (5, 2), (4, 3), (5, 3), (3, 2)])
    unit = rng.randint(5, 9)
    total = down * unit
    activity = rng.choice(["수영", "축구", "합창", "바둑", "연극", "서예"])
    joined = unit * up
    return (
        f"어느 반의 학생 {total}명 가운데 {down}분의 {digit_i(up)} {activity} 동아리에 들었습니다. {activity} 동아리에 들지 않은 "
        f"학생은 몇 명입니까?",
        f"{total} ÷ {down} × {up} = {joined}, {total} - {joined} = {total - joined}.",
        total - joined,
    )


@template
def rope_cut(rng: random.Random) -> Problem:
    piece, count, rest = rng.randrange(15, 45, 5), rng.randint(4, 9), rng.randint(5, 14)
    total = piece * count + rest
    use = rng.choice(["선물을 묶는", "꽃다발을 묶는", "상자를 묶는", "리본을 만드는"])
    return (
        f"길이가 {total}cm인 끈이 있습니다. {use} 데 {piece}cm씩 {count}번 잘라 썼다면 남은 끈은 몇 cm입니까?",
        f"{piece} × {count} = {piece * count}, {total} - {piece * count} = {rest}.",
        rest,
    )


@template
def consecutive_sum(rng: random.Random) -> Problem:
    middle = rng.randint(15, 80)
    total = 3 * middle
    assert (middle - 1) + middle + (middle + 1) == total
    return (
        f"연속하는 세 자연수의 합이 {total}입니다. 세 수 가운데 가장 큰 수는 얼마입니까?",
        f"{total} ÷ 3 = {middle}, {middle} + 1 = {middle + 1}.",
        middle + 1,
    )


@template
def mystery_number(rng: random.Random) -> Problem:
    number, times, plus = rng.randint(6, 40), rng.randint(3, 9), rng.randint(4, 30)
    result = number * times + plus
    return (
        f"어떤 수에 {times}을 곱한 다음 {plus}을 더하였더니 {result}이 되었습니다. 어떤 수는 얼마입니까?".replace(
            f"{times}을", digit_eul(times)
        )
        .replace(f"{plus}을", digit_eul(plus))
        .replace(f"{result}이 되", f"{digit_i(result)} 되"),
        f"{result} - {plus} = {result - plus}, {result - plus} ÷ {times} = {number}.",
        number,
    )


def digit_final(number: int) -> bool:
    """Whether the number read in Sino-Korean ends in a consonant (영 일 삼 육 칠 팔, 십 백 천 만)."""
    return number % 10 in (0, 1, 3, 6, 7, 8)


def digit_eul(number: int) -> str:
    return f"{number}{'을' if digit_final(number) else '를'}"


def digit_i(number: int) -> str:
    return f"{number}{'이' if digit_final(number) else '가'}"


@template
def more_or_less(rng: random.Random) -> Problem:
    (a, b, c), toy = people(rng, 3), rng.choice(TOYS)
    first, more, less = rng.randint(18, 40), rng.randint(4, 12), rng.randint(3, 9)
    second = first + more
    third = second - less
    return (
        f"{eun(a)} {eul(toy)} {first}개 모았습니다. {eun(b)} {a}보다 {more}개 더 모았고, {eun(c)} {b}보다 {less}개 적게 "
        f"모았습니다. 세 사람이 모은 {eun(toy)} 모두 몇 개입니까?",
        f"{first} + {more} = {second}, {second} - {less} = {third}, {first} + {second} + {third} = "
        f"{first + second + third}.",
        first + second + third,
    )


@template
def ratio_share(rng: random.Random) -> Problem:
    a, b = people(rng, 2)
    left, right = rng.choice([(2, 3), (3, 4), (3, 5), (4, 5), (1, 4), (2, 5)])
    unit = rng.randint(4, 12)
    total = (left + right) * unit
    return (
        f"사탕 {total}개를 {wa(a)} {i(b)} {left} 대 {right}의 비로 나누어 가졌습니다. {i(b)} 가진 사탕은 몇 개입니까?",
        f"{left} + {right} = {left + right}, {total} ÷ {left + right} = {unit}, {unit} × {right} = {unit * right}.",
        unit * right,
    )


@template
def water_tank(rng: random.Random) -> Problem:
    fill, drain, minutes, start = rng.randint(9, 18), rng.randint(2, 6), rng.randint(6, 15), rng.randint(10, 40)
    net = fill - drain
    return (
        f"물이 {start}L 들어 있는 수조에 1분에 {fill}L씩 물을 넣습니다. 동시에 바닥의 구멍으로 1분에 {drain}L씩 물이 "
        f"새어 나갑니다. {minutes}분 뒤 수조에 든 물은 몇 L입니까? (물은 넘치지 않습니다.)",
        f"{fill} - {drain} = {net}, {net} × {minutes} = {net * minutes}, {start} + {net * minutes} = "
        f"{start + net * minutes}.",
        start + net * minutes,
    )


@template
def days_later(rng: random.Random) -> Problem:
    name = people(rng, 1)[0]
    first, gain, day = rng.randint(5, 20), rng.randint(2, 6), rng.randint(6, 12)
    sport = rng.choice(["줄넘기", "윗몸 일으키기", "팔굽혀펴기", "턱걸이"])
    last = first + gain * (day - 1)
    return (
        f"{eun(name)} 첫째 날 {eul(sport)} {first}번 하고, 다음 날부터는 매일 전날보다 {gain}번씩 더 했습니다. "
        f"첫째 날부터 세어 {day}일째 되는 날에는 {eul(sport)} 몇 번 했습니까?",
        f"{day} - 1 = {day - 1}, {gain} × {day - 1} = {gain * (day - 1)}, {first} + {gain * (day - 1)} = {last}.",
        last,
    )


def write(path: Path, documents: list[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(document, ensure_ascii=False) + "\n" for document in documents)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    made: dict[str, list[Problem]] = {}
    dev_templates = [name for name, _ in TEMPLATES[::6]][:5]
    for name, function in TEMPLATES:
        # One generator for each template: adding a template leaves the others as they were.
        rng = random.Random(f"{SEED}:{name}")
        wanted = PER_TEMPLATE + (name in dev_templates)
        problems: list[Problem] = []
        while len(problems) < wanted:
            problem = function(rng)
            # The solutions hold the numbers: another name on the same numbers is no new document.
            if problem[2] > 0 and problem[1] not in {solution for _, solution, _ in problems}:
                problems.append(problem)
        made[name] = problems
    test = []
    for round_number in range(PER_TEMPLATE):
        for name, _ in TEMPLATES:
            question, solution, answer = made[name][round_number]
            test.append(
                {
                    "id": f"kr-{len(test) + 1:03d}",
                    "category": name,
                    "question": question,
                    "solution": f"{solution} 정답: {answer}",
                    "answer": str(answer),
                }
            )
    dev = []
    for name in dev_templates:
        question, solution, answer = made[name][PER_TEMPLATE]
        dev.append(
            {
                "id": f"kr-dev-{len(dev) + 1:03d}",
                "category": name,
                "question": question,
                "solution": f"{solution} 정답: {answer}",
                "answer": str(answer),
            }
        )
    write(OUT / "test.jsonl", test)
    write(OUT / "dev.jsonl", dev)
    print(f"{len(test)} test and {len(dev)} dev documents from {len(TEMPLATES)} templates")


if __name__ == "__main__":
    main()
