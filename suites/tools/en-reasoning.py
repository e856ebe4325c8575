#!/usr/bin/env python3
"""Writes the documents of the en-reasoning suite: word problems with computed answers.

Usage: python3 suites/tools/en-reasoning.py [--check]

The output depends on SEED alone. With --check nothing is written; the exit code is 1 if the
files on disk differ from what this generator would write. Standard library only.
"""

import json
import pathlib
import random
import sys

SEED = 20260401
PER_TEMPLATE = 5
DEV_TEMPLATES = ("shopping_change", "train_distance", "remaining_stock", "rectangle_fence", "ages")
NAMES = ("Amy", "Ben", "Clara", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas",
         "Kira", "Leo", "Mina", "Noah", "Olga", "Pedro", "Rosa", "Samir", "Tara", "Yuna")
TIMES = {2: "twice", 3: "three times", 4: "four times"}
TEMPLATES = {}


def template(function):
    """Registers a template: rng -> (question, integer answer)."""
    TEMPLATES[function.__name__] = function
    return function


def two_names(rng):
    return rng.sample(NAMES, 2)


@template
def shopping_change(rng):
    name, item = rng.choice(NAMES), rng.choice(("notebooks", "pens", "apples", "postcards"))
    count, price = rng.randint(3, 8), rng.randint(2, 6)
    paid = ((count * price) // 10 + rng.randint(1, 2)) * 10
    return (f"{name} buys {count} {item} at {price} dollars each and pays with {paid} dollars. "
            "How many dollars of change does the shop give back?", paid - count * price)


@template
def train_distance(rng):
    vehicle = rng.choice(("train", "bus", "truck", "ferry"))
    first, second = rng.choice((40, 50, 60, 70)), rng.choice((30, 45, 55, 80))
    hours_a, hours_b = rng.randint(2, 4), rng.randint(1, 3)
    unit = "hour" if hours_b == 1 else "hours"
    return (f"A {vehicle} travels at {first} kilometres per hour for {hours_a} hours and then at {second} "
            f"kilometres per hour for {hours_b} {unit}. How many kilometres does it travel in all?",
            first * hours_a + second * hours_b)


@template
def remaining_stock(rng):
    item = rng.choice(("umbrellas", "lamps", "backpacks", "kettles"))
    start, sold, came = rng.randint(80, 150), rng.randint(25, 70), rng.randint(10, 60)
    return (f"A shop has {start} {item} on Monday morning. It sells {sold} of them during the week, and "
            f"{came} more are delivered on Friday. How many {item} does the shop have after that?",
            start - sold + came)


@template
def rectangle_fence(rng):
    place = rng.choice(("garden", "playground", "paddock", "car park"))
    length, width = rng.randint(12, 40), rng.randint(5, 11)
    return (f"A rectangular {place} is {length} metres long and {width} metres wide. How many metres of fence "
            "are needed to go once around it?", 2 * (length + width))


@template
def ages(rng):
    older, younger = two_names(rng)
    age, gap, years = rng.randint(6, 15), rng.randint(2, 9), rng.randint(3, 8)
    return (f"{older} is {gap} years older than {younger}, who is now {age} years old. How old will {older} be "
            f"in {years} years?", age + gap + years)


@template
def boxes_rounded_up(rng):
    item = rng.choice(("eggs", "tennis balls", "candles", "bottles"))
    size, full, extra = rng.choice((6, 8, 10, 12)), rng.randint(6, 15), rng.randint(1, 5)
    total = size * full + extra
    return (f"A packer has to put {total} {item} into boxes that hold {size} each. What is the smallest number "
            f"of boxes that is enough for all of the {item}?", full + 1)


@template
def wages_with_overtime(rng):
    name, rate = rng.choice(NAMES), rng.choice((12, 14, 16, 18, 20))
    hours = rng.randint(41, 48)
    return (f"{name} earns {rate} dollars an hour for the first 40 hours of a week and {rate + rate // 2} dollars "
            f"for each hour beyond that. {name} works {hours} hours this week. How many dollars does {name} earn?",
            40 * rate + (hours - 40) * (rate + rate // 2))


@template
def recipe_scaling(rng):
    dish = rng.choice(("pancake", "flatbread", "dumpling", "noodle"))
    people, factor, per = rng.choice((2, 4, 6)), rng.randint(3, 6), rng.choice((50, 75, 100, 125))
    return (f"A {dish} recipe for {people} people needs {people * per} grams of flour. How many grams of flour "
            f"are needed for {people * factor} people?", people * factor * per)


@template
def percent_discount(rng):
    item = rng.choice(("coat", "bicycle", "suitcase", "headset"))
    price, percent = rng.choice((40, 60, 80, 120, 160, 200)), rng.choice((5, 10, 15, 20, 25, 30))
    return (f"A {item} costs {price} dollars. In a sale its price is reduced by {percent} percent. How many "
            f"dollars does the {item} cost in the sale?", price - price * percent // 100)


@template
def average_of_scores(rng):
    name = rng.choice(NAMES)
    mean = rng.randint(70, 85)
    first, second = mean + rng.randint(-8, 8), mean + rng.randint(-8, 8)
    third = 3 * mean - first - second
    return (f"{name} scored {first}, {second} and {third} points in three tests. What is the mean of the three "
            "scores?", mean)


@template
def sharing_with_rest(rng):
    item = rng.choice(("stickers", "marbles", "sweets", "cards"))
    children, each, rest = rng.randint(5, 9), rng.randint(7, 15), rng.randint(1, 4)
    total = children * each + rest
    return (f"A teacher shares {total} {item} equally among {children} children, giving each child as many as "
            f"possible. How many {item} are left over?", rest)


@template
def two_taps(rng):
    first, second, minutes = rng.randint(6, 14), rng.randint(3, 9), rng.randint(8, 20)
    return (f"One tap fills a tank with {first} litres of water per minute and a second tap adds {second} litres "
            f"per minute. Both run for {minutes} minutes into the empty tank. How many litres are in the tank "
            "then?", (first + second) * minutes)


@template
def saving_for_goal(rng):
    name, item = rng.choice(NAMES), rng.choice(("guitar", "tent", "camera", "skateboard"))
    weekly, weeks, have = rng.choice((5, 8, 10, 12, 15)), rng.randint(5, 14), rng.randint(10, 40)
    return (f"{name} wants to buy a {item} for {have + weekly * weeks} dollars and already has {have} dollars. "
            f"{name} saves {weekly} dollars every week. After how many weeks does {name} have just enough money?",
            weeks)


@template
def ratio_parts(rng):
    drink = rng.choice(("orange drink", "lemonade", "berry punch", "apple drink"))
    syrup, water, unit = rng.randint(1, 3), rng.choice((5, 7)), rng.choice((50, 100, 150, 200))
    total = (syrup + water) * unit
    return (f"A cook makes {total} millilitres of {drink} by mixing syrup and water in the ratio {syrup} to "
            f"{water}. How many millilitres of syrup are used?", syrup * unit)


@template
def three_way_comparison(rng):
    first, second, third = rng.sample(NAMES, 3)
    base, factor, less = rng.randint(9, 20), rng.randint(2, 4), rng.randint(2, 8)
    return (f"{first} read {base} books last year. {second} read {TIMES[factor]} as many as {first}, and {third} "
            f"read {less} fewer than {second}. How many books did the three read together?",
            base + base * factor + base * factor - less)


@template
def working_backwards(rng):
    name = rng.choice(NAMES)
    left, spent, given = rng.randint(5, 30), rng.randint(8, 25), rng.randint(5, 20)
    return (f"{name} gets {given} dollars from an aunt and then spends {spent} dollars on lunch. After that {name} "
            f"has {left + given} dollars. How many dollars did {name} have at the beginning?", left + spent)


@template
def elapsed_time(rng):
    event = rng.choice(("film", "concert", "meeting", "football match"))
    hour, minute = rng.randint(1, 8), rng.choice((5, 10, 20, 35, 40, 50))
    duration = rng.choice((75, 85, 95, 105, 115, 130))
    end = hour * 60 + minute + duration
    return (f"A {event} begins at {hour}:{minute:02d} p.m. and ends at {end // 60}:{end % 60:02d} p.m. on the same "
            f"day. How many minutes does the {event} last?", duration)


@template
def tickets_of_two_kinds(rng):
    place = rng.choice(("museum", "zoo", "castle", "swimming pool"))
    adult, child = rng.randint(9, 15), rng.randint(4, 8)
    adults, children = rng.randint(2, 5), rng.randint(3, 9)
    return (f"At a {place} an adult ticket costs {adult} dollars and a child ticket costs {child} dollars. How many "
            f"dollars do {adults} adults and {children} children pay in all?", adult * adults + child * children)


@template
def fraction_of_remaining(rng):
    name = rng.choice(NAMES)
    part = rng.choice((2, 3, 4, 5))
    total = 2 * part * rng.randint(6, 12)
    return (f"A book has {total} pages. {name} reads half of the pages on Saturday and one "
            f"{ {2: 'half', 3: 'third', 4: 'quarter', 5: 'fifth'}[part] } of the remaining pages on Sunday. How many "
            f"pages are still unread after Sunday?", total // 2 - total // 2 // part)


@template
def seats_in_rows(rng):
    hall = rng.choice(("theatre", "lecture hall", "cinema", "concert hall"))
    rows, seats, empty = rng.randint(12, 24), rng.randint(14, 28), rng.randint(11, 60)
    return (f"A {hall} has {rows} rows with {seats} seats each. Tonight {empty} seats are empty. How many seats are "
            "taken?", rows * seats - empty)


@template
def catching_up(rng):
    slow, fast = two_names(rng)
    speed, faster, minutes = rng.choice((60, 70, 80)), rng.choice((20, 30, 40)), rng.randint(3, 9)
    return (f"{slow} walks along a straight path at {speed} metres per minute and is {faster * minutes} metres ahead "
            f"of {fast}, who follows at {speed + faster} metres per minute. After how many minutes does {fast} "
            f"catch up with {slow}?", minutes)


@template
def legs_in_a_yard(rng):
    bird, beast = rng.choice((("hens", "goats"), ("ducks", "sheep"), ("geese", "cows"), ("turkeys", "pigs")))
    birds, beasts = rng.randint(5, 18), rng.randint(4, 15)
    return (f"In a yard there are only {bird} with two legs and {beast} with four legs, {birds + beasts} animals in "
            f"all. Together they have {2 * birds + 4 * beasts} legs. How many {beast} are there?", beasts)


@template
def tiles_on_a_floor(rng):
    side, across, along = rng.choice((20, 25, 40, 50)), rng.randint(6, 16), rng.randint(9, 20)
    room = rng.choice(("kitchen", "hall", "workshop", "shop"))
    return (f"The floor of a {room} is {side * along} centimetres long and {side * across} centimetres wide. It is "
            f"covered completely with square tiles whose sides are {side} centimetres long. How many tiles are "
            "needed?", across * along)


@template
def bus_passengers(rng):
    start, off1, on1 = rng.randint(18, 35), rng.randint(3, 9), rng.randint(4, 12)
    off2, on2 = rng.randint(5, 14), rng.randint(2, 9)
    return (f"A bus leaves the depot with {start} passengers. At the first stop {off1} get off and {on1} get on. At "
            f"the second stop {off2} get off and {on2} get on. How many passengers are on the bus then?",
            start - off1 + on1 - off2 + on2)


@template
def monthly_plan(rng):
    kind = rng.choice(("phone plan", "gym", "car-sharing club", "music school"))
    joining, monthly, months = rng.choice((20, 25, 30, 45)), rng.randint(15, 40), rng.randint(5, 12)
    return (f"A {kind} charges a joining fee of {joining} dollars once and {monthly} dollars for every month. How "
            f"many dollars does it cost in all for the first {months} months?", joining + monthly * months)


def documents():
    """Test documents (round robin over the templates) and development documents, disjoint."""
    seen = set()

    def draw(name, rng):
        while True:
            question, answer = TEMPLATES[name](rng)
            if question not in seen and answer > 0:
                seen.add(question)
                return question, answer

    streams = {name: random.Random(f"{SEED}:{name}") for name in TEMPLATES}
    rounds = [[(name, *draw(name, streams[name])) for name in TEMPLATES] for _ in range(PER_TEMPLATE)]
    test = [row for one_round in rounds for row in one_round]
    dev = [(name, *draw(name, streams[name])) for name in DEV_TEMPLATES]

    def numbered(rows, tag):
        return [{"id": f"er-{tag}{number:03d}", "category": name, "question": question, "answer": str(answer)}
                for number, (name, question, answer) in enumerate(rows, 1)]

    return numbered(test, ""), numbered(dev, "dev-")


def main():
    folder = pathlib.Path(__file__).resolve().parent.parent / "en-reasoning" / "data"
    stale = False
    for name, rows in zip(("test", "dev"), documents()):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        path = folder / f"{name}.jsonl"
        if "--check" in sys.argv[1:]:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                print(f"{path}: differs from what the generator writes", file=sys.stderr)
                stale = True
        else:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
