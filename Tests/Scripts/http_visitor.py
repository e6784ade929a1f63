"""A browser as far as HTTP goes: cookies, forms and links, one hop at a time, each hop remembered."""

import html.parser
import urllib.parse

import requests


class Form:
    def __init__(self, attributes):
        self.action, self.method = attributes.get("action", ""), attributes.get("method", "get").lower()
        self.fields, self.buttons = {}, {}


class PageReader(html.parser.HTMLParser):
    """The forms, links and the words of one page."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.links, self.words, self.title, self.ids, self.refresh = [], [], [], "", {}, None
        self._form, self._in = None, []
        self.feed(text)

    def handle_starttag(self, tag, pairs):
        attributes = {name: value or "" for name, value in pairs}
        if tag not in ("meta", "link", "input", "br", "path", "circle"):
            self._in.append((tag, attributes.get("id", "")))
        if tag == "form":
            self._form = Form(attributes)
            self.forms.append(self._form)
        elif tag == "input" and self._form is not None:
            self._input(attributes)
        elif tag == "button" and self._form is not None:
            self._form.buttons[attributes.get("id", "")] = (attributes.get("name"), attributes.get("value", ""))
        elif tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        elif tag == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
            self.refresh = attributes.get("content", "").partition("url=")[2] or None

    def _input(self, attributes):
        kind, name = attributes.get("type", "text"), attributes.get("name")
        if name and (kind not in ("radio", "checkbox") or "checked" in attributes):
            self._form.fields[name] = attributes.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        if any(open_tag == tag for open_tag, _ in self._in):
            while self._in.pop()[0] != tag:
                pass

    def handle_data(self, text):
        if any(tag == "title" for tag, _ in self._in):
            self.title += text
        elif text.strip():
            self.words.append(text.strip())
            for _, identifier in self._in:
                if identifier:
                    self.ids[identifier] = (self.ids.get(identifier, "") + " " + text.strip()).strip()

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


class Visitor:
    """Follows nothing by itself; `arrive` follows redirects and keeps every hop."""

    def __init__(self):
        self.session = requests.Session()
        self.session.trust_env = False
        self.hops = []
        self.answer = None

    def request(self, method, url, **options):
        self.answer = self.session.request(method, url, allow_redirects=False, timeout=30, **options)
        self.hops.append(self.answer)
        return self.answer

    def arrive(self, method, url, limit=10, **options):
        """Like a browser: follows redirects, and pages that move on by themselves, to the end."""
        self.request(method, url, **options)
        while limit and (further := self._further()):
            limit -= 1
            self.request("GET", urllib.parse.urljoin(self.answer.url, further))
        return self.answer

    def _further(self):
        if self.answer.is_redirect:
            return self.answer.headers["Location"]
        kind = self.answer.headers.get("Content-Type", "")
        return PageReader(self.answer.text).refresh if kind.startswith("text/html") else None

    @property
    def page(self):
        return PageReader(self.answer.text)

    def form(self, button):
        for form in self.page.forms:
            if button in form.buttons:
                return form
        raise LookupError(f"no form with the button {button!r} on {self.answer.url} ({self.answer.status_code}): "
                          f"{self.page.text[:300]}")

    def press(self, button, follow=True, **values):
        """Fills in the form that holds the button and presses it."""
        form = self.form(button)
        name, value = form.buttons[button]
        data = {**form.fields, **values, **({name: value} if name else {})}
        url = urllib.parse.urljoin(self.answer.url, form.action)
        origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(self.answer.url))
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        return (self.arrive if follow else self.request)(form.method.upper(), url, data=data, headers=headers)

    # The steps of the main job.

    def sign_in(self, link):
        return self.arrive("GET", link)

    def ask_to_connect(self, origin, organization, level="read_and_act"):
        """Sends the form; ends at the page where Zendesk (or its stand-in) asks something."""
        self.arrive("GET", f"{origin}/connect")
        return self.press("connect", organization_url=organization, permission_level=level)

    def sign_in_at_stand_in(self, email=None, password="password"):
        """As the person the form is filled in for, unless another one is named."""
        return self.press("sign-in", password=password, **({"email": email} if email else {}))

    def connect(self, origin, organization, email=None, level="read_and_act"):
        self.ask_to_connect(origin, organization, level)
        self.sign_in_at_stand_in(email)
        return self.press("allow")


def connected(gateway, organization="acme", level="read_and_act", tenant="default"):
    """Somebody new signs in by a link and connects the organization; the connection's id."""
    visitor = Visitor()
    visitor.sign_in(gateway.sign_in_link("--tenant", tenant))
    page = visitor.connect(gateway.origin, organization, level=level)
    return urllib.parse.urlsplit(page.url).path.rsplit("/", 1)[-1]
