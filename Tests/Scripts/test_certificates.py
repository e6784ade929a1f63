#!/usr/bin/env python3
"""The script for development certificates: what it makes, that it keeps what is good, and mends what is not."""

import pathlib
import stat
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "certs" / "make-development-certificates.sh"
FILES = ("development-authority.key", "development-authority.pem", "localhost.key", "localhost.pem")


def make(folder):
    subprocess.run(["sh", SCRIPT, folder], check=True, stdout=subprocess.DEVNULL)
    return {name: (folder / name).read_bytes() for name in FILES}


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True)


def is_trusted(folder, name):
    """Whether a client that trusts the authority accepts the server certificate for this name."""
    answer = openssl("verify", "-CAfile", folder / "development-authority.pem", "-x509_strict",
                     "-purpose", "sslserver", "-verify_hostname", name, folder / "localhost.pem")
    return answer.returncode == 0


def may_sign(folder, name):
    """Whether a certificate for this name, signed by the authority, is accepted."""
    key, request, made = (folder / f"stranger.{end}" for end in ("key", "csr", "pem"))
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
            "-subj", "/CN=stranger", "-addext", f"subjectAltName={name}", "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", folder / "development-authority.pem", "-CAkey",
            folder / "development-authority.key", "-copy_extensions", "copy", "-out", made)
    return openssl("verify", "-CAfile", folder / "development-authority.pem", made).returncode == 0


def failures(folder):
    first = make(folder)
    for name in ("localhost", "latchkey.localhost", "zendesk.localhost", "acme.zendesk.localhost"):
        if not is_trusted(folder, name):
            yield f"the server certificate is not accepted for {name}"
    for name in ("example.com", "a.b.zendesk.localhost", "other.localhost"):
        if is_trusted(folder, name):
            yield f"the server certificate is accepted for {name}"
    for name in ("DNS:acme.zendesk.com", "DNS:localhost.example.com", "IP:192.0.2.1"):
        if may_sign(folder, name):
            yield f"the authority may sign for {name}"
    if not may_sign(folder, "DNS:other.localhost"):
        yield "the authority may not sign for other.localhost, so the refusals above prove nothing"
    for name in FILES:
        mode = stat.S_IMODE((folder / name).stat().st_mode)
        if mode != (0o600 if name.endswith(".key") else 0o644):
            yield f"{name} has mode {mode:o}"
    if make(folder) != first:
        yield "a second run changed files that were good"
    (folder / "localhost.key").write_bytes(first["development-authority.key"])
    mended = make(folder)
    if mended["localhost.key"] == first["development-authority.key"] or not is_trusted(folder, "localhost"):
        yield "a key that does not fit its certificate was kept"
    if mended["development-authority.pem"] != first["development-authority.pem"]:
        yield "the authority was made again without need"
    (folder / "development-authority.pem").unlink()
    make(folder)
    if not is_trusted(folder, "localhost"):
        yield "after a new authority the server certificate was not made again"
    if left := [file.name for file in folder.iterdir() if file.name.startswith(".making")]:
        yield f"the script left {left} behind"


def main():
    with tempfile.TemporaryDirectory() as folder:
        found = list(failures(pathlib.Path(folder)))
    for sentence in found:
        print(f"FAIL {sentence}")
    print("certificates: " + (f"{len(found)} failures" if found else "as promised"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
