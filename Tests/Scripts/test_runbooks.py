#!/usr/bin/env python3
"""Runs the runbooks, command by command, against a real service with connections (CR-29, CR-45, KEY-30, SC-24, SC-28).

Every ```sh block of docs/key-rotation.md, docs/key-loss.md, docs/compromise.md and docs/evidence.md is executed in order, in one
shell for each document. `# expect: TEXT` behind a command wants status 0 and the text in what it says; `# expect status N: TEXT`
another status; a command without it wants status 0. While the key commands run, a back end asks for tokens the whole time,
and none of its requests may fail (KEY-01, KEY-21).
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from expectations import Expectations, wait_until
from gateway_process import ROOT, World, resolve_localhost_names
from http_visitor import connected

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
ORGANIZATIONS = ("acme", "noguide", "agentville")
EXPECTATION = re.compile(r"^# expect(?: status (\d+))?: (.+)$")

# What stands for the service manager: the same verbs, on the process of this test, with the settings of this shell.
PRELUDE = r"""
systemctl() {
    case "$1" in
    stop|restart)
        kill "$(cat "$RUN/pid")"
        # Not kill -0: one that has ended stays a zombie until its parent looks.
        for _ in $(seq 400); do
            [ -n "$(tr -d '\0' <"/proc/$(cat "$RUN/pid")/cmdline" 2>/dev/null)" ] || break
            sleep 0.05
        done
        [ "$1" = stop ] || systemctl start ;;
    start)
        (exec latchkey serve >>"$RUN/serve.log" 2>&1 </dev/null) &
        echo $! >"$RUN/pid"
        disown
        for _ in $(seq 400); do
            curl -fs -o /dev/null "http://127.0.0.1:$LATCHKEY_HTTP_PORT/readyz" && return 0
            sleep 0.05
        done
        cat "$RUN/serve.log"
        return 1 ;;
    reload) kill -HUP "$(cat "$RUN/pid")" ;;
    esac
}
"""


class Command:
    def __init__(self, text):
        self.text, self.status, self.wanted = text, 0, None


def commands(document):
    """The commands of the ```sh blocks, each with what is expected of it."""
    found, inside = [], False
    for line in document.read_text().splitlines():
        if line.startswith("```"):
            inside = line == "```sh"
        elif inside and (expectation := EXPECTATION.match(line)):
            found[-1].status, found[-1].wanted = int(expectation.group(1) or 0), expectation.group(2)
        elif inside and line.strip():
            found.append(Command(line))
    return found


class Shell:
    """One shell that keeps its variables from command to command."""

    def __init__(self, folder, environment):
        self.folder, self.number = folder, 0
        self.process = subprocess.Popen(
            ["bash", "--norc", "-u"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder,
            env=environment)
        self.tell(PRELUDE)

    def tell(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def run(self, text):
        """Status and everything that was said."""
        self.number += 1
        output = self.folder / f"said-{self.number}"
        self.tell(f"{{ {text}\n}} >{shlex.quote(str(output))} 2>&1 </dev/null\necho \"@@ $?\"")
        line = self.process.stdout.readline()
        if not line.startswith("@@ "):
            raise RuntimeError(f"the shell ended over {text!r}: {line!r}")
        return int(line.split()[1]), output.read_text(errors="replace")

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


class BackEnd(threading.Thread):
    """Asks for a token of each connection again and again, and counts what fails."""

    def __init__(self, origin, key, connections):
        super().__init__(daemon=True)
        self.origin, self.key, self.connections = origin, key, connections
        self.served, self.failures, self.over = 0, [], threading.Event()

    def run(self):
        while not self.over.is_set():
            for connection in self.connections:
                request = urllib.request.Request(
                    f"{self.origin}/v1/connections/{connection}/access-token", method="POST",
                    data=b'{"allow_failing_preflight": true}',
                    headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})
                try:
                    with urllib.request.urlopen(request, timeout=10) as answer:
                        answer.read()
                    self.served += 1
                except Exception as error:  # whatever it is, it is a failed request
                    body = error.read().decode(errors="replace")[:200] if hasattr(error, "read") else ""
                    self.failures.append(f"{error} {body}")
                time.sleep(0.01)

    def stop(self):
        self.over.set()
        self.join(20)


class Place:
    """A service with connections, and what a runbook's reader has at hand."""

    def __init__(self, world):
        self.world, self.gateway = world, world.gateway
        self.folder = world.workplace.path
        for name in ("safe", "new", "run", "bin", "tokens"):
            (self.folder / name).mkdir(mode=0o700)
        (self.folder / "bin" / "latchkey").symlink_to(self.gateway.binary)
        world.workplace.secret_file("safe/passphrase", "correct horse battery staple again")
        world.workplace.secret_file("safe/pin", "314159")
        (self.folder / "run" / "pid").write_text(str(self.gateway.process.pid))
        self._make_token()

    def _make_token(self):
        configuration = self.folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\n")
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", "vault", "--pin", "314159", "--so-pin", "271828"],
            env={**os.environ, "SOFTHSM2_CONF": str(configuration)}, check=True, capture_output=True)

    @property
    def environment(self):
        # The stand-alone reader needs the package `cryptography`, which this script's own Python has.
        programs = f"{self.folder / 'bin'}:{pathlib.Path(sys.executable).parent}"
        return {**self.gateway.environment, "PATH": f"{programs}:{os.environ['PATH']}", "SCRIPTS": str(ROOT / "scripts"),
                "SAFE": str(self.folder / "safe"), "NEW": str(self.folder / "new"), "RUN": str(self.folder / "run"),
                "PKCS11_MODULE": MODULE, "SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    def stop(self):
        """The service that runs last may be one that the shell started."""
        pid = int((self.folder / "run" / "pid").read_text())
        if pid == self.gateway.process.pid:
            return self.gateway.stop()
        os.kill(pid, 15)
        wait_until(lambda: not pathlib.Path(f"/proc/{pid}/cmdline").is_file()
                   or not pathlib.Path(f"/proc/{pid}/cmdline").read_bytes(), "the last service to end", 20)


def run_document(check, options, name, keeps_serving):
    document = ROOT / "docs" / f"{name}.md"
    # The token store is read by the service as well.
    settings = {"LATCHKEY_RATE_LIMITS": "off"}
    elsewhere = tempfile.mkdtemp(prefix="latchkey-elsewhere-")
    if name == "evidence":
        settings["LATCHKEY_AUDIT_CHECKPOINT_FILE"] = f"{elsewhere}/checkpoints"
    with World(options.binaries, settings) as world:
        place = Place(world)
        world.gateway.settings["SOFTHSM2_CONF"] = str(place.folder / "softhsm2.conf")
        connections = [connected(place.gateway, organization) for organization in ORGANIZATIONS]
        key = world.gateway.api_key("crm", "connections:read,credentials:read")
        back_end = BackEnd(world.gateway.origin, key, connections)
        shell = Shell(place.folder / "run", place.environment)
        start = time.monotonic()
        try:
            if keeps_serving:
                back_end.start()
            run_commands(check, shell, commands(document), back_end if keeps_serving else None)
        finally:
            if keeps_serving:
                back_end.stop()
            if name == "evidence":
                read_alone(check, place, connections[0])
            shell.close()
            place.stop()
            shutil.rmtree(elsewhere, ignore_errors=True)
        print(f"        {name}: {time.monotonic() - start:.1f} seconds, {back_end.served} tokens handed out beside it")
        if keeps_serving:
            check.equal(back_end.failures[:3], [], f"{name}: KEY-01, KEY-21: no request for a token failed beside it")
            check.expect(back_end.served > 20, f"{name}: tokens were handed out beside it", back_end.served)


def read_alone(check, place, connection):
    """CR-45: the reader in Python opens what the service sealed, and it is the token that lives at Zendesk."""
    live = place.world.stand_in.live_tokens(ORGANIZATIONS[0])
    for column in ("access_token", "refresh_token"):
        read = subprocess.run(
            [sys.executable, ROOT / "scripts" / "open-record.py", "--root-key-file", place.gateway.root_key, "--database",
             place.gateway.database, "--connection", connection, "--column", column], capture_output=True, text=True)
        check.expect(read.returncode == 0 and read.stdout in [record[column] for record in live],
                     f"CR-45: the stand-alone reader opens the {column.replace('_', ' ')} that lives", read.stderr)
    lines = (ROOT / "scripts" / "open-record.py").read_text().splitlines()
    check.expect(len(lines) <= 150, "CR-45: in at most 150 lines", len(lines))


def run_commands(check, shell, todo, back_end):
    check.expect(len(todo) > 5, "there are commands to run", len(todo))
    for command in todo:
        if back_end and command.text.startswith(("systemctl restart", "systemctl stop", "latchkey api-keys revoke")):
            # From here on the back end is refused on purpose.
            back_end.stop()
        status, said = shell.run(command.text)
        sentence = command.text if len(command.text) < 90 else command.text[:87] + "..."
        is_right = status == command.status and (command.wanted is None or command.wanted in said)
        check.expect(is_right, sentence, f"status {status}, wanted {command.status} and {command.wanted!r}: {said}")
        if not is_right:
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--only", help="one document: key-rotation, key-loss, compromise or evidence")
    options = parser.parse_args()
    resolve_localhost_names()
    if not pathlib.Path(MODULE).is_file():
        raise SystemExit("SoftHSM is not installed; run: sh scripts/prepare.sh test")
    check = Expectations()
    for name, keeps_serving in (("key-rotation", True), ("key-loss", False), ("compromise", True), ("evidence", False)):
        if options.only in (None, name):
            with check.scene(f"docs/{name}.md"):
                run_document(check, options, name, keeps_serving)
    return check.report("runbooks")


if __name__ == "__main__":
    sys.exit(main())
