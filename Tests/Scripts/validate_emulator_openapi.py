#!/usr/bin/env python3
"""Holds the stand-in's answers against Zendesk's own OpenAPI descriptions.

Three ways to say where the stand-in is:

  --start BINARY              start it on free ports, stop it afterwards
  --port N --control-port M   it runs; a token is made through its control interface
  --port N --token T          it runs; use this token (it is deleted at the end unless --keep-token)

The descriptions are support-oas.yaml and helpcenter-oas.yaml in the folder named by --descriptions, or in
$LATCHKEY_SHARED/zendesk/openapi, or in ../shared/zendesk/openapi beside the repository.

Where a recorded answer and the description disagree, the recording wins; every such place is listed in EXCEPTIONS with
its reason, and an exception that is never needed is reported as well. Exit status 0: everything holds. 1: a violation.
2: it could not run.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import yaml
from openapi_schema_validator import OAS30Validator

ORGANIZATION = "acme"
PUBLISHED_2026 = "in bodies of 2026 published by a connector; not in the description"
OFFSET = "every recorded offset list has next_page, previous_page and count"
CURSOR = "cursor pages carry meta and links; pagination is not declared in the descriptions"

# (endpoint pattern, place pattern, kind of violation, reason). Places are dotted, list positions are written [].
EXCEPTIONS = [
    (r"(incremental/)?users.*", r".*(user|users\[\])\.(phone|photo|email|alias|details|notes|signature|ticket_restriction"
     r"|last_login_at|shared_phone_number|two_factor_auth_enabled|default_group_id)", "null",
     "recorded as null; the description lacks nullable"),
    (r"(incremental/)?users.*", r"(user|users\[\])\.(suspension_details|is_billing_admin)", "undeclared", PUBLISHED_2026),
    (r"incremental/users/.*", r"users\[\]\.permanently_deleted", "undeclared",
     "every recorded record of an incremental export has it"),
    (r"users/me \(anonymous\)", r"user\.(id|created_at|updated_at|organization_id|authenticity_token)", "null",
     "nobody has no id: recorded as null"),
    (r"users/1/entitlements/full", r"description", "undeclared",
     "every recorded RecordNotFound has a description"),
    (r"brands.*", r"brands\[\]\.(logo|host_mapping)", "null", "recorded as null; the description lacks nullable"),
    (r"custom_roles", r"(next_page|previous_page|count)", "undeclared", OFFSET),
    (r"locales/public", r"(next_page|previous_page|count)", "undeclared", OFFSET),
    (r"oauth/tokens|audit_logs|users", r"(next_page|previous_page|count)", "undeclared", OFFSET),
    (r"help_center/user_segments", r"(count|next_page|page|page_count|per_page|previous_page)", "undeclared",
     "help center offset lists were recorded with these keys (guide permission groups)"),
    (r".*\?page\[size\].*", r"(meta|links)", "undeclared", CURSOR),
    (r"security_settings", r"security_settings\.(ip\.ip_ranges|assumption_expiration|two_factor_last_update"
     r"|authentication\.(agent|end_user)\.primary_external_auth|authentication\.agent\.password\.max_sequence)",
     "null", "nothing is set on a fresh account; published accounts treat null and empty alike"),
    (r"account/settings", r"settings\..*", "undeclared", "recorded on an Enterprise account (account settings, 2022)"),
    (r"security_settings", r"security_settings\.authentication\.(agent\.remote_bypass_name|end_user\.twitter_login)",
     "undeclared", "in the description's own example"),
]


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML 1.1 trips over a bare `=` and turns times into objects; both stay texts here."""


for tag in ("tag:yaml.org,2002:value", "tag:yaml.org,2002:timestamp"):
    Loader.add_constructor(tag, lambda loader, node: node.value)


class Description:
    """One OpenAPI file."""

    def __init__(self, path):
        self.tree = yaml.load(path.read_text(encoding="utf-8"), Loader)

    def schema(self, path, method, status):
        answers = self.tree["paths"][path][method]["responses"]
        content = answers.get(str(status), {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    def declares(self, path, method, status):
        return str(status) in self.tree["paths"][path][method]["responses"]

    def resolve(self, schema):
        while "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            schema = self.tree["components"]["schemas"][name]
        return schema

    def properties(self, schema):
        """The declared members of an object, through every combination; None when anything is allowed."""
        schema = self.resolve(schema)
        found = dict(schema.get("properties", {}))
        for part in schema.get("allOf", []) + schema.get("anyOf", []) + schema.get("oneOf", []):
            found.update(self.properties(part) or {})
        return found or None

    def violations(self, value, schema):
        """Yields (place, kind, message)."""
        root = {"allOf": [schema], "components": self.tree["components"]}
        for error in OAS30Validator(root).iter_errors(value):
            yield from flatten(error)
        yield from self.undeclared(value, schema, "")

    def undeclared(self, value, schema, place):
        schema = self.resolve(schema)
        if isinstance(value, list) and "items" in schema:
            for element in value:
                yield from self.undeclared(element, schema["items"], place + "[]")
        if not isinstance(value, dict):
            return
        declared = self.properties(schema)
        if declared is None:
            return
        for name, member in value.items():
            where = f"{place}.{name}" if place else name
            if name in declared:
                yield from self.undeclared(member, declared[name], where)
            else:
                yield where, "undeclared", "not in the description"


def flatten(error):
    """The innermost reasons: of an anyOf, those of the alternative that fits best."""
    if error.context:
        branches = {}
        for inner in error.context:
            branches.setdefault(inner.relative_schema_path[0], []).append(inner)
        for inner in min(branches.values(), key=len):
            yield from flatten(inner)
        return
    place = ""
    for part in error.absolute_path:
        place += "[]" if isinstance(part, int) else (f".{part}" if place else str(part))
    yield place, "null" if error.instance is None else "type", error.message


class StandIn:
    """Talks to the stand-in by its loopback address and the organization's host name."""

    def __init__(self, port, token):
        self.port, self.token = port, token

    def call(self, path, method="GET", anonymous=False):
        host = f"{ORGANIZATION}.zendesk.localhost:{self.port}"
        headers = {"Host": host, "Accept": "application/json"}
        if not anonymous:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v2/{path}", method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


class Check:
    def __init__(self, support, help_center, stand_in):
        self.support, self.help_center, self.stand_in = support, help_center, stand_in
        self.failures, self.used = [], set()

    def run(self, name, described, status=200, method="get", path=None, anonymous=False):
        description = self.help_center if "help_center" in described else self.support
        got, body = self.stand_in.call(path or name, method.upper(), anonymous)
        problems = []
        if got != status:
            problems.append(f"status {got} instead of {status}")
        elif not description.declares(described, method, status):
            problems.append(f"the description knows no {status}")
        else:
            schema = description.schema(described, method, status)
            if schema:
                problems = list(self.unexcused(name, description.violations(json.loads(body), schema)))
            elif body:
                problems.append("a body where none is described")
        print(f"{'ok  ' if not problems else 'FAIL'} {method.upper():6} {name}")
        for problem in problems:
            print(f"       {problem}")
        self.failures += problems
        return json.loads(body) if body and got == 200 else None

    def unexcused(self, name, violations):
        for place, kind, message in sorted(set(violations)):
            for index, (endpoint, where, kinds, _) in enumerate(EXCEPTIONS):
                if kind == kinds and re.fullmatch(endpoint, name) and re.fullmatch(where, place):
                    self.used.add(index)
                    break
            else:
                yield f"{place}: {kind}: {message}"

    def all(self, keep_token):
        me = self.run("users/me", "/api/v2/users/me")
        self.run("users/me (anonymous)", "/api/v2/users/me", path="users/me", anonymous=True)
        user = me["user"]["id"]
        self.run("users", "/api/v2/users")
        self.run("users?page[size]=2", "/api/v2/users")
        self.run("incremental/users/cursor?start_time=0&per_page=2", "/api/v2/incremental/users/cursor")
        self.run(f"users/{user}", "/api/v2/users/{user_id}")
        entitlements = "/api/v2/users/{user_id}/entitlements/full"
        self.run(f"users/{user}/entitlements/full", entitlements)
        self.run("users/1/entitlements/full", entitlements, status=404)
        self.run("help_center/user_segments", "/api/v2/help_center/user_segments")
        self.run("help_center/user_segments?page[size]=1", "/api/v2/help_center/user_segments")
        for name in ("brands", "security_settings", "account/settings", "custom_roles", "audit_logs",
                     "locales/public", "oauth/tokens", "oauth/tokens/current"):
            self.run(name, f"/api/v2/{name}")
        self.run("brands?page[size]=1", "/api/v2/brands")
        self.run("audit_logs?page[size]=1", "/api/v2/audit_logs")
        token = self.stand_in.call("oauth/tokens/current")
        identifier = json.loads(token[1])["token"]["id"]
        self.run(f"oauth/tokens/{identifier}", "/api/v2/oauth/tokens/{oauth_token_id}")
        if not keep_token:
            self.run("oauth/tokens/current", "/api/v2/oauth/tokens/current", status=204, method="delete")

    def report(self):
        print("\nWhere the recordings win over the description:")
        for index, (endpoint, place, kind, reason) in enumerate(EXCEPTIONS):
            note = "" if index in self.used else "   [NOT NEEDED: remove it]"
            print(f"  {endpoint} {place} ({kind}): {reason}{note}")
        unused = len(EXCEPTIONS) - len(self.used)
        print(f"\n{len(self.failures)} violations, {len(self.used)} exceptions used, {unused} unused.")
        return 1 if self.failures or unused else 0


def descriptions(folder):
    root = Path(__file__).resolve().parents[2]
    shared = os.environ.get("LATCHKEY_SHARED", str(root.parent / "shared"))
    path = Path(folder) if folder else Path(shared) / "zendesk" / "openapi"
    if not (path / "support-oas.yaml").is_file():
        print(f"No support-oas.yaml in {path}. Name the folder with --descriptions.", file=sys.stderr)
        sys.exit(2)
    return Description(path / "support-oas.yaml"), Description(path / "helpcenter-oas.yaml")


def make_token(control_port):
    body = {"organization": ORGANIZATION, "client_id": "zdg-latchkey", "scopes": ["read", "write"]}
    request = urllib.request.Request(
        f"http://127.0.0.1:{control_port}/test-only/grants", method="POST", data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())["access_token"]


def start(binary):
    process = subprocess.Popen(
        [binary, "--port", "0", "--control-port", "0"], stdout=subprocess.PIPE, text=True)
    port = None
    for line in process.stdout:
        if found := re.search(rf"{ORGANIZATION}\.zendesk\.localhost:(\d+)", line):
            port = int(found.group(1))
        if found := re.match(r"Control: http://127\.0\.0\.1:(\d+)", line):
            return process, port, int(found.group(1))
    print("The stand-in did not start.", file=sys.stderr)
    sys.exit(2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", metavar="BINARY")
    parser.add_argument("--port", type=int)
    parser.add_argument("--control-port", type=int)
    parser.add_argument("--token")
    parser.add_argument("--keep-token", action="store_true")
    parser.add_argument("--descriptions", metavar="FOLDER")
    options = parser.parse_args()
    support, help_center = descriptions(options.descriptions)
    process, port, control_port = (
        start(options.start) if options.start else (None, options.port, options.control_port))
    if port is None or not (options.token or control_port):
        parser.error("name --start, or --port with --control-port or --token")
    try:
        check = Check(support, help_center, StandIn(port, options.token or make_token(control_port)))
        check.all(options.keep_token)
        return check.report()
    finally:
        if process:
            process.terminate()
            process.wait(timeout=10)


if __name__ == "__main__":
    sys.exit(main())
