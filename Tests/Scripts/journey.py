"""The steps of the main job in a browser, each with what must be true on the way. Shared by the browser scripts."""

import pathlib
import urllib.parse

from browser import Browser

CONNECT = "a.main-button[href='/connect']"


class Journey:
    """One browser on one world. Every page that is looked at goes through `look`."""

    def __init__(self, world, check, browser, screenshots=None):
        self.world, self.check, self.browser, self.screenshots = world, check, browser, screenshots
        self.gateway, self.stand_in = world.gateway, world.stand_in
        self.gateway_host = urllib.parse.urlsplit(self.gateway.origin).netloc

    def open(self, path):
        self.browser.open(self.gateway.origin + path)

    def organization_host(self, organization):
        return f"{organization}.{self.stand_in.domain}"

    # Looking at a page

    def look(self, name, ours=True):
        """What holds on every page: no accessibility findings, nothing wider than the window, no complaint."""
        browser, check = self.browser, self.check
        where = f"{name} at {browser.width}" + ("" if browser.javascript else " without JavaScript")
        check.expect(not browser.overflows(), f"{where}: nobody has to scroll sideways")
        for scheme in ("light", "dark"):
            self._color_scheme(scheme)
            found = browser.axe()
            check.expect(not found, f"{where}, {scheme}: axe finds nothing", found)
        self._color_scheme("light")
        if ours:
            check.expect(browser.driver.title.endswith("– Latchkey"), f"{where}: the title names the product",
                         browser.driver.title)
        self.photograph(name)

    def _color_scheme(self, scheme):
        self.browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme},
                         {"name": "prefers-reduced-motion", "value": "reduce"}]})

    def photograph(self, name):
        if self.screenshots:
            suffix = "" if self.browser.javascript else "-nojs"
            self.browser.photograph(pathlib.Path(self.screenshots) / f"{name}-{self.browser.width}{suffix}.png")

    # The steps

    def sign_in(self, *options):
        self.browser.open(self.gateway.sign_in_link(*options))
        self.browser.wait_for(lambda b: b.path == "/integrations", "the Integrations page after the sign-in link")

    def go_to_form(self):
        """As a person would: from the tile."""
        self.open("/integrations")
        if self.browser.has(CONNECT):
            self.browser.click(CONNECT)
        else:
            self.open("/connect")
        self.check.equal(self.browser.path, "/connect", "Connect leads to the form")

    def send_form(self, organization, level="read_and_act"):
        self.browser.fill_connect_form(organization, level)
        self.browser.click("#connect")

    def go_to_zendesk(self, organization, level="read_and_act"):
        self.go_to_form()
        self.send_form(organization, level)
        self.browser.wait_for(lambda b: b.host != self.gateway_host, "the organization's host", seconds=10)
        self.check.equal(self.browser.host, self.organization_host(organization),
                         "the form leads to the organization's own host")

    def sign_in_at_zendesk(self, email):
        if not self.browser.has("#sign-in"):
            return  # signed in there already
        self.browser.type("#email", email)
        self.browser.type("#password", "password")
        self.browser.click("#sign-in")

    def answer_consent(self, button):
        self.browser.click(button)
        self.browser.wait_for(lambda b: b.host == self.gateway_host, "the way back to the gateway")

    def wait_for_connection(self):
        """The connection's page, once it no longer says that it is busy."""
        self.browser.wait_for(lambda b: b.path.startswith("/connections/") and b.has("#state"),
                              "the connection's page")
        self.browser.wait_for(lambda b: b.has("#state") and not b.has("#state .mark-busy"), "the end of the checks")
        return self.browser.path.split("/")[2]

    def connect(self, organization, email=None, level="read_and_act"):
        self.go_to_zendesk(organization, level)
        self.sign_in_at_zendesk(email or f"ada@{organization}.example")
        self.answer_consent("#allow")
        return self.wait_for_connection()

    def state(self):
        return self.browser.text("#state")

    def disconnect(self, organization):
        self.browser.find("#confirm").click()
        self.browser.click("#disconnect")

    # What must have been true all the time

    def nothing_leaked(self):
        allowed = {self.gateway_host} | {
            self.organization_host(name) for name in (*self.stand_in.state()["organizations"], "www", "nobody-here")}
        contacted = self.browser.contacted_hosts()
        self.check.expect(contacted and contacted <= allowed,
                          "no host but the gateway and the organizations was contacted (WEB-44)", contacted - allowed)
        ours = {value for value in self.browser.referrers() if value.startswith(self.gateway.origin)}
        self.check.expect(not ours, "no page of the gateway was named in a Referer (WEB-26)", ours)
        expected = ("status of 4", "status of 5", "Clear-Site-Data header on")
        complaints = [line for line in self.browser.console()
                      if self.gateway_host in line and not any(words in line for words in expected)]
        self.check.expect(not complaints, "the browser complained about no page of the gateway", complaints)


def open_journey(world, check, screenshots, **options):
    return Journey(world, check, Browser(**options), screenshots)
