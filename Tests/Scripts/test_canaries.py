#!/usr/bin/env python3
"""Looks for secrets where none may be (WEB-30).

A full run against the OAuth server that we did not write, whose secrets are all known here: connect, refusals, API,
disconnect. Then every secret is looked for, in many spellings, in the logs at their loudest, in every page, in the raw
bytes of the database and its side files, and in what the system tells about the process. At last each spelling is planted
in a copy of these places; a search that does not find it there proves nothing and fails. `--self-test` plants one in the
real log and must end with status 1.
"""

import argparse
import base64
import dataclasses
import pathlib
import secrets
import sys
import urllib.parse

from expectations import Expectations
from foreign_oauth_server import Client, ForeignServer
from gateway_process import CLIENT_ID, Gateway, Workplace, free_port, resolve_localhost_names
from http_visitor import Visitor

ORGANIZATION = "acme"


# What is looked for

def base64_spellings(raw):
    """The middle of the text at each of the three ways it can lie in base64, in both alphabets."""
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw)
        head, tail = (0, 2, 3)[shift], (len(raw) + shift) % 3
        inner = text.rstrip(b"=")[head:len(text.rstrip(b"=")) - (1 if tail else 0)]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


def spellings(text):
    """Byte strings whose presence means that this secret, or most of it, is there."""
    raw = text.encode()
    yield from {"whole": raw, "beginning": raw[:24], "end": raw[-24:]}.items()
    yield "hex", raw.hex().encode()
    yield "hex in capitals", raw.hex().upper().encode()
    yield "percent-encoded", urllib.parse.quote(text, safe="").encode()
    yield "percent-encoded throughout", "".join(f"%{octet:02X}" for octet in raw).encode()
    yield "UTF-16, little end first", text.encode("utf-16-le")
    yield "UTF-16, big end first", text.encode("utf-16-be")
    yield "backwards", raw[::-1]
    yield "as a list of numbers", ", ".join(str(octet) for octet in raw).encode()
    for number, inner in enumerate(base64_spellings(raw)):
        yield f"base64 ({number})", inner


@dataclasses.dataclass
class Canary:
    kind: str
    text: str

    def found_in(self, content):
        return [name for name, needle in spellings(self.text) if needle in content]


class Canaries:
    def __init__(self):
        self.by_kind = {}

    def add(self, kind, text):
        if text and len(text) >= 16:
            self.by_kind.setdefault(kind, {})[text] = Canary(kind, text)

    def all(self, *without):
        return [canary for kind, canaries in self.by_kind.items() if kind not in without
                for canary in canaries.values()]


# The run

class Run:
    """One gateway, one foreign server, one visitor; every secret that passes is written down."""

    def __init__(self, workplace, server, secret, port, binaries, settings):
        self.server, self.workplace, self.canaries = server, workplace, Canaries()
        self.gateway = Gateway(workplace, f"zendesk.localhost:{server.port}",
                               workplace.secret_file("client-secret", secret), port, binaries, settings)
        self.visitor, self.outputs = Visitor(), {}

    def start(self):
        self.gateway.start()
        lines = self.gateway.root_key.read_text().split("\n")
        self.canaries.add("root key", lines[1])

    def job(self):
        """Connect, look around, and every refusal that has a secret in its hands."""
        self.sign_in()
        self.visitor.connect_foreign(self.gateway.origin)
        self.connection = self.visitor.answer.url.split("/")[-1].split("?")[0]
        for path in ("/integrations", "/integrations/zendesk", f"/connections/{self.connection}",
                     f"/connections/{self.connection}/diagnostics", "/connect"):
            self.visitor.arrive("GET", self.gateway.origin + path)
            self.keep_form_tokens()
        self.visitor.arrive("GET", f"{self.gateway.origin}/connections/{self.connection}")
        self.visitor.press("run-checks")
        self.repeated_callback()
        self.refused_exchange()
        self.odd_requests()
        self.api()

    def sign_in(self):
        link = self.gateway.sign_in_link()
        self.canaries.add("sign-in link", link.rsplit("/", 1)[1])
        self.visitor.sign_in(link)

    def repeated_callback(self):
        callback = next(hop.url for hop in self.visitor.hops if "/oauth/callback?" in hop.url)
        self.visitor.arrive("GET", callback)

    def refused_exchange(self):
        """The peer refuses, and repeats code, verifier and client secret in its error."""
        self.server.world.repeats_requests = True
        self.visitor.ask_to_connect(self.gateway.origin, ORGANIZATION)
        self.visitor.press("allow", follow=False)
        self.server.world.codes.clear()
        self.visitor.arrive("GET", self.visitor.answer.headers["Location"])
        self.server.world.repeats_requests = False

    def odd_requests(self):
        """What people send by mistake: a secret typed into the form, in a query, in a path, in headers."""
        typed = "typed-" + secrets.token_hex(16)
        self.canaries.add("typed by mistake", typed)
        origin = self.gateway.origin
        self.visitor.arrive("GET", f"{origin}/integrations?access_token={typed}")
        self.visitor.arrive("GET", f"{origin}/oauth/callback?code={typed}&state={typed}")
        self.visitor.arrive("GET", f"{origin}/sign-in/lki_{typed}")
        self.visitor.arrive("GET", f"{origin}/connect/lkc_{typed}")
        self.visitor.request("GET", f"{origin}/v1/connections", headers={"Authorization": f"Bearer lk_{typed}"})
        self.visitor.request("GET", f"{origin}/healthz", headers={"User-Agent": typed, "X-Api-Key": typed})

    def api(self):
        key = self.gateway.api_key("canary", "connect,connections:read,connections:write,credentials:read,preflight")
        self.canaries.add("API key", key)
        headers, origin = {"Authorization": f"Bearer {key}"}, self.gateway.origin
        connection = f"{origin}/v1/connections/{self.connection}"
        self.visitor.request("GET", f"{origin}/v1/connections", headers=headers)
        self.visitor.request("GET", connection, headers=headers)
        self.visitor.request("POST", f"{connection}/access-token", headers=headers, json={})
        self.handed_out = self.visitor.answer
        self.visitor.request("POST", f"{connection}/preflight", headers=headers, json={})
        self.visitor.request("POST", f"{origin}/v1/connect-sessions", headers=headers, json={"tenant": "default"})
        if self.visitor.answer.status_code == 201:
            self.connect_session = self.visitor.answer
            link = self.connect_session.json()["url"]
            self.canaries.add("connect link", link.rsplit("/", 1)[1])
            Visitor().arrive("GET", link)

    def disconnect(self):
        self.visitor.arrive("GET", f"{self.gateway.origin}/connections/{self.connection}")
        self.visitor.press("disconnect", confirm="yes")

    def keep_form_tokens(self):
        for form in self.visitor.page.forms:
            self.canaries.add("form token", form.fields.get("form_token"))

    def collect(self):
        for kind, values in self.server.world.secrets.items():
            for value in values:
                self.canaries.add(kind.replace("_", " "), value)
        for hop in self.visitor.hops:
            for cookie in hop.cookies:
                if urllib.parse.urlsplit(hop.url).netloc == urllib.parse.urlsplit(self.gateway.origin).netloc:
                    is_session = cookie.value.startswith("lks_")
                    self.canaries.add("session cookie" if is_session else "browser cookie", cookie.value)

    # Where it is looked for

    def places(self):
        """Name, content, and the kinds that may be there."""
        process = pathlib.Path(f"/proc/{self.gateway.process.pid}")
        for name in ("cmdline", "environ"):
            yield f"/proc/PID/{name}", (process / name).read_bytes(), ()
        for file in sorted(self.workplace.path.rglob("*")):
            if file.is_file() and file.name not in ("client-secret", "root.key"):
                yield f"file {file.relative_to(self.workplace.path)}", file.read_bytes(), ()
        for name, text in self.outputs.items():
            yield f"output of latchkey {name}", text.encode(), ()
        yield from self.answers()

    def answers(self):
        ours = urllib.parse.urlsplit(self.gateway.origin).netloc
        for number, hop in enumerate(self.visitor.hops):
            if urllib.parse.urlsplit(hop.url).netloc != ours:
                continue
            path = f"answer {number}: {hop.request.method} {urllib.parse.urlsplit(hop.url).path[:40]}"
            yield f"{path}, body", hop.content, self.allowed_in_body(hop)
            headers = "\n".join(f"{name}: {value}" for name, value in hop.headers.items()
                                if name.lower() not in ("set-cookie", "location"))
            yield f"{path}, headers", headers.encode(), ()

    def allowed_in_body(self, hop):
        """A form carries its token; two calls of the API exist to hand something out."""
        if hop is self.handed_out:
            return ("access token",)
        if hop is getattr(self, "connect_session", None):
            return ("connect link",)
        return ("form token", "typed by mistake") if "text/html" in hop.headers.get("Content-Type", "") else ()


class ForeignVisitor(Visitor):
    def connect_foreign(self, origin):
        self.ask_to_connect(origin, ORGANIZATION)
        return self.press("allow")


def search(check, run, places):
    looked, size = 0, 0
    for name, content, allowed in places:
        looked, size = looked + 1, size + len(content)
        for canary in run.canaries.all(*allowed):
            if found := canary.found_in(content):
                check.fail(f"{name} holds the {canary.kind} ({', '.join(found[:3])})")
    return looked, size


def planted(check, run):
    """Each spelling of each kind must be found where it is put."""
    deaf = []
    for canary in run.canaries.all():
        for name, needle in spellings(canary.text):
            for around in (b"", b"x", b"xy"):
                if not canary.found_in(b"noise \x00\xff" + around + needle + b"\n noise"):
                    deaf.append(f"{canary.kind}, {name}")
    for form in ("b64", "urlsafe"):
        for shift in range(3):
            text = run.canaries.all()[0].text.encode()
            encode = base64.b64encode if form == "b64" else base64.urlsafe_b64encode
            if not run.canaries.all()[0].found_in(encode(b"p" * shift + text + b"tail")):
                deaf.append(f"{form} at {shift}")
    check.expect(not deaf, "every spelling that is planted is found (so this search can fail)", deaf)


WANTED = {"code", "state", "verifier", "access token", "refresh token", "client secret", "session cookie",
          "browser cookie", "sign-in link", "form token", "API key", "root key", "connect link", "typed by mistake"}


def one_run(check, options, log_format):
    port, secret = free_port(), secrets.token_hex(32)
    client = Client(CLIENT_ID, secret, f"http://localhost:{port}/oauth/callback")
    settings = {"LATCHKEY_LOG_LEVEL": "trace", "LATCHKEY_LOG_FORMAT": log_format}
    with ForeignServer(client) as server, Workplace() as workplace:
        run = Run(workplace, server, secret, port, options.binaries, settings)
        run.visitor = ForeignVisitor()
        run.start()
        try:
            run.job()
            run.outputs = commands(run)
            run.collect()
            check.equal(WANTED - set(run.canaries.by_kind), set(), "every kind of secret came by")
            if options.self_test:
                plant_in_log(run)
            looked, size = search(check, run, run.places())
            run.disconnect()
        finally:
            run.gateway.stop()
        after, more = search(check, run, run_files(run))
        check.expect(size > 50_000, "there was something to look at", size)
        log = run.gateway.process.log()
        check.expect(len(log.splitlines()) > 5, "the log at its loudest has lines", log)
        print(f"  looked for {len(run.canaries.all())} secrets in {looked} places while it ran and {after} files after "
              f"it ended, {(size + more) // 1000} kB")
        planted(check, run)


def commands(run):
    """What an operator sees; the commands that exist to print a secret are left out."""
    return {name: run.gateway.command(*name.split(), check=False)
            for name in ("check-config", "keys list --json", "api-keys list", "connections list", "audit export")}


def run_files(run):
    for file in sorted(run.workplace.path.rglob("*")):
        if file.is_file() and file.name not in ("client-secret", "root.key"):
            yield f"file {file.relative_to(run.workplace.path)} after the end", file.read_bytes(), ()


def plant_in_log(run):
    text = next(iter(run.canaries.by_kind["access token"]))
    with open(run.gateway.process.errors, "ab") as log:
        log.write(b"planted on purpose: " + base64.b64encode(b"y" + text.encode()) + b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--self-test", action="store_true", help="plant a secret in the log: must end with status 1")
    options = parser.parse_args()
    resolve_localhost_names()
    check = Expectations()
    for log_format in ("text", "json"):
        with check.scene(f"no secret where none may be, log as {log_format}"):
            one_run(check, options, log_format)
    return check.report("canaries")


if __name__ == "__main__":
    sys.exit(main())
