"""A site to measure and to break: PostgreSQL, the program itself, browsers without a window, contests with many prompts."""

import csv
import glob
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

CONTEST = "/contests/public/users"
CANDIDATES = ("garam-1", "narae-1", "dasom-1", "meridian-2")


def say(*words):
    print(time.strftime("%H:%M:%S"), *words, file=sys.stderr, flush=True)


def median(numbers):
    numbers = sorted(numbers)
    middle = len(numbers) // 2
    return numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2


class Postgres:
    """Debian's PostgreSQL on a Unix socket, as durable as it comes; killed and started again as often as is wanted."""

    def __init__(self):
        found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
        if not found:
            raise SystemExit("PostgreSQL is missing; run `sudo apt-get install -y --no-install-recommends postgresql`")
        self.bin = Path(max(found, key=lambda path: int(path.split("/")[4]))).parent
        self.version = self.bin.parent.name
        self.folder = Path(tempfile.mkdtemp(prefix="daepyo-pg-"))
        self.user = None
        if os.getuid() == 0:
            self.user = "postgres"
            shutil.chown(self.folder, "postgres", "postgres")
        self.data = self.folder / "data"
        subprocess.run([self.bin / "initdb", "-U", "daepyo", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "-D", self.data],
                       check=True, stdout=subprocess.DEVNULL, user=self.user, cwd=self.folder)
        self.process = None
        self.start()

    def start(self):
        log = (self.folder / "log").open("a")
        until = time.time() + 60
        while time.time() < until:
            if self.process is None or self.process.poll() is not None:
                # A group of its own, so that all of it can be killed at once.
                self.process = subprocess.Popen(
                    [self.bin / "postgres", "-D", self.data, "-k", self.folder, "-c", "listen_addresses=", "-c", "max_connections=300"],
                    stdout=log, stderr=log, user=self.user, cwd=self.folder, start_new_session=True)
            if self.sql("postgres", "SELECT 1", check=False) == "1":
                return
            time.sleep(0.2)
        raise SystemExit("PostgreSQL does not start:\n" + (self.folder / "log").read_text()[-2000:])

    def kill(self):
        """kill -9, the postmaster first, then whatever of it is left."""
        self.process.kill()
        self.process.wait()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, database, text, check=True):
        done = subprocess.run([self.bin / "psql", "-h", self.folder, "-U", "daepyo", "-d", database, "-qtAX", "-c", text],
                              capture_output=True, text=True)
        if check and done.returncode != 0:
            raise SystemExit(done.stderr)
        return done.stdout.strip()

    def database(self, name):
        self.sql("postgres", f'CREATE DATABASE "{name}"')
        return f"postgres://daepyo@{urllib.parse.quote(str(self.folder), safe='')}/{name}?sslmode=disable"


def contest(example, folder, prompts, answer=None):
    """A copy of the example's programme with so many prompts more; `answer(number, candidate)` writes the answers."""
    shutil.copytree(example, folder)
    for votes in folder.glob("votes.csv"):
        votes.unlink()
    file = folder / "programme.toml"
    text = file.read_text()
    text = text.replace("votes_a_day = 12", "votes_a_day = 5000").replace("votes_in_all = 60", "votes_in_all = 5000")
    file.write_text(text)
    write = answer or (lambda number, candidate: f"{number}에 하나를 더하면 {number + 1}입니다. " + "근거를 적습니다. " * (5 + number % 7))
    with (folder / "prompts.csv").open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["id", "text", "language", "category"])
        rows.writerows([f"p{number}", f"{number}에 하나를 더하면 얼마입니까?", "ko", "reasoning"] for number in range(prompts))
    with (folder / "answers.jsonl").open("w") as out:
        for number in range(prompts):
            for candidate in CANDIDATES:
                row = {"prompt": f"p{number}", "candidate": candidate, "text": write(number, candidate)}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return folder / "programme.toml"


class Serve:
    """`daepyo serve`, as users start it."""

    def __init__(self, daepyo, programme, data, store=None, published=(), prefix=(), log=None, rlimit=None):
        self.daepyo, self.programme, self.data, self.store = daepyo, programme, Path(data), store
        self.published, self.prefix, self.rlimit = published, list(prefix), rlimit
        self.log = Path(log or str(data) + ".log")
        self.base = None
        self.process = None

    def start(self, listen=None):
        listen = listen or (self.base.removeprefix("http://") if self.base else "127.0.0.1:0")
        words = self.prefix + [self.daepyo, "--lang", "en", "serve", self.programme, "--data", self.data, "--listen", listen,
                               "--trusted-proxy", "127.0.0.0/8"]
        words += ["--store", self.store] if self.store else []
        for folder in self.published:
            words += ["--published", folder]
        before = len(self.log.read_text()) if self.log.exists() else 0
        out = self.log.open("a")
        self.process = subprocess.Popen([str(word) for word in words], stdout=out, stderr=out, preexec_fn=self.rlimit)
        until = time.time() + 90
        while time.time() < until:
            text = self.log.read_text(errors="replace")[before:]
            found = re.findall(r"The site is at (\S+)", text)
            if found:
                self.base = found[-1].rstrip("/")
                if Browser(self).get("/healthz").status == 200:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit(f"the site did not start:\n{self.log.read_text(errors='replace')[-3000:]}")

    def first_run(self):
        """The link that makes the first account; it is said behind the address."""
        until = time.time() + 30
        while time.time() < until:
            links = re.findall(r"here, once: (\S+)", self.log.read_text(errors="replace"))
            if links:
                return links[-1]
            time.sleep(0.05)
        raise SystemExit("the site said no link for its first account")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=60)

    def memory_bytes(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), "")


class Gone(Exception):
    """No whole answer came."""


class Browser:
    """Cookies, forms and one connection; every browser has an address of its own."""

    made = 0

    def __init__(self, serve):
        self.serve, self.cookies, self.token, self.link = serve, {}, None, None
        self.used = 0.0
        Browser.made += 1
        self.address = f"10.{Browser.made // 62500 % 250}.{Browser.made // 250 % 250}.{Browser.made % 250}"

    def ask(self, method, path, fields=None, headers=None, base=None):
        where = (base or self.serve.base).removeprefix("http://")
        send = {"x-forwarded-for": self.address, "accept-language": "en"}
        if self.cookies:
            send["cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            send["content-type"] = "application/x-www-form-urlencoded"
        send.update(headers or {})
        # The server closes connections that nobody uses; it may have closed this one at this moment, too: what changes nothing is asked again on a new one.
        if time.time() - self.used > 2:
            self.link = None
        self.used = time.time()
        for is_last in ([False, True] if method == "GET" and self.link is not None else [True]):
            try:
                if self.link is None or self.link[0] != where:
                    self.link = (where, http.client.HTTPConnection(where, timeout=40))
                self.link[1].request(method, path, body, send)
                answer = self.link[1].getresponse()
                answer = Answer(answer.status, answer.getheaders(), answer.read())
                break
            except (OSError, http.client.HTTPException) as error:
                self.link = None
                if is_last:
                    raise Gone(str(error)) from error
        for key, value in answer.headers:
            if key.lower() == "set-cookie":
                name, rest = value.split("=", 1)
                if "max-age=0" in value.lower():
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = rest.split(";")[0]
        return answer

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def csrf(self, path):
        """The token of forms that a page has."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        if not found:
            raise SystemExit(f"{path} has no form")
        return found.group(1)

    def post(self, path, fields=None, **more):
        return self.ask("POST", path, {"csrf": self.token or "", **(fields or {})}, **more)


def office(serve):
    """The office's browser, by the first-run link."""
    one = Browser(serve)
    link = serve.first_run()
    path = link[link.index("/first-run"):]
    one.token = one.csrf(path)
    fields = {"token": path.split("token=")[1], "name": "office", "password": "correct horse battery", "again": "correct horse battery"}
    made = one.post("/first-run", fields)
    if made.status != 303:
        raise SystemExit(f"the office has no account: {made.status} {made.text[:300]}")
    one.token = one.csrf("/office/accounts")
    return one


def citizens(serve, of_office, count):
    """Browsers in which somebody is signed in with a code."""
    page = of_office.post("/office/codes", {"count": str(count)}).text
    codes = re.findall(r"<code[^>]*>\s*([0-9A-Za-z]{5}(?:-[0-9A-Za-z]{5}){3})\s*</code>", page)
    if len(codes) != count:
        raise SystemExit(f"{len(codes)} codes of {count}: {page[:300]}")
    found = []
    for code in codes:
        one = Browser(serve)
        one.token = one.csrf("/sign-in")
        entered = one.post("/sign-in/code", {"code": code, "next": CONTEST})
        if entered.status != 303:
            raise SystemExit(f"a code is not taken: {entered.status} {entered.text[:300]}")
        one.token = one.csrf(CONTEST)
        found.append(one)
    return found


def published(browser):
    """The published ballots: how often each battle's is there."""
    text = browser.get(f"{CONTEST}/files/ballots.jsonl")
    if text.status != 200:
        raise SystemExit(f"the ballots are not published: {text.status}")
    counts = {}
    for line in text.text.splitlines():
        battle = json.loads(line)["ballot"]["battle"]
        counts[battle] = counts.get(battle, 0) + 1
    return counts
