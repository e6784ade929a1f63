#!/usr/bin/env python3
"""CR-45: a record that the gateway sealed opens with scripts/open-record.py, which knows docs/record-format.md and nothing
else. The reader gets what an operator has: the root key file, and octets out of the database."""

import copy
import json
import pathlib
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from expectations import Expectations
from gateway_process import ROOT, Workplace, binary

READER = ROOT / "scripts" / "open-record.py"
FIXTURE = ROOT / "Tests" / "TokenVaultTests" / "Fixtures" / "export-v1"


def read(root_key_file, export, folder):
    """Exit status, and what was printed."""
    path = folder / "export.json"
    path.write_text(json.dumps(export))
    done = subprocess.run(
        [sys.executable, READER, "--root-key-file", root_key_file, path], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


class Installation:
    """A root key, a database, and one sealed secret that the command shows once."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {
            "PATH": "/usr/bin:/bin", "LATCHKEY_DATABASE_URL": f"sqlite:{folder}/latchkey.sqlite",
            "LATCHKEY_ROOT_KEY_FILE": f"{folder}/root.key", "LATCHKEY_ZENDESK_CLIENT_ID": "zdg-latchkey",
            "LATCHKEY_ZENDESK_CLIENT_SECRET_FILE": str(folder / "client.secret"),
            "LATCHKEY_PUBLIC_URL": "http://localhost:8080", "LATCHKEY_TEMPLATES": str(ROOT / "templates"),
        }

    def run(self, *arguments):
        done = subprocess.run(
            [binary("latchkey"), *arguments], env=self.environment, cwd=self.folder, capture_output=True, text=True,
            timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"{arguments}: {done.stderr or done.stdout}")
        return done.stdout

    def export(self, endpoint):
        """One row of the database as the reader takes it."""
        with sqlite3.connect(f"file:{self.folder}/latchkey.sqlite?mode=ro", uri=True) as database:
            database.row_factory = sqlite3.Row
            row = database.execute("SELECT * FROM webhook_endpoints WHERE id = ?", (endpoint,)).fetchone()
            key = database.execute("SELECT * FROM data_keys WHERE id = ?", (row["key_id"],)).fetchone()
        return {
            "record": row["secret"].hex(), "data_key": {"id": key["id"], "wrapped": key["wrapped"].hex()},
            "context": {
                "tenant": row["tenant"], "table": "webhook_endpoints", "row": row["id"], "column": "secret",
                "generation": row["generation"], "organization": row["subdomain"],
            },
        }


def changed(export, path, value):
    other = copy.deepcopy(export)
    place = other
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value(place[path[-1]]) if callable(value) else value
    return other


def flipped(text):
    return text[:-2] + ("00" if text[-2:] != "00" else "01")


def damages(export):
    """Everything that a record is bound to, changed one at a time."""
    yield "another tenant", changed(export, ("context", "tenant"), "umbrella")
    yield "another table", changed(export, ("context", "table"), "credentials")
    yield "another row", changed(export, ("context", "row"), lambda row: row[:-1] + ("2" if row[-1] != "2" else "3"))
    yield "another column", changed(export, ("context", "column"), "access_token")
    yield "another generation", changed(export, ("context", "generation"), lambda number: number + 1)
    yield "another organization", changed(export, ("context", "organization"), "acme")
    yield "another key's name", changed(export, ("data_key", "id"), "dk-9")
    yield "another wrapping", changed(export, ("data_key", "wrapped"), flipped)
    yield "another tag", changed(export, ("record",), flipped)
    yield "a record that is cut", changed(export, ("record",), lambda text: text[:-2])
    yield "another commitment", changed(
        export, ("record",), lambda text: text[:90] + ("0" if text[90] != "0" else "1") + text[91:])


def main():
    check = Expectations()
    with Workplace() as place:
        folder = place.path
        with check.scene("the fixture"):
            export = json.loads((FIXTURE / "export.json").read_text())
            status, secret, errors = read(FIXTURE / "root-key.txt", export, folder)
            check.equal((status, secret), (0, "an-access-token-of-some-length"), "CR-45: the fixture opens")
        with check.scene("what the gateway sealed"):
            place.secret_file("client.secret", "a-client-secret")
            installation = Installation(folder)
            installation.run("keys", "init")
            installation.run("migrate")
            made = json.loads(installation.run(
                "webhooks", "create", "--yes", "--json", "--tenant", "acme", "--url", "https://hooks.example/a"))
            for turn in ("as it was sealed", "resealed under another data key", "under another root key"):
                if turn.startswith("resealed"):
                    installation.run("keys", "rotate", "--yes")
                if turn.startswith("under"):
                    installation.run("keys", "rotate-root", "--yes")
                export = installation.export(made["id"])
                status, secret, errors = read(folder / "root.key", export, folder)
                check.expect(
                    status == 0 and secret == made["secret"], f"CR-45: the record opens, {turn}", errors or status)
            check.equal(export["data_key"]["id"], "dk-2", "it stands under the new key")
            for what, damaged in damages(export):
                status, secret, _ = read(folder / "root.key", damaged, folder)
                check.expect(status == 1 and not secret, f"CR-45: refused: {what}")
            status, secret, _ = read(FIXTURE / "root-key.txt", export, folder)
            check.expect(status == 1 and not secret, "CR-45: refused: another root key")
        lines = len(READER.read_text().splitlines())
        check.expect(lines <= 150, "CR-45: the reader has 150 lines at most", lines)
    return check.report("the independent reader")


if __name__ == "__main__":
    sys.exit(main())
