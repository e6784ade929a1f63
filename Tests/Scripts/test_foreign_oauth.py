#!/usr/bin/env python3
"""The gateway against an OAuth server that we did not write (authlib, see foreign_oauth_server.py).

First the server alone: it must refuse what it should, or what follows proves nothing. Then the gateway over HTTP: form,
redirect, approval, callback, connected; a spoiled challenge; a denied request; disconnect.
"""

import argparse
import base64
import hashlib
import secrets
import sys
import urllib.parse

import requests

from expectations import Expectations
from foreign_oauth_server import Client, ForeignServer
from gateway_process import CLIENT_ID, Gateway, Workplace, free_port, resolve_localhost_names
from http_visitor import PageReader, Visitor

ORGANIZATION = "acme"


def proof_key():
    verifier = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class BareClient:
    """Asks the server itself, without a gateway."""

    def __init__(self, server, redirect_uri, secret):
        self.base = f"http://{ORGANIZATION}.zendesk.localhost:{server.port}"
        self.redirect_uri, self.secret = redirect_uri, secret

    def authorization(self, **members):
        query = {"response_type": "code", "client_id": CLIENT_ID, "redirect_uri": self.redirect_uri,
                 "scope": "read", "state": "s1", **members}
        return f"{self.base}/oauth/authorizations/new?{urllib.parse.urlencode(query)}"

    def code(self, challenge):
        url = self.authorization(code_challenge=challenge, code_challenge_method="S256")
        answer = requests.post(url, data={"decision": "allow"}, allow_redirects=False, timeout=10)
        return urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["Location"]).query)["code"][0]

    def exchange(self, code, **members):
        body = {"grant_type": "authorization_code", "code": code, "client_id": CLIENT_ID,
                "client_secret": self.secret, "redirect_uri": self.redirect_uri, **members}
        answer = requests.post(f"{self.base}/oauth/tokens", json=body, timeout=10)
        return answer.status_code, answer.json().get("error")


def server_alone(check, client):
    verifier, challenge = proof_key()
    other, _ = proof_key()
    without = requests.get(client.authorization(), timeout=10)
    check.expect(without.status_code == 400 and "code_challenge" in without.text,
                 "an authorization request without a challenge is refused", without.text)
    plain = requests.get(
        client.authorization(code_challenge=verifier, code_challenge_method="plain"), timeout=10)
    check.equal(plain.status_code, 400, "the method plain is refused")
    check.equal(client.exchange(client.code(challenge), code_verifier=other), (400, "invalid_grant"),
                "a code with a wrong verifier is refused")
    check.equal(client.exchange(client.code(challenge)), (400, "invalid_request"),
                "a code without a verifier is refused")
    check.equal(client.exchange(client.code(challenge), code_verifier=verifier, client_secret="wrong")[1],
                "invalid_client", "a wrong client secret is refused")
    code = client.code(challenge)
    check.equal(client.exchange(code, code_verifier=verifier)[0], 200, "the right verifier is accepted")
    check.equal(client.exchange(code, code_verifier=verifier), (400, "invalid_grant"), "a code works once")


def connected(check, gateway, server, visitor):
    tokens_before = len(server.world.tokens)
    page = visitor.ask_to_connect(gateway.origin, ORGANIZATION)
    check.expect(urllib.parse.urlsplit(page.url).netloc == f"{ORGANIZATION}.zendesk.localhost:{server.port}",
                 "the form leads to the organization's host", page.url)
    asked = server.world.authorizations[-1]
    check.equal(asked.get("code_challenge_method"), "S256", "the gateway sends an S256 challenge")
    check.equal(asked.get("scope"), "read write", "the gateway asks for the scopes of the level")
    arrived = visitor.press("allow")
    check.equal(arrived.status_code, 200, "the way back ends at a page")
    check.expect("/connections/" in arrived.url and "code=" not in arrived.url and "state=" not in arrived.url,
                 "that page is the connection's, and its address holds neither code nor state", arrived.url)
    state = PageReader(arrived.text).ids.get("state", "")
    check.expect("Connected" in state, "the connection is green", PageReader(arrived.text).text)
    check.equal(len(server.world.tokens), tokens_before + 1, "one pair of tokens was issued")
    sent = server.world.token_requests[-1]
    check.expect(sent["secret_in_body"] and not sent["basic"] and not sent["in_query"],
                 "the client secret travelled in the body, not in a header and not in the address", sent)
    check.expect(sent["verifier"], "the verifier was sent", sent)
    return arrived.url


def spoiled(check, gateway, server, visitor):
    """What the gateway says when its verifier does not fit: the server keeps another challenge for this one code."""
    visitor.ask_to_connect(gateway.origin, ORGANIZATION)
    visitor.press("allow", follow=False)
    for code in server.world.codes.values():
        code.code_challenge = proof_key()[1]
    before = len(server.world.tokens)
    answer = visitor.arrive("GET", visitor.answer.headers["Location"])
    check.expect(answer.status_code in (200, 400, 502) and "Connected" not in PageReader(answer.text).ids,
                 "a verifier that does not fit ends in a refusal", answer.status_code)
    check.expect(PageReader(answer.text).text and "Start" in PageReader(answer.text).text,
                 "the refusal is a page with a way on", answer.text)
    check.equal(len(server.world.tokens), before, "no tokens were issued")
    check.equal(server.world.token_requests[-1]["grant_type"], "authorization_code", "the exchange was tried")


def denied(check, gateway, server, visitor):
    visitor.ask_to_connect(gateway.origin, ORGANIZATION)
    before = len(server.world.token_requests)
    answer = visitor.press("deny")
    check.expect("turned down" in PageReader(answer.text).text, "a denied request is told as that",
                 PageReader(answer.text).text)
    check.equal(len(server.world.token_requests), before, "nothing was exchanged")


def verifiers_differ(check, server):
    seen = [sent["verifier"] for sent in server.world.token_requests if sent["verifier"]]
    challenges = [asked["code_challenge"] for asked in server.world.authorizations if "code_challenge" in asked]
    check.expect(len(set(seen)) == len(seen), "no verifier was sent twice", len(seen))
    check.expect(len(set(challenges)) == len(challenges), "no challenge was sent twice", len(challenges))


def disconnected(check, gateway, server, visitor, address):
    visitor.arrive("GET", address)
    answer = visitor.press("disconnect", confirm="yes")
    text = PageReader(answer.text).text
    check.expect("Disconnected" in text, "the connection ends", text)
    check.equal(len(server.world.live()), 0, "no token of it lives at the server")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--server-only", action="store_true", help="the server alone, without a gateway")
    options = parser.parse_args()
    resolve_localhost_names()
    check, secret, port = Expectations(), secrets.token_hex(32), free_port()
    redirect_uri = f"http://localhost:{port}/oauth/callback"
    with ForeignServer(Client(CLIENT_ID, secret, redirect_uri)) as server, Workplace() as workplace:
        with check.scene("the server alone refuses what it should"):
            server_alone(check, BareClient(server, redirect_uri, secret))
        if not options.server_only:
            server.world.tokens.clear()
            server.world.authorizations.clear()
            server.world.token_requests.clear()
            with_gateway(check, options, server, workplace, secret, port)
    return check.report("foreign OAuth server")


def with_gateway(check, options, server, workplace, secret, port):
    gateway = Gateway(workplace, f"zendesk.localhost:{server.port}", workplace.secret_file("client-secret", secret),
                      port, options.binaries).start()
    try:
        visitor = Visitor()
        visitor.sign_in(gateway.sign_in_link())
        address = None
        with check.scene("connect"):
            address = connected(check, gateway, server, visitor)
        with check.scene("a challenge that does not fit"):
            spoiled(check, gateway, server, visitor)
        with check.scene("deny"):
            denied(check, gateway, server, visitor)
        with check.scene("disconnect"):
            disconnected(check, gateway, server, visitor, address)
        with check.scene("proof keys"):
            verifiers_differ(check, server)
    finally:
        gateway.stop()


if __name__ == "__main__":
    sys.exit(main())
