#!/usr/bin/env python3
"""A disk that is really full (KEY-08, ST-07). Needs root: the database lies on a small file system of its own, in a mount
namespace that ends with this script.

A rotation runs beside a service while the disk is filled up to its last block. It must stop with a sentence that names the
cause, nothing that was acknowledged may be lost, nothing may be sent to Zendesk that could not be written down afterwards, and
with room again the service goes on by itself and the same command ends the rotation.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from expectations import Expectations, wait_until
from gateway_process import World, resolve_localhost_names
from http_visitor import connected

ORGANIZATIONS = ("acme", "noguide", "agentville")
SIZE = "12m"


def refuse(why):
    print(f"\n!!! SKIPPED: {why}. No disk was filled.")
    print("!!! Run it as root, where mount namespaces and tmpfs are allowed, to have KEY-08 shown on a full disk.")
    return 0


class SmallDisk:
    """A file system that can be filled."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="latchkey-small-disk-"))
        self.filler = self.path / "filler"
        self.full = threading.Event()
        self.thread = None

    def mount(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", self.path], check=True,
                       capture_output=True)

    def fill(self):
        """To the last block, and whatever becomes free afterwards, until `empty`."""
        self.full.set()
        self.thread = threading.Thread(target=self._keep_full, daemon=True)
        self.thread.start()
        wait_until(lambda: self.free == 0, "the disk to be full", 30)

    def _keep_full(self):
        with open(self.filler, "ab", buffering=0) as file:
            while self.full.is_set():
                try:
                    file.write(b"\xA5" * 4096)
                except OSError:
                    time.sleep(0.002)

    def empty(self):
        self.full.clear()
        self.thread.join(20)
        self.filler.unlink()

    @property
    def free(self):
        return os.statvfs(self.path).f_bavail

    def unmount(self):
        subprocess.run(["umount", "-l", self.path], check=False, capture_output=True)
        self.path.rmdir()


def post(gateway, path, key, body=b"{}"):
    """Status and answer."""
    request = urllib.request.Request(
        f"{gateway.origin}{path}", method="POST", data=body,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")


def readiness(gateway):
    try:
        with urllib.request.urlopen(f"{gateway.origin}/readyz", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def run(gateway, *arguments):
    return subprocess.run([str(gateway.binary), *arguments], cwd=gateway.workplace.path, env=gateway.environment,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)


def live_tokens(stand_in):
    return {organization: sorted(record["access_token"] for record in stand_in.live_tokens(organization))
            for organization in ORGANIZATIONS}


def records(gateway):
    keys = json.loads(run(gateway, "keys", "list", "--json").stdout)["keys"]
    return {key["id"]: key["records"] for key in keys}


def scene(check, world, disk):
    gateway, stand_in = world.gateway, world.stand_in
    connections = [connected(gateway, organization) for organization in ORGANIZATIONS]
    key = gateway.api_key("crm", "connections:read,connections:write,credentials:read")
    hand_off = b'{"allow_failing_preflight": true}'

    # One row a second, so that the disk fills up in the middle.
    rotation = subprocess.Popen(
        [str(gateway.binary), "keys", "rotate", "--yes", "--rows-per-second", "1"], cwd=gateway.workplace.path,
        env=gateway.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    wait_until(lambda: 0 < records(gateway).get("dk-2", 0) < len(connections), "the first records under dk-2", 60)
    acknowledged = []

    def make_keys():
        for number in range(400):
            made = run(gateway, "api-keys", "create", "--name", f"acknowledged-{number}", "--scopes", "connect")
            if made.returncode != 0:
                return made
            acknowledged.append(f"acknowledged-{number}")
        return None

    for _ in range(3):
        make = run(gateway, "api-keys", "create", "--name", f"before-{len(acknowledged)}", "--scopes", "connect")
        check.expect(make.returncode == 0, "before the disk is full an API key is made", make.stderr)
        acknowledged.append(f"before-{len(acknowledged)}")
    disk.fill()
    refused = make_keys()
    check.expect(refused is not None and "The database cannot be written" in refused.stderr
                 and "full disk" in refused.stderr, "KEY-08: a command says that the disk may be full",
                 refused and refused.stderr)
    said, errors = rotation.communicate(timeout=120)
    check.expect(rotation.returncode not in (0, None) and "The database cannot be written" in errors,
                 "KEY-08: the rotation stops in the middle, in a sentence", (rotation.returncode, errors))
    check.expect("Complete" not in said, "and does not say that it is complete")
    check.equal(disk.free, 0, "(the disk is full to its last block)")

    counts = records(gateway)
    check.expect(counts.get("dk-1", 0) > 0 and counts.get("dk-2", 0) > 0, "KEY-08: how far it came can be seen", counts)
    wait_until(lambda: readiness(gateway) != 200, "/readyz to say that something is wrong", 60)
    check.expect(True, "ST-07: /readyz says so")
    tokens, uses = live_tokens(stand_in), stand_in.double_uses()
    statuses = {post(gateway, f"/v1/connections/{id}/access-token", key, hand_off)[0] for id in connections}
    check.expect(200 not in statuses, "AUD-03: no token is handed out that no entry tells of", statuses)
    statuses = {post(gateway, f"/v1/connections/{id}/refresh", key)[0] for id in connections}
    check.expect(200 not in statuses, "no renewal is said to be done", statuses)
    check.equal(live_tokens(stand_in), tokens, "no token is renewed at Zendesk that could not be kept")
    doctor = run(gateway, "doctor")
    check.expect(doctor.returncode != 0 and re.search(r"fail +disk +Only 0 MiB are free", doctor.stdout),
                 "doctor names the disk", doctor.stdout[-400:])
    check.expect(gateway.process.process.poll() is None, "the service lives")

    disk.empty()
    wait_until(lambda: readiness(gateway) == 200, "/readyz to be well again", 60)
    check.expect(True, "with room again the service is ready, without a restart")
    again = run(gateway, "keys", "rotate", "--yes")
    check.expect(again.returncode == 0 and "Complete" in again.stdout, "KEY-08: the same command ends the rotation",
                 again.stderr)
    counts = records(gateway)
    check.equal((counts.get("dk-1"), counts.get("dk-2"), counts.get("dk-3")), (0, len(connections), None),
                "KEY-08: towards the same key")
    listed = run(gateway, "api-keys", "list").stdout
    check.equal([name for name in acknowledged if not re.search(rf"\b{name}\b", listed)], [],
                f"nothing of the {len(acknowledged)} that were acknowledged is lost")
    answers = [post(gateway, f"/v1/connections/{id}/access-token", key, hand_off) for id in connections]
    check.equal([status for status, _ in answers], [200] * len(connections), "every connection hands out its token")
    check.equal(sorted(answer["access_token"] for _, answer in answers),
                sorted(token for tokens in live_tokens(stand_in).values() for token in tokens), "which lives at Zendesk")
    check.equal([post(gateway, f"/v1/connections/{id}/refresh", key)[0] for id in connections], [200] * len(connections),
                "and renews")
    check.equal(stand_in.double_uses(), uses, "no refresh token was used twice")
    verified = run(gateway, "audit", "verify")
    check.expect(verified.returncode == 0, "the audit log is sound", verified.stdout + verified.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if os.geteuid() != 0:
        return refuse("only root can mount a small disk")
    if not options.inside:
        again = subprocess.run(["unshare", "-m", "--", sys.executable, *sys.argv, "--inside"], check=False)
        # 125 and above: it was not the script that answered.
        return refuse("unshare -m is not allowed here") if again.returncode >= 125 else again.returncode
    disk = SmallDisk()
    try:
        disk.mount()
    except (subprocess.CalledProcessError, OSError) as error:
        return refuse(f"tmpfs cannot be mounted here ({getattr(error, 'stderr', error)})")
    resolve_localhost_names()
    check = Expectations()
    try:
        settings = {"LATCHKEY_DATABASE_URL": f"sqlite:{disk.path / 'latchkey.sqlite'}", "LATCHKEY_RATE_LIMITS": "off"}
        with World(options.binaries, settings) as world, check.scene("a rotation on a disk that fills up"):
            scene(check, world, disk)
    finally:
        disk.full.clear()
        disk.unmount()
    return check.report("full disk")


if __name__ == "__main__":
    sys.exit(main())
