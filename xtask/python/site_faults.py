"""Breaks a running site in many ways and counts what became of the votes that it had acknowledged; prints JSON.

    site_faults.py DAEPYO EXAMPLE WORK

DAEPYO is the program, EXAMPLE the folder of a programme with a contest of recorded answers, WORK an empty folder. Needs Debian's
PostgreSQL, chromium and chromium-driver, and the package selenium. DAEPYO_ROUNDS says how often each server is killed.
"""

import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import site_hostile
from site_stand import CONTEST, Browser, Gone, Postgres, Serve, citizens, contest, office, published, say

ROUNDS = int(os.environ.get("DAEPYO_ROUNDS", "12"))
# An account may write 30 times at once and 60 times a minute, so a crowd is many people.
VOTERS = 60
PROMPTS = 240
# So long a voter tries again before the site counts as gone for good.
PATIENCE_S = 90

faults = []


class Crowd:
    """Voters who vote without end and keep in mind what was acknowledged; after a failure they send the same form again."""

    def __init__(self, voters):
        self.voters = voters
        self.acknowledged, self.refused, self.gone = {}, 0, 0
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.vote, args=(voter, number), daemon=True) for number, voter in enumerate(voters)]
        self.patient = True
        for thread in self.threads:
            thread.start()

    def again(self, voter, path, fields=None):
        """Asks until an answer comes that says something, or the crowd is stopped."""
        until = time.time() + PATIENCE_S
        while time.time() < until and not self.stopping.is_set():
            try:
                answer = voter.post(path, fields)
                if answer.status == 429:
                    time.sleep(0.5)
                    continue
                if answer.status < 500:
                    return answer
                with self.lock:
                    self.refused += 1
            except Gone:
                with self.lock:
                    self.gone += 1
            time.sleep(0.05)
        return None

    def vote(self, voter, number):
        lots = random.Random(number)
        while not self.stopping.is_set():
            begun = self.again(voter, f"{CONTEST}/battles")
            if begun is None:
                return
            battle = begun.header("location")
            if not battle.startswith("/battles/"):
                # Nothing is left for this voter.
                return
            voted = self.again(voter, f"{battle}/vote", {"choice": lots.choice(["left", "right", "tie", "both_bad"])})
            if voted is not None and voted.status == 303 and voted.header("location") == battle:
                with self.lock:
                    self.acknowledged[battle.removeprefix("/battles/")] = self.acknowledged.get(battle.removeprefix("/battles/"), 0) + 1

    def count(self):
        with self.lock:
            return len(self.acknowledged)

    def wait_for(self, more, seconds=40):
        """Waits for so many further votes."""
        wanted, until = self.count() + more, time.time() + seconds
        while self.count() < wanted and time.time() < until and any(thread.is_alive() for thread in self.threads):
            time.sleep(0.01)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(timeout=60)


class Scene:
    """An open contest with voters."""

    def __init__(self, daepyo, example, folder, store=None, prompts=PROMPTS, voters=VOTERS, data=None, **more):
        folder.mkdir(parents=True, exist_ok=True)
        self.daepyo, self.folder = daepyo, folder
        self.programme = contest(example, folder / "programme", prompts, more.pop("answer", None))
        self.serve = Serve(daepyo, self.programme, data or folder / "data", store=store, log=folder / "serve.log", **more).start()
        self.office = office(self.serve)
        opened = self.office.post(f"/office{CONTEST}/open")
        if opened.status != 303:
            raise SystemExit(f"the contest is not opened: {opened.status} {opened.text[:300]}")
        self.voters = citizens(self.serve, self.office, voters)

    def close(self):
        """Closes the contest, and has the program check offline all that was published; votes by battle."""
        until = time.time() + 90
        while True:
            try:
                closed = self.office.post(f"/office{CONTEST}/close")
                if closed.status == 303:
                    break
            except Gone:
                closed = None
            if time.time() > until:
                raise SystemExit(f"the contest does not close: {closed and (closed.status, closed.text[:300])}")
            time.sleep(0.5)
        found = published(self.voters[0])
        folder = self.folder / "published"
        folder.mkdir(exist_ok=True)
        for name in ("contest.json", "ballots.jsonl", "draws.jsonl", "votes.csv", "examinations.jsonl", "conversations.jsonl"):
            (folder / name).write_bytes(self.voters[0].get(f"{CONTEST}/files/{name}").body)
        log = self.serve.data / "log"
        done = subprocess.run([self.daepyo, "contest", "check", str(folder), "--log", str(log), "--key", (log / "key.pub").read_text().strip(),
                               "--json"], capture_output=True, text=True)
        return found, done.returncode == 0, (done.stdout + done.stderr)[-400:]


def tell(name, acknowledged, found, checks, more="", extra=()):
    """Counts: every acknowledged vote once. `extra` are further checks, each a name and whether it holds."""
    once = sum(1 for battle in acknowledged if found.get(battle) == 1)
    twice = sum(1 for count in found.values() if count > 1)
    lost = sum(1 for battle in acknowledged if battle not in found)
    row = {"name": name, "acknowledged": len(acknowledged), "once": once, "twice": twice, "lost": lost,
           "checks": {"the published contest checks offline": checks, **dict(extra)}, "more": more}
    faults.append(row)
    say(f"{name}: {len(acknowledged)} acknowledged, {once} once, {twice} twice, {lost} lost; {more}",
        "" if all(row["checks"].values()) else [check for check, holds in row["checks"].items() if not holds])


def finish(scene, crowd, name, more="", extra=()):
    crowd.stop()
    found, checks, said = scene.close()
    scene.serve.stop()
    if not checks:
        say(said)
    tell(name, crowd.acknowledged, found, checks, more, [("votes were acknowledged", bool(crowd.acknowledged)), *extra])


def server_killed(daepyo, example, folder, store, name):
    scene = Scene(daepyo, example, folder, store)
    crowd = Crowd(scene.voters)
    lots = random.Random(name)
    for _ in range(ROUNDS):
        crowd.wait_for(lots.randint(5, 60))
        time.sleep(lots.random() / 50)
        scene.serve.kill()
        scene.serve.start()
    crowd.wait_for(30)
    finish(scene, crowd, f"kill -9 of the server under votes, {name}", f"{ROUNDS} times, {crowd.gone} requests without an answer",
           [("the kills came under load", crowd.gone > 0)])


def database_killed(daepyo, example, folder):
    server = Postgres()
    try:
        scene = Scene(daepyo, example, folder, server.database("site"))
        crowd = Crowd(scene.voters)
        lots = random.Random(7)
        rounds = max(2, ROUNDS // 2)
        for _ in range(rounds):
            crowd.wait_for(lots.randint(5, 60))
            server.kill()
            server.start()
        crowd.wait_for(30)
        finish(scene, crowd, "kill -9 of PostgreSQL and recovery under votes",
               f"{rounds} times, {crowd.refused} requests refused meanwhile", [("the kills came under load", crowd.refused + crowd.gone > 0)])
    finally:
        server.stop()


def disk_full(daepyo, example, folder):
    """A small file system of its own where that may be mounted; otherwise no file may grow beyond a size."""
    data = folder / "disk"
    data.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192m,mode=700", "daepyo-faults", str(data)], capture_output=True).returncode == 0
    ballast = data / "ballast"
    try:
        rlimit = None
        if mounted:
            # Room to be given back.
            ballast.write_bytes(bytes(80 << 20))
        else:
            def rlimit():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))
        scene = Scene(daepyo, example, folder, data=data / "site", rlimit=rlimit, prompts=PROMPTS * 2)
        crowd = Crowd(scene.voters)
        crowd.wait_for(100)
        if mounted:
            # Fills the disk to its last block under votes; it may be full already.
            try:
                with (data / "filler").open("wb") as out:
                    while True:
                        out.write(bytes(4096))
                        out.flush()
            except OSError:
                pass
        until = time.time() + 60
        while crowd.refused == 0 and time.time() < until:
            time.sleep(0.05)
        time.sleep(2)
        refused = crowd.refused
        if mounted:
            ballast.unlink()
            (data / "filler").unlink(missing_ok=True)
        else:
            # Room comes with a start without the limit.
            scene.serve.stop()
            scene.serve.rlimit = None
            scene.serve.start()
        before = crowd.count()
        crowd.wait_for(50, 60)
        after = crowd.count() - before
        finish(scene, crowd, "a full disk under votes" if mounted else "a file that may not grow, under votes",
               f"{refused} requests refused while full, {after} votes after there was room again",
               [("votes are refused while the disk is full", refused > 0), ("votes come again once there is room", after > 0)])
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(data)], capture_output=True)


def two_servers(daepyo, example, folder):
    server = Postgres()
    try:
        scene = Scene(daepyo, example, folder, server.database("site"))
        other = Serve(daepyo, scene.programme, scene.serve.data, store=scene.serve.store, log=folder / "other.log").start()
        acknowledged, both, neither, other_vote = {}, 0, 0, 0
        for number in range(60):
            voter = scene.voters[number % len(scene.voters)]
            battle = voter.post(f"{CONTEST}/battles").header("location")
            # The same person votes on the same battle at both servers at once: half of the time the same, half another.
            choices = ["left", "left"] if number % 2 else ["left", "right"]
            answers = [None, None]

            def send(place, base):
                twin = Browser(scene.serve)
                twin.cookies, twin.token = dict(voter.cookies), voter.token
                answers[place] = twin.post(f"{battle}/vote", {"choice": choices[place]}, base=base).status

            threads = [threading.Thread(target=send, args=(place, base)) for place, base in enumerate((scene.serve.base, other.base))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            taken = answers.count(303)
            if taken:
                acknowledged[battle.removeprefix("/battles/")] = 1
            both += taken == 2 and number % 2 == 0
            neither += taken == 0
            other_vote += number % 2 == 1 and taken != 2
        # Both servers also draw at once.
        crowds = [Crowd(scene.voters[:6]), None]
        twins = []
        for voter in scene.voters[6:]:
            twin = Browser(other)
            twin.cookies, twin.token = dict(voter.cookies), voter.token
            twins.append(twin)
        crowds[1] = Crowd(twins)
        crowds[0].wait_for(150)
        for crowd in crowds:
            crowd.stop()
            acknowledged.update(crowd.acknowledged)
        other.stop()
        found, checks, said = scene.close()
        scene.serve.stop()
        if not checks:
            say(said)
        tell("two servers race for one vote on one PostgreSQL", acknowledged, found, checks, "60 races, then both draw at once",
             [("of two different votes one is taken", both == 0 and neither == 0), ("the same vote twice is taken as one", other_vote == 0),
              ("both servers took votes", all(crowd.acknowledged for crowd in crowds))])
    finally:
        server.stop()


def forged(daepyo, example, folder):
    scene = Scene(daepyo, example, folder, voters=3, prompts=30)
    one, two, three = scene.voters
    acknowledged, checks = {}, []

    def expect(name, holds):
        checks.append((name, bool(holds)))

    battle = one.post(f"{CONTEST}/battles").header("location")
    form = {"choice": "left", "reason": "근거"}
    expect("a form without its token is refused", one.post(f"{battle}/vote", {**form, "csrf": ""}).status == 403)
    changed = one.token[:-1] + ("A" if one.token[-1] != "A" else "B")
    expect("a changed token is refused", one.post(f"{battle}/vote", {**form, "csrf": changed}).status == 403)
    expect("another person's token is refused", one.post(f"{battle}/vote", {**form, "csrf": two.token}).status == 403)
    expect("a form from another site is refused", one.post(f"{battle}/vote", form, headers={"origin": "https://evil.example"}).status == 403)
    expect("another person's battle is none", two.post(f"{battle}/vote", form).status == 404 and two.get(battle).status == 404)
    stranger = Browser(scene.serve)
    stranger.cookies = {name: "A" * len(value) for name, value in one.cookies.items()}
    expect("a made-up session is none", stranger.post(f"{battle}/vote", form).status in (303, 401, 403)
           and "/sign-in" in stranger.get(battle).header("location"))
    for name in ("../../etc/passwd", "0" * 16, "-000000000000001", "zzzzzzzzzzzzzzzz", battle.removeprefix("/battles/").upper() + "%00"):
        # A body that nobody reads ends the connection.
        one.link = None
        expect("a battle that is none is not found", one.post(f"/battles/{name}/vote", form).status in (404, 405))
    one.link = None
    expect("a choice that is none is refused", one.post(f"{battle}/vote", {"choice": "both"}).status in (400, 422))
    expect("nothing of all that was a vote", "receipt" not in one.get(battle).text or one.get(f"{battle}/receipt").status >= 400)
    expect("the right form is taken", one.post(f"{battle}/vote", form).status == 303)
    acknowledged[battle.removeprefix("/battles/")] = 1
    expect("the same form again is the same vote", one.post(f"{battle}/vote", form).status == 303)
    expect("another choice afterwards is refused", one.post(f"{battle}/vote", {**form, "choice": "right"}).status == 409)
    expect("another person's receipt is none", two.get(f"{battle}/receipt").status == 404)
    receipt = one.get(f"{battle}/receipt").text
    good = three.post("/receipts", {"receipt": receipt}).status
    expect("a receipt holds", good == 200)
    kept = json.loads(receipt)
    changes = [("choice", lambda r: r["ballot"].update(choice="right")), ("voter", lambda r: r["ballot"].update(voter="v" + "0" * 32)),
               ("time", lambda r: r["ballot"].update(voted_ms=r["ballot"]["voted_ms"] + 1)), ("reason", lambda r: r.update(reason="다른 근거")),
               ("place", lambda r: r["logged"].update(index=r["logged"]["index"] + 1)),
               ("commitment", lambda r: r.update(commitment="sha256:" + "0" * 64)),
               ("origin", lambda r: r["logged"].update(origin="evil.example/contest"))]
    for what, change in changes:
        forged_one = json.loads(json.dumps(kept))
        change(forged_one)
        expect(f"a receipt with another {what} does not hold", three.post("/receipts", {"receipt": json.dumps(forged_one)}).status == 422)
    withdrawn = one.post(f"{battle}/withdraw").status
    expect("another person cannot withdraw", two.post(f"{battle}/withdraw").status == 404)
    expect("a vote is withdrawn once, however often it is asked for", withdrawn == 303 and one.post(f"{battle}/withdraw").status == 303)
    expect("a citizen closes nothing", one.post(f"/office{CONTEST}/close").status == 403)
    found, whole, said = scene.close()
    late = two.post(f"{battle}/vote", form).status
    expect("nothing is taken after the close", late in (404, 409) and two.post(f"{CONTEST}/battles").status in (200, 404, 409))
    scene.serve.stop()
    if not whole:
        say(said)
    tell("replayed and forged requests", acknowledged, found, whole, f"{len(checks)} tried", checks)


def hostile(daepyo, example, folder):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    answers = site_hostile.ANSWERS
    scene = Scene(daepyo, example, folder, voters=40, prompts=len(answers),
                  answer=lambda number, candidate: answers[number] if candidate == "garam-1" else f"평범한 답 {number}")
    options = webdriver.ChromeOptions()
    for word in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]:
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    acknowledged, bad, shown, hidden = {}, {}, set(), 0
    looked = """
      const main = document.querySelector('main'), bad = [];
      const allowed = /^(P|H[1-6]|UL|OL|LI|BLOCKQUOTE|PRE|CODE|EM|STRONG|DEL|S|TABLE|THEAD|TBODY|TR|TH|TD|BR|HR|SPAN|DIV|SUP|SUB|MARK|BDI)$/;
      for (const box of document.querySelectorAll('article.answer .written')) {
        for (const one of box.querySelectorAll('*')) {
          if (!allowed.test(one.tagName)) bad.push('element ' + one.tagName);
          for (const has of one.attributes)
            if (/^on/i.test(has.name) || /^(href|src|style|srcdoc|action|formaction|xlink:href|background|poster|data)$/i.test(has.name))
              bad.push('attribute ' + one.tagName + '.' + has.name);
        }
        if (/[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069]/.test(box.textContent)) bad.push('a raw control');
      }
      if (document.querySelectorAll('script:not([src])').length) bad.push('an inline script');
      for (const one of document.querySelectorAll('form')) if (!/^\\/(battles|contests|sign-out|lang)/.test(one.getAttribute('action'))) bad.push('a form');
      const wide = document.documentElement.scrollWidth - window.innerWidth;
      if (wide > 0) bad.push('the page is ' + wide + ' pixels too wide');
      if (document.querySelectorAll('article.answer').length !== 2) bad.push('not two answers');
      return bad;
    """
    try:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 320, "height": 700, "deviceScaleFactor": 1, "mobile": True})
        browser.get(scene.serve.base + "/about")
        until, number = time.time() + 240, 0
        while time.time() < until and len(shown) < len(answers):
            # People take turns: each may write only so often.
            voter = scene.voters[number % len(scene.voters)]
            number += 1
            for name, value in voter.cookies.items():
                browser.add_cookie({"name": name, "value": value})
            begun = voter.post(f"{CONTEST}/battles").header("location")
            if not begun.startswith("/battles/"):
                break
            browser.get(scene.serve.base + begun)
            try:
                browser.switch_to.alert.accept()
                bad.setdefault("a dialog", begun)
            except Exception as error:
                if "no such alert" not in str(error).lower():
                    raise
            text = browser.execute_script("return document.querySelector('main').innerText")
            # The candidate is one of two, or none of them: its own answers have no such words.
            if not text.count("평범한 답") == 2:
                shown.update(int(found) for found in re.findall(r"(\d+)에 하나를 더하면", text))
            for what in browser.execute_script(looked):
                bad.setdefault(what, f"{begun}: {text[:160]!r}")
            for entry in browser.get_log("browser"):
                if entry["level"] == "SEVERE":
                    bad.setdefault("the console", f"{begun}: {entry['message'][:160]}")
            if voter.post(f"{begun}/vote", {"choice": "tie"}).status == 303:
                acknowledged[begun.removeprefix("/battles/")] = 1
    finally:
        browser.quit()
    found, whole, said = scene.close()
    results = scene.voters[0].get(CONTEST)
    scene.serve.stop()
    if not whole:
        say(said)
    # What is invalid never becomes an answer at all.
    broken = folder / "broken"
    programme = contest(example, broken, 3)
    with (broken / "answers.jsonl").open("ab") as out:
        out.write(b'{"prompt": "p0", "candidate": "garam-1", "text": "\xff\xfe\xc3\x28"}\n')
    refused = subprocess.run([daepyo, "check", str(programme)], capture_output=True, text=True)
    for what, where in bad.items():
        say(f"hostile: {what}: {where}")
    tell("a candidate whose answers are hostile, in chromium", acknowledged, found, whole,
         f"{len(answers)} answers of OWASP's collection and others; prompts shown: {len(shown)}; {'; '.join(sorted(bad)) or 'nothing ran, nothing was wider'}",
         [("no dialog, no script, no element or attribute of theirs, no page wider than 320 pixels", not bad),
          ("most of the answers were shown", len(shown) * 2 > len(answers)), ("results are drawn after the close", results.status == 200),
          ("broken UTF-8 is refused with its place", refused.returncode != 0 and "answers.jsonl" in refused.stdout + refused.stderr)])


def main(daepyo, example, work):
    example, work = Path(example), Path(work)
    server_killed(daepyo, example, work / "killed-sqlite", None, "SQLite")
    server = Postgres()
    try:
        server_killed(daepyo, example, work / "killed-postgres", server.database("site"), "PostgreSQL")
    finally:
        server.stop()
    database_killed(daepyo, example, work / "database-killed")
    disk_full(daepyo, example, work / "disk-full")
    two_servers(daepyo, example, work / "two-servers")
    forged(daepyo, example, work / "forged")
    hostile(daepyo, example, work / "hostile")
    print(json.dumps({"faults": faults}, ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
