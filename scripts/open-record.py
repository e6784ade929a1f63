#!/usr/bin/env python3
"""Opens one sealed record by docs/record-format.md alone.

    open-record.py --root-key-file root.key --database latchkey.sqlite --connection con_... [--column refresh_token]
    open-record.py --root-key-file root.key export.json

From a database it reads a connection's token, and changes nothing. An export holds one record, its context and the wrapped
data key it names:

    {"record": hex, "data_key": {"id": "dk-1", "wrapped": hex},
     "context": {"tenant": "", "table": "", "row": "", "column": "", "generation": 0, "organization": ""}}

The secret is written to standard output, without a line end. Needs the package `cryptography`.
"""

import argparse
import hashlib
import hmac
import json
import pathlib
import sqlite3
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TEXTS = ("tenant", "table", "row", "column", "organization")


class Refused(Exception):
    """Says in one sentence why nothing was opened."""


def derive(key, label, context):
    """SP 800-108 in counter mode, HMAC-SHA-512, one block: record key and commitment."""
    message = struct.pack(">I", 1) + label + b"\0" + context + struct.pack(">I", 512)
    output = hmac.new(key, message, hashlib.sha512).digest()
    return output[:32], output[32:]


def open_sealed(key, label, binding, sealed):
    """`sealed` begins with the salt. The commitment is compared before anything is decrypted."""
    salt, commitment, nonce, body = sealed[:32], sealed[32:64], sealed[64:76], sealed[76:]
    record_key, expected = derive(key, label, salt + binding)
    if not hmac.compare_digest(commitment, expected):
        raise Refused("wrong key or wrong context: the commitment does not match")
    try:
        return AESGCM(record_key).decrypt(nonce, body, binding)
    except InvalidTag:
        raise Refused("the tag does not match") from None


def read_root_key(path):
    with open(path, encoding="ascii") as file:
        lines = file.read().split("\n")
    if len(lines) != 4 or lines[0] != "latchkey-root-key-1" or lines[3] or len(lines[1]) != 64:
        raise Refused("this is not a root key file of version 1")
    key = bytes.fromhex(lines[1])
    if derive(key, b"latchkey root key check v1", b"")[0][:16].hex() != lines[2]:
        raise Refused("the root key does not match its check value")
    return key


def unwrap_data_key(root_key, data_key):
    wrapped = bytes.fromhex(data_key["wrapped"])
    if len(wrapped) != 125 or wrapped[0] != 1:
        raise Refused("the wrapped data key is not of format 1")
    number = int(data_key["id"].removeprefix("dk-"))
    binding = b"\1" + struct.pack(">I", number)
    return number, open_sealed(root_key, b"latchkey data key wrapping v1", binding, wrapped[1:])


def binding_of(context, number):
    binding = struct.pack(">BBIQ", 1, 1, number, context["generation"])
    for name in TEXTS:
        text = context[name].encode()
        binding += struct.pack(">I", len(text)) + text
    return binding


def open_record(record, number, data_key, context):
    if record[:4] != b"LKSR" or record[4:6] != b"\1\1":
        raise Refused("this is not a record of format 1 and algorithm 1")
    if len(record) < 166 or (len(record) - 102) % 64:
        raise Refused("the record has a wrong length")
    if struct.unpack(">I", record[6:10])[0] != number:
        raise Refused("the record names another data key")
    body = open_sealed(data_key, b"latchkey record v1", binding_of(context, number), record[10:])
    (length,) = struct.unpack(">I", body[:4])
    if length > len(body) - 4 or len(body) - 4 - length >= 64 or any(body[4 + length :]):
        raise Refused("the padding is wrong")
    return body[4 : 4 + length]


def read_database(path, connection, column):
    """What an export would hold. The column is one of two names, never text from outside."""
    address = pathlib.Path(path).resolve().as_uri() + "?mode=ro"
    database = sqlite3.connect(address, uri=True)
    row = database.execute(
        f"SELECT tenant, subdomain, credentials.generation, key_id, {column} FROM credentials "
        "JOIN connections ON connections.id = connection_id WHERE connection_id = ?", (connection,)).fetchone()
    if not row or not row[4]:
        raise Refused(f"the database has no {column} of that connection")
    key = database.execute("SELECT wrapped FROM data_keys WHERE id = ?", (row[3],)).fetchone()
    if not key:
        raise Refused(f"the database has no {row[3]}")
    context = {"tenant": row[0], "table": "credentials", "row": connection, "column": column,
               "generation": row[2], "organization": row[1]}
    return {"record": row[4].hex(), "data_key": {"id": row[3], "wrapped": key[0].hex()}, "context": context}


def main():
    parser = argparse.ArgumentParser(description="Opens one sealed record.")
    parser.add_argument("--root-key-file", required=True)
    parser.add_argument("--database")
    parser.add_argument("--connection")
    parser.add_argument("--column", choices=("access_token", "refresh_token"), default="access_token")
    parser.add_argument("export", nargs="?")
    arguments = parser.parse_args()
    if bool(arguments.export) == bool(arguments.database) or bool(arguments.database) != bool(arguments.connection):
        parser.error("name an export, or a database and a connection")
    try:
        if arguments.export:
            with open(arguments.export, encoding="utf-8") as file:
                export = json.load(file)
        else:
            export = read_database(arguments.database, arguments.connection, arguments.column)
        number, data_key = unwrap_data_key(read_root_key(arguments.root_key_file), export["data_key"])
        secret = open_record(bytes.fromhex(export["record"]), number, data_key, export["context"])
    except (Refused, ValueError, KeyError, OSError, sqlite3.Error) as reason:
        sys.exit(f"open-record: {reason}")
    sys.stdout.buffer.write(secret)


if __name__ == "__main__":
    main()
