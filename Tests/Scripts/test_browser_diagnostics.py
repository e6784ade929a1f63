#!/usr/bin/env python3
"""The diagnostics pages in Chromium: every state, narrow and wide, light and dark, with JavaScript and without.

A person who knows only the page mends each seeded fault: what it says is read, the switch that it names is flipped at the
stand-in, the checks run again. Then checks that appear as they finish, the history, copies for a ticket, the link for the
organization's own admin, the check before connecting, and the keyboard alone. `--screenshots FOLDER` keeps pictures.
"""

import argparse
import json
import pathlib
import sys
import urllib.parse
import urllib.request

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from browser import Browser
from expectations import Expectations
from gateway_process import World
from journey import Journey

# What the page must lead a person to, and the switch at the stand-in that is meant by it: who signs in, the check, words
# that name the place on the way, words that name the switch there, and the hand that flips it.
MENDING = {
    "noguide": ("ada@noguide.example", "guide_role.admin", ("People", "Team members"), ("box Guide", "Admin"),
                {"people": {"ada@noguide.example": {"guide_role": "admin"}}}),
    "fenced": ("ada@fenced.example", "ip_restrictions.off", ("Account", "Security", "Advanced", "IP restrictions"),
               ("Switch the restriction off",), {"ip_restriction_enabled": False}),
    "agentville": ("gus@agentville.example", "support_role.admin", ("People", "Team members"),
                   ("Support role", "Admin"),
                   {"people": {"gus@agentville.example": {"role": "admin", "guide_role": "admin"}}}),
    "suspended": ("ada@suspended.example", "support_role.admin", ("People", "Team members"), ("suspension",),
                  {"people": {"ada@suspended.example": {"suspended": False}}}),
}


class Desk(Journey):
    """A journey with an eye for diagnostics."""

    def look(self, name, ours=True):
        super().look(name, ours)
        if self.screenshots:
            self._color_scheme("dark")
            self.photograph(f"{name}-dark")
            self._color_scheme("light")

    def diagnose(self, connection):
        self.open(f"/connections/{connection}/diagnostics")

    def run_all(self):
        self.browser.click("#run-checks")
        self.browser.wait_for(lambda b: b.has("#verdict"), "the verdict")

    def card(self, code):
        return self.browser.find(f"[id='check-{code}']")

    def card_text(self, code):
        return " ".join(self.card(code).text.split())

    def run_only(self, code):
        before = self.browser.find("html")
        button = self.card(code).find_element("css selector", "button")
        self.browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()
        self.browser.wait_for(lambda b: b._is_gone(before), "another page")
        self.browser.wait_for(lambda b: b.has("#verdict"), "the verdict")


def mending(desk):
    check, browser = desk.check, desk.browser
    for organization, (email, code, way, switch, hand) in MENDING.items():
        desk.sign_in()
        connection = desk.connect(organization, email)
        desk.diagnose(connection)
        check.expect(browser.has("#verdict .mark-attention") and "Not ready" in browser.text("#verdict"),
                     f"{organization}: the verdict says at a glance that it is not ready", browser.text("#verdict"))
        check.expect(browser.has(f"a[href='#check-{code}']"), f"{organization}: the verdict leads to what failed")
        text = desk.card_text(code)
        check.expect(all(word in text for word in way), f"{organization}: the way is named: {', '.join(way)}", text)
        check.expect(all(word in text for word in switch), f"{organization}: the switch is named", text)
        link = desk.card(code).find_element("css selector", "a.outside").get_attribute("href")
        check.equal(urllib.parse.urlsplit(link).netloc, desk.organization_host(organization),
                    f"{organization}: the link leads into the organization's own Zendesk")
        desk.look(f"30-fail-{organization}")
        desk.stand_in.control(f"organizations/{organization}", hand)
        if code == "guide_role.admin":
            desk.run_only(code)
            check.expect("not in the last run" in browser.text(), "what was not looked at again says so")
        else:
            desk.run_all()
        check.expect(browser.has("#verdict .mark-good"), f"{organization}: after mending it is ready",
                     browser.text("#verdict"))
        check.expect("ended otherwise" in browser.text("section[aria-labelledby=changed]"),
                     f"{organization}: what changed is told", browser.text("section[aria-labelledby=changed]"))
        desk.look(f"31-mended-{organization}")


def warnings(desk):
    check, browser = desk.check, desk.browser
    desk.sign_in()
    desk.stand_in.control("organizations/acme", {"plan": "professional"})
    connection = desk.connect("acme")
    desk.diagnose(connection)
    check.expect(browser.has("#verdict .mark-warning") and "Ready, with warnings" in browser.text("#verdict"),
                 "a warning is told as that", browser.text("#verdict"))
    desk.look("32-warn")
    desk.stand_in.control("organizations/acme", {"plan": "enterprise"})
    desk.run_all()
    check.expect("Ready" in browser.text("#verdict") and browser.has("#verdict .mark-good"), "then everything passes")
    desk.look("33-pass")
    desk.stand_in.control("faults", {"path": "/api/v2/*", "kind": "status", "status": 503, "times": 1000})
    desk.run_all()
    desk.stand_in.control("faults", method="DELETE")
    check.expect("could not be reached" in browser.text("#verdict") and browser.has("#verdict .mark-warning"),
                 "an outage is told as that and not as a fault", browser.text("#verdict"))
    desk.look("34-unreachable")
    desk.open(f"/connections/{connection}")
    check.expect(browser.has("#state .mark-good"), "the connection stays green through it", desk.state())
    desk.diagnose(connection)
    desk.run_all()
    states = {"Passed", "Failed", "Warning", "Skipped"}
    words = [mark.text.strip() for mark in browser.driver.find_elements("css selector", "#check-list .mark")]
    check.expect(len(words) >= 14 and set(words) <= states, "every state is a word, not only a colour", words)
    shapes = browser.driver.execute_script(
        "return new Set([...document.querySelectorAll('#marks template')].map("
        "t => t.content.querySelector('svg').innerHTML)).size")
    check.equal(shapes, 5, "and every state has a shape of its own")


def as_they_finish(desk):
    """With JavaScript: findings one after the other, on the same page, and the whole page at the end."""
    check, browser = desk.check, desk.browser
    desk.sign_in()
    connection = desk.connect("acme")
    desk.diagnose(connection)
    desk.stand_in.control("organizations/acme", {"latency_milliseconds": 2500})
    page = browser.find("html")
    browser.find("#run-checks").click()
    browser.wait_for(lambda b: "checks have ended" in b.text("#progress"), "the first finding")
    both = browser.driver.execute_script(
        "return [document.querySelectorAll('#check-list .mark-busy').length,"
        "document.querySelectorAll('#check-list .mark-good').length]")
    check.expect(both[0] > 0 and both[1] > 0, "some checks have ended while others still run", both)
    check.expect("Checking" in browser.text("#verdict") and not browser.has("#verdict .mark-good"),
                 "the verdict of the run before stands over them no longer", browser.text("#verdict"))
    check.expect(not browser._is_gone(page), "the page is the same all the while")
    check.expect(not browser.overflows(), "while it runs nobody has to scroll sideways")
    found = browser.axe()
    check.expect(not found, "while it runs axe finds nothing", found)
    desk.photograph("35-running")
    browser.wait_for(lambda b: b._is_gone(page), "the whole page at the end")
    check.expect(browser.has("#verdict .mark-good") and browser.has("#check-list details"),
                 "at the end everything is there", browser.text("#verdict"))
    desk.stand_in.control("organizations/acme", {"latency_milliseconds": 0})


def copies(desk):
    check, browser = desk.check, desk.browser
    desk.sign_in()
    connection = desk.connect("acme")
    for kind, reads in (("txt", lambda text: "[pass] host.resolves" in text),
                        ("json", lambda text: json.loads(text)["verdict"] in ("pass", "warn", "fail"))):
        answer = fetched(browser, f"{desk.gateway.origin}/connections/{connection}/diagnostics.{kind}")
        check.expect(reads(answer), f"the copy as {kind} holds the report", answer[:200])
        tokens = [pair["access_token"] for pair in desk.stand_in.live_tokens("acme")]
        check.expect(tokens and not any(token in answer for token in tokens), f"and no token ({kind})")


def fetched(browser, url):
    """What a download would bring, with this browser's cookies."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in browser.driver.get_cookies())
    request = urllib.request.Request(url, headers={"Cookie": cookies})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def handed_over(desk):
    """An engineer makes a link; the organization's admin opens it in another browser; the engineer takes it back."""
    check, browser = desk.check, desk.browser
    desk.stand_in.control("organizations/noguide", {"people": {"ada@noguide.example": {"guide_role": "none"}}})
    desk.sign_in()
    connection = desk.connect("noguide")
    desk.diagnose(connection)
    browser.click("#make-link")
    link = browser.text("#new-link")
    check.expect("/diagnose/lkd_" in link, "the link is shown", link)
    desk.look("36-new-link")
    with Browser(browser.width, javascript=browser.javascript) as other:
        admin = Desk(desk.world, check, other, desk.screenshots)
        other.open(link)
        other.wait_for(lambda b: b.path == "/diagnose", "the page behind the link")
        check.expect("lkd_" not in other.url, "the address bar holds no link any more", other.url)
        text = other.text("body")
        check.expect("Guide box" in text and "noguide" in text, "the admin sees the finding", text)
        check.expect("Integrations" not in text and "Sign out" not in text and connection not in text,
                     "and nothing else of Latchkey", text)
        admin.look("37-handed-over")
        desk.stand_in.control("organizations/noguide", {"people": {"ada@noguide.example": {"guide_role": "admin"}}})
        admin.run_all()
        check.expect(other.has("#verdict .mark-good"), "the admin runs the checks again: green", other.text("#verdict"))
        admin.look("39-handed-over-pass")
        for path in ("/integrations", f"/connections/{connection}", f"/connections/{connection}/diagnostics"):
            admin.open(path)
            check.expect("Sign in with a link" in other.text(), f"nothing opens {path.rsplit('/', 1)[-1]}", other.text())
        desk.diagnose(connection)
        check.expect("First opened" in browser.text("#links"), "the engineer sees that it was opened")
        browser.click("#links button")
        other.open(f"{desk.gateway.origin}/diagnose")
        check.expect("no longer works" in other.text(), "taken back, it is over at once", other.text())
        admin.look("38-link-over")


def cold(desk):
    check, browser = desk.check, desk.browser
    desk.sign_in("--role", "support")
    desk.open("/diagnostics")
    desk.look("40-cold")
    for organization, words, tone, name in (
            ("acme", "Can be connected", "good", "pass"), ("nobody-here", "There is no Zendesk account", "attention", "nobody"),
            ("unpaid", "closed or suspended", "attention", "closed")):
        desk.open("/diagnostics")
        browser.type("#organization_url", organization)
        browser.click("#check")
        check.expect(words in browser.text() and browser.has(f"#verdict .mark-{tone}"),
                     f"{organization}: {words}", browser.text())
        check.equal(browser.find("#organization_url").get_attribute("value").startswith("http"), True,
                    "the address that was checked stands in the field")
        desk.look(f"41-cold-{name}")
    desk.open("/diagnostics")
    browser.type("#organization_url", "http://127.0.0.1")
    browser.click("#check")
    check.expect(browser.has("[role=alert]") and not browser.has("#verdict"), "an address of a machine is refused",
                 browser.text())
    desk.look("42-cold-refused")


def finding_a_connection(desk):
    """A support engineer of no tenant in particular finds a connection, and is told what a customer is not."""
    check, browser = desk.check, desk.browser
    desk.stand_in.control("organizations/fenced", {"ip_restriction_enabled": True})
    desk.sign_in("--tenant", "globex", "--role", "connect")
    desk.diagnose(desk.connect("fenced"))
    check.expect("LATCHKEY_" not in browser.text() and "operator" not in browser.text(),
                 "the customer's own page names no setting of ours", desk.card_text("ip_restrictions.off"))
    desk.look("50-fenced-for-the-customer")
    desk.sign_in("--role", "support")
    browser.click("nav.areas a[href='/connections']")
    check.expect(browser.has("h1") and browser.text("h1") == "All connections", "the list is a part of the console")
    desk.look("51-all-connections")
    browser.type("#search", "glob")
    browser.click("#find")
    check.expect("fenced" in browser.text() and "Tenant globex" in browser.text(), "the tenant's name finds it",
                 browser.text())
    desk.look("52-found")
    browser.click("ul.cards a.button")
    check.expect(browser.path.endswith("/diagnostics"), "and leads to its diagnostics", browser.path)
    check.expect("Tenant globex" in browser.text("dl.facts"), "which says whose it is", browser.text("dl.facts"))
    check.expect("For the operator:" in desk.card_text("ip_restrictions.off"),
                 "the engineer reads what the operator can do", desk.card_text("ip_restrictions.off"))
    desk.look("53-fenced-for-the-engineer")
    desk.open("/connections?search=nobody")
    check.expect("No connection is called like that" in browser.text(), "nothing found is said", browser.text())
    desk.look("54-not-found")


def nothing_told(desk):
    """An organization that is too busy to answer before anybody has connected."""
    check, browser = desk.check, desk.browser
    desk.stand_in.control("faults", {"path": "/api/v2/*", "kind": "status", "status": 503, "times": 1000})
    desk.sign_in()
    desk.open("/diagnostics")
    browser.type("#organization_url", "acme")
    browser.click("#check")
    desk.stand_in.control("faults", method="DELETE")
    check.expect("Can probably be connected" in browser.text() and browser.has("#verdict .mark-warning"),
                 "what could not be told is a warning", browser.text("#verdict"))
    desk.look("43-cold-warn")


def unreachable_organizations(desk):
    """The two seeded faults that end before anybody is connected: the check says what to do, and then it works."""
    check, browser = desk.check, desk.browser
    desk.sign_in()
    for organization, words, mend in (
            ("unpaid", "Subscription", lambda: desk.stand_in.control("organizations/unpaid", {"account": "open"})),
            ("acmee", "letter by letter", None)):
        desk.open("/diagnostics")
        browser.type("#organization_url", organization)
        browser.click("#check")
        text = desk.card_text("organization.exists")
        check.expect("What to do" in text and words in text, f"{organization}: it says what to do", text)
        if mend:
            mend()
        browser.type("#organization_url", organization if mend else "acme")
        browser.click("#check")
        check.expect(browser.has("#verdict .mark-good"), f"{organization}: mended, it can be connected",
                     browser.text("#verdict"))
        check.expect(browser.has("a[href='/connect']"), "and the next step is offered")
    desk.stand_in.control("organizations/unpaid", {"account": "unpaid"})


def keyboard_alone(desk):
    check, browser = desk.check, desk.browser
    desk.sign_in()
    connection = desk.connect("acme")
    desk.diagnose(connection)
    stops = []
    for _ in range(80):
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
        at = browser.driver.execute_script("""
            const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
            return {id: at.id, tag: at.tagName, text: (at.innerText || '').trim(),
                    visible: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 && box.width > 0};""")
        if at["tag"] == "BODY":
            break
        stops.append(at)
    hidden = [stop for stop in stops if not stop["visible"]]
    check.expect(not hidden, "every stop can be seen", hidden)
    for wanted in ("run-checks", "copy-text", "copy-json", "make-link"):
        check.expect(any(stop["id"] == wanted for stop in stops), f"{wanted} is reached with the keyboard")
    check.expect(sum(stop["text"].startswith("Check only this") for stop in stops) == 14, "every check can be run alone")
    check.expect(any(stop["tag"] == "SUMMARY" for stop in stops), "what was seen can be opened")
    browser.find("#run-checks").send_keys(Keys.ENTER)
    browser.wait_for(lambda b: "?run=" in b.url, "the end of the run")
    check.expect(browser.url.endswith("#verdict"), "the run ends at the verdict", browser.url)
    browser.driver.execute_script("arguments[0].focus()", browser.find("#check-list summary"))
    ActionChains(browser.driver).send_keys(Keys.ENTER).perform()
    check.expect(browser.has("#check-list details[open]"), "Enter opens what was seen")


def run(world, check, options, width, javascript):
    title = f"{width} px, JavaScript {'on' if javascript else 'off'}"
    scenes = [("mending", mending), ("warnings and outages", warnings), ("copies", copies), ("handed over", handed_over),
              ("before connecting", cold), ("finding a connection", finding_a_connection),
              ("nothing could be told", nothing_told), ("unreachable organizations", unreachable_organizations)]
    if javascript:
        scenes += [("as they finish", as_they_finish), ("keyboard alone", keyboard_alone)]
    with Browser(width, javascript=javascript) as browser:
        desk = Desk(world, check, browser, options.screenshots)
        for name, scene in scenes:
            with check.scene(f"{title}: {name}"):
                scene(desk)
        with check.scene(f"{title}: all the time"):
            desk.nothing_leaked()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--screenshots", metavar="FOLDER", type=pathlib.Path, help="keep a picture of each state here")
    parser.add_argument("--only", choices=["narrow", "wide", "narrow-nojs", "wide-nojs"],
                        help="one of the runs")
    options = parser.parse_args()
    check = Expectations()
    runs = {"narrow": (360, True), "wide": (1280, True), "narrow-nojs": (360, False), "wide-nojs": (1280, False)}
    for name, (width, javascript) in runs.items():
        if options.only in (None, name):
            with World(options.binaries) as world:
                run(world, check, options, width, javascript)
    return check.report("browser diagnostics")


if __name__ == "__main__":
    sys.exit(main())
