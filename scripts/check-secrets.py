#!/usr/bin/env python3
"""Refuses private keys and other secrets in the repository.

Looks at every file that git tracks or would add. `--self-test` first proves that each rule can fail, on files made for
the purpose. Exit status 0: nothing found. 1: something found, or a rule that does not bite.
"""

import argparse
import pathlib
import random
import re
import string
import subprocess
import sys
import tempfile

# Names of files that have no business in the repository, whatever they hold.
NAMES = re.compile(r"(\.key|\.p12|\.pfx|\.jks|\.sqlite|\.sqlite-wal|\.sqlite-shm|(^|/)\.env(\..*)?|(^|/)id_(rsa|ed25519|ecdsa))$")

# What a secret looks like. Written so that this file does not match itself.
CONTENTS = [
    ("a private key", re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE" rb" KEY-----\s+[A-Za-z0-9+/]")),
    ("a root key file", re.compile(rb"^latchkey-root-key-\d+\n[0-9a-f]{64}\n", re.MULTILINE)),
    ("a token of the gateway", re.compile(rb"\blk[sickb]?_[A-Za-z0-9_-]{43}\b")),
    ("a GitHub token", re.compile(rb"\bgh[pousr]_[A-Za-z0-9]{36}\b")),
    ("an AWS access key", re.compile(rb"\bAKIA[0-9A-Z]{16}\b")),
]

# Published on purpose: they open nothing but the fixtures beside them. Rule and path must both fit.
PUBLISHED = {("Tests/TokenVaultTests/Fixtures/export-v1/root-key.txt", "a root key file")}


def committed(root):
    """Tracked files, and new ones that git does not ignore."""
    listing = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root)
    return [name.decode() for name in listing.split(b"\0") if name]


def looks_drawn(text):
    """Whether chance may have made it; a row of one letter in a test is no secret."""
    return len(set(text)) >= 12


def findings(root, names):
    for name in names:
        if NAMES.search(name):
            yield f"{name}: a file of this name does not belong here"
        file = root / name
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            for what, pattern in CONTENTS:
                found = next((match for match in pattern.finditer(content) if looks_drawn(match[0])), None)
                if found and (name, what) not in PUBLISHED:
                    yield f"{name}:{content.count(bytes([10]), 0, found.start()) + 1}: holds {what}"


def planted():
    """Files that must be refused, by name."""
    body = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n"
    text = "".join(random.choices(string.ascii_letters + string.digits, k=43))
    return {
        "server.pem": "-----BEGIN PRIVATE" + " KEY-----\n" + body,
        "old.txt": "note\n-----BEGIN EC PRIVATE" + " KEY-----\n" + body,
        "root.txt": "latchkey-root-key-1\n" + "0123456789abcdef" * 4 + "\n" + "0f" * 16 + "\n",
        "settings.yaml": "key: lk_" + text + "\n",
        "session.txt": "cookie: lks_" + text + "\n",
        "github.txt": "ghp_" + text[:36] + "\n",
        "aws.txt": "AKIA" + string.ascii_uppercase[:16] + "\n",
        "certs/localhost.key": "nothing in it\n",
        "var/latchkey.sqlite": "nothing in it\n",
    }


def self_test():
    """One sentence for each rule that let something through."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, content in planted().items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content)
        subprocess.check_call(["git", "init", "-q"], cwd=root)
        refused = {line.split(":")[0] for line in findings(root, committed(root))}
    return [f"the planted {name} was not noticed" for name in planted() if name not in refused]


def main():
    parser = argparse.ArgumentParser(description="Refuses secrets in the repository.")
    parser.add_argument("--self-test", action="store_true", help="first prove that each rule can fail")
    options = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    if options.self_test and (deaf := self_test()):
        print("\n".join(deaf))
        return 1
    try:
        names = committed(root)
    except (subprocess.CalledProcessError, FileNotFoundError):
        if (root / ".git").exists():
            print("secrets: git could not list the files of this repository, so they were not looked at")
            return 1
        print("secrets: this folder is no git repository, so nothing can be committed from it")
        return 0
    if found := list(findings(root, names)):
        print("\n".join(found))
        print("Take these out of the commit. What was ever pushed is known: make a new one.")
        return 1
    print(f"secrets: none in {len(names)} files"
          + (f"; {len(planted())} planted ones were noticed" if options.self_test else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
