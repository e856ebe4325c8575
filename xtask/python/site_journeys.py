"""Walks the site as people do, in a real browser, and prints what it found as JSON.

    site_journeys.py DAEPYO EXAMPLE LIVE WORK AXE PICTURES

DAEPYO is the program, EXAMPLE the folder of a programme with a contest of recorded answers, LIVE that of one with live answers, WORK an
empty folder, AXE the file axe.min.js, PICTURES a folder for screenshots or `-`. Needs Debian's chromium and chromium-driver.
"""

import functools
import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

SIZES = {"desktop": (1280, 900), "phone": (360, 740)}
NARROW = 320
VOTES = 3
# The contest's cap a day.
VOTES_A_DAY = 12
# People who vote by the API, and how many of them always choose whom they recognise.
CROWD, RIGGED, RECOGNISED = 16, 6, "dasom-1"
ORDER = ["garam-1", "meridian-2", "narae-1", "dasom-1"]
# A programme whose first stage asks models, for the page of a stage that is still measured.
LINE = Path(__file__).resolve().parents[2] / "fixtures/line"
# What has no place on paper: navigation, the tools beside it, the footer's links, forms in a box; of a report its switch of languages too.
OFF_PAPER = "nav, .tools, .skip, .switch, form.stacked, body:has(.tools) > footer"

checks = {}
violations = []
pages = set()


def check(name, holds, more=""):
    known = checks.setdefault(name, {"holds": True, "times": 0, "more": ""})
    known["times"] += 1
    if not holds:
        known["holds"] = False
        known["more"] = str(more)[:400]


class Site:
    """The program under test: started on a free port, stopped by its own signal."""

    def __init__(self, daepyo, example, work, published=()):
        self.folder = Path(work) / "programme"
        shutil.copytree(example, self.folder)
        # What the close of a contest writes; where there is none, the votes are part of the programme.
        if "[stages.criteria.contest]" in (self.folder / "programme.toml").read_text():
            for votes in self.folder.glob("votes.csv"):
                votes.unlink()
        self.data = Path(work) / "data"
        self.daepyo = daepyo
        self.published = list(published)
        self.log = Path(work) / "serve.log"
        self.start("127.0.0.1:0")

    def start(self, listen):
        out = self.log.open("a")
        more = [word for folder in self.published for word in ("--published", str(folder))]
        self.process = subprocess.Popen(
            [self.daepyo, "--lang", "en", "serve", str(self.folder / "programme.toml"), "--data", str(self.data), "--listen", listen,
             "--data-licence", "CC-BY-4.0", *more],
            stdout=out, stderr=out)
        until = time.time() + 60
        while time.time() < until:
            text = self.log.read_text()
            found = re.findall(r"The site is at (\S+)", text)
            if found:
                self.base = found[-1]
                try:
                    urllib.request.urlopen(self.base + "/healthz", timeout=5).read()
                    # The link is said behind the address.
                    links = re.findall(r"here, once: (\S+)", self.log.read_text())
                    if links:
                        self.first_run = links[-1]
                        return
                except OSError:
                    pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit("the site did not start:\n" + self.log.read_text()[-3000:])

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=40)


class Person:
    """A browser of its own: language, window, cookies."""

    def __init__(self, site, language, size, axe, pictures, work):
        self.site, self.language, self.axe, self.pictures = site, language, axe, pictures
        self.size = size
        options = webdriver.ChromeOptions()
        for word in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]:
            options.add_argument(word)
        options.add_argument(f"--lang={language}")
        options.add_experimental_option("prefs", {"intl.accept_languages": language})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.resize(*SIZES[size])

    def resize(self, width, height):
        # A window is not narrower than some minimum; the page is told a size of its own.
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def close(self):
        self.browser.quit()

    def go(self, path):
        self.browser.get(path if path.startswith("http") else self.site.base + path)

    def one(self, selector):
        return WebDriverWait(self.browser, 10).until(lambda b: b.find_element(By.CSS_SELECTOR, selector))

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def press(self, selector):
        """Presses a button as a keyboard does."""
        button = self.one(selector)
        before = self.browser.find_element(By.TAG_NAME, "html").id
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'}); arguments[0].focus()", button)
        button.send_keys(Keys.ENTER)
        WebDriverWait(self.browser, 15).until(
            lambda b: b.execute_script("return document.readyState") == "complete"
            and b.find_element(By.TAG_NAME, "html").id != before)

    def path(self):
        return self.browser.execute_script("return location.pathname")

    def text(self):
        return self.one("main").text

    def look(self, name, has_shell=True):
        """Looks at the page: language, landmarks, width, axe, console; takes its picture. A report has a shell of its own."""
        pages.add(name)
        where = f"{name} {self.language} {self.size}"
        run = self.browser.execute_script
        if has_shell:
            check("every page tells its language", run("return document.documentElement.lang") == self.language, where)
            check("every page has one main, one h1 and a skip link",
                  run("return [document.querySelectorAll('main').length, document.querySelectorAll('h1').length,"
                      " document.querySelectorAll('a.skip').length].join()") == "1,1,1", where)
        check("no page has a message without a text", "{site-" not in run("return document.body.innerText"), where)
        for width in (NARROW, SIZES[self.size][0]):
            self.resize(width, SIZES[self.size][1])
            wide = run("return document.documentElement.scrollWidth - window.innerWidth")
            check(f"no page is wider than the window, down to {NARROW} pixels", wide <= 0, f"{where} {width}: {wide} too wide")
        # The site's rules let no foreign script in; the driver's own are another thing.
        run(self.axe)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        self.judge(where, {"type": "tag", "values": tags})
        self.dress("dark")
        self.judge(f"{where} dark", {"type": "rule", "values": ["color-contrast"]})
        self.on_paper(where)
        self.dress("light")
        bad = [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"
               and not re.search(r"status of (403|404|409|422|429)", entry["message"])]
        check("no page has an error in the console", not bad, f"{where}: {bad}")
        if self.pictures:
            height = run("return Math.min(document.documentElement.scrollHeight, 3000)")
            self.resize(SIZES[self.size][0], height)
            file = self.pictures / f"{name}-{self.language}-{self.size}.png"
            self.browser.save_screenshot(str(file))
            Image.open(file).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(file, optimize=True)
            self.resize(*SIZES[self.size])

    def judge(self, where, which):
        """Has axe look at the page by some of its rules."""
        found = self.browser.execute_async_script(
            "const done = arguments[1]; axe.run(document, {runOnly: arguments[0]})"
            ".then(found => done(found.violations.map(v => ({id: v.id, nodes: v.nodes.map(n => n.html)})))"
            ", error => done([{id: String(error), nodes: []}]))", which)
        violations.extend({"page": where, **violation} for violation in found)

    def on_paper(self, where):
        """Looks at the page as it goes to paper, from a screen that is dark."""
        self.dress("dark", "print")
        shown, main, paper = self.browser.execute_script(
            "const shown = (selector) => [...document.querySelectorAll(selector)].filter(one => one.getClientRects().length > 0);"
            "return [shown(arguments[0]).map(one => one.outerHTML.slice(0, 80)), shown('main').length,"
            " getComputedStyle(document.body).backgroundColor]", OFF_PAPER)
        check("on paper stand no navigation, no tools and no form in a box", not shown, f"{where}: {shown}")
        check("on paper the content stands, on white", main == 1 and paper == "rgb(255, 255, 255)", f"{where}: {main} {paper}")

    def dress(self, scheme, medium=""):
        """Light or dark, as the reader's system asks for; on the screen, or on another medium."""
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": medium, "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def looks(self, path, name):
        """Looks at a page in both languages and sizes, then goes back to one's own."""
        own = self.language, self.size
        ways = [(language, size) for language in ("ko", "en") for size in SIZES if (language, size) != own] + [own]
        for self.language, self.size in ways:
            self.resize(*SIZES[self.size])
            self.go(f"{path}{'&' if '?' in path else '?'}lang={self.language}")
            self.look(name)

    def tabs_to(self, selector):
        """Whether the Tab key alone reaches it."""
        self.browser.execute_script("document.activeElement.blur()")
        body = self.browser.find_element(By.TAG_NAME, "body")
        body.send_keys(Keys.TAB)
        for _ in range(80):
            active = self.browser.switch_to.active_element
            if self.browser.execute_script("return arguments[0].matches(arguments[1])", active, selector):
                return True
            active.send_keys(Keys.TAB)
        return False

    def cookies(self):
        return "; ".join(f"{c['name']}={c['value']}" for c in self.browser.get_cookies())

    def fetch(self, path, cookies=None):
        """Fetches a file with the browser's session."""
        request = urllib.request.Request(self.site.base + path, headers={"cookie": cookies or self.cookies()})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()


def watch(person, path):
    """Opens a page that moves and marks it, so that a reload would be noticed; gives what its parts say now."""
    person.go(path)
    person.browser.execute_script("window.marked = true")
    check("a page that moves has the script of the site", bool(person.all("script[src^='/script/moving']")), path)
    return moving(person)


def moving(person):
    return person.browser.execute_script(
        "return [...document.querySelectorAll('[data-live]')].map((part) => part.textContent).join()")


def moved(person, before, name):
    """Waits until a part of the watched page says something else, without a reload."""
    until = time.time() + 30
    while time.time() < until and moving(person) == before:
        time.sleep(0.2)
    kept = person.browser.execute_script("return window.marked === true")
    check(name, kept and moving(person) != before, f"{person.path()}: {before}")


def light(person):
    """The first page of somebody who has nothing in the cache."""
    found = person.browser.execute_script(
        "const all = performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'));"
        "return {bytes: all.reduce((sum, one) => sum + one.transferSize, 0),"
        " styles: document.querySelectorAll('link[rel~=stylesheet]').length,"
        " blocking: [...document.scripts].filter(one => !one.defer && !one.async && one.type !== 'module').length,"
        " fonts: document.fonts.size,"
        " foreign: all.filter(one => one.name.startsWith('http') && new URL(one.name).origin !== location.origin).length}")
    check("the first page is under 60 KB, with one style sheet, no blocking script, no font, no third party",
          0 < found["bytes"] < 60_000 and found["styles"] == 1 and not (found["blocking"] or found["fonts"] or found["foreign"]), found)


def first_run(office, watcher):
    office.go("/")
    light(office)
    office.looks("/", "home")
    office.looks(office.site.first_run, "first-run")
    for name, value in [("name", "office"), ("password", "correct horse battery"), ("again", "correct horse battery")]:
        for field in office.all(f"main input[name={name}]"):
            field.send_keys(value)
    office.press("main form button")
    office.go("/office/contests")
    check("the office's account is made by the first-run link", office.path() == "/office/contests", office.path())
    office.looks("/office/contests", "office-contests-before")
    before = watch(watcher, "/contests")
    office.press("main form[action$='/open'] button")
    moved(watcher, before, "an open page tells that the contest has opened")
    check("the office opens the contest", bool(office.all("main form[action$='/close']")), office.text())
    office.looks("/office/accounts", "office-accounts")


def codes(office, count):
    office.go("/office/codes")
    field = office.one("main input[name=count]")
    field.clear()
    field.send_keys(str(count))
    office.press("main form[action='/office/codes'] button")
    found = re.findall(r"\b[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}\b", office.text().upper())
    check("the office makes access codes", len(found) == count, f"{len(found)}: {office.text()[:200]}")
    return found


def revoked_code(office, person):
    """A code is revoked, and does not sign in."""
    code = codes(office, 1)[0]
    office.looks("/office/codes", "office-codes")
    rows = len(office.all("form[action='/office/codes/revoke']"))
    office.press("form[action='/office/codes/revoke'] button")
    check("a code is revoked by its number", len(office.all("form[action='/office/codes/revoke']")) == rows - 1, office.text())
    person.go("/sign-in")
    person.one("input[name=code]").send_keys(code)
    person.press("form[action='/sign-in/code'] button")
    person.look("sign-in-revoked")
    check("a revoked code signs nobody in", bool(person.all("main [role=alert]")), person.text()[:200])
    return code


def own_account(office, other):
    """Sessions and the password of an account with two browsers."""
    other.go("/sign-in")
    other.one("form[action='/sign-in'] input[name=name]").send_keys("office")
    other.one("input[name=password]").send_keys("correct horse battery")
    other.press("form[action='/sign-in'] button")
    office.looks("/me", "me")
    check("the sessions of an account are listed", len(office.all("form[action='/me/sessions/end']")) == 1, office.text())
    check("the Tab key reaches the end of a session", office.tabs_to("form[action='/me/sessions/end'] button"), "/me")
    office.press("form[action='/me/sessions/end'] button")
    other.go("/me")
    check("a session ends from another browser", other.path() == "/sign-in", other.path())
    for new, holds in [("correct horse", False), ("another horse battery", True)]:
        office.go("/me")
        for name, value in [("old", "wrong horse battery" if not holds else "correct horse battery"), ("new", new), ("again", new)]:
            office.one(f"form[action='/me/password'] input[name={name}]").send_keys(value)
        office.press("form[action='/me/password'] button")
        check("a password is changed by whoever knows the old one", bool(office.all("main [role=status]")) == holds, office.text()[:200])
        office.look("password-changed" if holds else "password-refused")


def citizen(person, code):
    person.go("/sign-in")
    person.look("sign-in")
    check("the Tab key reaches the sign-in", person.tabs_to("input[name=code]"), person.language)
    person.one("input[name=code]").send_keys(code)
    person.press("form[action='/sign-in/code'] button")
    person.go("/contests")
    person.look("contests")
    person.one("main .cards a").click()
    contest = person.path()
    person.look("contest")
    person.press(f"main form[action='{contest}/battles'] button")
    receipts = []
    for number in range(VOTES):
        battle = person.path()
        check("a battle shows two answers and names nobody", len(person.all("article.answer")) == 2, battle)
        if number == 0:
            person.look("battle")
            check("the Tab key reaches the vote", person.tabs_to("button[name=choice]"), battle)
        if number == 1:
            for tag in person.all("input[name=tag]")[:1]:
                person.browser.execute_script("arguments[0].click()", tag)
            person.one("textarea[name=reason]").send_keys("근거를 들어 설명했다")
        person.press(f"button[name=choice][value={['left', 'tie', 'both_bad'][number % 3]}]")
        check("a vote leads back to the battle", person.path() == battle and person.all("main [role=status]"), person.text()[:200])
        if number == 0:
            person.look("voted")
        receipts.append(person.fetch(battle + "/receipt").decode())
        if number == VOTES - 1:
            person.press("form[action$='/withdraw'] button")
            person.look("withdrawn")
            check("a vote is withdrawn", not person.all("form[action$='/withdraw']"), battle)
        else:
            person.press(f"main form[action='{contest}/battles'] button")
    person.go("/votes")
    person.look("votes")
    check("the own page lists the votes", len(person.all("main tbody tr")) == VOTES, person.text()[:300])
    own = json.loads(person.fetch("/votes/export"))
    check("the export holds every battle", len(own["contests"][0]["battles"]) >= VOTES, own["contests"][0]["pseudonym"])
    for place, receipt in enumerate(receipts[:2]):
        person.go("/receipts")
        person.browser.execute_script("arguments[0].value = arguments[1]", person.one("textarea[name=receipt]"),
                                      receipt if place == 0 else receipt.replace('"tie"', '"left"'))
        person.press("main form.stacked button")
        good = bool(person.all("main [role=status]"))
        check("a receipt is checked on the page", good == (place == 0), person.text()[:300])
        person.look(["receipt-holds", "receipt-forged"][place])
    commitment = json.loads(receipts[0])["commitment"]
    person.go(f"/receipts/{commitment}")
    check("the log's proof of a vote is found by its commitment", commitment in person.text() and bool(person.all("main pre")),
          person.text()[:300])
    person.look("receipt-commitment")
    unvoted(person, contest)
    person.go("/office/contests")
    check("a citizen does not see the office's pages", "server::wrong_role" in person.text() and not person.all("main form"),
          person.text()[:300])
    person.look("refused-role")
    return contest, receipts


REPORT = {"ko": "한쪽 답이 사람을 얕봅니다", "en": "One of the answers looks down on people"}
UNVOTED = {
    "leave": {"ko": "투표 없이 나온 대결입니다.", "en": "You left this battle without a vote."},
    "report": {"ko": "신고를 받았습니다.", "en": "Your report was taken."},
}


def unvoted(person, contest):
    """Two battles that end without a vote: one that was left, one that is void for a report."""
    for how, name in [("leave", "battle-left"), ("report", "battle-reported")]:
        person.go(contest)
        person.press(f"main form[action='{contest}/battles'] button")
        battle = person.path()
        if how == "report":
            person.browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
            person.one("textarea[name=text]").send_keys(REPORT[person.language])
        person.press(f"main form[action='{battle}/{how}'] button")
        led = {"leave": contest, "report": battle}[how]
        check("whoever leaves a battle is led to the contest, whoever reports one stays", person.path() == led, person.path())
        person.go(battle)
        said = person.one("main .notice[role=status]").text
        check("a battle without a vote says why and takes none",
              UNVOTED[how][person.language] in said and not person.all("button[name=choice]"), said)
        person.look(name)


class Program:
    """Somebody who votes by the API."""

    def __init__(self, site, code):
        self.site = site
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        page = self.opener.open(site.base + "/sign-in", timeout=30).read().decode()
        csrf = re.search(r'name="csrf" value="([^"]*)"', page).group(1)
        fields = urllib.parse.urlencode({"csrf": csrf, "code": code, "next": "/"}).encode()
        self.opener.open(site.base + "/sign-in/code", fields, timeout=30).read()
        self.csrf = self.ask("/me")["csrf"]

    def ask(self, path, body=None, is_change=False):
        data = json.dumps(body).encode() if body is not None else b"" if is_change else None
        headers = {"content-type": "application/json", "x-csrf": self.csrf} if data is not None else {}
        while True:
            try:
                request = urllib.request.Request(self.site.base + "/api/v1" + path, data, headers)
                return json.loads(self.opener.open(request, timeout=30).read())
            except urllib.error.HTTPError as refused:
                if refused.code != 429:
                    raise
                time.sleep(float(refused.headers["retry-after"]))

    def report(self, contest):
        """Reports a battle; its name."""
        battle = self.ask(f"/{contest}/battles", is_change=True)["battle"]
        self.ask(f"/battles/{battle}/report", {"text": "욕설이 있습니다"})
        return battle

    def vote(self, contest, choose):
        battle = self.ask(f"/{contest}/battles", is_change=True)
        texts = [battle["turns"][0][side]["text"] for side in ("left", "right")]
        self.ask(f"/battles/{battle['battle']}/vote", {"choice": choose(*texts)})


def crowd(site, codes):
    """Votes of many people, some of whom always choose whom they recognise by the recorded answers."""
    answers = [json.loads(line) for line in (site.folder / "answers.jsonl").read_text().splitlines()]
    whose = {answer["text"]: answer["candidate"] for answer in answers}

    def honest(left, right):
        places = [ORDER.index(whose[text]) for text in (left, right)]
        # Now and then somebody sees it otherwise.
        return "left" if (places[0] < places[1]) != (len(left + right) % 5 == 0) else "right"

    def rigged(left, right):
        sides = [whose[text] == RECOGNISED for text in (left, right)]
        return {(True, False): "left", (False, True): "right"}.get(tuple(sides), "tie")

    for number, code in enumerate(codes):
        person = Program(site, code)
        for _ in range(VOTES_A_DAY):
            person.vote("contests/public/users", rigged if number < RIGGED else honest)


FOLLOW_UP = {"ko": "예를 하나 들어 주세요.", "en": "Give me an example, please."}


def asked(person):
    """Asks the next prompt of a conversation by keyboard, and waits for both answers."""
    field = person.all("main textarea[name=prompt]")
    if field:
        check("the Tab key reaches the prompt", person.tabs_to("textarea[name=prompt]"), person.path())
        person.browser.switch_to.active_element.send_keys(FOLLOW_UP[person.language])
    person.press("main form[action$='/turns'] button")


def answered(person, number):
    """Looks at a turn while it is written and after; whether it came to its end with both answers."""
    # The script may put the finished page in place of this one at any moment.
    wait = WebDriverWait(person.browser, 60, ignored_exceptions=[StaleElementReferenceException])
    wait.until(lambda b: any(column.text for column in b.find_elements(By.CSS_SELECTOR, "[data-side]")) or not b.find_elements(By.CSS_SELECTOR, "[data-stream]"))
    # In one look: it may come to its end at any moment.
    state = person.browser.execute_script(
        "const turn = document.querySelector('[data-stream]');"
        "return turn && [turn.querySelectorAll('article[aria-busy=true]').length, turn.querySelector('[data-said]').textContent]")
    if state:
        check("both columns are busy while they are written", state[0] == 2, person.path())
        check("that answers are written is said", bool(state[1]), person.path())
        if number == 0:
            person.look("live-writing")
    wait.until(lambda b: not b.find_elements(By.CSS_SELECTOR, "[data-stream]"))
    return bool(person.all("button[name=choice]"))


def conversation(person, code):
    """A conversation of two turns and a vote; one in which somebody tells their name or fails is left for another."""
    person.go("/sign-in")
    person.one("input[name=code]").send_keys(code)
    person.press("form[action='/sign-in/code'] button")
    person.go("/contests")
    person.one("main .cards a").click()
    contest = person.path()
    person.look("live-contest")
    for _ in range(8):
        person.press(f"main form[action='{contest}/battles'] button")
        battle = person.path()
        person.look("live-begin")
        asked(person)
        if not answered(person, 0):
            person.look("live-void")
            check("a battle without answers says why", bool(person.all("main .notice[role=status]")), person.text()[:200])
            continue
        said = WebDriverWait(person.browser, 10, ignored_exceptions=[StaleElementReferenceException]).until(lambda b: b.find_element(By.CSS_SELECTOR, "[data-said]").text)
        check("that both answers are there is said", bool(said), battle)
        check("the focus is at the newest turn", person.browser.execute_script("return document.activeElement.matches('[data-here]')"), battle)
        person.look("live-answered")
        asked(person)
        # A reload midway goes on.
        person.browser.refresh()
        if not answered(person, 1):
            continue
        check("a conversation holds both turns", len(person.all("article.answer")) == 4, battle)
        person.look("live-two-turns")
        check("the Tab key reaches the vote of a conversation", person.tabs_to("button[name=choice]"), battle)
        person.press("button[name=choice][value=right]")
        check("a conversation is voted on", person.path() == battle and bool(person.all("main [role=status]")), person.text()[:200])
        person.look("live-voted")
        return True
    return False


def converse(daepyo, example, work, axe, pictures):
    """The live contest, in both languages and sizes."""
    site = Site(daepyo, example, work)
    people = []
    try:
        office, watcher = (Person(site, "en", size, axe, None, work) for size in SIZES)
        people += [office, watcher]
        first_run(office, watcher)
        combinations = [(language, size) for language in ("ko", "en") for size in SIZES]
        for (language, size), code in zip(combinations, codes(office, len(combinations))):
            people.append(Person(site, language, size, axe, pictures, work))
            check("a conversation of two turns ends in a vote", conversation(people[-1], code), f"{language} {size}")
    finally:
        for one in people:
            one.close()
        code = site.stop()
    check("the site stops cleanly", code == 0, code)
    check("nothing failed inside", "server::inside" not in site.log.read_text(), site.log.read_text()[-300:])


REPORTED = {
    "ko": ["투표자 검사는 규칙에 미리 등록되었습니다.", "표시된 투표자를 넣은 점수와 뺀 점수", "전체 결정의 당락선을 옮기는 데 드는 가장 적은 수:"],
    "en": ["The tests of voters were registered in the rules.", "Ratings with and without the flagged voters",
           "How few would move the cut of the whole decision:"],
}
FINISHED = [("/", "home-decided"), ("/stages/public", "stage-decided"), ("/candidates", "candidates"), ("/candidates/garam-1", "candidate"),
            ("/evidence", "evidence"), ("/evidence/public", "log"), ("/data", "data"), ("/rules", "rules-sealed"), ("/verify", "verify"),
            ("/about", "about"), ("/privacy", "privacy"), ("/accessibility", "accessibility"), ("/api", "api")]


def run_stage(site, work):
    """The stage takes the votes; its folder is published."""
    key, folder = Path(work) / "stage.key", Path(work) / "public"
    subprocess.run([site.daepyo, "key", "new", "--name", "stage.example", "--out", key], stdout=subprocess.DEVNULL, check=True)
    done = subprocess.run([site.daepyo, "run", site.folder / "programme.toml", "--stage", "public", "--out", folder, "--key", key],
                          capture_output=True, text=True)
    check("the stage takes the contest's votes and decides", done.returncode == 0, done.stdout[-300:] + done.stderr[-300:])
    name = (folder / "log" / "key.pub").read_text().strip()
    done = subprocess.run([site.daepyo, "verify", folder, "--key", name], capture_output=True, text=True)
    check("what the stage published verifies", done.returncode == 0, done.stdout[-300:] + done.stderr[-300:])
    return folder


def measured(daepyo, visitor, work):
    """The page of a stage that is still measured: a folder as it is before the verdict, with a run's file of how far it is."""
    work.mkdir()
    key, folder = work / "stage.key", work / "first"
    subprocess.run([daepyo, "key", "new", "--name", "stage.example", "--out", key], stdout=subprocess.DEVNULL, check=True)
    done = subprocess.run([daepyo, "run", LINE / "programme.toml", "--stage", "first", "--out", folder, "--key", key],
                          capture_output=True, text=True)
    check("a stage of recorded answers is measured and decides", done.returncode == 0, done.stdout[-300:] + done.stderr[-300:])
    for name in ("manifest.json", "verdict.json", "analysis.json", "report.html"):
        (folder / name).unlink(missing_ok=True)
    (folder / ".work").mkdir(exist_ok=True)
    answered = {"garam": 12345, "narae": 12001, "dasom": 6789, "mundi": 0}
    (folder / ".work/progress.json").write_text(json.dumps({
        "format": 2, "phase": "measure",
        "candidates": {name: {"answered": number, "planned": 20000} for name, number in answered.items()},
        "criteria": {"benchmarks": {"answered": sum(answered.values()), "planned": 80000}}}))
    own = visitor.site
    visitor.site = Site(daepyo, LINE, work, [folder])
    try:
        visitor.looks("/stages/first", "stage-measured")
        counts = [f"{number:,}" for number in (*answered.values(), sum(answered.values()), 80000)]
        told = visitor.text()
        check("a stage under way says how far it is", all(count in told for count in counts), told[:400])
        check("a stage under way shows no score", not visitor.all("main p.sentence, main .chart"), told[:400])
    finally:
        # A page that follows the site would complain in the console once it is gone.
        visitor.browser.get("about:blank")
        code = visitor.site.stop()
        visitor.site = own
    check("the site stops cleanly", code == 0, code)


def flood(person):
    """Whoever asks too often is told to wait, on a page that still looks as it should."""
    cookies, refused = person.cookies(), False
    # Between the last request here and the browser's there may be one allowed again.
    for _ in range(5):
        for _ in range(400):
            try:
                person.fetch("/me", cookies)
            except urllib.error.HTTPError as error:
                wait = int(error.headers["retry-after"] or 0)
                check("whoever asks too often is told when to come again", error.code == 429 and wait > 0, f"{error.code}: {wait}")
                break
        person.go("/me")
        refused = "server::too_many" in person.text()
        if refused:
            break
    check("whoever asks too often sees a page that says so", refused, person.text()[:300])
    person.look("refused-many")


def bare(text):
    """Text without what only lays it out."""
    return re.sub(r"[\s\u200b\u2060\u2066-\u2069]", "", text)


def decided(person):
    """Every public page of a programme with a decided stage."""
    for path, name in FINISHED:
        person.go(path)
        person.look(name)
        if name == "stage-decided":
            sentence = person.one("main p.sentence").text
            headings = [heading.text for heading in person.all("main h4")]
            told = {"ko": ["순위", "투표자 검사에서 표시된 것", "순위를 뒤집는 데 필요한 표", "공개 대결"],
                    "en": ["Ranking", "What the tests of voters flagged", "What it would take to turn the cut", "The public contest"]}
            check("the stage's page has the contest: ranking, flags, attack budget, counts",
                  all(heading in headings for heading in told[person.language]), headings)
            tables = [caption.text for caption in person.all("main caption")]
            beside = {"ko": "표시된 투표자를 뺀 순위와 나란히", "en": "Beside the ranking without the flagged voters"}
            check("the stage's page has both rankings side by side", beside[person.language] in tables, tables)
            check("the stage's page has charts", len(person.all("main svg")) >= 2, path)
    person.go("/stages/public/report")
    person.look("report", has_shell=False)
    # It holds both languages and shows one.
    shown = bare(person.browser.execute_script("return document.body.textContent"))
    check("the report has the same decision", bare(sentence) in shown, sentence)
    check("the report has the flags, both rankings and the attack budget",
          all(bare(text) in shown for text in REPORTED[person.language]), [text for text in REPORTED[person.language] if bare(text) not in shown])
    person.go("/evidence/public")
    check("the Tab key reaches the number of an entry", person.tabs_to("input#index"), "/evidence/public")
    person.browser.switch_to.active_element.send_keys("2" + Keys.ENTER)
    WebDriverWait(person.browser, 10).until(lambda _: person.path() == "/evidence/public/2")
    said = WebDriverWait(person.browser, 10).until(lambda b: b.find_element(By.CSS_SELECTOR, "[data-proof][data-outcome]"))
    check("the reader's browser checks the proof of an entry by itself", said.get_attribute("data-outcome") == "holds" and said.text, said.text)
    person.look("entry")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def exported(site, people, work):
    """The same pages as files on a plain web server."""
    out = Path(work) / "export"
    words = [site.daepyo, "export", site.folder / "programme.toml", "--data", site.data, "--out", out,
             "--data-licence", "CC-BY-4.0", "--base-url", "https://example.org/"]
    words += [word for folder in site.published for word in ("--published", folder)]
    done = subprocess.run(words, capture_output=True, text=True)
    check("the public pages are exported", done.returncode == 0, done.stderr[-300:])
    words[words.index("--data") + 1], words[words.index("--out") + 1] = Path(work) / "nothing", Path(work) / "without"
    done = subprocess.run(words, capture_output=True, text=True)
    stored = Path(work) / "without/en/contests"
    told = [file.read_text() for file in sorted(stored.rglob("index.html"))] if done.returncode == 0 else []
    check("without the site's own files, exported contests lead to the stage that took the votes",
          len(told) == 2 and all("stage’s page" in text for text in told), done.stderr[-300:])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=out))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for person in people:
            base = f"http://127.0.0.1:{server.server_address[1]}/{person.language}/"
            person.go(base)
            person.look("exported-home")
            link = person.one("main a[href*='stages/public']").get_attribute("href")
            person.go(link)
            check("an exported page leads to the next", person.one("main p.sentence").text != "", link)
            person.look("exported-stage")
            person.go(base + "evidence/public/2/")
            person.look("exported-entry")
            person.go(base + "contests/")
            link = person.one("main h2 a").get_attribute("href")
            person.look("exported-contests")
            person.go(link)
            rows = len(person.all("#results tbody tr"))
            check("an exported contest has its results", rows >= 2, f"{rows} rows at {link}")
            person.look("exported-contest")
            person.go(person.one("main a[href*='receipts']").get_attribute("href"))
            person.look("exported-receipts")
            person.go(base + "api/")
            person.look("exported-api")
    finally:
        server.shutdown()


def main(daepyo, example, live, work, axe, pictures):
    axe = Path(axe).read_text()
    pictures = None if pictures == "-" else Path(pictures)
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    site = Site(daepyo, example, work)
    people = []

    def person(language, size):
        people.append(Person(site, language, size, axe, pictures, work))
        return people[-1]

    kept = []
    try:
        office = person("ko", "desktop")
        watcher = person("en", "phone")
        first_run(office, watcher)
        own_account(office, watcher)
        gone = revoked_code(office, watcher)
        made = codes(office, 5 + CROWD)
        combinations = [(language, size) for language in ("ko", "en") for size in SIZES]
        contest = None
        visitor = person("en", "desktop")
        visitor.looks("/stages/public", "stage-open")
        visitor.looks("/rules", "rules")
        visitor.looks("/no-such-page", "not-found")
        visitor.looks("/signed-out", "signed-out")
        check("the page after a sign-out leads to the first page", bool(visitor.all("main a[href='/']")), visitor.text()[:200])
        measured(daepyo, visitor, Path(work) / "measured")
        others = len(people)
        for (language, size), code in zip(combinations, made):
            one = person(language, size)
            contest, receipts = citizen(one, code)
            kept += receipts
            if (language, size) == ("ko", "desktop"):
                before = watch(office, "/office/contests")
                one.go(contest)
                one.press(f"main form[action='{contest}/battles'] button")
                one.press("button[name=choice][value=tie]")
                moved(office, before, "the office's page follows the votes")
                one.press("form[action$='/withdraw'] button")
            check("nobody sees a result before the close", "table" not in one.fetch(contest).decode().split("<main")[1], contest)
        crowd(site, made[5:])
        battle = Program(site, made[4]).report("contests/public/users")
        office.looks("/office/reports", "office-reports")
        office.looks(f"/office/reports/{battle}", "office-report")
        check("the office reads what was reported", len(office.all("article.answer")) == 2, office.text()[:300])
        office.press("main form[action$='/handled'] button")
        check("the office marks a report as handled", "욕설이" in office.text(), office.text()[:300])
        # A restart in between loses nobody's session and no vote.
        address = site.base.removeprefix("http://")
        check("the site stops cleanly", site.stop() == 0, site.log.read_text()[-300:])
        site.start(address)
        office.looks("/office/contests", "office-contests-open")
        office.browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        office.press("main form[action$='/close'] button")
        check("the close leads to the results", office.path() == contest and office.all("main table"), office.text()[:300])
        for one in people[others:]:
            one.go(contest)
            one.look("results")
            check("everybody sees the ranking after the close", len(one.all("main tbody tr")) >= 4, one.text()[:300])
            one.go("/votes")
            one.look("votes-after")
        published = Path(work) / "published"
        published.mkdir()
        for name in ("contest.json", "ballots.jsonl", "draws.jsonl", "votes.csv", "examinations.jsonl", "conversations.jsonl"):
            (published / name).write_bytes(people[others].fetch(f"{contest}/files/{name}"))
        key = (site.data / "log" / "key.pub").read_text().strip()
        done = subprocess.run([daepyo, "contest", "check", str(published), "--log", str(site.data / "log"), "--key", key, "--json"],
                              capture_output=True, text=True)
        check("the closed contest checks offline", done.returncode == 0, done.stdout + done.stderr)
        counted = json.loads(done.stdout)["counts"] if done.returncode == 0 else {}
        cast = CROWD * VOTES_A_DAY
        check("every vote is counted once", (counted.get("voted"), counted.get("withdrawn")) == (4 * VOTES + 1 + cast, 5), counted)
        votes = (site.folder / "votes.csv").read_text().splitlines()
        check("the stage's file of votes has those that were not withdrawn", len(votes) == 1 + 4 * (VOTES - 1) + cast, len(votes))
        for number, receipt in enumerate(kept):
            file = Path(work) / f"receipt-{number}.json"
            file.write_text(receipt)
            done = subprocess.run([daepyo, "contest", "receipt", str(file), "--key", key], capture_output=True, text=True)
            check("every receipt checks offline", done.returncode == 0, done.stdout + done.stderr)
        file.write_text(receipt.replace('"both_bad"', '"left"'))
        done = subprocess.run([daepyo, "contest", "receipt", str(file), "--key", key], capture_output=True, text=True)
        check("a forged receipt does not check", done.returncode == 4, done.stdout + done.stderr)
        site.published.append(run_stage(site, work))
        check("the site stops cleanly", site.stop() == 0, site.log.read_text()[-300:])
        site.start(address)
        for one in people[others:]:
            decided(one)
            flood(one)
        exported(site, people[others:], work)
    finally:
        for one in people:
            one.close()
        code = site.stop()
    check("the site stops cleanly", code == 0, code)
    log = site.log.read_text()
    check("no secret and no code stands in the log", not any(code in log for code in [*made, gone]) and "horse battery" not in log)
    check("nothing failed inside", "server::inside" not in log, [line for line in log.splitlines() if "server::inside" in line][:2])
    live_work = Path(work) / "live"
    live_work.mkdir()
    converse(daepyo, live, live_work, axe, pictures)
    print(json.dumps({"checks": checks, "violations": violations, "pages": sorted(pages)}, ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
