#!/usr/bin/env python3
"""Three real `latchkey serve` over one database, and a strait between them and the stand-in, in which a TLS handshake can be
held: the one moment at which a refresh is written down as begun and no octet of it has left.

RT-09: the holder is stopped there (SIGSTOP) for longer than anybody waits for it, another one takes over, and then it goes on.
RT-01: the holder is killed there.

Either way the stand-in sees the refresh token once. Runs beside `test_faults.py`, for it mostly waits.
"""

import argparse
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading
import time

import requests

from expectations import Expectations, wait_until
from gateway_process import ROOT, StandIn, Workplace, free_port, resolve_localhost_names
from test_faults import HOLD, SETTLING, Node, Site

SENDING = 28  # RefreshTimes: sendWindow and callTime


class Strait:
    """Passes octets on between the gateway and the stand-in. While it is held, what the stand-in says on new connections waits."""

    def __init__(self, target):
        self.target, self.is_held, self.held = target, False, []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self):
        """The next connection is held, and none after it."""
        self.is_held = True

    def _accept(self):
        while True:
            near, _ = self.listener.accept()
            far = socket.create_connection(("127.0.0.1", self.target))
            gate = threading.Event()
            with self.lock:
                if self.is_held:
                    self.is_held = False
                    self.held.append(gate)
                else:
                    gate.set()
            threading.Thread(target=self._pass, args=(near, far, gate), daemon=True).start()

    def _pass(self, near, far, gate):
        try:
            while True:
                ready, _, _ = select.select([near, far] if gate.is_set() else [near], [], [], 0.1)
                for side, other in ((near, far), (far, near)):
                    if side in ready:
                        octets = side.recv(65536)
                        if not octets:
                            return
                        other.sendall(octets)
        except OSError:
            pass
        finally:
            near.close()
            far.close()


class TLSSite(Site):
    """Like the campaign's, with TLS and the strait in between."""

    def __init__(self, options, workplace):
        self.workplace, self.options = workplace, options
        folder, secret, port = workplace.path / "certs", secrets.token_hex(32), free_port()
        subprocess.run(["sh", ROOT / "certs" / "make-development-certificates.sh", folder], check=True,
                       stdout=subprocess.DEVNULL)
        origin = f"http://localhost:{port}"
        self.stand_in = StandIn(
            workplace, f"{origin}/oauth/callback", secret, options.binaries,
            ["--tls-certificate", folder / "localhost.pem", "--tls-key", folder / "localhost.key"])
        self.strait = Strait(self.stand_in.port)
        settings = {
            "LATCHKEY_PUBLIC_URL": origin, "LATCHKEY_RATE_LIMITS": "off", "LATCHKEY_ZENDESK_PLAIN_HTTP": "false",
            "LATCHKEY_ZENDESK_CA_FILE": str(folder / "development-authority.pem")}
        self.nodes = [
            Node(f"node-{name}", workplace, f"zendesk.localhost:{self.strait.port}", self.stand_in.secret_file, at,
                 options.binaries, {**settings, "LATCHKEY_HTTP_PORT": str(at)})
            for name, at in (("a", port), ("b", free_port()), ("c", free_port()))]
        self.nodes[0].command("keys", "init")

    def lives(self, name, token):
        answer = requests.get(
            f"https://{name}.{self.stand_in.domain}/api/v2/users/me.json", timeout=20,
            headers={"Authorization": f"Bearer {token}"}, verify=str(self.workplace.path / "certs/development-authority.pem"))
        return answer.status_code == 200

    def renewals(self, name):
        """Requests with a refresh token that the stand-in saw."""
        return [entry for entry in self.stand_in.state()["requests"]
                if entry["organization"] == name and entry["grant_type"] == "refresh_token"]

    def begin_and_hold(self, name, node):
        """Until the refresh is in the journal and its connection waits for the server's part of the handshake."""
        count = len(self.strait.held)
        self.strait.hold()
        threading.Thread(target=self.refresh, args=(name, node), daemon=True).start()
        wait_until(lambda: len(self.strait.held) > count, "the connection to be held", every=0.01)
        with self.database() as database:
            phase = database.execute("SELECT phase FROM refresh_journal WHERE connection_id = ? AND ended_at IS NULL",
                                     [self.ids[name]]).fetchone()
        return phase and phase[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--keep", help="keeps everything in this folder")
    options = parser.parse_args()
    resolve_localhost_names()
    check = Expectations()
    with Workplace(options.keep) as workplace:
        site = TLSSite(options, workplace)
        try:
            site.start()
            site.connect_all(["late", "killed"])
            run(check, site)
        finally:
            site.stop()
    return check.report("late sender")


def run(check, site):
    a, b, c = site.nodes
    with check.scene("a refresh is begun and has not left"):
        # The killed one first: its connection is closed by the kill, and the strait is free for the other.
        check.equal(site.begin_and_hold("killed", c), "begun", "RT-01: begun is durable before anything leaves")
        c.kill()
        check.equal(site.begin_and_hold("late", a), "begun", "RT-09: begun is durable before anything leaves")
        a.signal(signal.SIGSTOP)
        begun = time.monotonic()
        # Everything that the stopped one waits for is there when it goes on.
        for gate in site.strait.held:
            gate.set()
        check.equal([len(site.renewals(name)) for name in ("late", "killed")], [0, 0], "nothing has left")
    with check.scene("meanwhile"):
        c.start()
        for name, case in (("killed", "RT-01"), ("late", "RT-09")):
            left = SETTLING + HOLD - (time.monotonic() - begun)
            wait_until(lambda: site.told()[name][2] == 2, f"{name} to be renewed by another", seconds=max(left, 1), every=0.5)
            check.equal(site.told()[name][0], "active", f"{case}: another one renewed it and all is well")
        check.expect(time.monotonic() - begun > SENDING, "the stopped one is too late by now")
        check.equal(site.double_uses(), 0, "RT-01: the refresh token of the killed one was used once")
    with check.scene("it goes on"):
        a.signal(signal.SIGCONT)
        wait_until(lambda: site.access_token("late", a)[0] == 200, "the one that was stopped to work again", seconds=40)
        status, token = site.access_token("late", a)
        check.equal((status, token.get("generation")), (200, 2), "RT-09: it knows the generation of the other")
        check.expect(site.lives("late", token["access_token"]), "and its token lives")
        check.equal([len(site.renewals(name)) for name in ("late", "killed")], [1, 1],
                    "RT-09: what it had begun never left: one request with each refresh token")
        check.equal(site.double_uses(), 0, "RT-09: no refresh token was used twice")
        wait_until(lambda: site.open_entries() == 0, "every entry of the journal to have ended")


if __name__ == "__main__":
    sys.exit(main())
