#!/usr/bin/env python3
"""An OAuth server that we did not write, on Zendesk's paths.

The grants, the proof key and the tokens are authlib's. Ours is the edge only: where the endpoints are, that the token
endpoint takes JSON as Zendesk does, a page with two buttons, and the few REST answers that a connection needs. So what
the gateway sends is judged by another reading of RFC 6749 and RFC 7636 than its own tests'.

Stricter than authlib alone: without an S256 challenge there is no authorization (RFC 9700, section 2.1.1).
"""

import argparse
import collections
import hashlib
import html
import itertools
import os
import secrets
import threading
import time
import urllib.parse

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback, for tests

import flask
from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, InvalidRequestError, TokenMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.serving import WSGIRequestHandler, make_server

TOKEN_LIFETIME = 1_800


class Client(ClientMixin):
    def __init__(self, client_id, secret, redirect_uri, scopes=("read", "write")):
        self.client_id, self.secret, self.redirect_uri, self.scopes = client_id, secret, redirect_uri, scopes

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return " ".join(name for name in (scope or "").split() if name in self.scopes)

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret):
        return secrets.compare_digest(client_secret, self.secret)

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_post"

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in ("authorization_code", "refresh_token")


class Person:
    id, name, email, role = 7001, "Fiona Foreign", "fiona@acme.example", "admin"

    def get_user_id(self):
        return self.id


class Code(AuthorizationCodeMixin):
    def __init__(self, code, request):
        payload = request.payload
        self.code, self.client_id, self.user_id = code, request.client.client_id, request.user.id
        self.redirect_uri, self.scope = payload.redirect_uri, payload.scope
        self.code_challenge = payload.data.get("code_challenge")
        self.code_challenge_method = payload.data.get("code_challenge_method")
        self.made_at = time.monotonic()

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


class Token(TokenMixin):
    def __init__(self, identifier, client_id, user_id, answer):
        self.id, self.client_id, self.user_id = identifier, client_id, user_id
        self.access_token, self.refresh_token = answer["access_token"], answer.get("refresh_token")
        self.scope, self.expires_in, self.made_at = answer.get("scope", ""), answer["expires_in"], time.time()
        self.revoked = False

    def check_client(self, client):
        return self.client_id == client.client_id

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        return self.expires_in

    def is_expired(self):
        return time.time() > self.made_at + self.expires_in

    def is_revoked(self):
        return self.revoked

    def get_user(self):
        return Person()

    def get_client(self):
        return None


class RequiredS256(CodeChallenge):
    """authlib's extension leaves confidential clients the choice, and knows `plain`. Neither is allowed here."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant, redirect_uri):
        super().validate_code_challenge(grant, redirect_uri)
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("An S256 'code_challenge' is required")


class World:
    """What the server remembers, and what a test may look at."""

    def __init__(self, client):
        self.client, self.person = client, Person()
        self.codes, self.tokens, self.numbers = {}, [], itertools.count(9001)
        self.authorizations, self.token_requests = [], []
        # For tests that look for leaks: every secret by its kind. And a peer of the worst kind: one that repeats the
        # whole request, secrets included, in the description of its error.
        self.secrets, self.repeats_requests = collections.defaultdict(set), False

    def note(self, **secrets_by_kind):
        for kind, value in secrets_by_kind.items():
            if value:
                self.secrets[kind].add(value)

    def live(self):
        return [token for token in self.tokens if not token.revoked]

    def token(self, **members):
        for token in self.live():
            if all(getattr(token, name) == value for name, value in members.items()):
                return token
        return None


def code_grant(world):
    class Grant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post"]

        def save_authorization_code(self, code, request):
            world.codes[code] = Code(code, request)

        def query_authorization_code(self, code, client):
            found = world.codes.get(code)
            fits = found and found.client_id == client.client_id and time.monotonic() < found.made_at + 120
            return found if fits else None

        def delete_authorization_code(self, authorization_code):
            world.codes.pop(authorization_code.code, None)

        def authenticate_user(self, authorization_code):
            return world.person

    return Grant


def refresh_grant(world):
    class Grant(grants.RefreshTokenGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post"]
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(self, refresh_token):
            return world.token(refresh_token=refresh_token)

        def authenticate_user(self, refresh_token):
            return world.person

        def revoke_old_credential(self, refresh_token):
            refresh_token.revoked = True

    return Grant


def validator(world):
    class Validator(BearerTokenValidator):
        def authenticate_token(self, token_string):
            return world.token(access_token=token_string)

    return Validator()


def fingerprint(text):
    """Enough to see that two values differ, without keeping them."""
    return hashlib.sha256((text or "").encode()).hexdigest()[:12] if text else None


def make_application(world):
    application = flask.Flask("foreign_oauth_server")
    application.config.update(
        OAUTH2_REFRESH_TOKEN_GENERATOR=True,
        OAUTH2_TOKEN_EXPIRES_IN={"authorization_code": TOKEN_LIFETIME, "refresh_token": TOKEN_LIFETIME})

    def find_client(client_id):
        return world.client if client_id == world.client.client_id else None

    def save_token(answer, request):
        world.tokens.append(Token(next(world.numbers), request.client.client_id, world.person.id, answer))
        world.note(access_token=answer["access_token"], refresh_token=answer.get("refresh_token"))

    server = AuthorizationServer(application, query_client=find_client, save_token=save_token)
    server.register_grant(code_grant(world), [RequiredS256(required=True)])
    server.register_grant(refresh_grant(world))
    protector = ResourceProtector()
    protector.register_token_validator(validator(world))
    add_oauth(application, server, world)
    add_rest(application, protector, world)
    return application


def add_oauth(application, server, world):
    @application.get("/oauth/authorizations/new")
    def ask():
        world.authorizations.append(dict(flask.request.args))
        world.note(state=flask.request.args.get("state"))
        try:
            server.get_consent_grant(end_user=world.person)
        except OAuth2Error as error:
            return page("Invalid Authorization Request", f'<p id="reason">{html.escape(str(error))}</p>'), 400
        query = html.escape(flask.request.query_string.decode())
        return page("Allow access?", f"""<form method="post" action="/oauth/authorizations/new?{query}">
            <button id="allow" name="decision" value="allow">Allow</button>
            <button id="deny" name="decision" value="deny">Deny</button></form>""")

    @application.post("/oauth/authorizations/new")
    def decide():
        allowed = flask.request.form.get("decision") == "allow"
        flask.request.form = ImmutableMultiDict()  # the request itself is in the query
        # The grant is made anew: nothing of the page is trusted.
        grant = server.get_consent_grant(end_user=world.person)
        return server.create_authorization_response(grant_user=world.person if allowed else None, grant=grant)

    @application.post("/oauth/tokens")
    def token():
        if flask.request.mimetype != "application/json":
            return {"error": "invalid_request", "error_description": "JSON is wanted"}, 400
        body = flask.request.get_json()
        world.token_requests.append({
            "grant_type": body.get("grant_type"), "members": sorted(body), "in_query": flask.request.query_string.decode(),
            "verifier": fingerprint(body.get("code_verifier")), "secret_in_body": "client_secret" in body,
            "basic": "Authorization" in flask.request.headers})
        world.note(code=body.get("code"), verifier=body.get("code_verifier"), client_secret=body.get("client_secret"))
        # The edge: authlib reads forms.
        flask.request.form = ImmutableMultiDict({name: str(value) for name, value in body.items()})
        answer = server.create_token_response()
        if world.repeats_requests and answer.status_code >= 400:
            return {"error": answer.get_json()["error"], "error_description": flask.json.dumps(body),
                    "request": body}, answer.status_code
        return answer


def add_rest(application, protector, world):
    def answer(path, make):
        @application.get(path, endpoint=path)
        @protector()
        def read(**arguments):
            return make(**arguments)

    person = world.person
    user = {"id": person.id, "name": person.name, "email": person.email, "role": person.role, "role_type": 4,
            "active": True, "suspended": False}
    guide = {"entitlements": {"guide": {"name": "admin", "is_active": True}}}
    brand = {"id": 5001, "name": "Foreign", "subdomain": "acme", "default": True, "active": True,
             "has_help_center": True, "help_center_state": "enabled"}
    answer("/api/v2/users/me.json", lambda: {"user": user})
    answer("/api/v2/users.json", lambda: {"users": [user]})
    answer("/api/v2/users/<int:user_id>/entitlements/full", lambda user_id: guide)
    answer("/api/v2/brands.json", lambda: {"brands": [brand]})
    answer("/api/v2/help_center/user_segments.json", lambda: {"user_segments": []})
    answer("/api/v2/audit_logs.json", lambda: {"audit_logs": []})
    answer("/api/v2/security_settings.json", lambda: {"security_settings": {"ip": {"ip_restriction_enabled": False}}})
    answer("/api/v2/oauth/tokens/current.json", lambda: {"token": {
        "id": current_token.id, "user_id": person.id, "scopes": current_token.scope.split()}})

    @application.delete("/api/v2/oauth/tokens/<int:identifier>")
    @protector()
    def delete(identifier):
        found = world.token(id=identifier)
        if not found:
            return {"error": "RecordNotFound", "description": "Not found"}, 404
        found.revoked = True
        return "", 204


def page(title, main):
    return f"<!DOCTYPE html><html lang=en><title>{title}</title><h1>{title}</h1>{main}</html>"


class QuietHandler(WSGIRequestHandler):
    def log(self, *_):
        pass


class ForeignServer:
    """The server on a thread of its own."""

    def __init__(self, client, port=0):
        self.world = World(client)
        self.server = make_server(
            "127.0.0.1", port, make_application(self.world), threaded=True, request_handler=QuietHandler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)


def main():
    parser = argparse.ArgumentParser(description="An OAuth server made with authlib, on Zendesk's paths.")
    parser.add_argument("--port", type=int, default=9444)
    parser.add_argument("--client-id", default="zdg-latchkey")
    parser.add_argument("--client-secret", default=None, help="left out: one is made and printed")
    parser.add_argument("--redirect-uri", default="http://localhost:8080/oauth/callback")
    options = parser.parse_args()
    secret = options.client_secret or secrets.token_hex(32)
    with ForeignServer(Client(options.client_id, secret, options.redirect_uri), options.port) as running:
        print(f"http://acme.zendesk.localhost:{running.port}  client {options.client_id}  secret {secret}", flush=True)
        running.thread.join()


if __name__ == "__main__":
    main()
