"""Runs schemathesis against a real site as a citizen, as the office and as nobody, and prints what it found as JSON.

    site_api.py DAEPYO CONTEST FINISHED STAGE WORK SCHEMATHESIS EXAMPLES

DAEPYO is the program, CONTEST the folder of a programme with a contest of recorded answers, FINISHED a programme file of which
STAGE can be run from recorded responses, WORK an empty folder, SCHEMATHESIS the program, EXAMPLES how many cases each phase makes
for an operation at most.
"""

import html
import http.cookiejar
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import jsonschema_rs

SEED = 20261101
PHASES = "examples,coverage,fuzzing,stateful"
LIMIT = {"burst": 1_000_000, "per_minute": 60_000_000}
CAPS = {"votes_a_day": 1_000, "votes_in_all": 1_000}


class Site:
    """The program under test, with a published stage, a contest, and limits that do not stand in a test's way."""

    def __init__(self, daepyo, contest, finished, stage, work):
        work = Path(work)
        published = work / "first"
        key = work / "stage.key"
        subprocess.run([daepyo, "key", "new", "--name", "api.example", "--out", key], stdout=subprocess.DEVNULL, check=True)
        run = subprocess.run(
            [daepyo, "run", finished, "--stage", stage, "--out", published, "--key", key],
            stdout=subprocess.DEVNULL, check=False)
        # 1: measured and signed, but without a decision. That is published too.
        if run.returncode not in (0, 1):
            raise SystemExit("the stage could not be run")
        folder = work / "programme"
        shutil.copytree(contest, folder)
        (folder / "votes.csv").unlink(missing_ok=True)
        programme = folder / "programme.toml"
        text = programme.read_text()
        for cap, votes in CAPS.items():
            text = re.sub(rf"(?m)^{cap} = .*$", f"{cap} = {votes}", text)
        programme.write_text(text)
        limits = work / "limits.json"
        limits.write_text(json.dumps({name: LIMIT for name in ["read", "write", "costly", "sign_in"]}))
        self.log = work / "serve.log"
        self.process = subprocess.Popen(
            [daepyo, "--lang", "en", "serve", programme, "--data", work / "data", "--listen", "127.0.0.1:0",
             "--published", published, "--limits", limits],
            stdout=self.log.open("w"), stderr=subprocess.STDOUT)
        until = time.time() + 120
        while time.time() < until and self.process.poll() is None:
            text = self.log.read_text()
            link = re.search(r"here, once: (\S+)", text)
            if link:
                self.base = re.search(r"The site is at (\S+)", text).group(1)
                self.first_run = link.group(1)
                return
            time.sleep(0.1)
        raise SystemExit("the site did not start:\n" + self.log.read_text()[-3000:])

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=60)


class Person:
    """Somebody's browser and program: cookies, and the token of changes."""

    def __init__(self, site):
        self.site = site
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def page(self, path, fields=None):
        data = urllib.parse.urlencode(fields).encode() if fields else None
        address = path if path.startswith("http") else self.site.base + path
        return self.opener.open(address, data, timeout=60).read().decode()

    def form(self, page, action, fields):
        csrf = html.unescape(re.search(r'name="csrf" value="([^"]*)"', self.page(page)).group(1))
        return self.page(action, {"csrf": csrf, **fields})

    def signed_in(self):
        self.csrf = json.loads(self.page("/api/v1/me"))["csrf"]
        return self

    def send(self, path, body=None):
        headers = {"x-csrf": self.csrf}
        data = b""
        if body is not None:
            data, headers["content-type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self.site.base + path, data, headers, method="POST")
        return json.loads(self.opener.open(request, timeout=60).read())

    def secrets(self):
        """What the document's ways to sign in take, by their names."""
        session = next(cookie.value for cookie in self.jar if cookie.name == "daepyo")
        return {"session": session, "csrf": self.csrf}


def office(site):
    person = Person(site)
    token = site.first_run.partition("token=")[2]
    person.form(site.first_run, "/first-run", {"token": token, "name": "office", "password": "correct horse battery"})
    return person.signed_in()


def citizen(site, office):
    person = Person(site)
    code = office.send("/api/v1/office/codes", {"count": 1})["codes"][0]["code"]
    person.form("/sign-in", "/sign-in/code", {"code": code, "next": "/"})
    return person.signed_in()


def vote(voter, document, saw):
    """A vote from its battle to its withdrawal, which chance does not find. Every answer is held against the document."""

    def call(method, template, body=None, **parts):
        operation = document["paths"][template][method.lower()]
        address = voter.site.base + template.format(**parts)
        data, headers = None, {"x-csrf": voter.csrf}
        if method == "POST":
            data = json.dumps(body).encode() if body is not None else b""
            headers["content-type"] = "application/json"
        with voter.opener.open(urllib.request.Request(address, data, headers, method=method), timeout=60) as answer:
            schema = operation["responses"][str(answer.status)]["content"]["application/json"]["schema"]
            found = json.loads(answer.read())
            jsonschema_rs.validator_for({**schema, "components": document["components"]}).validate(found)
            saw(operation["operationId"], answer.status)
        return found

    call("GET", "/api/v1/openapi.json")
    battle = call("POST", "/api/v1/contests/{stage}/{criterion}/battles", stage="public", criterion="users")["battle"]
    voted = call("POST", "/api/v1/battles/{battle}/vote", {"choice": "left", "tags": [], "reason": ""}, battle=battle)
    receipt = call("GET", "/api/v1/battles/{battle}/receipt", battle=battle)
    if not call("POST", "/api/v1/receipts/check", receipt)["holds"]:
        raise SystemExit("the receipt does not hold")
    call("GET", "/api/v1/receipts/{commitment}", commitment=voted["commitment"])
    call("POST", "/api/v1/battles/{battle}/withdraw", battle=battle)


def check(site, who, secrets, work, schemathesis, examples):
    """One run of schemathesis: what it says, and which operations were answered with which statuses."""
    reports = Path(work) / f"report-{who}"
    # A folder that has nobody else's settings.
    own = Path(work) / f"settings-{who}"
    own.mkdir()
    (own / "schemathesis.toml").write_text("".join(
        f"[auth.openapi.{name}]\napi_key = {json.dumps(secret)}\n" for name, secret in secrets.items()))
    words = [schemathesis, "run", site.base + "/api/v1/openapi.json", "--checks", "all", "--phases", PHASES,
             "--mode", "all", "--max-examples", str(examples), "--seed", str(SEED), "--generation-database", "none",
             "--request-timeout", "60", "--continue-on-failure", "--no-color", "--report", "json,har", "--report-dir", reports,
             "--report-json-path", reports / "report.json", "--report-har-path", reports / "report.har"]
    printed = subprocess.run(words, cwd=own, capture_output=True, text=True, check=False)
    sys.stderr.write(printed.stdout[-20_000:] + printed.stderr[-4_000:])
    try:
        said = json.loads((reports / "report.json").read_text())
        entries = json.loads((reports / "report.har").read_text())["log"]["entries"]
    except (OSError, ValueError) as error:
        raise SystemExit(f"schemathesis as {who} left no report: {error}\n{printed.stdout[-3000:]}{printed.stderr[-3000:]}")
    answers = [(entry["request"]["method"], urllib.parse.urlsplit(entry["request"]["url"]).path, entry["response"]["status"])
               for entry in entries]
    return said, answers, printed.returncode


def pattern(path):
    parts = re.split(r"\{[^}]*\}", path)
    return re.compile("[^/]+".join(re.escape(part) for part in parts) + r"\Z")


def main():
    daepyo, contest, finished, stage, work, schemathesis, examples = sys.argv[1:]
    site = Site(daepyo, contest, finished, stage, work)
    try:
        head = office(site)
        head.send("/api/v1/office/contests/public/users/open")
        voter = citizen(site, head)
        document = json.loads(Person(site).page("/api/v1/openapi.json"))
        operations = [(method.upper(), path, operation) for path, methods in document["paths"].items()
                      for method, operation in methods.items()]
        # A literal path before one with parts that vary.
        operations.sort(key=lambda one: one[1].count("{"))
        patterns = [(method, pattern(path), operation["operationId"]) for method, path, operation in operations]
        runs, seen, permitted = [], {}, {}

        def saw(name, status):
            seen.setdefault(name, {}).setdefault(str(status), 0)
            seen[name][str(status)] += 1

        vote(voter, document, saw)
        # The office closes the contest on its way: citizens before it, everybody after it.
        for who, secrets in [("citizen", voter.secrets()), ("office", head.secrets()), ("anyone", {})]:
            said, answers, code = check(site, who, secrets, work, schemathesis, examples)
            for method, path, status in answers:
                found = next((name for known, shape, name in patterns if known == method and shape.match(path)), None)
                if found:
                    saw(found, status)
            runs.append({
                "who": who, "code": code, "cases": said["test_cases"]["generated"], "requests": len(answers),
                "operations": said["operations"], "phases": said["phases"], "stop": said["stop_reason"],
                "failures": said["failures"], "errors": said["errors"], "complete": said["complete"],
            })
        for _, _, operation in operations:
            permitted[operation["operationId"]] = bool({"anyone", "citizen", "office"} & set(operation["x-roles"]))
        unseen = [name for name, may in permitted.items()
                  if may and not any(status.startswith("2") for status in seen.get(name, {}))]
        alive = json.loads(Person(site).page("/healthz"))["status"] == "ok"
    finally:
        ended = site.stop()
    print(json.dumps({"operations": len(operations), "runs": runs, "unseen": unseen, "alive": alive, "ended": ended}))


main()
