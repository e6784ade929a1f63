#!/usr/bin/env python3
"""The commands about connections, tokens and events as somebody types them, beside a running gateway.

Each once as it is meant, in words and in JSON, and once with what nobody should type: then a sentence, the exit status that
docs promise (0 done, 1 refused, 2 could not run, 64 wrong usage, 78 bad settings), nothing on standard output that a script
would take for an answer, and nothing changed.
"""

import argparse
import contextlib
import json
import re
import sqlite3
import subprocess
import sys

import requests

from expectations import Expectations, wait_until
from gateway_process import World, resolve_localhost_names
from http_visitor import connected
from test_back_ends import Receiver

NOBODY = "con_" + "a" * 26
NO_HOOK = "wh_" + "a" * 26
DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


class Shell:
    """Types commands at the gateway's own directory."""

    def __init__(self, check, world):
        self.check, self.world = check, world

    def run(self, *words, **settings):
        done = subprocess.run(
            [str(self.world.gateway.binary), *words], cwd=self.world.workplace.path, capture_output=True, text=True,
            env={**self.world.gateway.environment, **settings}, stdin=subprocess.DEVNULL, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def done(self, *words, status=0):
        """What it says."""
        code, output, errors = self.run(*words)
        self.check.equal((code, errors if code else ""), (status, ""), f"{' '.join(words)}: exit status {status}")
        return output

    def object(self, *words, status=0):
        """The one JSON object it says, on one line."""
        lines = self.done(*words, "--json", status=status).splitlines()
        self.check.equal(len(lines), 1, f"{' '.join(words)} --json: one line")
        return json.loads(lines[-1])

    def refused(self, *words, status, says, **settings):
        code, output, errors = self.run(*words, **settings)
        shown = " ".join(words)
        self.check.expect(code == status and output == "" and re.search(says, errors), f"{shown}: refused with {status}",
                          (code, output, errors))
        self.check.expect("unexpected" not in errors and "Fatal" not in errors, f"{shown}: in words", errors)
        if status in (1, 2) and "--json" not in words:
            code, output, _ = self.run(*words, "--json", **settings)
            error = json.loads(output)["error"] if output.startswith("{") else {}
            self.check.expect(code == status and {"code", "message"} <= set(error), f"{shown} --json: a code and a sentence",
                              (code, output))


def call(world, key, method, path, **options):
    return requests.request(method, f"{world.gateway.origin}/v1/{path}", timeout=20,
                            headers={"Authorization": f"Bearer {key}"}, **options)


def are_listed(check, shell, acme, other):
    rows = shell.done("connections", "list").splitlines()
    check.expect(rows[0].split()[:2] == ["ID", "ORGANIZATION"] and len(rows) == 3, "a header and a row each", rows)
    check.equal([row.split()[0] for row in rows[1:]], [other, acme], "newest first")
    listed = shell.object("connections", "list")["connections"]
    check.equal([(c["id"], c["generation"], c["status"]) for c in listed], [(other, 1, "active"), (acme, 1, "active")],
                "the same for machines")
    check.equal([c["id"] for c in shell.object("connections", "list", "--tenant", "globex")["connections"]], [other],
                "one tenant's")
    check.equal(shell.object("connections", "list", "--status", "in_doubt")["connections"], [], "none of that status")
    shell.refused("connections", "list", "--status", "fine", status=64, says="in_doubt")
    shell.refused("connections", "list", "--tenant", "a b", status=64, says="--tenant")
    shell.refused("connections", "list", "more", status=64, says="[Uu]nexpected argument")


def is_shown(check, shell, world, acme, key):
    call(world, key, "POST", f"connections/{acme}/access-token", json={})
    wait_until(lambda: not shell.object("connections", "show", acme)["renewal"]["being_planned"], "the first renewal's plan")
    words = shell.done("connections", "show", acme)
    for what in (f"Connection     {acme}", "Status         active", "generation 1", f"Access token   until {DATE}",
                 f"Refresh token  until {DATE}", "Preflight      pass", f"Ends           {DATE} unless it is renewed",
                 "Last refresh   none yet", f"Next refresh   {DATE}", "Leases         1 open of 1 API keys"):
        check.expect(re.search(re.escape(what).replace(re.escape(DATE), DATE), words), f"shows {what}", words)
    check.expect(re.search(r"Held by        reader \(key_\w+\)", words), "and who holds the token", words)
    body = shell.object("connections", "show", acme)
    check.equal((body["leases"]["open"], body["leases"]["held_by"][0]["name"]), (1, "reader"), "also for machines")
    check.expect(body["horizon"]["renewable"] and body["renewal"]["next_at"], "with its horizon and its plan", body)
    shell.refused("connections", "show", status=64, says="Missing expected argument")
    shell.refused("connections", "show", "acme", status=64, says="acme")
    shell.refused("connections", "show", NOBODY, status=1, says="There is no such connection")


def is_renewed(check, shell, world, acme):
    said = shell.done("connections", "refresh", acme)
    check.expect(said.startswith("Renewed: generation 2 is in use."), "says what is in use now", said)
    check.expect("committed (renewed)" in shell.done("connections", "show", acme), "and shows the renewal and its class")
    check.equal(shell.object("connections", "refresh", acme)["connection"]["generation"], 3, "again, for machines")
    shell.refused("connections", "refresh", NOBODY, status=1, says="There is no such connection")
    check.equal(world.stand_in.double_uses(), 0, "no refresh token was used twice")


def is_kept_beside(check, shell, world, acme):
    before = shell.object("connections", "show", acme)["generation"]
    with database(world) as opened:
        opened.execute("CREATE TRIGGER takes_nothing BEFORE UPDATE OF generation ON connections "
                       "BEGIN SELECT abs(-9223372036854775808); END")
    code, _, errors = shell.run("connections", "refresh", acme)
    check.expect(code == 1 and "ended the ones before" in errors and "spill directory" in errors
                 and "goes on working" not in errors, "RT-14: says where the new tokens are, and not that the old ones live",
                 (code, errors))
    check.equal(shell.object("connections", "show", acme)["generation"], before, "which the database did not take")
    with database(world) as opened:
        opened.execute("DROP TRIGGER takes_nothing")
    check.equal(shell.object("connections", "refresh", acme)["connection"]["generation"], before + 2,
                "RT-16: saved before anything else, and then renewed")
    check.equal(world.stand_in.double_uses(), 0, "no refresh token was used twice")


@contextlib.contextmanager
def database(world):
    with contextlib.closing(sqlite3.connect(world.gateway.database, timeout=10)) as opened, opened:
        yield opened


def is_put_off(check, shell, world, acme):
    """The last one for this connection: a minute has to pass before it can be renewed again."""
    before = shell.object("connections", "show", acme)["generation"]
    world.stand_in.control("faults", {"organization": "acme", "path": "/oauth/tokens", "kind": "status", "status": 503,
                                      "times": 1})
    code, _, errors = shell.run("connections", "refresh", acme)
    check.expect(code == 1 and re.search("status.503.*goes on working.*Try again in [0-9]+ seconds", errors, re.DOTALL),
                 "says what Zendesk said, and when to try again", (code, errors))
    shell.refused("connections", "refresh", acme, status=1, says="backing_off.*goes on working")
    shown = shell.object("connections", "show", acme)
    check.equal((shown["generation"], shown["status"], shown["renewal"]["failures"]), (before, "active", 1),
                "RT-19: within a minute nothing is sent again, and what it had goes on working")
    check.equal(world.stand_in.double_uses(), 0, "no refresh token was used twice")


def are_renewed(check, shell, world, acme, other):
    shell.refused("connections", "refresh-all", status=64, says="--yes")
    before = shell.object("connections", "show", other)["generation"]
    code, said, errors = shell.run("connections", "refresh-all", "--yes", "--tenant", "globex")
    check.expect(code == 0 and "1 of 1 connections have new tokens." in said, "one tenant's", (code, said))
    since = re.search(rf"--since ({DATE})", said + errors)
    check.expect(since, "says how to go on after an interruption", said + errors)
    check.equal(shell.object("connections", "show", other)["generation"], before + 1, "a generation further")
    tally = shell.object("connections", "refresh-all", "--yes", "--since", since.group(1))["refreshed"]
    check.equal((tally["connections"], tally["renewed"] + tally["renewed_before"]), (2, 2), "everybody's")
    check.equal(shell.object("connections", "show", other)["generation"], before + 1, "what was renewed since is left alone")
    shell.refused("connections", "refresh-all", "--yes", "--since", "yesterday", status=64, says="2026-09-30T08:00:00Z")
    shell.refused("connections", "refresh-all", "--yes", "--per-second", "0", status=64, says="0.1 to 1000")
    check.equal(world.stand_in.double_uses(), 0, "no refresh token was used twice")


def links_are_made(check, shell, world, other):
    check.equal(shell.object("connections", "reconnect-links")["links"], [], "no link where nobody is needed")
    world.stand_in.control("revoke", {"organization": "globex"})
    code, _, errors = shell.run("connections", "refresh", other)
    check.expect(code == 1 and "authorize it again" in errors, "a dead grant is said to be dead", (code, errors))
    links = shell.object("connections", "reconnect-links", "--tenant", "globex")["links"]
    check.equal([(link["connection_id"], link["reason"]) for link in links], [(other, "grant.rejected")], "a link for it")
    answer = requests.get(links[0]["url"], timeout=10, allow_redirects=False)
    check.equal(answer.status_code, 303, "which opens the form")
    table = shell.done("connections", "reconnect-links").splitlines()
    check.expect(table[0].split() == ["CONNECTION", "TENANT", "ORGANIZATION", "LINK"] and len(table) == 2, "in words", table)
    check.equal(shell.object("connections", "reconnect-links", "--tenant", "default")["links"], [], "none of another tenant's")
    shell.refused("connections", "reconnect-links", "--tenant", "", status=64, says="--tenant")


def secrets_are_checked(check, shell, world):
    check.expect("Line 1: Zendesk accepts this secret." in shell.done("client-secret", "check"), "the secret is good")
    check.equal(shell.object("client-secret", "check")["lines"], [{"line": 1, "verdict": "accepted"}], "for machines")
    file = world.workplace.secret_file("two-secrets", "mistyped\n" + world.secret)
    code, said, _ = shell.run("client-secret", "check", LATCHKEY_ZENDESK_CLIENT_SECRET_FILE=str(file))
    check.expect(code == 1 and "Line 1: Zendesk refuses this secret." in said and "Line 2: Zendesk accepts" in said,
                 "a mistyped first line is named, with exit status 1", (code, said))
    check.expect(world.secret not in said and "mistyped" not in said, "and no secret is said")
    shell.refused("client-secret", "check", "acme", status=64, says="[Uu]nexpected argument")
    shell.refused("client-secret", "check", status=78, says="LATCHKEY_ZENDESK_CLIENT_SECRET_FILE: The file cannot be read",
                  LATCHKEY_ZENDESK_CLIENT_SECRET_FILE=str(world.workplace.path / "client-secret-that-is-not"))


def receivers_are_kept(check, shell, world, acme):
    receiver = Receiver()
    said = shell.done("webhooks", "create", "--tenant", "default", "--url", receiver.url("/hooks")).splitlines()
    check.expect(said[-1].startswith("whsec_"), "the secret alone on the last line", said)
    identifier = re.search(r"Webhook (wh_\w+) tells", said[0]).group(1)
    row = [line for line in shell.done("webhooks", "list").splitlines() if line.startswith(identifier)]
    check.expect(len(row) == 1 and "default" in row[0] and "well" in row[0], "listed with its state", row)
    shell.done("connections", "refresh", acme)
    wait_until(lambda: receiver.at("/hooks"), "the event of the renewal")
    last = shell.object("webhooks", "list")["last_audit_index"]
    count = len(receiver.at("/hooks"))
    shell.refused("webhooks", "replay", identifier, "--from", "1", status=64, says="--yes")
    check.equal(shell.object("webhooks", "replay", identifier, "--from", "1", "--yes"), {"replaying_from": 1}, "told again")
    wait_until(lambda: len(receiver.at("/hooks")) > count, "what was told before")
    for index in ("0", str(last + 100)):
        shell.refused("webhooks", "replay", identifier, "--from", index, "--yes", status=1, says="no entry with this index")
    shell.refused("webhooks", "replay", identifier, "--from", "-1", "--yes", status=64, says="from")
    shell.refused("webhooks", "replay", identifier, "--from", "x", "--yes", status=64, says="x")
    shell.refused("webhooks", "replay", NO_HOOK, "--from", "1", "--yes", status=1, says="no such webhook endpoint")
    for url in ("http://hooks.example/a", "ftp://hooks.example", "hooks", "https://user:secret@hooks.example/"):
        shell.refused("webhooks", "create", "--tenant", "default", "--url", url, status=64, says="must begin with https://")
    shell.refused("webhooks", "create", "--url", receiver.url("/a"), status=64, says="--tenant")
    shell.refused("webhooks", "remove", identifier, status=64, says="--yes")
    shell.refused("webhooks", "remove", NO_HOOK, "--yes", status=1, says="no such webhook endpoint")
    shell.refused("webhooks", "remove", "hook", "--yes", status=64, says="hook")
    check.equal(shell.object("webhooks", "remove", identifier, "--yes"), {"removed": identifier}, "removed")
    check.expect(identifier not in shell.done("webhooks", "list"), "and gone from the list")
    receiver.server.shutdown()


def nothing_to_run_on(check, shell):
    nowhere = {"LATCHKEY_DATABASE_URL": "sqlite:nowhere/latchkey.sqlite"}
    for words in (["connections", "list"], ["connections", "show", NOBODY], ["connections", "refresh", NOBODY],
                  ["connections", "refresh-all", "--yes"], ["connections", "reconnect-links"], ["client-secret", "check"],
                  ["webhooks", "list"], ["webhooks", "remove", NO_HOOK, "--yes"]):
        shell.refused(*words, status=2, says="nowhere/latchkey.sqlite|database", **nowhere)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--keep", help="keeps everything in this folder")
    options = parser.parse_args()
    resolve_localhost_names()
    check = Expectations()
    with World(options.binaries, keep=options.keep) as world:
        shell = Shell(check, world)
        world.stand_in.control("organizations", {"names": ["globex"]})
        acme, other = connected(world.gateway), connected(world.gateway, "globex", tenant="globex")
        key = world.gateway.api_key("reader", "connections:read,credentials:read")
        for title, scene, arguments in (
                ("connections list", are_listed, (acme, other)), ("connections show", is_shown, (world, acme, key)),
                ("connections refresh", is_renewed, (world, acme)),
                ("connections refresh-all", are_renewed, (world, acme, other)),
                ("connections reconnect-links", links_are_made, (world, other)),
                ("client-secret check", secrets_are_checked, (world,)),
                ("webhooks", receivers_are_kept, (world, acme)),
                ("a database that takes nothing", is_kept_beside, (world, acme)),
                ("a renewal that is put off", is_put_off, (world, acme)),
                ("without a database", nothing_to_run_on, ())):
            with check.scene(title):
                scene(check, shell, *arguments)
        world.gateway.process.ensure_alive()
    return check.report("commands")


if __name__ == "__main__":
    sys.exit(main())
