#!/usr/bin/env python3
"""zenpy, a client of Zendesk's API that we did not write, works through the gateway's proxy.

It is given no Zendesk token. Its session leads every address of the organization to the gateway, as an operator's own
client would be pointed there; all else is zenpy's own doing: paths, pages, cursors, rate limit headers, errors.
"""

import argparse
import sys
import urllib.parse

import requests
import requests.adapters

from expectations import Expectations
from gateway_process import World, resolve_localhost_names
from http_visitor import connected

from zenpy import Zenpy
from zenpy.lib.api_objects import User
from zenpy.lib.exception import APIException, RecordNotFoundException

ORGANIZATION = "acme"


class ThroughProxy(requests.adapters.HTTPAdapter):
    """Leads calls of one organization to the gateway; refuses every other host."""

    def __init__(self, host, proxy):
        super().__init__()
        self.host, self.proxy, self.answers, self.addresses = host, proxy, [], []

    def send(self, request, **options):
        parts = urllib.parse.urlsplit(request.url)
        if parts.netloc != self.host:
            raise AssertionError(f"zenpy was led to {parts.netloc}")
        through = request.copy()
        through.url = self.proxy + parts.path + (f"?{parts.query}" if parts.query else "")
        answer = super().send(through, **options)
        # zenpy looks at the address to know what it reads.
        answer.request, answer.url = request, request.url
        self.answers.append(answer)
        self.addresses.append(through.url)
        return answer


def client(world, connection, key):
    host = f"{ORGANIZATION}.{world.stand_in.domain}"
    adapter = ThroughProxy(host, f"{world.gateway.origin}/v1/connections/{connection}/proxy")
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    # What it takes for an OAuth token is a key of the gateway's; it never sees one of Zendesk's.
    return Zenpy(domain=world.stand_in.domain, subdomain=ORGANIZATION, oauth_token=key, session=session), adapter


def lists_users(check, zenpy, adapter):
    users = list(zenpy.users())
    check.expect(len(users) >= 4, "zenpy lists the organization's users", len(users))
    check.expect({"Ada Admin", "Gus Agent"} <= {user.name for user in users}, "with their names",
                 [user.name for user in users])
    check.equal(zenpy.users.me().email, f"ada@{ORGANIZATION}.example", "and knows who it works as")
    check.expect(all("X-Rate-Limit" in answer.headers for answer in adapter.answers),
                 "Zendesk's rate limit headers reach it")
    check.expect(all("Set-Cookie" not in answer.headers and "Latchkey-Error" not in answer.headers
                     for answer in adapter.answers), "no cookie and no error of ours does")
    return {user.id for user in users}


def walks_pages(check, zenpy, everybody):
    listed = [user.id for user in zenpy.users(cursor_pagination=2)]
    check.expect(set(listed) == everybody and len(listed) == len(everybody),
                 "cursor pages of two hold everybody once", listed)


def walks_export(check, zenpy, adapter, everybody):
    before = len(adapter.answers)
    exported = list(zenpy.users.incremental(start_time=0, paginate_by_time=False, per_page=2))
    pages = adapter.answers[before:]
    check.expect({user.id for user in exported} >= everybody, "an incremental export holds everybody", len(exported))
    check.equal(len({user.id for user in exported}), len(exported), "and everybody once")
    check.expect(len(pages) >= 2, "it walked several pages", len(pages))
    addresses = adapter.addresses[before:]
    check.expect(all("/proxy/api/v2/incremental/users/cursor" in address for address in addresses),
                 "each through the proxy", addresses)
    check.expect(pages[-1].json()["end_of_stream"], "and stopped at the end of the stream")


def meets_refusals(check, zenpy):
    try:
        zenpy.users(id=1)
        check.fail("a user that is not there is reported")
    except RecordNotFoundException:
        check.expect(True, "a user that is not there is Zendesk's own RecordNotFound to it")


def may_only_read(check, world, zenpy):
    try:
        zenpy.users.delete(User(id=1))
        check.fail("a write over a connection of level Read is refused")
    except (APIException, RecordNotFoundException, requests.HTTPError) as error:
        check.expect("permission_level.insufficient" in str(error) or "403" in str(error),
                     "a write over a connection of level Read is refused", str(error))
    writes = [entry for entry in world.stand_in.state()["requests"] if entry["method"] not in ("GET", "POST")]
    check.expect(not writes, "and never reached Zendesk", writes)


def is_in_the_log(check, world, key, calls):
    entries = []
    after = 0
    while True:
        page = requests.get(f"{world.gateway.origin}/v1/audit?after={after}", timeout=10,
                            headers={"Authorization": f"Bearer {key}"}).json()
        entries += [entry for entry in page["entries"] if entry["action"] == "call.proxied"]
        if not page["next_after"]:
            break
        after = page["next_after"]
    check.equal(len([entry for entry in entries if entry["outcome"] == "succeeded"]), calls,
                "each call that was let through is one entry in the log")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    options = parser.parse_args()
    resolve_localhost_names()
    check = Expectations()
    with World(options.binaries) as world:
        key = world.gateway.api_key("zenpy", "proxy,audit:read")
        zenpy, adapter = client(world, connected(world.gateway, ORGANIZATION, "read"), key)
        everybody = set()
        with check.scene("users"):
            everybody = lists_users(check, zenpy, adapter)
        with check.scene("cursor pages"):
            walks_pages(check, zenpy, everybody)
        with check.scene("incremental export"):
            walks_export(check, zenpy, adapter, everybody)
        with check.scene("refusals"):
            meets_refusals(check, zenpy)
        passed = len(adapter.answers)
        with check.scene("level Read"):
            may_only_read(check, world, zenpy)
        with check.scene("audit"):
            is_in_the_log(check, world, key, passed)
    return check.report("zenpy")


if __name__ == "__main__":
    sys.exit(main())
