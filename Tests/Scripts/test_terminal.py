#!/usr/bin/env python3
"""What somebody sees who sits at a terminal (CR-28, KEY-11): a real one, of which this script holds the other end.

The passphrase is asked for without an echo, twice where it is new, and a wrong one is a sentence; what cannot be taken back asks
for a yes; and a rotation shows a bar that moves, where a pipe gets plain lines without a single control character.
"""

import argparse
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import termios
import threading
import time

from expectations import Expectations, wait_until
from gateway_process import World, resolve_localhost_names
from http_visitor import connected

PASSPHRASE = "correct horse battery staple"
BAR = re.compile(r"\r\[([#-]+)\] (\d+) of (\d+)")


class Terminal:
    """A command on a terminal of its own; the script types and reads."""

    def __init__(self, gateway, *arguments):
        self.text = ""
        self.child, self.end = pty.fork()
        if self.child == 0:
            os.chdir(gateway.workplace.path)
            os.execve(gateway.binary, ["latchkey", *arguments], gateway.environment)

    def read(self, seconds=0.1):
        """Whatever came since; false once the other end was closed."""
        if not select.select([self.end], [], [], seconds)[0]:
            return True
        try:
            octets = os.read(self.end, 65536)
        except OSError:
            return False
        self.text += octets.decode(errors="replace")
        return bool(octets)

    def wait_for(self, words, seconds=60):
        wait_until(lambda: (self.read(), words in self.text)[1], f"{words!r} on the terminal, seen: {self.text!r}", seconds)

    @property
    def echoes(self):
        return bool(termios.tcgetattr(self.end)[3] & termios.ECHO)

    def type(self, line):
        os.write(self.end, (line + "\n").encode())

    def status(self, seconds=120):
        """The exit status, or minus the signal's number; everything that was said is in `text` then."""
        deadline = time.monotonic() + seconds
        while self.read(0.2):
            if time.monotonic() > deadline:
                os.kill(self.child, signal.SIGKILL)
                break
        _, status = os.waitpid(self.child, 0)
        os.close(self.end)
        return os.waitstatus_to_exitcode(status)


def asked(terminal, words, answer):
    """Types the answer as soon as it is asked for with the echo off."""
    terminal.wait_for(words)
    wait_until(lambda: not terminal.echoes, "the echo to be off", 10)
    terminal.type(answer)


def passphrase(check, gateway, folder):
    export = folder / "exported"
    terminal = Terminal(gateway, "keys", "export-root", str(export))
    asked(terminal, "assphrase", "short")
    status = terminal.status()
    check.expect(status == 1 and not export.exists(), "CR-28: a passphrase that is too short is refused", terminal.text)

    terminal = Terminal(gateway, "keys", "export-root", str(export))
    asked(terminal, "assphrase", PASSPHRASE)
    asked(terminal, "again", PASSPHRASE + "!")
    status = terminal.status()
    check.expect(status == 1 and not export.exists(), "CR-28: a new one that was typed twice in two ways is refused",
                 (status, terminal.text))

    terminal = Terminal(gateway, "keys", "export-root", str(export))
    asked(terminal, "assphrase", PASSPHRASE)
    asked(terminal, "again", PASSPHRASE)
    check.equal(terminal.status(), 0, "CR-28: typed alike twice it is taken")
    check.expect(export.exists() and PASSPHRASE not in terminal.text, "CR-28: and it is never shown", terminal.text)
    check.expect(PASSPHRASE not in export.read_text(), "nor written down")

    key = gateway.root_key.read_text()
    gateway.root_key.rename(folder / "aside.key")
    terminal = Terminal(gateway, "keys", "import-root", str(export))
    asked(terminal, "assphrase", "not the right passphrase")
    status, said = terminal.status(), terminal.text
    check.expect(status != 0 and not gateway.root_key.exists(), "CR-28: a wrong one puts nothing back", (status, said))
    sentences = [line for line in said.replace("\r", "").split("\n") if "latchkey:" in line]
    check.expect(len(sentences) == 1 and sentences[0].rstrip().endswith("."), "CR-28: it is told in a sentence", said)
    check.expect("not the right passphrase" not in said, "CR-28: and not shown", said)

    terminal = Terminal(gateway, "keys", "import-root", str(export))
    asked(terminal, "assphrase", PASSPHRASE)
    check.equal(terminal.status(), 0, "CR-28: with the right one the key is back")
    check.equal(gateway.root_key.read_text(), key, "as it was")


def interrupted(check, gateway, folder):
    """Whoever gives up must not be left with a terminal that shows nothing."""
    terminal = Terminal(gateway, "keys", "export-root", str(folder / "never"))
    terminal.wait_for("assphrase")
    wait_until(lambda: not terminal.echoes, "the echo to be off", 10)
    os.write(terminal.end, b"\x03")
    wait_until(lambda: (terminal.read(), terminal.echoes)[1], "the echo to be back after Control-C", 10)
    check.expect(terminal.status() != 0 and not (folder / "never").exists(), "Control-C ends it and the echo is back")


def confirmation(check, gateway):
    terminal = Terminal(gateway, "keys", "rotate")
    terminal.wait_for("Type yes to go on: ")
    check.expect(terminal.echoes, "a question that is no secret is answered in sight")
    terminal.type("no")
    check.expect(terminal.status() == 1 and "Nothing was changed" in terminal.text, "anything but yes changes nothing",
                 terminal.text)
    terminal = Terminal(gateway, "keys", "rotate")
    terminal.wait_for("Type yes to go on: ")
    terminal.type("yes")
    check.equal(terminal.status(), 0, "yes goes on")


def bar(check, gateway, rows):
    terminal = Terminal(gateway, "keys", "rotate", "--yes", "--rows-per-second", str(max(rows // 4, 1)))
    check.equal(terminal.status(), 0, "KEY-11: a rotation on a terminal ends well")
    bars = [(len(marks.replace("-", "")), len(marks), int(reached), int(total))
            for marks, reached, total in BAR.findall(terminal.text)]
    check.expect(len(bars) >= 3, "KEY-11: a bar is drawn again and again", terminal.text)
    check.expect(len({width for _, width, _, _ in bars}) == 1, "it keeps its width", bars)
    reached = [place for _, _, place, _ in bars]
    check.expect(reached == sorted(reached) and reached[0] < reached[-1] == rows, "it only grows, to its end", reached)
    check.expect(all(filled == width * place // total for filled, width, place, total in bars),
                 "as much of it is filled as is done", bars)
    check.expect("Complete" in terminal.text.split("\r")[-1] or "Complete" in terminal.text, "and the proof stands below")
    check.expect(not re.search(r"\d of \d+\x1b\[KComplete", terminal.text), "on a line of its own", terminal.text[-400:])


def pipe(check, gateway, rows):
    done = subprocess.run(
        [str(gateway.binary), "keys", "rotate", "--yes", "--rows-per-second", str(max(rows // 4, 1))], timeout=120,
        cwd=gateway.workplace.path, env=gateway.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    check.equal(done.returncode, 0, "a rotation in a pipe ends well")
    both = done.stdout + done.stderr
    check.expect(not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", both), "KEY-11: its lines have no control character", both)
    lines = [line for line in done.stderr.splitlines() if line.startswith("reseal to ")]
    check.expect(len(lines) >= 3 and lines[-1].startswith(f"reseal to dk-"), "KEY-11: how far it is, a line each", done.stderr)
    check.expect("[" not in done.stderr, "and no bar", done.stderr)
    check.expect("Complete" in done.stdout, "the proof stands on standard output", done.stdout)


def connect(world):
    """How many connections there are to reseal."""
    for organization in ("acme", "noguide", "agentville"):
        connected(world.gateway, organization)
    with sqlite3.connect(world.gateway.database) as database:
        return database.execute("SELECT count(*) FROM credentials").fetchone()[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    options = parser.parse_args()
    resolve_localhost_names()
    check = Expectations()
    with World(options.binaries) as world:
        folder = world.workplace.path / "safe"
        folder.mkdir(mode=0o700)
        rows = connect(world)
        with check.scene("a rotation with a bar"):
            bar(check, world.gateway, rows)
        with check.scene("the same in a pipe"):
            pipe(check, world.gateway, rows)
        with check.scene("a question"):
            confirmation(check, world.gateway)
        with check.scene("a passphrase"):
            passphrase(check, world.gateway, folder)
        with check.scene("a passphrase that nobody types"):
            interrupted(check, world.gateway, folder)
    return check.report("terminal")


if __name__ == "__main__":
    sys.exit(main())
