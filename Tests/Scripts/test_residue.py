#!/usr/bin/env python3
"""What stays in the memory of the gateway after it has worked (CR-31, CR-32, CR-34). Needs root, to read that memory.

A real `serve` with the allocator settings of docs/latchkey.service connects, renews, hands tokens out and runs checks. Every
secret is known here: the root key from its file, the tokens from the stand-in, codes and links from what the visitor saw.
Then the gateway rests, and its memory is searched. The same run without the allocator settings is the control: a search that
finds nothing there, either, would be deaf, so one secret is planted and must be found.
"""

import argparse
import os
import subprocess
import sys
import time
import urllib.parse

from expectations import Expectations, wait_until
from gateway_process import World, resolve_localhost_names
from http_visitor import Visitor
from process_memory import ProcessMemory

TUNABLES = "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0"
ORGANIZATION = "acme"


class Secrets:
    """Bytes by name; a token's last 24 letters are enough to recognize it, and survive a changed beginning."""

    def __init__(self):
        self.kinds = {}

    def add(self, kind, text):
        if text:
            self.kinds.setdefault(kind, set()).add(text.encode() if isinstance(text, str) else text)

    def needles(self, kind):
        return {f"{kind} {number}": value for number, value in enumerate(sorted(self.kinds.get(kind, ())))}


class Run:
    def __init__(self, world):
        self.world, self.gateway, self.stand_in = world, world.gateway, world.stand_in
        self.visitor, self.secrets = Visitor(), Secrets()

    def job(self, rounds):
        lines = self.gateway.root_key.read_text().split("\n")
        self.secrets.add("root key", bytes.fromhex(lines[1]))
        self.secrets.add("root key in letters", lines[1])
        self.secrets.add("client secret", self.world.secret)
        link = self.gateway.sign_in_link()
        self.secrets.add("link", link.rsplit("/", 1)[1])
        self.visitor.sign_in(link)
        self.visitor.ask_to_connect(self.gateway.origin, ORGANIZATION)
        if "sign-in" in str([form.buttons for form in self.visitor.page.forms]):
            self.visitor.press("sign-in")
        self.visitor.press("allow")
        self.connection = self.visitor.answer.url.split("/")[-1].split("?")[0]
        self.keep_tokens()
        self.keep_codes()
        key = self.gateway.api_key("residue", "connections:read,connections:write,credentials:read,proxy,preflight")
        self.secrets.add("API key", key)
        headers = {"Authorization": f"Bearer {key}"}
        connection = f"{self.gateway.origin}/v1/connections/{self.connection}"
        self.handed_out = 0
        for number in range(rounds):
            answer = self.visitor.request("POST", f"{connection}/access-token", headers=headers, json={})
            self.handed_out += answer.status_code == 200
            if number % 20 == 0:
                self.visitor.request("GET", f"{connection}/proxy/api/v2/users/me.json", headers=headers)
            if number % 50 == 0:
                self.visitor.request("POST", f"{connection}/preflight", headers=headers, json={})
            if number % 70 == 69:
                self.visitor.request("POST", f"{connection}/refresh", headers=headers, json={})
                self.keep_tokens()
        self.keep_tokens()

    def keep_tokens(self):
        for record in self.stand_in.live_tokens(ORGANIZATION):
            self.secrets.add("access token", record["access_token"])
            self.secrets.add("refresh token", record["refresh_token"])

    def keep_codes(self):
        for hop in self.visitor.hops:
            parameters = urllib.parse.parse_qs(urllib.parse.urlsplit(hop.url).query)
            self.secrets.add("code", parameters.get("code", [None])[0])
            self.secrets.add("state", parameters.get("state", [None])[0])


def searched(check, run, wait):
    # Idle connections close, and their buffers with them.
    time.sleep(wait)
    memory = ProcessMemory(run.gateway.process.pid)
    counts = {}
    for kind in run.secrets.kinds:
        found, looked = memory.find(run.secrets.needles(kind))
        counts[kind] = [region for places in found.values() for region in places]
    check.expect(looked > 1 << 20, "the memory could be read", looked)
    for kind, places in sorted(counts.items()):
        print(f"        {kind}: {len(places)} copies of {len(run.secrets.kinds[kind])} values")
    return memory, counts


def guarded(check, run, memory, counts):
    """CR-31, CR-34: one root key, where it belongs."""
    check.equal(len(counts["root key"]), 1, "CR-34: there is exactly one copy of the root key")
    check.equal(counts["root key in letters"], [], "CR-34: and none as it stands in its file")
    check.expect(all(region.is_locked_and_not_dumped for region in counts["root key"]),
                 "CR-31: it lies in pages that are locked and left out of dumps",
                 [(str(region), sorted(region.flags)) for region in counts["root key"]])


def whole_run(check, options, tunables, rounds):
    settings = {"LATCHKEY_RATE_LIMITS": "off"}
    if tunables:
        settings["GLIBC_TUNABLES"] = TUNABLES
    with World(options.binaries, settings) as world:
        run = Run(world)
        run.job(rounds)
        check.equal(run.handed_out, rounds, "every token that was asked for was handed out")
        for kind in ("access token", "refresh token", "code", "state", "API key", "client secret"):
            check.expect(run.secrets.kinds.get(kind), f"a {kind} came by")
        memory, counts = searched(check, run, options.wait)
        guarded(check, run, memory, counts)
        yield run, memory, counts


def protected(check, options):
    for _, _, counts in whole_run(check, options, True, options.operations):
        for kind in ("access token", "refresh token", "code"):
            check.equal([str(region) for region in counts[kind]], [], f"CR-34: no {kind} is left")


def control(check, options):
    """The search finds what is there: the client secret, which the gateway keeps for the next renewal."""
    for _, _, counts in whole_run(check, options, False, 40):
        check.expect(counts["client secret"], "the search finds a secret that is there on purpose")


def another_user(check, options):
    """CR-32: not even a process of the same user may look."""
    with World(options.binaries) as world:
        world.gateway.stop()
        for path in [world.workplace.path, *world.workplace.path.rglob("*")]:
            os.chown(path, 65534, 65534)
        environment = {**world.gateway.environment}
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        log_file = world.workplace.path / "nobody.log"
        with open(log_file, "wb") as log:
            process = subprocess.Popen([*prefix, str(world.gateway.binary), "serve"], env=environment, stdout=log,
                                       stderr=log, cwd=world.workplace.path)
        try:
            wait_until(lambda: process.poll() is not None or "is ready" in log_file.read_text(), "nobody's gateway", 30)
            check.expect(process.poll() is None, "the gateway runs as nobody",
                         log_file.read_text())
            for name in ("mem", "maps", "environ"):
                look = subprocess.run([*prefix, "head", "-c", "1", f"/proc/{process.pid}/{name}"], capture_output=True)
                check.expect(look.returncode != 0 and not look.stdout, f"CR-32: /proc/PID/{name} is closed to the same user")
            own = subprocess.run([*prefix, "head", "-c", "1", "/proc/self/maps"], capture_output=True)
            check.expect(own.stdout, "(and open where it is not hardened)")
        finally:
            process.terminate()
            process.wait(15)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--operations", type=int, default=150, help="tokens handed out; 10000 for the whole case")
    parser.add_argument("--wait", type=float, default=8, help="seconds of rest before the search; 60 for the whole case")
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("\n!!! SKIPPED: only root can read the memory of a hardened process. Nothing was searched.")
        return 0
    resolve_localhost_names()
    check = Expectations()
    with check.scene("after work and rest, with the allocator settings of the unit file"):
        protected(check, options)
    with check.scene("the same without them, as a control"):
        control(check, options)
    with check.scene("other processes of the same user"):
        another_user(check, options)
    return check.report("residue")


if __name__ == "__main__":
    sys.exit(main())
