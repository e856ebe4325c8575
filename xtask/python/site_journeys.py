"""Walks the site as people do, in a real browser, and prints what it found as JSON.

    site_journeys.py DAEPYO EXAMPLE WORK AXE PICTURES

DAEPYO is the program, EXAMPLE the folder of a programme with a contest of recorded answers, WORK an empty folder, AXE the file
axe.min.js, PICTURES a folder for screenshots or `-`. Needs Debian's chromium and chromium-driver.
"""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

SIZES = {"desktop": (1280, 900), "phone": (360, 740)}
NARROW = 320
VOTES = 3

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

    def __init__(self, daepyo, example, work):
        self.folder = Path(work) / "programme"
        shutil.copytree(example, self.folder)
        for votes in self.folder.glob("votes.csv"):
            votes.unlink()
        self.data = Path(work) / "data"
        self.daepyo = daepyo
        self.log = Path(work) / "serve.log"
        self.start("127.0.0.1:0")

    def start(self, listen):
        out = self.log.open("a")
        self.process = subprocess.Popen(
            [self.daepyo, "--lang", "en", "serve", str(self.folder / "programme.toml"), "--data", str(self.data), "--listen", listen],
            stdout=out, stderr=out)
        until = time.time() + 60
        while time.time() < until:
            text = self.log.read_text()
            found = re.findall(r"The site is at (\S+)", text)
            if found:
                self.base = found[-1]
                self.first_run = (re.findall(r"here, once: (\S+)", text) or [None])[-1]
                try:
                    urllib.request.urlopen(self.base + "/healthz", timeout=5).read()
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

    def look(self, name):
        """Looks at the page: language, landmarks, width, axe, console; takes its picture."""
        pages.add(name)
        where = f"{name} {self.language} {self.size}"
        run = self.browser.execute_script
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
        found = self.browser.execute_async_script(
            "const done = arguments[0]; axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',"
            " 'wcag22aa', 'best-practice']}}).then(found => done(found.violations.map(v => ({id: v.id, nodes: v.nodes.map(n => n.html)})))"
            ", error => done([{id: String(error), nodes: []}]))")
        for violation in found:
            violations.append({"page": where, **violation})
        bad = [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"
               and not re.search(r"status of (404|409|422)", entry["message"])]
        check("no page has an error in the console", not bad, f"{where}: {bad}")
        if self.pictures:
            height = run("return Math.min(document.documentElement.scrollHeight, 3000)")
            self.resize(SIZES[self.size][0], height)
            self.browser.save_screenshot(str(self.pictures / f"{name}-{self.language}-{self.size}.png"))
            self.resize(*SIZES[self.size])

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

    def fetch(self, path):
        """Fetches a file with the browser's session."""
        cookies = "; ".join(f"{c['name']}={c['value']}" for c in self.browser.get_cookies())
        request = urllib.request.Request(self.site.base + path, headers={"cookie": cookies})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()


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


def first_run(office):
    office.go("/")
    light(office)
    office.look("home")
    office.go(office.site.first_run)
    office.look("first-run")
    for name, value in [("name", "office"), ("password", "correct horse battery"), ("again", "correct horse battery")]:
        for field in office.all(f"main input[name={name}]"):
            field.send_keys(value)
    office.press("main form button")
    office.go("/office/contests")
    check("the office's account is made by the first-run link", office.path() == "/office/contests", office.path())
    office.look("office-contests-before")
    office.press("main form[action$='/open'] button")
    check("the office opens the contest", bool(office.all("main form[action$='/close']")), office.text())
    office.go("/office/accounts")
    office.look("office-accounts")


def codes(office, count):
    office.go("/office/accounts")
    field = office.one("main input[name=count]")
    field.clear()
    field.send_keys(str(count))
    office.press("main form[action='/office/codes'] button, main form[action='/office/accounts/codes'] button")
    found = re.findall(r"\b[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}\b", office.text().upper())
    check("the office makes access codes", len(found) == count, f"{len(found)}: {office.text()[:200]}")
    return found


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
    return contest, receipts


def main(daepyo, example, work, axe, pictures):
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
        first_run(office)
        made = codes(office, 4)
        combinations = [(language, size) for language in ("ko", "en") for size in SIZES]
        contest = None
        for (language, size), code in zip(combinations, made):
            one = person(language, size)
            contest, receipts = citizen(one, code)
            kept += receipts
            if (language, size) == ("en", "phone"):
                one.go("/no-such-page")
                one.look("not-found")
            check("nobody sees a result before the close", "table" not in one.fetch(contest).decode().split("<main")[1], contest)
        # A restart in between loses nobody's session and no vote.
        address = site.base.removeprefix("http://")
        check("the site stops cleanly", site.stop() == 0, site.log.read_text()[-300:])
        site.start(address)
        office.go("/office/contests")
        office.look("office-contests-open")
        office.browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        office.press("main form[action$='/close'] button")
        check("the close leads to the results", office.path() == contest and office.all("main table"), office.text()[:300])
        for one in people[1:]:
            one.go(contest)
            one.look("results")
            check("everybody sees the ranking after the close", len(one.all("main tbody tr")) >= 4, one.text()[:300])
            one.go("/votes")
            one.look("votes-after")
        for page in ("/stages", "/rules", "/data", "/verify", "/about", "/privacy"):
            for one in people[1:]:
                if one.fetch("/").decode().find(f'href="{page}"') >= 0:
                    one.go(page)
                    one.look(page.strip("/"))
        published = Path(work) / "published"
        published.mkdir()
        for name in ("contest.json", "ballots.jsonl", "draws.jsonl", "votes.csv", "conversations.jsonl"):
            (published / name).write_bytes(people[1].fetch(f"{contest}/files/{name}"))
        key = (site.data / "log" / "key.pub").read_text().strip()
        done = subprocess.run([daepyo, "contest", "check", str(published), "--log", str(site.data / "log"), "--key", key, "--json"],
                              capture_output=True, text=True)
        check("the closed contest checks offline", done.returncode == 0, done.stdout + done.stderr)
        counted = json.loads(done.stdout)["counts"] if done.returncode == 0 else {}
        check("every vote is counted once", (counted.get("voted"), counted.get("withdrawn")) == (4 * VOTES, 4), counted)
        votes = (site.folder / "votes.csv").read_text().splitlines()
        check("the stage's file of votes has those that were not withdrawn", len(votes) == 1 + 4 * (VOTES - 1), len(votes))
        for number, receipt in enumerate(kept):
            file = Path(work) / f"receipt-{number}.json"
            file.write_text(receipt)
            done = subprocess.run([daepyo, "contest", "receipt", str(file), "--key", key], capture_output=True, text=True)
            check("every receipt checks offline", done.returncode == 0, done.stdout + done.stderr)
        file.write_text(receipt.replace('"both_bad"', '"left"'))
        done = subprocess.run([daepyo, "contest", "receipt", str(file), "--key", key], capture_output=True, text=True)
        check("a forged receipt does not check", done.returncode == 4, done.stdout + done.stderr)
    finally:
        for one in people:
            one.close()
        code = site.stop()
    check("the site stops cleanly", code == 0, code)
    log = site.log.read_text()
    check("no secret and no code stands in the log", not any(code in log for code in made) and "correct horse" not in log)
    check("nothing failed inside", "server::inside" not in log, [line for line in log.splitlines() if "server::inside" in line][:2])
    print(json.dumps({"checks": checks, "violations": violations, "pages": sorted(pages)}, ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
