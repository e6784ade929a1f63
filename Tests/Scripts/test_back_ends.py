#!/usr/bin/env python3
"""What back ends and receivers of events see of real processes that are killed: tokens, events, and the end of a connection.

Every event is checked with the code of the Standard Webhooks' own authors. Whatever was seen outside must be in the audit
log after a kill, and whatever is in the log must reach the receivers: at least once, and never with another content.
"""

import argparse
import http.server
import json
import random
import sys
import threading
import time

import requests
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from back_end_scenes import Product, runs_out_of_descriptors, steps_up
from expectations import Expectations, wait_until
from gateway_process import World, resolve_localhost_names
from http_visitor import connected

SCOPES = "connections:read,connections:write,credentials:read,audit:read"
KILLS = 6
EVENT_ACTIONS = {
    "connection.created": "connection.connected", "connection.reauthorized": "connection.connected",
    "sync.handed_over": "connection.ready_for_sync", "tokens.refreshed": "connection.refreshed",
    "connection.in_doubt": "connection.in_doubt", "connection.recovered": "connection.recovered",
    "connection.needs_reauthorization": "connection.needs_reauthorization",
    "connection.disconnected": "connection.disconnected", "preflight.verdict_changed": "preflight.verdict_changed",
}


class Receiver:
    """Takes events. Sometimes it takes one and its answer is lost, or it has no time."""

    def __init__(self):
        self.taken, self.moods, self.lock = [], random.Random(7), threading.Lock()
        self.is_moody = False
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                mood = receiver.take(self.path, dict(self.headers), body)
                if mood == "silent":
                    self.close_connection = True
                    return
                self.send_response(503 if mood == "busy" else 204)
                if mood == "busy":
                    self.send_header("Retry-After", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def take(self, path, headers, body):
        with self.lock:
            mood = "fine"
            if self.is_moody:
                mood = self.moods.choices(["fine", "busy", "silent"], [30, 1, 1])[0]
            if mood != "busy":
                self.taken.append((path, {name.lower(): value for name, value in headers.items()}, body))
            return mood

    def at(self, path):
        with self.lock:
            return [(headers, body) for where, headers, body in self.taken if where == path]


def endpoint(world, tenant, url):
    """A receiver of one tenant's events: its id and its secret."""
    made = world.gateway.command("webhooks", "create", "--tenant", tenant, "--url", url, "--yes", "--json")
    made = json.loads(made)
    return made["id"], made["secret"]


def verified(check, secret, deliveries, sentence):
    """The events, if every one of them verifies."""
    events = []
    try:
        for headers, body in deliveries:
            events.append({**Webhook(secret).verify(body, headers), "id": headers["webhook-id"]})
    except WebhookVerificationError as error:
        check.fail(f"{sentence}; seen: {error}")
        return []
    check.expect(events, sentence, len(events))
    return events


def caught_up(caller, receiver, path):
    """Whether the receiver has heard of the last entry that is an event."""
    expected = [f"evt_{entry['index']}" for entry in caller.entries() if event_type(entry)]
    return set(expected) <= {headers["webhook-id"] for headers, _ in receiver.at(path)}


def event_type(entry):
    """The type that an entry of the audit log must be told as; None for what nobody is told."""
    if entry["action"] == "tokens.refreshed" and entry["outcome"] != "succeeded":
        return None
    if entry["action"] == "preflight.verdict_changed" and entry["outcome"] == "failed":
        return "preflight.failing"
    return EVENT_ACTIONS.get(entry["action"])


def are_signed(check, world, receiver, caller, secret):
    connection = connected(world.gateway, tenant="mine")
    connected(world.gateway, tenant="other")
    check.equal(caller.call("POST", f"connections/{connection}/refresh").json()["generation"], 2,
                "a renewal that is asked for happens")
    wait_until(lambda: caught_up(caller, receiver, "/mine"), "the events to arrive")
    events = verified(check, secret, receiver.at("/mine"), "every event verifies with the authors' own code")
    check.equal([event["type"] for event in events][:3],
                ["connection.connected", "connection.ready_for_sync", "connection.refreshed"],
                "connected, ready for sync, refreshed: in this order")
    check.equal({event["data"]["tenant"] for event in events}, {"mine"}, "a tenant's receiver hears of no other tenant")
    headers, body = receiver.at("/mine")[0]
    for spoiled_headers, spoiled_body, what in [
            (headers, body.replace(b"connected", b"cannected"), "body"),
            ({**headers, "webhook-id": "evt_0"}, body, "id"),
            ({**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}, body, "timestamp")]:
        try:
            Webhook(secret).verify(spoiled_body, spoiled_headers)
            check.fail(f"an event with another {what} is refused")
        except WebhookVerificationError:
            check.expect(True, f"an event with another {what} is refused")


def everybody_hears(check, world, receiver, secret):
    wait_until(lambda: any(json.loads(body)["data"].get("tenant") == "other" for _, body in receiver.at("/all")),
               "the settings' receiver to hear of the other tenant")
    events = verified(check, secret, receiver.at("/all"), "the settings' receiver gets events that verify")
    check.equal({event["data"].get("tenant") for event in events}, {"mine", "other"}, "of every tenant")


class Hammer(threading.Thread):
    """Asks for tokens and renewals without a pause, and remembers what it was given."""

    def __init__(self, world, connection):
        super().__init__(daemon=True)
        self.caller, self.connection = Product(world, "mine", SCOPES), connection
        self.leases, self.generations, self.is_done = [], [], threading.Event()

    def run(self):
        number = 0
        while not self.is_done.is_set():
            number += 1
            try:
                self.turn(number)
            except (requests.RequestException, ValueError):
                time.sleep(0.02)

    def turn(self, number):
        if number % 5 == 0:
            answer = self.caller.call("POST", f"connections/{self.connection}/refresh")
            if answer.status_code == 200:
                self.generations.append(answer.json()["generation"])
            return
        answer = self.caller.call("POST", f"connections/{self.connection}/access-token")
        if answer.status_code == 200:
            self.leases.append((answer.json()["lease_id"], answer.json()["generation"]))


def survive_kills(check, world, receiver, caller, secret):
    hammers = [Hammer(world, connected(world.gateway, organization, tenant="mine"))
               for organization in ("fenced", "noguide", "acme")]
    receiver.is_moody = True
    for hammer in hammers:
        hammer.start()
    for number in range(KILLS):
        time.sleep(0.2 + 0.15 * number)
        world.gateway.kill()
        world.gateway.start()
    for hammer in hammers:
        hammer.is_done.set()
    for hammer in hammers:
        hammer.join(15)
    receiver.is_moody = False
    entries = caller.entries()
    handed = {(entry["subject"], entry["generation"]) for entry in entries if entry["action"] == "access_token.handed_out"}
    seen = [lease for hammer in hammers for lease in hammer.leases]
    check.expect(len(seen) > 20, f"tokens were handed out between {KILLS} kills", len(seen))
    check.expect(set(seen) <= handed and len(set(seen)) == len(seen),
                 "each token that left is in the log, with its lease and generation (AUD-02)", set(seen) - handed)
    refreshed = {(entry["connection_id"], entry["generation"]) for entry in entries
                 if entry["action"] == "tokens.refreshed" and entry["outcome"] == "succeeded"}
    told = {(hammer.connection, generation) for hammer in hammers for generation in hammer.generations}
    check.expect(told <= refreshed, "each renewal that was told is in the log", told - refreshed)
    hear_everything(check, receiver, caller, secret)


def hear_everything(check, receiver, caller, secret):
    wait_until(lambda: caught_up(caller, receiver, "/mine"), "the receiver to have caught up", seconds=60, every=0.5)
    expected = {f"evt_{entry['index']}": entry for entry in caller.entries() if event_type(entry)}
    events = verified(check, secret, receiver.at("/mine"), "after the kills every event verifies")
    known = {event["id"] for event in events}
    check.equal(known - set(expected), set(), "nothing is told that is not in the log")
    check.equal(set(expected) - known, set(), "each event of the log arrived at least once")
    check.expect(all(event_type(expected[event["id"]]) == event["type"] for event in events),
                 "each with the type of its entry")
    bodies = {}
    for headers, body in receiver.at("/mine"):
        bodies.setdefault(headers["webhook-id"], set()).add(body)
    check.expect(all(len(contents) == 1 for contents in bodies.values()), "a repeated one says the same")
    firsts = list(dict.fromkeys(int(event["id"].removeprefix("evt_")) for event in events))
    check.equal(firsts, sorted(firsts), "and the first time each came in the log's order")


def are_replayed(check, world, receiver, identifier, secret):
    before = {headers["webhook-id"]: body for headers, body in receiver.at("/mine")}
    count = len(receiver.at("/mine"))
    world.gateway.command("webhooks", "replay", identifier, "--from", "1", "--yes")
    wait_until(lambda: len(receiver.at("/mine")) >= count + len(before), "the replay", seconds=30)
    again = verified(check, secret, receiver.at("/mine")[count:], "a replay is signed anew and verifies")
    check.expect({event["id"] for event in again} >= set(before), "and tells every event again, with its id")
    check.expect(all(before.get(headers["webhook-id"], body) == body for headers, body in receiver.at("/mine")[count:]),
                 "with the content it had")


def dies_although_zendesk_is_down(check, world):
    connection, caller = connected(world.gateway, tenant="third"), Product(world, "third", SCOPES)
    path = f"connections/{connection}"
    organization = caller.call("GET", path).json()["organization"]["subdomain"]
    before = len(world.stand_in.live_tokens(organization))
    world.stand_in.control("faults", {"kind": "drop_before", "path": "/*", "times": 1_000_000})
    receipt = caller.call("DELETE", path).json()["receipt"]
    check.equal((receipt["revoked"], receipt["verified_dead"], receipt["queued"]), (False, False, True),
                "with Zendesk down the receipt claims nothing and says that it waits (OA-98)")
    refused = caller.call("POST", f"{path}/access-token")
    check.equal((refused.status_code, refused.json()["code"]), (409, "connection.disconnected"),
                "and nobody here gets a token any more")
    shown = caller.call("GET", path).json()
    check.equal((shown["status"], shown["status_reason"], shown["horizon"]),
                ("disconnected", "revocation.queued", None), "the connection says that its revocation waits")
    check.expect(len(shown["revocations"]) == 1 and shown["revocations"][0]["last_code"],
                 "with what was tried", shown["revocations"])
    on_command_line = json.loads(world.gateway.command("connections", "show", connection, "--json"))
    check.equal(len(on_command_line["revocations"]), 1, "on the command line as well")
    world.gateway.kill()
    world.gateway.start()
    check.equal(len(world.stand_in.live_tokens(organization)), before, "at Zendesk the token still lives")
    world.stand_in.control("faults", method="DELETE")
    back = time.monotonic()
    wait_until(lambda: not caller.call("GET", path).json()["revocations"], "the revocation", seconds=40, every=0.25)
    check.expect(time.monotonic() - back < 30, "it is dead within 30 seconds of Zendesk's return, after a kill as well",
                 time.monotonic() - back)
    check.equal(len(world.stand_in.live_tokens(organization)), before - 1, "Zendesk has no such token any more")
    check.equal(caller.call("GET", path).json()["status_reason"], None, "and the connection says so")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--scarce", action="store_true",
                        help="also RT-41, which the runtime's own watch over its threads may end (docs/token-lifecycle.md)")
    options = parser.parse_args()
    resolve_localhost_names()
    check, receiver = Expectations(), Receiver()
    configured = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
    settings = {"LATCHKEY_RATE_LIMITS": "off", "LATCHKEY_WEBHOOK_URL": receiver.url("/all")}
    with World(options.binaries, settings=settings,
               secret_settings={"LATCHKEY_WEBHOOK_SECRET_FILE": configured}) as world:
        identifier, secret = endpoint(world, "mine", receiver.url("/mine"))
        caller = Product(world, "mine", SCOPES)
        with check.scene("events are signed"):
            are_signed(check, world, receiver, caller, secret)
        with check.scene("the settings' receiver"):
            everybody_hears(check, world, receiver, configured)
        with check.scene("kills"):
            survive_kills(check, world, receiver, caller, secret)
        with check.scene("replay"):
            are_replayed(check, world, receiver, identifier, secret)
        with check.scene("from Read to Read and take action, by a link"):
            steps_up(check, world)
        if options.scarce:
            with check.scene("no descriptors left"):
                runs_out_of_descriptors(check, world)
        with check.scene("disconnect while Zendesk is down"):
            dies_although_zendesk_is_down(check, world)
        with check.scene("afterwards"):
            third = Product(world, "third", SCOPES)
            wait_until(lambda: caught_up(third, receiver, "/all"), "the last event", seconds=30)
            events = verified(check, configured, receiver.at("/all"), "the last events verify")
            # Of this tenant's: what a kill cost another one is told when it is found, perhaps after that.
            last = [event for event in events if event["data"].get("tenant") == "third"][-1]
            check.equal(last["type"], "connection.disconnected", "the end is told")
            check.equal(world.stand_in.double_uses(), 0, "no refresh token was used twice")
            check.expect("unexpected error" not in world.gateway.process.log(), "nothing unexpected in the log")
    return check.report("back ends")


if __name__ == "__main__":
    sys.exit(main())
