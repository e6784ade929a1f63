#!/usr/bin/env python3
"""Calls made up from the API's description by schemathesis, against real processes (WEB-45).

No answer may be a server error, take longer than a second (three times in a row), or have a status, a content type, a header or a body that the
description does not name. Once with a key that may do everything, once with a key of one tenant, which must not see what
belongs to another.

Bounded by LATCHKEY_FUZZ_SECONDS, 40 unless set; `make fuzz` takes longer.
"""

import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys

import requests

from expectations import Expectations
from gateway_process import ROOT, World, resolve_localhost_names
from http_visitor import connected

HERE = pathlib.Path(__file__).resolve().parent
SCOPES = ("connect,connections:read,connections:write,credentials:read,proxy,preflight,sync:read,sync:write,actions,"
          "audit:read,keys:rotate")
CONFIGURATION = """
headers = { Authorization = "Bearer ${LATCHKEY_FUZZ_KEY}" }
request-timeout = 20.0
warnings = false

[checks]
max_response_time = 1.0
"""
# A connection that was ended stays known and says so; and what fits a schema still need not be an organization, a tenant or
# a return address that exists.
UNFIT = ["use_after_free", "ensure_resource_availability", "positive_data_acceptance"]


def leases(world, connection, key, count=20):
    made = [requests.post(f"{world.gateway.origin}/v1/connections/{connection}/access-token", timeout=10,
                          headers={"Authorization": f"Bearer {key}"}).json() for _ in range(count)]
    return [lease["lease_id"] for lease in made]


def reports(world, connections, key):
    """The whole reports that each connection has."""
    return {connection: [preflight["id"] for preflight in requests.get(
        f"{world.gateway.origin}/v1/connections/{connection}/preflights", timeout=10,
        headers={"Authorization": f"Bearer {key}"}).json()["preflights"]] for connection in connections}


def prepare(world):
    """Connections of two tenants, one that may only read, one whose checks fail, and some to be ended."""
    mine = [connected(world.gateway, tenant="mine"), connected(world.gateway, "fenced", "read", "mine"),
            connected(world.gateway, "noguide", tenant="mine")]
    other = [connected(world.gateway, tenant="other")]
    expendable = [connected(world.gateway, tenant=f"end{number}") for number in range(3)]
    return mine, other, expendable


def configuration(world):
    path = world.workplace.path / "schemathesis.toml"
    path.write_text(CONFIGURATION)
    return path


def run(world, key, known, seconds, seed):
    """Schemathesis' own words, and whether it found nothing."""
    environment = {**world.gateway.environment, "LATCHKEY_FUZZ_KEY": key, "LATCHKEY_FUZZ_KNOWN": json.dumps(known),
                   "SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(HERE), "NO_COLOR": "1",
                   "PATH": os.environ["PATH"]}
    report = world.workplace.path / f"report-{seed}.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", configuration(world), "run",
               f"{world.gateway.origin}/openapi.yaml", "--checks", "all", "--max-time", str(int(seconds)),
               "--seed", str(seed), "--exclude-checks", ",".join(UNFIT),
               "--workers", "4", "--continue-on-failure", "--suppress-health-check", "all",
               "--report", "json", "--report-json-path", report]
    done = subprocess.run([str(part) for part in command], env=environment, cwd=world.workplace.path,
                          capture_output=True, text=True, timeout=seconds * 3 + 300)
    return done.returncode, done.stdout + done.stderr


def fuzz(check, world, name, key, known, seconds, seed):
    status, words = run(world, key, known, seconds, seed)
    counted = re.findall(r"(\d+) generated", words)
    print(f"  {name}: {counted[-1] if counted else '?'} calls, seed {seed}")
    if not check.equal(status, 0, f"{name}: no server error, nothing undocumented, nothing slow"):
        print(words[-12_000:], flush=True)


def reached_everything(check, world):
    """Calls that never get past an unknown id prove little: each operation must have done its work now and then."""
    described = set(re.findall(r"^  (/v1/\S+):$", (ROOT / "templates/assets/openapi.yaml").read_text(), re.MULTILINE))
    answered = set()
    for line in world.gateway.process.log().splitlines():
        fields = dict(re.findall(r"(\w+)=(\S+)", line))
        if fields.get("status", "").startswith("2"):
            answered.add(fields.get("route", "").replace("**", "{path}"))
    # Steps with a key need one in the right state, which nobody makes up by accident.
    described = {path for path in described if not path.startswith("/v1/keys/")}
    check.equal(sorted(described - answered), [], "each address of the API has done its work at least once")


def unharmed(check, world):
    log = world.gateway.process.log()
    world.gateway.process.ensure_alive()
    check.expect("unexpected error" not in log, "nothing in the log that nobody expected",
                 [line for line in log.splitlines() if "unexpected error" in line][:3])
    check.equal(world.stand_in.double_uses(), 0, "no refresh token was used twice")


def sees_only_its_own(check, world, key, mine, others):
    ids, cursor = [], None
    while True:
        page = requests.get(f"{world.gateway.origin}/v1/connections", timeout=10, params={"cursor": cursor} if cursor
                            else None, headers={"Authorization": f"Bearer {key}"}).json()
        ids += [connection["id"] for connection in page["connections"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    check.expect(set(mine) <= set(ids) and not set(others) & set(ids), "a key of one tenant lists that tenant's", ids)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--keep", help="keeps everything in this folder")
    parser.add_argument("--seed", type=int, help="repeats a run that failed")
    options = parser.parse_args()
    seconds = float(os.environ.get("LATCHKEY_FUZZ_SECONDS", "40"))
    seed = options.seed or random.SystemRandom().randrange(1, 2**31)
    resolve_localhost_names()
    check = Expectations()
    with World(options.binaries, settings={"LATCHKEY_RATE_LIMITS": "off"}, keep=options.keep) as world:
        mine, other, expendable = prepare(world)
        wide = world.gateway.api_key("fuzz", SCOPES)
        bound = world.gateway.api_key("fuzz-bound", SCOPES, "mine")
        with check.scene("a key that may do everything"):
            found = reports(world, mine + other, wide)
            known = {"connections": mine + other, "expendable": expendable, "leases": leases(world, mine[0], wide),
                     "reports": found}
            fuzz(check, world, "every scope", wide, known, seconds * 0.6, seed)
        with check.scene("a key of one tenant"):
            sees_only_its_own(check, world, bound, mine, other + expendable)
            known = {"connections": mine + other, "expendable": [], "leases": leases(world, mine[0], bound),
                     "reports": found}
            fuzz(check, world, "one tenant", bound, known, seconds * 0.4, seed + 1)
        with check.scene("afterwards"):
            reached_everything(check, world)
            unharmed(check, world)
    return check.report("openapi fuzz")


if __name__ == "__main__":
    sys.exit(main())
