#!/usr/bin/env python3
"""What only a real browser can prove: framing, opener, form-action, history, cookies, and a login CSRF through the
callback. Each refusal has its counterpart: the same trick on a page that allows it works, so the test can fail.

At the end the main job runs over HTTPS, where cookies carry the `__Host-` prefix.
"""

import argparse
import http.server
import sys
import threading
import urllib.parse

import requests

from browser import Browser
from expectations import Expectations
from gateway_process import World, resolve_localhost_names
from http_visitor import Visitor
from journey import Journey


class ElsewherePages(http.server.BaseHTTPRequestHandler):
    """A foreign site. Any page can be put there."""

    def do_GET(self):
        self.server.visits.append((self.path, self.headers.get("Referer")))
        body = self.server.pages.get(urllib.parse.urlsplit(self.path).path, "<main>a page of elsewhere</main>").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!DOCTYPE html><html lang=en><title>Elsewhere</title>" + body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Elsewhere:
    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), ElsewherePages)
        self.server.pages, self.server.visits = {}, []
        self.origin = f"http://elsewhere.localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def page(self, path, body):
        self.server.pages[path] = body
        return self.origin + path

    def visited(self, path):
        return [visit for visit in self.server.visits if visit[0].startswith(path)]


def framing(journey, elsewhere):
    """WEB-04. A frame that is refused shows the browser's own error page, so our page's `main` is not in it."""
    browser, check = journey.browser, journey.check
    targets = {"our page of elsewhere": elsewhere.origin + "/allowed"}
    for path in ("/integrations", "/connect", "/oauth/callback", "/sign-in/lki_x", "/nothing-here"):
        targets[path] = journey.gateway.origin + path
    for name, target in targets.items():
        page = elsewhere.page("/framing", f"<iframe src='{target}'></iframe>"
                              f"<object data='{target}' type='text/html'></object><embed src='{target}'>")
        browser.open(page)
        for number, kind in enumerate(("iframe", "object", "embed")):
            shown = shows_main(browser, kind)
            if number == 0 and name.startswith("our page"):
                check.expect(shown, "a page that allows it is shown in a frame (so this test can fail)")
            elif not name.startswith("our page"):
                check.expect(not shown, f"{name} is not shown in an {kind}")


def shows_main(browser, kind):
    browser.driver.switch_to.default_content()
    try:
        browser.driver.switch_to.frame(browser.find(kind))
    except Exception:  # no frame came to be
        return False
    try:
        return browser.has("main")
    finally:
        browser.driver.switch_to.default_content()


def opener(journey, elsewhere):
    """WEB-05. Whoever opened a window with our page in it has no hold on it."""
    page = elsewhere.page("/opener", """<main><button id=ours>ours</button><button id=theirs>theirs</button></main>
        <script>for (const [id, url] of Object.entries(%s))
            document.getElementById(id).onclick = () => { window.opened = window.open(url); };</script>""" % {
        "ours": journey.gateway.origin + "/integrations", "theirs": elsewhere.origin + "/allowed"})
    for identifier, is_ours in (("theirs", False), ("ours", True)):
        journey.browser.open(page)
        first = journey.browser.driver.current_window_handle
        journey.browser.find(f"#{identifier}").click()
        journey.browser.wait_for(lambda b: len(b.driver.window_handles) == 2, "the new window")
        other = next(handle for handle in journey.browser.driver.window_handles if handle != first)
        journey.browser.driver.switch_to.window(other)
        journey.browser.wait_for(lambda b: b.has("main"), "the page in the new window")
        is_null = journey.browser.driver.execute_script("return window.opener === null")
        journey.browser.driver.close()
        journey.browser.driver.switch_to.window(first)
        if is_ours:
            journey.check.expect(is_null, "window.opener is null in a window with our page (WEB-05)")
        else:
            journey.check.expect(not is_null, "in a window with a page of elsewhere it is not (so this test can fail)")


def form_action(journey, elsewhere):
    """WEB-03. The form reaches the organization's host and nobody else's, not even if the page is tampered with."""
    browser, check = journey.browser, journey.check
    journey.go_to_zendesk("acme")
    check.expect(True, "the redirect after the form reaches the organization's host")
    for name, action in (("a foreign host", elsewhere.origin + "/stolen"), ("javascript:", "javascript:document.title=1")):
        journey.open("/connect")
        browser.fill_connect_form("acme")
        browser.driver.execute_script("document.forms[document.forms.length - 1].action = arguments[0]", action)
        before = browser.url
        browser.find("#connect").click()
        browser.wait_for(lambda b: any("form-action" in line or "Content Security Policy" in line
                                       for line in b.console()), "the browser's complaint")
        check.equal(browser.url, before, f"a form turned to {name} is not sent")
    check.equal(elsewhere.visited("/stolen"), [], "the foreign host got nothing")
    browser.open(elsewhere.page("/own-form", f"<main><form method=post action='{elsewhere.origin}/taken'>"
                                "<button id=send>send</button></form></main>"))
    browser.click("#send")
    check.expect(elsewhere.visited("/taken"), "a page without the rule sends there (so this test can fail)")


def history(journey):
    """WEB-27. Going back replays nothing, and no address in the history holds a code."""
    browser, check, stand_in = journey.browser, journey.check, journey.stand_in
    journey.connect("acme")
    entries = browser.driver.execute_cdp_cmd("Page.getNavigationHistory", {})["entries"]
    check.expect(not [entry["url"] for entry in entries if "code=" in entry["url"] and "challenge" not in entry["url"]],
                 "no address in the history holds a code", [entry["url"][:90] for entry in entries])
    callbacks = callback_urls(journey)
    check.expect(callbacks, "the callback was seen on the wire")
    counters = stand_in.state()["counters"]
    for _ in range(3):
        browser.driver.back()
    journey.open("/integrations/zendesk")
    check.equal(stand_in.state()["counters"], counters, "going back exchanges nothing")
    connections = browser.text("section[aria-labelledby=connections]")
    browser.open(callbacks[-1])
    browser.wait_for(lambda b: b.has("main [role=alert]"), "the refusal of a repeated callback")
    check.expect("Refused" in browser.text() and "tart again" in browser.text(),
                 "a repeated callback is refused with a page", browser.text())
    check.equal(stand_in.state()["counters"], counters, "and exchanges nothing")
    journey.open("/integrations/zendesk")
    check.equal(browser.text("section[aria-labelledby=connections]"), connections, "the connections are as before")


def callback_urls(journey):
    return [url for entry in journey.browser.requests() for _, url in entry["hops"]
            if url.startswith(journey.gateway.origin + "/oauth/callback?") and "code=" in url]


def login_csrf(world, check, screenshots):
    """WEB-16, OA-16. Somebody's own code, slipped to a person in another browser, connects nothing there."""
    attacker = Visitor()
    attacker.sign_in(world.gateway.sign_in_link())
    attacker.ask_to_connect(world.gateway.origin, "acme")
    attacker.sign_in_at_stand_in("ada@acme.example")
    attacker.press("allow", follow=False)
    callback = attacker.answer.headers["Location"]
    issued = world.stand_in.sign_ins()
    for name, signed_in in (("signed in", True), ("not signed in", False)):
        with Browser() as browser:
            victim = Journey(world, check, browser, screenshots)
            if signed_in:
                victim.sign_in("--tenant", "victim")
            browser.open(callback)
            browser.wait_for(lambda b: b.has("main [role=alert]"), "the refusal")
            check.expect("different browser" in browser.text() or "not started in this browser" in browser.text(),
                         f"a person who is {name} is told that another browser began this", browser.text())
            victim.look(f"30-other-browser-{'in' if signed_in else 'out'}")
            if signed_in:
                victim.open("/integrations/zendesk")
                check.expect("No Zendesk organization is connected yet" in browser.text(),
                             "nothing is connected for that person", browser.text("section[aria-labelledby=connections]"))
    check.equal(world.stand_in.sign_ins(), issued, "the slipped code was not exchanged")
    attacker.arrive("GET", callback)
    check.expect("/connections/" in attacker.answer.url,
                 "in the browser that began it still works (so this test can fail)", attacker.page.text[:200])


def other_session(world, check):
    """OA-37. The same browser, but signed in for another tenant meanwhile: the code is not redeemed."""
    visitor = Visitor()
    visitor.sign_in(world.gateway.sign_in_link("--tenant", "first"))
    visitor.ask_to_connect(world.gateway.origin, "acme")
    visitor.sign_in_at_stand_in("ada@acme.example")
    visitor.press("allow", follow=False)
    callback = visitor.answer.headers["Location"]
    visitor.sign_in(world.gateway.sign_in_link("--tenant", "second"))
    issued = world.stand_in.sign_ins()
    visitor.arrive("GET", callback)
    check.expect("/connections/" not in visitor.answer.url, "the callback ends in a refusal", visitor.answer.url)
    check.equal(world.stand_in.sign_ins(), issued, "and the code was not exchanged")


def embedded(world, check, elsewhere, screenshots):
    """A product sends its customer through a connect session: fixed organization, one level, and back to the product."""
    key = world.gateway.api_key("product", "connect,connections:read")
    asked = {"tenant": "shop", "organization_url": "acme", "permission_levels": ["read"],
             "return_url": f"{elsewhere.origin}/back"}
    answer = requests.post(f"{world.gateway.origin}/v1/connect-sessions", json=asked, timeout=10,
                           headers={"Authorization": f"Bearer {key}"})
    if not check.equal(answer.status_code, 201, "the product gets a link"):
        return check.fail(answer.text)
    with Browser() as browser:
        journey = Journey(world, check, browser, screenshots)
        browser.open(answer.json()["url"])
        browser.wait_for(lambda b: b.path == "/connect", "the form")
        check.expect("lkc_" not in browser.url, "the address bar holds no connect token", browser.url)
        check.expect("acme" in browser.text("#organization_url"), "the organization is settled")
        check.expect(not browser.has("#permission_level-read_and_act"), "the level Read alone is offered")
        journey.look("31-connect-session")
        browser.click("#connect")
        journey.sign_in_at_zendesk("ada@acme.example")
        browser.click("#allow")
        browser.wait_for(lambda b: b.host == urllib.parse.urlsplit(elsewhere.origin).netloc, "the product's own page")
        came_back(journey, elsewhere, key)


def came_back(journey, elsewhere, key):
    check, browser, origin = journey.check, journey.browser, journey.gateway.origin
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(browser.url).query)
    check.equal(sorted(query), ["connection_id", "status"], "the address tells the connection and how it stands")
    check.equal(query["status"], ["connected"], "it is connected")
    check.equal([referer for _, referer in elsewhere.visited("/back")], [None], "no Referer arrived there (WEB-26)")
    [connection] = query["connection_id"]
    listed = requests.get(f"{origin}/v1/connections/{connection}", timeout=10,
                          headers={"Authorization": f"Bearer {key}"}).json()
    check.equal((listed["tenant"], listed["permission_level"], listed["granted_scopes"]), ("shop", "read", ["read"]),
                "the API shows it for that tenant, with the level Read")
    journey.open(f"/connections/{connection}")
    check.expect(browser.has("#state .mark-good"), "the holder of the link sees that one connection", browser.text())
    for role, status in (("connect", 404), ("security", 404), ("support", 200)):
        other = Visitor()
        other.sign_in(journey.gateway.sign_in_link("--tenant", "neighbour", "--role", role))
        answer = other.arrive("GET", f"{origin}/connections/{connection}")
        check.equal(answer.status_code, status, f"what another tenant's {role} role gets for it (WEB-40)")
        check.expect("disconnect" not in {button for form in other.page.forms for button in form.buttons},
                     f"and {role} cannot end it")


def cookies(journey):
    """WEB-12. What the browser keeps, as the browser itself tells."""
    journey.go_to_zendesk("acme")
    all_cookies = journey.browser.driver.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]
    ours = [cookie for cookie in all_cookies if cookie["domain"].lstrip(".") == "localhost"]
    is_https = journey.gateway.origin.startswith("https")
    journey.check.expect(len(ours) >= 2, "a session cookie and one of this connect are there",
                         [cookie["name"] for cookie in ours])
    for cookie in ours:
        name, check = cookie["name"], journey.check
        check.expect(cookie["httpOnly"], f"{name} is HttpOnly")
        check.expect(not cookie["domain"].startswith("."), f"{name} has no Domain", cookie["domain"])
        check.expect(cookie["path"] == "/", f"{name} has the path /", cookie["path"])
        check.expect(cookie.get("sameSite") in ("Lax", "Strict"), f"{name} states SameSite", cookie.get("sameSite"))
        if is_https:
            check.expect(cookie["secure"] and name.startswith("__Host-"), f"{name} is Secure and has the prefix", cookie)
    kinds = {cookie.get("sameSite") for cookie in ours}
    journey.check.equal(kinds, {"Lax", "Strict"}, "one is strict, the one of this connect is lax")


def run(options, check):
    with Elsewhere() as elsewhere, World(
            options.binaries, {"LATCHKEY_RETURN_ORIGINS": elsewhere.origin}) as world:
        for name, scene in (("framing", framing), ("opener", opener), ("form-action", form_action)):
            with check.scene(name), Browser() as browser:
                journey = Journey(world, check, browser, options.screenshots)
                journey.sign_in()
                scene(journey, elsewhere)
        for name, scene in (("history and going back", history), ("cookies", cookies)):
            with check.scene(name), Browser() as browser:
                journey = Journey(world, check, browser, options.screenshots)
                journey.sign_in()
                scene(journey)
                journey.nothing_leaked()
        with check.scene("login CSRF through the callback"):
            login_csrf(world, check, options.screenshots)
        with check.scene("a product's connect session"):
            embedded(world, check, elsewhere, options.screenshots)
        with check.scene("another session in the same browser"):
            other_session(world, check)
    run_tls(options, check)


def run_tls(options, check):
    """The main job once more, with gateway and stand-in both speaking HTTPS."""
    with check.scene("over HTTPS"), World(options.binaries, tls=True) as world:
        with Browser(accept_insecure=True) as browser:
            journey = Journey(world, check, browser, options.screenshots)
            journey.sign_in()
            journey.connect("acme")
            check.expect(browser.has("#state .mark-good"), "the connection is green over HTTPS", journey.state())
            journey.nothing_leaked()
            cookies(journey)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--screenshots", metavar="FOLDER", help="keep a picture of each page state here")
    options = parser.parse_args()
    resolve_localhost_names()
    check = Expectations()
    run(options, check)
    return check.report("browser security")


if __name__ == "__main__":
    sys.exit(main())
