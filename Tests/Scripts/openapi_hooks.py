"""What schemathesis cannot know of the gateway: ids that exist, and waits that are meant to last. Loaded by it."""

import ast
import hashlib
import json
import os
import re
import threading
import urllib.parse

import requests
import schemathesis

KNOWN = json.loads(os.environ["LATCHKEY_FUZZ_KNOWN"])
PATHS = ["api/v2/users.json", "api/v2/users/me.json", "api/v2/users/1", "api/v2/locales/public.json",
         "api/v2/incremental/users/cursor.json", "api/v2/oauth/tokens/current.json"]
SLOW = 1.0  # seconds, as in test_openapi_fuzz.py
NOBODY = "con_" + "0" * 26
WELL_FORMED = re.compile(r"^(con|ls|pf)_[0-9a-hjkmnp-tv-z]{26}$")


def pick(values, seed):
    """The same value for the same case, so that what fails can be shrunk and repeated."""
    number = int.from_bytes(hashlib.sha256(repr(seed).encode()).digest()[:4], "big")
    return values[number % len(values)] if values else None


def unquoted(value):
    return urllib.parse.unquote(value) if isinstance(value, str) else ""


def one_parse_at_a_time():
    """Until 3.11.5 CPython counts the depth of a syntax tree for all threads together, and a parse beside another one fails
    (python/cpython#106905). Schemathesis' workers parse the sources of their filters."""
    lock, parse = threading.RLock(), ast.parse

    def guarded(*arguments, **options):
        with lock:
            return parse(*arguments, **options)

    ast.parse = guarded


one_parse_at_a_time()


def is_well_formed(value):
    return isinstance(value, str) and WELL_FORMED.match(value) is not None


def existing(label, parameters):
    """Well-formed ids become ids that exist, most of the time; others stay as wrong as they are."""
    mapped = dict(parameters or {})
    known = KNOWN["leases"] if label.startswith("DELETE /v1/leases/") else KNOWN["connections"] + KNOWN["expendable"]
    identifier = mapped.get("id")
    if is_well_formed(identifier) and identifier not in known:
        mapped["id"] = pick(KNOWN["leases" if "/v1/leases/" in label else "connections"] * 3 + [identifier], identifier)
    reports = KNOWN["reports"].get(mapped.get("id"))
    if reports and is_well_formed(mapped.get("report")) and mapped["report"] not in reports:
        mapped["report"] = pick(reports * 3 + [mapped["report"]], mapped["report"])
    return mapped


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    mapped = existing(context.operation.label, path_parameters)
    if "path" in mapped:
        mapped["path"] = pick(PATHS + [mapped["path"]] * 2, mapped["path"])
    return mapped


@schemathesis.hook
def map_query(context, query):
    """A call that is asked to wait for half a minute does; there is nothing to be learnt from that."""
    mapped = dict(query or {})
    try:
        if 0 < int(mapped.get("wait", 0)) <= 30:
            mapped["wait"] = 0
    except (TypeError, ValueError):
        pass
    return mapped


@schemathesis.hook
def before_call(context, case, kwargs):
    """What the description gives as examples becomes what exists here, too. Ends only connections that may end: with the others
    gone nothing would be left to be asked about. And writes the slashes of a proxied path as slashes, which OpenAPI has no way
    to say."""
    if case.path_parameters:
        case.path_parameters = existing(case.operation.label, case.path_parameters)
    if case.operation.label == "DELETE /v1/connections/{id}" and case.path_parameters["id"] in KNOWN["connections"]:
        case.path_parameters["id"] = pick(KNOWN["expendable"], case.path_parameters["id"]) or NOBODY
    path = unquoted((case.path_parameters or {}).get("path"))
    if path.startswith("api/v2/"):
        case.path = case.path.replace("{path}", urllib.parse.quote(path, safe="/"))


def is_slow_again(request):
    """A machine that is busy with something else makes any one call slow. What the gateway is slow at stays slow."""
    with requests.Session() as session:
        session.trust_env = False
        return all(session.send(request, timeout=20).elapsed.total_seconds() > SLOW for _ in range(2))


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A path that was made up to be wrong and became one that exists is rightly answered."""
    if type(failure).__name__ == "ResponseTimeExceeded":
        return is_slow_again(response.request)
    became_right = unquoted((case.path_parameters or {}).get("path")) in PATHS
    return not (became_right and type(failure).__name__ == "AcceptedNegativeData")
