"""Chromium for the acceptance scripts: what was sent is logged, what is seen can be held against axe and photographed."""

import base64
import importlib.util
import json
import os
import pathlib
import re
import urllib.parse

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from expectations import wait_until

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]


def axe_source():
    """The axe-core script, from the package that carries it."""
    package = importlib.util.find_spec("axe_playwright_python")
    return (pathlib.Path(package.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


class Browser:
    """One profile: its cookies are nobody else's."""

    def __init__(self, width=1280, height=900, javascript=True, accept_insecure=False):
        self.width, self.height, self.javascript = width, height, javascript
        options = webdriver.ChromeOptions()
        options.binary_location = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        for argument in self._arguments():
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        options.accept_insecure_certs = accept_insecure
        service = Service(os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver"))
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_page_load_timeout(30)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self._let_scripts_run(javascript)
        self._events, self._console = [], []

    @staticmethod
    def _arguments():
        # Names of this machine only: a page that wants anything else gets nothing, and the log still shows that it asked.
        rules = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1"
        yield from ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--lang=en",
                    "--disable-features=Translate,OptimizationHints", f"--host-resolver-rules={rules}")
        if os.geteuid() == 0:
            yield "--no-sandbox"  # Chromium refuses to run as root with it

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def _let_scripts_run(self, allowed):
        """Of pages. What this script asks of a page itself is answered in any case, unless it waits for something."""
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not allowed})

    # Going somewhere

    def open(self, url):
        self.driver.get(url)

    @property
    def url(self):
        return self.driver.current_url

    @property
    def path(self):
        return urllib.parse.urlsplit(self.url).path

    @property
    def host(self):
        return urllib.parse.urlsplit(self.url).netloc

    def wait_for(self, condition, what, seconds=20):
        return wait_until(lambda: condition(self), what, seconds)

    def click(self, selector):
        """Clicks and waits until the page it leads to is there."""
        target = self.find(selector)
        before = self.find("html")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", target)
        target.click()
        self.wait_for(lambda _: self._is_gone(before), f"another page after {selector}")
        self.wait_for(lambda _: self.driver.execute_script("return document.readyState") == "complete", "the page")

    @staticmethod
    def _is_gone(element):
        try:
            element.tag_name
            return False
        except Exception:  # stale, in one of several words
            return True

    # Looking

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def has(self, selector):
        return bool(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def text(self, selector="main"):
        """What is to be read there. A page that loads itself anew may be replaced meanwhile: then the new one counts."""
        for tries_left in (2, 1, 0):
            try:
                found = self.driver.find_elements(By.CSS_SELECTOR, selector)
                return " ".join(" ".join(element.text for element in found).split())
            except WebDriverException:  # "stale", or "Node with given id does not belong to the document"
                if not tries_left:
                    raise

    def type(self, selector, text):
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def fill_connect_form(self, organization, level="read_and_act"):
        self.type("#organization_url", organization)
        self.find(f"#permission_level-{level}").click()

    def overflows(self):
        """Whether one must scroll sideways."""
        return self.driver.execute_script("return document.documentElement.scrollWidth > window.innerWidth")

    # Holding against rules

    def axe(self):
        """The violations that axe-core finds on this page, as sentences."""
        self._let_scripts_run(True)  # the page's own have had their turn and did not get it
        try:
            return self._violations()
        finally:
            self._let_scripts_run(self.javascript)

    def _violations(self):
        self.driver.execute_script(axe_source())
        self.driver.set_script_timeout(30)
        result = self.driver.execute_async_script(
            """const done = arguments[arguments.length - 1];
            axe.run(document, {runOnly: {type: 'tag', values: arguments[0]},
                               rules: {'target-size': {enabled: true}}, resultTypes: ['violations']})
               .then(done, error => done({broken: String(error)}));""", AXE_TAGS)
        if "broken" in result:
            raise RuntimeError(f"axe broke off: {result['broken']}")
        # WCAG 2.2.1 lets a page load itself where the reader can turn that off; axe does not look for it.
        can_be_kept_still = bool(self.driver.find_elements(By.LINK_TEXT, "Keep it still"))
        return [f"{found['id']} ({found['impact']}): {found['help']} at "
                + "; ".join(" ".join(node["target"]) for node in found["nodes"][:3]) for found in result["violations"]
                if not (found["id"] == "meta-refresh" and can_be_kept_still)]

    def photograph(self, file):
        """The whole page."""
        answer = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": {
            "x": 0, "y": 0, "width": self.width, "height": self._page_height(), "scale": 1}})
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(answer["data"]))

    def _page_height(self):
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        return max(1, size["height"])

    # What was sent

    def requests(self):
        """Every request since the start: dictionaries of url, method and headers as they went on the wire."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"].startswith("Network.requestWillBeSent"):
                self._events.append(message)
        sent = {}
        for message in self._events:
            parameters = message["params"]
            request = parameters.get("request", {})
            entry = sent.setdefault(parameters["requestId"], {"hops": [], "headers": []})
            if request:
                entry["hops"].append((request["method"], request["url"]))
                entry["headers"].append(request["headers"])
            else:
                entry["headers"].append(parameters["headers"])
        return list(sent.values())

    def contacted_hosts(self):
        urls = [url for entry in self.requests() for _, url in entry["hops"]]
        return {urllib.parse.urlsplit(url).netloc for url in urls if re.match(r"(https?|wss?):", url)}

    def referrers(self):
        return {value for entry in self.requests() for headers in entry["headers"]
                for name, value in headers.items() if name.lower() == "referer"}

    def console(self):
        """What pages complained about: blocked resources, refused frames, script errors."""
        self._console += [entry["message"] for entry in self.driver.get_log("browser")]
        return self._console
