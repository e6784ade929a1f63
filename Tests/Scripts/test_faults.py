#!/usr/bin/env python3
"""Refresh under fire: two real `latchkey serve` over one database, killed, stopped and ended at random, against a stand-in
whose token endpoint fails in every way it knows.

First the cases that need a certain moment (RT-02, RT-03, RT-04, RT-09, RT-10), then chance until the time is over, then quiet;
and at the end what the gateway says is held against what the stand-in knows: the six invariants of the security requirements.
The random choices follow --seed, so that a run can be repeated as far as the machine's own timing allows.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import random
import secrets
import signal
import sqlite3
import sys
import threading
import time

import requests

from expectations import Expectations, wait_until
from gateway_process import Gateway, Process, StandIn, Workplace, free_port, resolve_localhost_names
from http_visitor import Visitor

HOLD, SETTLING = 35, 75  # RefreshTimes
TOKEN_FAULTS = [  # kind, weight, further members
    ("drop_before", 3, {}), ("drop_after", 0.2, {}), ("malformed", 0.2, {}), ("html", 2, {}),
    ("status", 3, {"status": 500}), ("status", 2, {"status": 503}),
    ("status", 2, {"status": 429, "headers": {"Retry-After": "2"}}),
    ("delay", 4, {}), ("delay_after", 4, {}),
]


class Node(Gateway):
    """One `latchkey serve`; several share a database."""

    def __init__(self, name, *arguments, **options):
        super().__init__(*arguments, **options)
        self.name, self.stopped = name, False

    def start(self):
        self.process = Process(self.workplace.path, self.name, [self.binary, "serve"], self.environment)
        wait_until(lambda: self._answers("/readyz"), f"{self.name} to be ready", seconds=60)
        return self

    def kill(self):
        self.process.process.kill()
        self.process.process.wait()

    def signal(self, number):
        os.kill(self.process.pid, number)

    def end(self, seconds=25):
        """SIGTERM; how long it took."""
        begun = time.monotonic()
        self.process.stop(seconds)
        return time.monotonic() - begun


class Site:
    """Two nodes, a stand-in, and a way to look into both sides."""

    def __init__(self, options, workplace):
        self.workplace, self.options = workplace, options
        secret, port = secrets.token_hex(32), free_port()
        origin = f"http://localhost:{port}"
        self.stand_in = StandIn(workplace, f"{origin}/oauth/callback", secret, options.binaries)
        settings = {"LATCHKEY_PUBLIC_URL": origin, "LATCHKEY_RATE_LIMITS": "off"}
        self.nodes = [
            Node(f"node-{name}", workplace, self.stand_in.domain, self.stand_in.secret_file, at, options.binaries,
                 {**settings, "LATCHKEY_HTTP_PORT": str(at)})
            for name, at in (("a", port), ("b", free_port()))]
        self.nodes[0].command("keys", "init")

    def start(self):
        for node in self.nodes:
            node.start()
        self.key = self.nodes[0].api_key("faults", "connections:read,connections:write,credentials:read")

    def stop(self):
        for node in self.nodes:
            if node.process and node.process.process.poll() is None:
                node.signal(signal.SIGCONT)
                node.stop()
        self.stand_in.stop()

    # Connecting

    def connect_all(self, names):
        self.stand_in.control("organizations", {"names": names})
        for name in names:
            self.stand_in.control(f"organizations/{name}", {"rate_limit": 1_000_000})
        shares = [names[index::4] for index in range(4)]
        links = [self.nodes[0].sign_in_link() for _ in shares]
        with concurrent.futures.ThreadPoolExecutor(len(shares)) as pool:
            list(pool.map(self._connect_share, links, shares))
        with self.database() as database:
            self.ids = dict(database.execute("SELECT subdomain, id FROM connections"))

    def _connect_share(self, link, names):
        visitor = Visitor()
        visitor.sign_in(link)
        for name in names:
            visitor.arrive("GET", f"{self.nodes[0].origin}/connect")
            visitor.press("connect", follow=False, organization_url=name, permission_level="read_and_act")
            back = self.stand_in.control(
                "test-only/approve", {"organization": name, "url": visitor.answer.headers["Location"]})
            visitor.arrive("GET", back["location"])
            if "/connections/" not in visitor.answer.url:
                raise RuntimeError(f"{name} was not connected: {visitor.answer.status_code} {visitor.page.text[:300]}")

    # Asking

    def call(self, node, path, body=None, timeout=70):
        try:
            answer = requests.post(
                f"http://127.0.0.1:{node.port}/v1/connections/{path}", json=body, timeout=timeout,
                headers={"Authorization": f"Bearer {self.key}"})
            return answer.status_code, answer.json()
        except (requests.RequestException, ValueError):
            return 0, {}

    def refresh(self, name, node):
        return self.call(node, f"{self.ids[name]}/refresh")

    def access_token(self, name, node):
        return self.call(node, f"{self.ids[name]}/access-token", {"allow_failing_preflight": True})

    def lives(self, name, token):
        answer = requests.get(
            f"http://{name}.{self.stand_in.domain}/api/v2/users/me.json", timeout=20,
            headers={"Authorization": f"Bearer {token}"})
        return answer.status_code == 200

    def fault(self, name, kind, path="/oauth/tokens", **members):
        self.stand_in.control("faults", {"organization": name, "path": path, "kind": kind, "times": 1, **members})

    # Looking

    def database(self):
        return Reading(self.nodes[0].database)

    def told(self):
        """What the gateway says of every connection: status, reason, generation."""
        with self.database() as database:
            rows = database.execute("SELECT subdomain, status, status_reason, generation FROM connections")
            return {name: (status, reason, generation) for name, status, reason, generation in rows}

    def open_entries(self):
        with self.database() as database:
            return database.execute("SELECT count(*) FROM refresh_journal WHERE ended_at IS NULL").fetchone()[0]

    def rotations(self):
        """How often the stand-in rotated, by organization."""
        # The log of requests would make every look long.
        self.stand_in.control("log", method="DELETE")
        organizations = self.stand_in.state()["organizations"]
        return {name: organizations[name]["counters"]["rotations"] for name in self.ids}

    def double_uses(self):
        return self.stand_in.state()["counters"]["doubleUses"]


class Reading:
    def __init__(self, path):
        self.connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)

    def __enter__(self):
        return self.connection

    def __exit__(self, *_):
        self.connection.close()


class Watch(threading.Thread):
    """Measures how long a rotation stays unknown to the gateway: from the stand-in's rotation until the generation follows or
    the loss is named. Time in which no node ran does not count."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.over = site, threading.Event()
        self.since, self.named, self.longest_commit, self.trouble = {}, {}, 0.0, None

    def run(self):
        last = time.monotonic()
        while not self.over.wait(0.5):
            now = time.monotonic()
            try:
                self.look(now - last)
            except (OSError, requests.RequestException, sqlite3.Error) as error:
                self.trouble = error
            last = now

    def look(self, passed):
        is_up = any(node.process.process.poll() is None and not node.stopped for node in self.site.nodes)
        # The stand-in first: what it rotated before may be committed by now, and never the other way round.
        rotations, told = self.site.rotations(), self.site.told()
        for name, count in rotations.items():
            status, reason, generation = told[name]
            if count <= generation - 1:
                self.longest_commit = max(self.longest_commit, self.since.pop(name, 0.0))
            elif status == "needs_reauthorization":
                if name not in self.named:
                    self.named[name] = self.since.pop(name, 0.0)
            elif is_up:
                self.since[name] = self.since.get(name, 0.0) + passed

    def stop(self):
        self.over.set()
        self.join()


class Campaign:
    def __init__(self, site, options, check):
        self.site, self.options, self.check = site, options, check
        self.random = random.Random(options.seed)
        self.counts = collections.Counter()
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.longest_end = 0.0

    def count(self, *words):
        with self.lock:
            self.counts[" ".join(str(word) for word in words)] += 1

    # The cases that need a certain moment

    def cases(self):
        site, (a, b) = self.site, self.site.nodes
        site.fault("case-02", "status", status=503, milliseconds=20_000)
        site.fault("case-03", "delay_after", milliseconds=20_000)
        self.check.equal(site.refresh("case-04", a)[0], 200, "RT-04: renewed")
        calls = [threading.Thread(target=site.refresh, args=(name, a), daemon=True) for name in ("case-02", "case-03")]
        for call in calls:
            call.start()
        wait_until(lambda: not site.stand_in.control("faults"), "both requests to be held")
        a.kill()
        a.start()
        told = site.told()["case-04"]
        self.check.equal((told[0], told[2]), ("active", 2), "RT-04: after a kill behind the commit the new set is there")
        status, token = site.access_token("case-04", a)
        self.check.expect(status == 200 and site.lives("case-04", token["access_token"]), "RT-04: and its token works", status)
        # The holder stands still longer than its entry is held, with its answer waiting.
        site.fault("case-09", "delay_after", milliseconds=2_000)
        threading.Thread(target=site.refresh, args=("case-09", a), daemon=True).start()
        wait_until(lambda: not site.stand_in.control("faults"), "the request to be held")
        a.signal(signal.SIGSTOP)
        a.stopped = True

        def go_on():
            time.sleep(HOLD + 6)
            a.signal(signal.SIGCONT)
            a.stopped = False

        self.sleeper = threading.Thread(target=go_on, daemon=True)
        self.sleeper.start()
        # RT-10 and RT-02, RT-03 go on at the other node.
        self.check.equal(site.refresh("case-10", b)[0], 200, "RT-10: meanwhile the other node works")

    def check_cases(self):
        told, watch = self.site.told(), self.watch
        self.check.equal(told["case-02"][0::2], ("active", 2), "RT-02: killed in flight, not rotated: renewed by itself")
        self.check.equal(told["case-03"][:2], ("needs_reauthorization", "refresh.answer_lost"),
                         "RT-03: killed with the answer on its way: named as lost")
        self.check.expect(0 < watch.named.get("case-03", 0) < 60, "RT-03: within a minute", watch.named.get("case-03"))
        status, reason, generation = told["case-09"]
        self.check.expect((status, generation) == ("active", 2) or (status, reason) == (
            "needs_reauthorization", "refresh.answer_lost"), "RT-09: committed or named", told["case-09"])
        self.count("case RT-09 ended as", status)

    # Chance

    def drive(self, index):
        """Somebody who asks for renewals and tokens, again and again."""
        chance = random.Random(self.options.seed * 1_000 + index)
        names = sorted(name for name in self.site.ids if not name.startswith("case-"))
        while not self.over.is_set():
            name, node = chance.choice(names), chance.choice(self.site.nodes)
            if node.stopped:
                continue
            if chance.random() < 0.7:
                status, body = self.site.refresh(name, node)
                self.count("refresh answered", status, body.get("code", "") if status != 200 else "")
            else:
                status, body = self.site.access_token(name, node)
                self.count("token answered", status, body.get("code", "") if status != 200 else "")
            if status == 200:
                self.is_durable(name, body["generation"])
            elif status == 0:
                time.sleep(0.2)  # nobody there just now

    def is_durable(self, name, generation):
        if self.site.told()[name][2] < generation:
            self.check.fail(f"(3) {name}: generation {generation} left before it was durable")

    def spoil(self):
        """Faults of the stand-in, a few at any time."""
        chance = random.Random(self.options.seed * 1_000 + 500)
        names = sorted(name for name in self.site.ids if not name.startswith("case-"))
        weights = [weight for _, weight, _ in TOKEN_FAULTS]
        while not self.over.wait(chance.uniform(0.05, self.options.calm)):
            kind, _, members = chance.choices(TOKEN_FAULTS, weights)[0]
            if kind.startswith("delay"):
                members = {"milliseconds": chance.randint(200, 8_000)}
            name = chance.choice(names)
            self.site.fault(name, kind, **members)
            self.count("fault", kind, members.get("status", ""))
            if chance.random() < 0.1:
                self.site.fault(name, "status", path="/api/v2/oauth/tokens/current", status=503)
                self.count("fault probe 503")

    def strike(self):
        """Kills, stops and ends one node after the other."""
        chance = random.Random(self.options.seed * 1_000 + 501)
        while not self.over.wait(chance.uniform(1.0, 5.0)):
            ready = [node for node in self.site.nodes if not node.stopped]
            node, lot = chance.choice(ready), chance.random()
            if lot < 0.7 or len(ready) < 2:
                node.kill()
                self.count("SIGKILL")
                self.over.wait(chance.uniform(0, 1.0))
                node.start()
            elif lot < 0.9:
                seconds = chance.uniform(0.5, 12 if self.options.minutes < 5 else HOLD + 15)
                node.stopped = True
                node.signal(signal.SIGSTOP)
                self.count("SIGSTOP")
                self.over.wait(seconds)
                node.signal(signal.SIGCONT)
                node.stopped = False
            else:
                self.count("SIGTERM")
                self.longest_end = max(self.longest_end, node.end())
                node.start()

    def run(self):
        self.watch = Watch(self.site)
        self.watch.start()
        self.cases()
        end = time.monotonic() + self.options.minutes * 60
        threads = [threading.Thread(target=self.drive, args=(index,), daemon=True) for index in range(8)]
        threads += [threading.Thread(target=work, daemon=True) for work in (self.spoil, self.strike)]
        for thread in threads:
            thread.start()
        while time.monotonic() < end:
            time.sleep(0.5)
        self.over.set()
        for thread in threads:
            thread.join(120)
        self.sleeper.join()
        self.quiet()

    def quiet(self):
        """Zendesk is well again, both nodes run; everything must come to its end."""
        self.site.stand_in.control("faults", method="DELETE")
        begun = time.monotonic()
        wait_until(lambda: self.site.open_entries() == 0, "every entry to end", seconds=20 * 60, every=0.5)
        self.quiet_after = time.monotonic() - begun
        time.sleep(2)
        self.watch.stop()

    # SIGTERM

    def drain(self):
        """RT-42: what is in flight lands."""
        site, a = self.site, self.site.nodes[0]
        before = site.told()["case-42"][2]
        site.fault("case-42", "delay_after", milliseconds=3_000)
        call = threading.Thread(target=site.refresh, args=("case-42", a), daemon=True)
        call.start()
        wait_until(lambda: not site.stand_in.control("faults"), "the request to be held")
        seconds = a.end()
        self.check.expect(seconds < 22, "RT-42: ends within the drain time", seconds)
        told = site.told()["case-42"]
        self.check.equal((told[0], told[2]), ("active", before + 1), "RT-42: and what was in flight landed")
        a.start()

    # Judgement

    def judge(self):
        site, check = self.site, self.check
        audit = [json.loads(line) for line in site.nodes[0].command("audit", "export").splitlines()]
        told, rotations = site.told(), site.rotations()
        marked = sum(entry["action"] == "refresh.repeated_in_doubt" for entry in audit)
        doubles = site.double_uses()
        check.expect(doubles <= marked, "(1) no refresh token was used twice but in a marked retry", (doubles, marked))
        self.generations(audit, told)
        check.equal(site.open_entries(), 0, "(4) every entry of the journal has ended")
        slow = {name: round(seconds, 1) for name, seconds in self.watch.named.items() if seconds >= 60}
        check.expect(not slow, "(5) every lost grant was named within 60 seconds", slow)
        check.expect(not self.watch.since, "(5) and none is unnamed", self.watch.since)
        self.truth(told, rotations)
        with site.database() as database:
            check.equal(database.execute("PRAGMA integrity_check").fetchone()[0], "ok", "the database is sound")
        return self.report(audit, told, rotations, doubles, marked)

    def generations(self, audit, told):
        names = {identifier: name for name, identifier in self.site.ids.items()}
        seen = collections.defaultdict(list)
        for entry in audit:
            if entry["action"] in ("connection.created", "connection.reauthorized", "tokens.refreshed"):
                seen[names.get(entry.get("connection_id"))].append(entry.get("generation"))
        wrong = [name for name in self.site.ids if seen[name] != list(range(1, told[name][2] + 1))]
        self.check.expect(not wrong, "(2) generations grow by one and never repeat", wrong[:5])

    def truth(self, told, rotations):
        """(6) What is told is so at the stand-in."""
        false_healthy, false_dead, dead_tokens = [], [], []
        for name, (status, reason, generation) in told.items():
            is_lost = rotations[name] > generation - 1
            if status in ("active", "in_doubt"):
                if is_lost:
                    false_healthy.append(name)
                code, body = self.site.access_token(name, self.site.nodes[1])
                if code != 200 or not self.site.lives(name, body["access_token"]):
                    dead_tokens.append((name, status, reason, code, body.get("code")))
            elif not is_lost:
                false_dead.append((name, status, reason))
        self.check.expect(not false_healthy, "(6) no connection is told healthy whose grant is gone", false_healthy)
        self.check.expect(not false_dead, "(6) no connection is told dead whose grant lives", false_dead)
        self.check.expect(not dead_tokens, "lost after commit: none; every live connection's token works", dead_tokens)
        in_doubt = [name for name, (status, _, _) in told.items() if status == "in_doubt"]
        self.check.expect(not in_doubt, "no doubt is left", in_doubt)

    def report(self, audit, told, rotations, doubles, marked):
        actions = collections.Counter(entry["action"] for entry in audit)
        reasons = collections.Counter(reason for status, reason, _ in told.values() if status == "needs_reauthorization")
        probes = collections.Counter(
            entry.get("code") or entry["outcome"] for entry in audit if entry["action"] == "refresh.probed")
        named = sorted(self.watch.named.values())
        return {
            "seed": self.options.seed, "minutes": self.options.minutes, "connections": len(told),
            "rotations at the stand-in": sum(rotations.values()), "rotations committed": actions["tokens.refreshed"],
            "lost after commit": 0 if not self.check.failed else "see the failures",
            "doubly used": doubles, "marked retries": marked,
            "lost grants": dict(reasons), "times in doubt": actions["connection.in_doubt"],
            "recovered without a person": actions["connection.recovered"], "probes": dict(probes),
            "seconds until a lost grant was named": {
                "median": round(named[len(named) // 2], 1), "longest": round(named[-1], 1)} if named else None,
            "longest seconds from rotation to commit": round(self.watch.longest_commit, 1),
            "seconds until quiet": round(self.quiet_after, 1), "longest SIGTERM": round(self.longest_end, 1),
            "what happened": dict(sorted(self.counts.items())),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long chance rules")
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="for the random choices; drawn and printed unless named")
    parser.add_argument("--calm", type=float, default=0.6, help="at most so many seconds between two faults")
    parser.add_argument("--report", help="file for the report as JSON")
    parser.add_argument("--keep", help="folder to work in and to leave")
    options = parser.parse_args()
    options.seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    print(f"seed {options.seed}", flush=True)
    resolve_localhost_names()
    check = Expectations()
    report = None
    with Workplace(options.keep) as workplace:
        site = Site(options, workplace)
        try:
            with check.scene("connections"):
                site.start()
                names = [f"fault{index}" for index in range(options.connections)]
                site.connect_all(names + ["case-02", "case-03", "case-04", "case-09", "case-10", "case-42"])
            campaign = Campaign(site, options, check)
            with check.scene("kills, stops and faults"):
                campaign.run()
            with check.scene("certain moments"):
                campaign.check_cases()
                campaign.drain()
            with check.scene("invariants"):
                report = campaign.judge()
        finally:
            site.stop()
    if report:
        text = json.dumps(report, indent=2)
        print(text)
        if options.report:
            with open(options.report, "w") as file:
                file.write(text + "\n")
    return check.report("faults")


if __name__ == "__main__":
    sys.exit(main())
