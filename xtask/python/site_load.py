"""Measures what the site bears, each row beside its limit in the same run, and prints the rows as one line of JSON.

    site_load.py DAEPYO VOTE_SPEED STEADY_LOAD BARE_PAGE EXAMPLE SCHEMA WORK

DAEPYO is the program as for users; VOTE_SPEED, STEADY_LOAD and BARE_PAGE are the examples of those names; EXAMPLE the folder of a
programme with a contest of recorded answers; SCHEMA the store's layout for SQLite; WORK an empty folder. Needs Debian's PostgreSQL.
"""

import html.parser
import json
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

from site_stand import CONTEST, Browser, Postgres, Serve, citizens, contest, median, office, say

TURNS = int(os.environ.get("DAEPYO_TURNS", "5"))
SECONDS = float(os.environ.get("DAEPYO_SECONDS", "5"))
VOTERS = 64
CONNECTIONS = 1000
# Readers have machines of their own. The generator that stands for them shares this one's cores with the server, so it goes
# first: else p99 is the time for which it waits for a core, and not the time for which the server lets it wait.
BEHIND = ("nice", "-n", "10")

# The rows that one vote with its battle writes, as the store writes them; numbers come from a sequence.
PGBENCH = """
\\set battle random(1, 9000000000000000000)
\\set person :client_id + 1
BEGIN;
INSERT INTO battles (id, contest, person, mode, left_side, right_side, prompt, draw, opened_ms, turns, answered)
  VALUES (:battle, 1, :person, 'recorded', 'candidate-1', 'candidate-2', 'p17', nextval('limit_draws'), 1800000000000, 1, 1);
INSERT INTO turns (battle, number, prompt, asked_ms, left_text, left_cut, right_text, right_cut, shown_ms)
  VALUES (:battle, 0, convert_to('%(prompt)s', 'UTF8'), 1800000000000, convert_to('%(answer)s', 'UTF8'), 0,
          convert_to('%(answer)s', 'UTF8'), 0, 1800000000000);
COMMIT;
BEGIN;
INSERT INTO queue (number, entry) VALUES (nextval('limit_queue'), convert_to('%(entry)s', 'UTF8'));
INSERT INTO votes (queued, battle, person, contest, choice, tags, reason, voted_ms, salt, commitment)
  VALUES (currval('limit_queue'), :battle, :person, 1, 'left', '[]', '', 1800000000005, sha256(int8send((:battle)::bigint)),
          sha256(int8send((:battle)::bigint + 1)));
UPDATE battles SET state = 1 WHERE id = :battle;
COMMIT;
"""
PROMPT = "17보다 하나 큰 수를 쓰고 그 까닭을 설명하시오."
ANSWER = "가나다라마바사아자차" * 20
# As long as an entry of the log; without colons, behind which pgbench looks for variables.
ENTRY = '{"commitment"="sha256=' + "0" * 64 + '","contest"="sha256=' + "0" * 64 + '","kind"="ballot"}'


def last_json(words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise SystemExit(f"{words[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


class Engine:
    """Votes through the engine, in a new store each time."""

    def __init__(self, program, work):
        self.program, self.work, self.number = program, work, 0
        self.votes = 3000
        self.lost = self.twice = 0

    def rate(self, url_of):
        self.number += 1
        folder = self.work / f"engine-{self.number}"
        folder.mkdir()
        found = last_json([self.program, url_of(folder), folder, VOTERS, self.votes])
        self.lost += found["lost"] + self.votes - found["logged"]
        self.twice += found["twice"]
        shutil.rmtree(folder)
        rate = found["logged"] / found["wall_s"]
        self.votes = int(min(60_000, max(1_000, rate * SECONDS)))
        return rate


def alternate(name, ours, limit):
    """Medians of turns of both, one after the other; the first of ours finds out how many votes are enough."""
    ours()
    found = ([], [])
    for turn in range(TURNS):
        found[0].append(ours())
        found[1].append(limit())
        say(f"{name}, turn {turn + 1} of {TURNS}: {found[0][-1]:.0f} a second, limit {found[1][-1]:.0f}")
    return median(found[0]), median(found[1]), found


def postgres_votes(vote_speed, work):
    server = Postgres()
    try:
        engine = Engine(vote_speed, work)
        number = [0]

        def database():
            number[0] += 1
            return server.database(f"votes{number[0]}")

        script = work / "limit.sql"
        script.write_text(PGBENCH % {"prompt": PROMPT, "answer": ANSWER, "entry": ENTRY})

        def limit():
            # A store of the same layout with the same people.
            url = database()
            folder = work / "limit"
            folder.mkdir()
            last_json([vote_speed, url, folder, VOTERS, VOTERS])
            shutil.rmtree(folder)
            name = f"votes{number[0]}"
            server.sql(name, "CREATE SEQUENCE limit_queue START 1000000; CREATE SEQUENCE limit_draws START 1000000; CHECKPOINT")
            done = subprocess.run(
                [server.bin / "pgbench", "-h", server.folder, "-U", "daepyo", "-n", "-M", "prepared", "-c", str(VOTERS), "-j", "2",
                 "-T", str(max(1, int(SECONDS))), "-f", script, name], capture_output=True, text=True)
            if done.returncode != 0:
                raise SystemExit(done.stderr[-2000:])
            return next(float(line.split("=")[1].split()[0]) for line in done.stdout.splitlines() if line.startswith("tps"))

        ours, bound, turns = alternate("PostgreSQL", lambda: engine.rate(lambda _: database()), limit)
        return {"ours": ours, "limit": bound, "turns": turns, "lost": engine.lost, "twice": engine.twice, "version": server.version}
    finally:
        server.stop()


def sqlite_votes(vote_speed, schema, work):
    engine = Engine(vote_speed, work)
    number = [0]

    def limit():
        number[0] += 1
        path = work / f"limit-{number[0]}.db"
        link = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "wal_autocheckpoint=8192", "foreign_keys=ON"):
            link.execute(f"PRAGMA {pragma}")
        link.executescript(schema.read_text())
        link.execute("INSERT INTO contests (stage, criterion, rules, seed, opened_ms) VALUES ('final', 'public', '{}', x'00', 1)")
        for person in range(VOTERS):
            link.execute("INSERT INTO people (subject, role, since_ms) VALUES (?, 'citizen', 1)", (os.urandom(32),))
        prompt, answer, entry = PROMPT.encode(), ANSWER.encode(), ENTRY.encode()
        start, votes = time.monotonic(), 0
        while time.monotonic() - start < SECONDS:
            ids = [int.from_bytes(os.urandom(8), "big") >> 1 for _ in range(VOTERS)]
            link.execute("BEGIN IMMEDIATE")
            link.executemany(
                "INSERT INTO battles (id, contest, person, mode, left_side, right_side, prompt, draw, opened_ms, turns, answered) "
                "VALUES (?, 1, ?, 'recorded', 'candidate-1', 'candidate-2', 'p17', ?, 1800000000000, 1, 1)",
                [(battle, place + 1, votes + place) for place, battle in enumerate(ids)])
            link.executemany(
                "INSERT INTO turns (battle, number, prompt, asked_ms, left_text, left_cut, right_text, right_cut, shown_ms) "
                "VALUES (?, 0, ?, 1800000000000, ?, 0, ?, 0, 1800000000000)", [(battle, prompt, answer, answer) for battle in ids])
            link.execute("COMMIT")
            link.execute("BEGIN IMMEDIATE")
            link.executemany("INSERT INTO queue (number, entry) VALUES (?, ?)", [(votes + place + 1, entry) for place in range(VOTERS)])
            link.executemany(
                "INSERT INTO votes (queued, battle, person, contest, choice, tags, reason, voted_ms, salt, commitment) "
                "VALUES (?, ?, ?, 1, 'left', '[]', x'', 1800000000005, ?, ?)",
                [(votes + place + 1, battle, place + 1, os.urandom(32), os.urandom(32)) for place, battle in enumerate(ids)])
            link.executemany("UPDATE battles SET state = 1 WHERE id = ?", [(battle,) for battle in ids])
            link.execute("COMMIT")
            votes += VOTERS
        took = time.monotonic() - start
        link.close()
        for left in work.glob(path.name + "*"):
            left.unlink()
        return votes / took

    ours, bound, turns = alternate("SQLite", lambda: engine.rate(lambda folder: f"sqlite:{folder}/site.db"), limit)
    return {"ours": ours, "limit": bound, "turns": turns, "lost": engine.lost, "twice": engine.twice,
            "version": sqlite3.sqlite_version}


class Bare:
    """axum alone, with a body of so many bytes."""

    def __init__(self, program, size):
        self.process = subprocess.Popen([*BEHIND, str(program), str(size)], stdout=subprocess.PIPE, text=True)
        self.base = self.process.stdout.readline().strip()

    def stop(self):
        self.process.kill()
        self.process.wait()


def throughput(steady_load, base, path):
    """What `most` finds, the median of three: one lucky moment of the machine is not what the path takes."""
    found = [most(steady_load, base, path) for _ in range(3)]
    return median([rate for rate, _ in found]), sum(failed for _, failed in found)


def most(steady_load, base, path):
    """The most requests a second that a path takes over all connections without a queue.

    Connections that ask again as soon as they are answered find out more than that: they ask in step with the server. Downwards
    from there in steps of a twentieth, the first rate at which half of the answers come within 10 ms of when the requests were due.
    """
    at_once = last_json([steady_load, base, path, CONNECTIONS, 0, SECONDS])
    top = at_once["requests"] / at_once["wall_s"]
    failed = at_once["failed"]
    for step in range(20, 0, -1):
        rate = top * step / 20
        seen = last_json([steady_load, base, path, CONNECTIONS, rate, 2])
        failed += seen["failed"]
        if seen["p50_ms"] <= 10:
            break
    return rate, failed


def reads(steady_load, bare_page, serve, paths):
    """p99 of each path and of the bare server with a body as large, at 70 % of what the path can do."""
    rows = []
    for name, path in paths:
        size = len(Browser(serve).get(path, headers={"accept-language": "ko"}).body)
        limit, not_answered = throughput(steady_load, serve.base, path)
        rate = 0.7 * limit
        bare = Bare(bare_page, size)
        try:
            # Both sides once, so that nothing is done for the first time while it counts.
            for base in (serve.base, bare.base):
                last_json([steady_load, base, path, CONNECTIONS, rate, 2])
            found = {"ours": [], "limit": []}
            failed = 0
            for _ in range(TURNS):
                for side, base in (("ours", serve.base), ("limit", bare.base)):
                    seen = last_json([steady_load, base, path, CONNECTIONS, rate, max(2.0, SECONDS * 0.8)])
                    found[side].append(seen["p99_ms"])
                    failed += seen["failed"]
        finally:
            bare.stop()
        rows.append({"name": name, "bytes": size, "rate": rate, "ours": median(found["ours"]), "limit": median(found["limit"]),
                     "turns": found, "failed": failed + not_answered})
        say(f"{name}: {rate:.0f} a second, p99 {rows[-1]['ours']:.2f} ms, bare {rows[-1]['limit']:.2f} ms, {rows[-1]['failed']} failed")
    return rows


class Needs(html.parser.HTMLParser):
    """What a browser fetches with a page, and what would hold it up."""

    def __init__(self):
        super().__init__()
        self.fetched, self.styles, self.blocking, self.fonts = [], [], [], 0

    def handle_starttag(self, tag, attributes):
        has = dict(attributes)
        if tag == "link" and has.get("href") and not has["href"].startswith("data:"):
            kinds = (has.get("rel") or "").lower().split()
            if "stylesheet" in kinds:
                self.styles.append(has["href"])
            if set(kinds) & {"stylesheet", "icon", "preload", "modulepreload", "manifest", "apple-touch-icon"}:
                self.fetched.append(has["href"])
            self.fonts += has.get("as") == "font"
        if tag == "script":
            if has.get("src"):
                self.fetched.append(has["src"])
            if "defer" not in has and "async" not in has and has.get("type") != "module":
                self.blocking.append(has.get("src") or "inline")
        if tag in ("img", "source", "video", "audio", "iframe", "embed", "object"):
            self.fetched += [has[key] for key in ("src", "data", "poster") if has.get(key) and not has[key].startswith("data:")]
        self.fonts += tag == "style" and 1 or 0


def first_page(serve):
    """Bytes of everything that comes over the wire for the first page, headers and encoded bodies, with no cookie and no cache."""
    host = serve.base.removeprefix("http://")

    def wire(path):
        name, port = host.rsplit(":", 1)
        with socket.create_connection((name, int(port)), timeout=30) as link:
            ask = f"GET {path} HTTP/1.1\r\nhost: {host}\r\naccept-encoding: gzip, deflate, br, zstd\r\naccept-language: ko\r\n" \
                  "accept: text/html,*/*\r\nconnection: close\r\n\r\n"
            link.sendall(ask.encode())
            data = b""
            while piece := link.recv(1 << 16):
                data += piece
        return data

    needs = Needs()
    needs.feed(Browser(serve).get("/", headers={"accept-language": "ko"}).text)
    parts = {"/": len(wire("/"))}
    foreign = []
    for address in needs.fetched:
        whole = urllib.parse.urljoin(serve.base + "/", address)
        if not whole.startswith(serve.base + "/"):
            foreign.append(address)
            continue
        path = whole.removeprefix(serve.base)
        data = wire(path)
        parts[path] = len(data)
        needs.fonts += b"@font-face" in data
    return {"bytes": sum(parts.values()), "parts": parts, "styles": len(needs.styles), "blocking": len(needs.blocking),
            "fonts": int(needs.fonts), "foreign": foreign}


def pages(daepyo, steady_load, bare_page, example, work):
    programme = contest(example, work / "programme", 60)
    serve = Serve(daepyo, programme, work / "data", prefix=BEHIND).start()
    try:
        first = first_page(serve)
        say(f"first page: {first['bytes']} bytes in {len(first['parts'])} answers")
        of_office = office(serve)
        of_office.post(f"/office{CONTEST}/open")
        voters = citizens(serve, of_office, 8)
        for number in range(40):
            voter = voters[number % len(voters)]
            battle = voter.post(f"{CONTEST}/battles").header("location")
            voter.post(f"{battle}/vote", {"choice": "left"})
        paths = [("home", "/"), ("a stage's page", "/stages/public"), ("a contest's page", CONTEST), ("the evidence page", "/evidence")]
        if Browser(serve).get("/api/v1/contests").status == 200:
            paths.append(("the API's list of contests", "/api/v1/contests"))
        found = reads(steady_load, bare_page, serve, paths)
        return first, found, serve.memory_bytes()
    finally:
        serve.stop()


def main(daepyo, vote_speed, steady_load, bare_page, example, schema, work):
    work = Path(work)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8192
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise SystemExit(f"only {hard} files may be open at once; raise the limit to {wanted} (`ulimit -Hn`)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    first, read, memory = pages(daepyo, steady_load, bare_page, Path(example), work)
    rows = {"first": first, "reads": read, "memory_bytes": memory,
            "sqlite": sqlite_votes(vote_speed, Path(schema), work), "postgres": postgres_votes(vote_speed, work)}
    print(json.dumps(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
