"""Scenes of `test_back_ends.py` that stand for themselves: from Read to Read and take action, and a process without descriptors."""

import contextlib
import resource
import threading

import requests

from expectations import wait_until
from http_visitor import Visitor, connected


class Product:
    """The back end of a product: its API key, on one connection that is kept open."""

    def __init__(self, world, tenant, scopes):
        self.world, self.tenant = world, tenant
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = "Bearer " + world.gateway.api_key("product", scopes, tenant)

    def call(self, method, path, **options):
        return self.session.request(method, f"{self.world.gateway.origin}/v1/{path}", timeout=30, **options)

    def connection(self, identifier):
        return self.call("GET", f"connections/{identifier}").json()

    def lives(self, token, organization="acme"):
        answer = requests.get(f"http://{organization}.{self.world.stand_in.domain}/api/v2/users/me.json", timeout=20,
                              headers={"Authorization": f"Bearer {token}"})
        return answer.status_code == 200

    def entries(self):
        """The whole log, page by page."""
        entries, after = [], 0
        while after is not None:
            page = self.call("GET", f"audit?after={after}").json()
            entries += page["entries"]
            after = page["next_after"]
        return entries


def steps_up(check, world):
    """Over the API, with nobody signed in at the gateway: the customer's admin has only the link."""
    product = Product(world, "step", "connect,connections:read,credentials:read,proxy,audit:read")
    identifier = connected(world.gateway, level="read", tenant="step")
    users = f"connections/{identifier}/proxy/api/v2/users.json"
    check.equal(product.call("POST", users, json={}).headers.get("Latchkey-Error"), "permission_level.insufficient",
                "a connection that may only read changes nothing")
    former = product.call("POST", f"connections/{identifier}/access-token", json={}).json()
    session = product.call("POST", "connect-sessions", json={
        "tenant": "step", "connection_id": identifier, "permission_levels": ["read_and_act"]})
    check.equal(session.status_code, 201, "a link to step up")
    admin = Visitor()
    admin.arrive("GET", session.json()["url"])
    admin.press("connect", permission_level="read_and_act")
    admin.sign_in_at_stand_in("ada@acme.example")
    admin.press("allow")
    check.expect(admin.answer.url.endswith(f"/connections/{identifier}"), "the same connection", admin.answer.url)
    now = product.connection(identifier)
    check.equal((now["status"], now["permission_level"], now["granted_scopes"], now["generation"]),
                ("active", "read_and_act", ["read", "write"], 2), "which may act from now on, in its next generation")
    answer = product.call("POST", users, json={})
    check.expect("Latchkey-Error" not in answer.headers, "and its calls reach Zendesk", (answer.status_code, answer.text[:200]))
    check.expect(wait_until(lambda: not product.lives(former["access_token"]), "the former token to die"),
                 "what was granted before is revoked")
    token = product.call("POST", f"connections/{identifier}/access-token", json={}).json()
    check.expect(token["generation"] == 2 and product.lives(token["access_token"]), "what is granted now lives")
    check.equal(Visitor().arrive("GET", session.json()["url"]).status_code, 410, "the link works once")
    check.equal([c["id"] for c in product.call("GET", "connections").json()["connections"]], [identifier], "no second connection")
    actions = [entry["action"] for entry in product.entries() if entry["connection_id"] == identifier]
    check.expect("connection.reauthorized" in actions, "the log tells it", actions)


@contextlib.contextmanager
def without_descriptors(pid):
    """The process keeps what it has open and can open nothing more."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def runs_out_of_descriptors(check, world):
    """RT-41. Not in every run: libdispatch may end a process that has no descriptors (docs/token-lifecycle.md). On
    a connection to the gateway that was open before, for there is none for another one either."""
    product = Product(world, "scarce", "connections:read,connections:write,credentials:read")
    identifier = connected(world.gateway, tenant="scarce")
    pid, refresh = world.gateway.process.pid, f"connections/{identifier}/refresh"
    check.equal(product.connection(identifier)["generation"], 1, "connected")
    uses = world.stand_in.state()["organizations"]["acme"]["counters"]["rotations"]
    with without_descriptors(pid):
        answer = product.call("POST", refresh)
        check.equal((answer.status_code, answer.json()["code"]),
                    (503, "token.unavailable.transport.out_of_descriptors"), "RT-41: no socket for a refresh has a name")
        now = product.connection(identifier)
        check.equal((now["status"], now["generation"]), ("active", 1), "RT-41: certainly nothing left, so there is no doubt")
        token = product.call("POST", f"connections/{identifier}/access-token", json={})
        check.expect(token.status_code == 200 and product.lives(token.json()["access_token"]),
                     "RT-41: what lives is handed out", token.status_code)
    check.equal(world.stand_in.state()["organizations"]["acme"]["counters"]["rotations"], uses, "the stand-in saw nothing")
    check.equal(wait_until(lambda: (last := product.call("POST", refresh)).status_code == 200 and last.json()["generation"],
                           "a renewal", seconds=90, every=1), 2, "RT-41: with descriptors it is renewed")
    # The answer arrives when there are none.
    world.stand_in.control("faults", {"organization": "acme", "path": "/oauth/tokens", "kind": "delay_after",
                                      "milliseconds": 2_000, "times": 1})
    answers = []
    call = threading.Thread(target=lambda: answers.append(product.call("POST", refresh)))
    call.start()
    wait_until(lambda: not world.stand_in.control("faults"), "the request to be held", every=0.01)
    with without_descriptors(pid):
        call.join(30)
    check.equal([(answer.status_code, answer.json().get("generation")) for answer in answers], [(200, 3)],
                "RT-41: tokens that arrive without a descriptor to spare are saved")
    token = product.call("POST", f"connections/{identifier}/access-token", json={}).json()
    check.expect(token["generation"] == 3 and product.lives(token["access_token"]), "RT-41: and work")
    check.equal(world.stand_in.double_uses(), 0, "RT-41: no refresh token was used twice")
    world.gateway.process.ensure_alive()
