#!/usr/bin/env python3
"""The whole main job in Chromium: narrow and wide, with JavaScript and without.

Sign-in link, tile, form, Zendesk's sign-in and consent, connected page; then every seeded organization to its own
right end, a fault mended and run again, refusals, keyboard alone, disconnect. axe-core looks at every page, in light and
in dark. `--screenshots FOLDER` keeps a picture of each page state.
"""

import argparse
import sys

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

import security_scenes
from browser import Browser
from expectations import Expectations
from gateway_process import Demo, World
from journey import Journey

# Who signs in, what the page must say, and where the link to mend it must lead.
FAULTS = {
    "agentville": ("gus@agentville.example", "Support role", "/admin/people/team/members"),
    "noguide": ("ada@noguide.example", "Guide", "/admin/people/team/members"),
    "fenced": ("ada@fenced.example", "IP restrictions", "/admin/account/security"),
    "suspended": ("ada@suspended.example", "suspended", "/admin/people/team/members"),
}

BAD_URLS = ["", "https://example.com", "https://acme.zendesk.com.example.com", "acme.zendesk.com/agent/../..",
            "javascript:alert(1)", "http://127.0.0.1", "a b c", "xn--80ak6aa92e", "-acme-", "www"]


def main_job(journey):
    check, browser = journey.check, journey.browser
    journey.sign_in()
    check.expect("lki_" not in browser.url, "the address bar holds no sign-in token", browser.url)
    journey.look("01-integrations")
    journey.go_to_form()
    journey.look("02-connect")
    issued = journey.stand_in.sign_ins()
    journey.go_to_zendesk("acme")
    journey.look("03-zendesk-sign-in", ours=False)
    journey.sign_in_at_zendesk("ada@acme.example")
    journey.look("04-zendesk-consent", ours=False)
    journey.answer_consent("#allow")
    journey.wait_for_connection()
    check.expect("Connected" in journey.state() and browser.has("#state .mark-good"), "the connection is green",
                 journey.state())
    check.expect("code=" not in browser.url and "state=" not in browser.url,
                 "the address bar holds neither code nor state (WEB-27)", browser.url)
    check.equal(journey.stand_in.sign_ins(), issued + 1, "one pair of tokens was issued")
    text = browser.text()
    for wanted in ("Ada Admin", "Read and take action", "Lasts until", "Next renewal", "No program holds access"):
        check.expect(wanted in text, f"the page tells: {wanted}")
    check.expect("read write" not in text, "what only engineers want is folded away")
    browser.find("#engineers summary").click()
    text = browser.text("#engineers")
    for wanted in ("read write", "Access token ends", "Refresh token ends", "Generation"):
        check.expect(wanted in text, f"engineers find: {wanted}")
    journey.look("05-connected")
    journey.open("/integrations")
    check.expect("1 connected" in browser.text(), "the tile shows that it is connected", browser.text())
    journey.look("06-integrations-connected")
    journey.open("/integrations/zendesk")
    check.expect("Integration capabilities" in browser.text(), "the capabilities table is there")
    journey.look("07-capabilities")


def capabilities(journey):
    """Row 6 of the product: what is synced, which actions exist, and what this connection can do now."""
    journey.open("/integrations/zendesk")
    text = journey.browser.text().lower()
    for wanted in ("last log", "licence", "role", "usage", "create", "delete", "permanently delete", "downgrade",
                   "upgrade", "reassign"):
        journey.check.expect(wanted in text, f"the table names: {wanted}")


def renewed_by_hand(journey):
    """Renew now: another generation, and Zendesk's refusal is told in words and loses nothing."""
    check, browser, stand_in = journey.check, journey.browser, journey.stand_in
    connection = journey.connect("acme")
    page = browser.url
    browser.click("#refresh")
    check.equal(browser.url, page, "after Renew now one is back on the connection's page")
    check.expect("Zendesk gave new access" in browser.text("section[aria-labelledby=access]"), "it says that it worked",
                 browser.text("section[aria-labelledby=access]"))
    journey.look("22-renewed")
    stand_in.control("revoke", {"organization": "acme"})
    journey.open(f"/connections/{connection}/diagnostics")
    browser.click("#run-checks")
    browser.open(page)
    check.expect("Needs a new sign-in" in journey.state(), "tokens that were revoked at Zendesk are noticed",
                 journey.state())
    journey.look("24-needs-reauthorization")
    browser.click("#reconnect")
    browser.click("#connect")
    journey.sign_in_at_zendesk("ada@acme.example")
    journey.answer_consent("#allow")
    check.equal(journey.wait_for_connection(), connection, "signing in again keeps the connection's id")
    # At the end: after such a refusal Zendesk is left alone for a minute.
    browser.open(page)
    stand_in.control("faults", {"path": "/oauth/tokens", "kind": "status", "status": 503, "times": 1})
    browser.click("#refresh")
    check.expect("Not renewed. Zendesk was busy" in browser.text(), "a busy Zendesk is told as that", browser.text())
    journey.look("23-not-renewed")
    browser.open(page)
    check.expect(browser.has("#state .mark-good"), "and the connection is as green as before", journey.state())


def stepped_up(journey):
    """From Read to Read and take action: denied it changes nothing, allowed it keeps the id."""
    check, browser = journey.check, journey.browser
    connection = journey.connect("noguide", level="read")
    page = browser.url
    browser.click("#change-level")
    check.expect(browser.find("#permission_level-read_and_act").is_selected(), "the other level is suggested")
    journey.look("25-change-level")
    browser.click("#connect")
    journey.answer_consent("#deny")
    check.expect("The connection was not changed" in browser.text(), "a denied step up says so", browser.text())
    journey.look("26-step-up-denied")
    browser.click("main a.main-button")
    check.equal(browser.url, page, "and leads back to the connection")
    facts = browser.text("section[aria-labelledby=facts]")
    check.expect("Read Change permission level" in facts, "which still has the level Read", facts)
    browser.click("#change-level")
    browser.click("#connect")
    journey.answer_consent("#allow")
    check.equal(journey.wait_for_connection(), connection, "an allowed one keeps the connection's id")
    check.expect("Read and take action" in browser.text("section[aria-labelledby=facts]"), "and has the other level")


def faults(journey):
    for organization, (email, words, where) in FAULTS.items():
        journey.connect(organization, email)
        state, findings = journey.state(), journey.browser.text("section[aria-labelledby=findings]")
        journey.check.expect("Needs attention" in state and journey.browser.has("#state .mark-attention"),
                             f"{organization}: needs attention", state)
        journey.check.expect(words.lower() in findings.lower(), f"{organization}: the finding names “{words}”", findings)
        journey.check.expect("What to do:" in findings, f"{organization}: it says what to do", findings)
        links = [link.get_attribute("href") for link in journey.browser.driver.find_elements("css selector", "a.outside")]
        right = [link for link in links
                 if link.startswith(f"http://{journey.organization_host(organization)}{where}")]
        journey.check.expect(right, f"{organization}: a link leads to the place in its Admin Center", links)
        journey.look(f"10-needs-attention-{organization}")


def mended(journey):
    """The fault is mended at Zendesk; running again makes it green without another sign-in."""
    check, browser, stand_in = journey.check, journey.browser, journey.stand_in
    journey.connect("noguide")
    issued = stand_in.sign_ins()
    stand_in.control("organizations/noguide", {"people": {"ada@noguide.example": {"guide_role": "admin"}}})
    page = browser.url
    browser.click("#run-checks")
    browser.open(page)
    journey.wait_for_connection()
    check.expect(browser.has("#state .mark-good"), "after mending, running again makes it green", journey.state())
    check.equal(stand_in.sign_ins(), issued, "nobody had to sign in again")
    browser.click("main a[href$='/diagnostics']")
    check.expect("guide_role.admin" in browser.text() and browser.has("#verdict .mark-good"),
                 "the diagnostics page agrees", browser.text("#verdict"))
    journey.look("11-diagnostics")
    stand_in.control("organizations/noguide", {"people": {"ada@noguide.example": {"guide_role": "none"}}})
    browser.click("#run-checks")
    browser.wait_for(lambda b: b.has("#verdict .mark-attention"), "the fault to be noticed again")
    journey.look("12-diagnostics-fail")


def unreachable(journey):
    """Organizations that nobody comes back from: the person is not left alone."""
    for organization in ("unpaid", "nobody-here"):
        journey.go_to_form()
        journey.send_form(organization)
        journey.browser.wait_for(
            lambda b: b.has("[role=alert]") or b.host != journey.gateway_host, "a refusal, or Zendesk's own page")
        if journey.browser.host == journey.gateway_host:
            journey.check.expect(journey.browser.text("[role=alert]"), f"{organization}: refused with a sentence")
            journey.look(f"13-refused-{organization}")
            continue
        journey.check.expect("help-center-closed" in journey.browser.url,
                             f"{organization}: Zendesk's own page for accounts that are not there", journey.browser.url)
        journey.open("/integrations/zendesk")
        waiting = journey.browser.text("section[aria-labelledby=waiting]")
        journey.check.expect(organization in waiting and "start again" in waiting.lower(),
                             f"{organization}: the attempt is listed, with a way on", waiting)
        journey.look(f"13-waiting-{organization}")


def denied(journey):
    issued = journey.stand_in.sign_ins()
    journey.go_to_zendesk("acme")
    journey.sign_in_at_zendesk("ada@acme.example")
    journey.answer_consent("#deny")
    journey.browser.wait_for(lambda b: b.has("[role=alert]"), "the refusal")
    journey.check.expect("turned down" in journey.browser.text("[role=alert]"), "a denied request is told as that",
                         journey.browser.text())
    journey.check.expect("error=" not in journey.browser.url or "state=" not in journey.browser.url
                         or journey.browser.path == "/oauth/callback", "the address is our own", journey.browser.url)
    journey.check.equal(journey.stand_in.sign_ins(), issued, "no tokens were issued")
    journey.look("14-denied")
    journey.browser.click("main a.main-button")
    journey.check.equal(journey.browser.path, "/connect", "Start again leads to the form")


def refused_urls(journey):
    for number, text in enumerate(BAD_URLS):
        journey.open("/connect")
        journey.browser.fill_connect_form(text, "read")
        journey.browser.click("#connect")
        name = f"“{text}”"
        journey.check.equal(journey.browser.host, journey.gateway_host, f"{name} leads nowhere else")
        alert = journey.browser.text("[role=alert]")
        field = journey.browser.find("#organization_url")
        beside = journey.browser.text("#organization_url-error")
        journey.check.expect(len(alert) > 20 and len(beside) > 20,
                             f"{name} is refused with a sentence beside the field and in a live region (WEB-43)", alert)
        journey.check.expect(field.get_attribute("aria-invalid") == "true" and "organization_url-error"
                             in (field.get_attribute("aria-describedby") or ""), f"{name}: the field is tied to it")
        journey.check.equal(field.get_attribute("value"), text, f"{name}: what was typed is still there")
        if number in (0, 1):
            journey.look(f"15-refused-url-{number}")
    journey.open("/connect")
    journey.browser.type("#organization_url", "acme")
    journey.browser.click("#connect")
    journey.check.expect(journey.browser.text("#permission_level-error"), "a missing level is refused with a sentence")
    journey.look("15-refused-level")


def keyboard_alone(journey):
    """The form without a mouse: skip link, field, level, button; where the focus is can be seen."""
    check, browser = journey.check, journey.browser
    journey.open("/connect")
    press_tab(browser)
    check.equal(focus(browser)["text"], "Skip to the content", "the first stop is the skip link")
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    for step in range(20):
        press_tab(browser)
        check.expect(focus(browser)["visible"], f"stop {step + 1} after the skip link can be seen", focus(browser))
        if focus(browser)["id"] == "organization_url":
            break
    check.equal(focus(browser)["id"], "organization_url", "the field is reached")
    browser.driver.switch_to.active_element.send_keys("acme")
    press_tab(browser)
    check.expect(focus(browser)["id"].startswith("permission_level-"), "then the levels", focus(browser))
    browser.driver.switch_to.active_element.send_keys(Keys.SPACE)
    browser.driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    press_tab(browser)
    check.equal(focus(browser)["id"], "connect", "then the button")
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    browser.wait_for(lambda b: b.host == journey.organization_host("acme"), "the organization's host")
    check.expect(True, "Enter sends the form on its way")


def press_tab(browser):
    ActionChains(browser.driver).send_keys(Keys.TAB).perform()


def focus(browser):
    return browser.driver.execute_script("""
        const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
        const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
        return {id: at.id, text: at.innerText || '',
                visible: (outlined || style.boxShadow !== 'none') && box.width > 0 && box.bottom > 0};""")


def ended(journey):
    check, browser = journey.check, journey.browser
    journey.connect("acme")
    check.expect(journey.stand_in.live_tokens("acme"), "before, a token of the organization lives")
    browser.find("#disconnect").click()
    check.expect(browser.has("#disconnect"), "without the box being ticked nothing happens")
    journey.disconnect("acme")
    browser.wait_for(lambda b: "Disconnected" in b.text(), "the end of the connection")
    check.equal(journey.stand_in.live_tokens("acme"), [], "afterwards none lives at Zendesk")
    journey.look("16-disconnected")
    journey.open("/integrations")
    browser.click("form.sign-out button")
    check.expect("signed out" in browser.text().lower(), "signing out says so", browser.text())
    journey.look("17-signed-out")
    browser.driver.back()
    browser.driver.refresh()
    journey.open("/integrations")
    check.expect("Sign in with a link" in browser.text(), "afterwards nothing is shown without a new link",
                 browser.text())
    journey.look("18-sign-in-needed")


def other_pages(journey):
    check, browser = journey.check, journey.browser
    link = journey.gateway.sign_in_link()
    browser.open(link)
    browser.wait_for(lambda b: b.path == "/integrations", "the Integrations page")
    browser.open(link)
    check.expect("no longer works" in browser.text(), "a sign-in link works once", browser.text())
    journey.look("19-link-used")
    journey.sign_in()
    journey.open("/nothing-here")
    check.expect("Page not found" in browser.text(), "an unknown address has a page", browser.text())
    journey.look("20-not-found")
    journey.open("/connections/con_00000000000000000000000000")
    check.expect("Page not found" in browser.text(), "an unknown connection is not found", browser.text())
    journey.sign_in("--role", "support")
    check.expect(not browser.has("a.main-button[href='/connect']"), "support sees no Connect")
    journey.open("/connect")
    check.expect("Not allowed" in browser.text(), "and may not connect", browser.text())
    journey.look("21-not-allowed")


def run(world, check, options, width, javascript):
    title = f"{width} px, JavaScript {'on' if javascript else 'off'}"
    scenes = [("main job", main_job), ("capabilities", capabilities), ("renewed by hand", renewed_by_hand),
              ("stepped up", stepped_up), ("faults", faults), ("mended", mended),
              ("unreachable organizations", unreachable), ("denied", denied), ("refused addresses", refused_urls)]
    scenes += security_scenes.SCENES
    if javascript:
        scenes += [("keyboard alone", keyboard_alone)] + security_scenes.KEYBOARD
    scenes += [("other pages", other_pages), ("disconnect and sign out", ended)]
    with Browser(width, javascript=javascript) as browser:
        journey = Journey(world, check, browser, options.screenshots)
        check.chapter = title
        if not javascript:
            browser.open("data:text/html,<html lang=en><title>off</title><script>document.title='on'</script>")
            check.equal(browser.driver.title, "off", "JavaScript is really off")
        for name, scene in scenes:
            if options.scene and options.scene not in name:
                continue
            with check.scene(f"{title}: {name}", journey_picture(journey)):
                if scene not in (main_job, other_pages) and not name.startswith("security"):
                    journey.sign_in()
                scene(journey)
        with check.scene(f"{title}: all the time"):
            journey.nothing_leaked()


def journey_picture(journey):
    return lambda title: journey.photograph("failed-" + "".join(c if c.isalnum() else "-" for c in title))


def demo(check, options):
    """What `make run` starts: the printed link leads to a green connection, and Ctrl-C ends it."""
    with check.scene("the demo"), Demo(options.binaries) as world, Browser() as browser:
        journey = Journey(world, check, browser)
        journey.sign_in()
        journey.connect("acme")
        check.expect(browser.has("#state .mark-good"), "the connection is green", journey.state())
        journey.nothing_leaked()


def axe_can_fail(check):
    """A page with known faults; if axe finds nothing on it, its silence elsewhere means nothing."""
    with Browser() as browser, check.scene("axe can fail"):
        browser.open("data:text/html,<html><title>x</title><body><img src=x><p style='color:%23bbb'>pale</p>"
                     "<a href=%23 style='display:inline-block;width:8px;height:8px;font-size:6px'>a</a>"
                     "<a href=%23 style='display:inline-block;width:8px;height:8px;font-size:6px'>b</a>")
        found = {line.split(" ")[0] for line in browser.axe()}
        check.expect({"image-alt", "color-contrast", "html-has-lang", "target-size"} <= found,
                     "axe notices a missing text, pale letters, a missing language and small targets", found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", help="folder of the programs; .build/debug unless named")
    parser.add_argument("--screenshots", metavar="FOLDER", help="keep a picture of each page state here")
    parser.add_argument("--only", choices=["demo", "narrow", "wide", "nojs", "doubt"], help="one of the runs")
    parser.add_argument("--scene", metavar="WORD", help="only scenes with this word in their name")
    options = parser.parse_args()
    check = Expectations()
    axe_can_fail(check)
    if options.only in (None, "demo"):
        demo(check, options)
    runs = {"narrow": (360, True), "wide": (1280, True), "nojs": (360, False)}
    for name, (width, javascript) in runs.items():
        if options.only in (None, name):
            with World(options.binaries) as world:
                run(world, check, options, width, javascript)
    if options.only in (None, "doubt"):
        security_scenes.doubtful(check, options)
    return check.report("browser journey")


if __name__ == "__main__":
    sys.exit(main())
