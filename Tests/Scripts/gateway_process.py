"""Starts the real programs for a script: the gateway on a directory of its own, and the stand-in Zendesk.

Everything a process writes is kept in the directory; nothing outside it is touched.
"""

import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request

from expectations import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIENT_ID = "zdg-latchkey"


def resolve_localhost_names():
    """Names under localhost are loopback (RFC 6761); not every system's resolver knows."""
    system = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **options):
        name = host.decode() if isinstance(host, bytes) else host
        if name and (name == "localhost" or name.endswith(".localhost")):
            host = "127.0.0.1"
        return system(host, *arguments, **options)

    socket.getaddrinfo = getaddrinfo


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def binary(name, folder=None):
    path = pathlib.Path(folder or ROOT / ".build" / "debug") / name
    if not path.is_file():
        raise SystemExit(f"{path} is not there; build it first: swift build --product {name}")
    return path


class Workplace:
    """A directory for one run, removed at the end unless it is to be kept."""

    def __init__(self, keep=None):
        self.keep = keep is not None
        self.path = pathlib.Path(keep or tempfile.mkdtemp(prefix="latchkey-test-")).resolve()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.keep:
            shutil.rmtree(self.path, ignore_errors=True)

    def secret_file(self, name, text):
        path = self.path / name
        path.touch(mode=0o600)
        path.write_text(text + "\n")
        return path


class Process:
    """A program that runs until it is stopped; its output is kept in two files."""

    def __init__(self, folder, name, command, environment=None):
        self.name = name
        self.output, self.errors = folder / f"{name}.stdout", folder / f"{name}.stderr"
        with open(self.output, "ab") as output, open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdout=output, stderr=errors, stdin=subprocess.DEVNULL,
                cwd=folder, env=environment)

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        return self.output.read_text(errors="replace") + self.errors.read_text(errors="replace")

    def ensure_alive(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with status {self.process.returncode}:\n{self.log()[-2000:]}")
        return False

    def printed(self, pattern, what):
        """The first group of the pattern, as soon as it stands on standard output."""
        def look():
            self.ensure_alive()
            return re.search(pattern, self.output.read_text())

        return wait_until(look, what).group(1)

    def stop(self, seconds=15):
        """A polite stop that must work: whoever ignores SIGTERM is reported."""
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f"{self.name} did not stop within {seconds} seconds of SIGTERM") from None


class Control:
    """The control interface of a running stand-in."""

    control_port: int

    def control(self, path, body=None, method=None):
        """One call of the control interface; the answer as a value."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.control_port}/{path}", method=method or ("GET" if body is None else "POST"),
            data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def state(self):
        return self.control("state")

    def sign_ins(self):
        """How many token pairs a code was redeemed for; renewals, which a gateway makes when it likes, do not count."""
        counters = self.state()["counters"]
        return counters["issued"] - counters["rotations"]

    def double_uses(self):
        """How often a refresh token was used a second time, in all organizations."""
        return sum(organization["counters"]["doubleUses"] for organization in self.state()["organizations"].values())

    def live_tokens(self, organization):
        return self.control("test-only/tokens", {"organization": organization})


class StandIn(Control):
    """`zendesk-emulator` on free ports, with its control interface."""

    def __init__(self, workplace, redirect_uri, secret, binaries=None, options=()):
        secret_file = workplace.secret_file("client-secret", secret)
        self.process = Process(workplace.path, "zendesk-emulator", [
            binary("zendesk-emulator", binaries), "--port", "0", "--control-port", "0", "--client-id", CLIENT_ID,
            "--client-secret-file", secret_file, "--redirect-uri", redirect_uri, *options])
        self.secret_file = secret_file
        self.port = int(self._greeting(r"acme\.zendesk\.localhost:(\d+)"))
        self.control_port = int(self._greeting(r"Control: http://127\.0\.0\.1:(\d+)"))
        self.domain = f"zendesk.localhost:{self.port}"

    def _greeting(self, pattern):
        return self.process.printed(pattern, "the stand-in's greeting")

    def stop(self):
        self.process.stop()


class Gateway:
    """`latchkey serve` and its other commands on one directory."""

    def __init__(self, workplace, zendesk_domain, secret_file, port=None, binaries=None, settings=None):
        self.workplace, self.binary = workplace, binary("latchkey", binaries)
        self.port = port or free_port()
        self.origin = f"http://localhost:{self.port}"
        self.database = workplace.path / "latchkey.sqlite"
        self.root_key = workplace.path / "root.key"
        self.settings = {
            "LATCHKEY_HTTP_PORT": str(self.port),
            "LATCHKEY_PUBLIC_URL": self.origin,
            "LATCHKEY_DATABASE_URL": f"sqlite:{self.database}",
            "LATCHKEY_ROOT_KEY_FILE": str(self.root_key),
            "LATCHKEY_ZENDESK_CLIENT_ID": CLIENT_ID,
            "LATCHKEY_ZENDESK_CLIENT_SECRET_FILE": str(secret_file),
            "LATCHKEY_ZENDESK_DOMAIN": zendesk_domain,
            "LATCHKEY_ZENDESK_PLAIN_HTTP": "true",
            "LATCHKEY_TEMPLATES": str(ROOT / "templates"),
            **(settings or {}),
        }
        self.origin = self.settings["LATCHKEY_PUBLIC_URL"]
        self.process = None

    @property
    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.workplace.path), "LANG": "C.UTF-8", **self.settings}

    def command(self, *arguments, check=True):
        """Runs one command to its end; its standard output."""
        done = subprocess.run(
            [str(self.binary), *arguments], cwd=self.workplace.path, env=self.environment, capture_output=True,
            text=True, stdin=subprocess.DEVNULL, timeout=60)
        if check and done.returncode != 0:
            raise RuntimeError(
                f"latchkey {' '.join(arguments)} ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    @property
    def is_https(self):
        return "LATCHKEY_HTTP_TLS_CERTIFICATE" in self.settings

    def start(self, answers="/readyz"):
        """Until that address answers 200; `/healthz` for a gateway that lives and says that something is wrong."""
        if not self.root_key.exists():
            self.command("keys", "init")
        self.process = Process(self.workplace.path, "latchkey", [self.binary, "serve"], self.environment)
        wait_until(lambda: self._answers(answers), f"the gateway to answer {answers}", seconds=30)
        return self

    def _answers(self, path):
        self.process.ensure_alive()
        scheme = "https" if self.is_https else "http"
        trust = ssl._create_unverified_context() if self.is_https else None
        try:
            with urllib.request.urlopen(f"{scheme}://127.0.0.1:{self.port}{path}", timeout=2, context=trust) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def sign_in_link(self, *options):
        return self.command("sign-in-link", *options).strip().splitlines()[-1]

    def api_key(self, name, scopes, tenant=None):
        made = self.command("api-keys", "create", "--name", name, "--scopes", scopes,
                            *(["--tenant", tenant] if tenant else []))
        return made.strip().splitlines()[-1]

    def kill(self):
        """As a power cut would: no signal that could be handled."""
        self.process.process.kill()
        self.process.process.wait()

    def stop(self):
        if self.process:
            self.process.stop()


class World:
    """Gateway and stand-in together, as most scripts want them."""

    def __init__(self, binaries=None, settings=None, keep=None, tls=False, secret_settings=None):
        """`secret_settings`: settings whose value is to stand in a file of its own."""
        self.binaries, self.settings, self.keep, self.tls = binaries, settings or {}, keep, tls
        self.secret_settings = secret_settings or {}
        self.secret = secrets.token_hex(32)

    def __enter__(self):
        self.workplace = Workplace(self.keep)
        port, scheme = free_port(), "https" if self.tls else "http"
        origin = f"{scheme}://localhost:{port}"
        files = {name: str(self.workplace.secret_file(name.lower(), text)) for name, text in self.secret_settings.items()}
        settings = {"LATCHKEY_PUBLIC_URL": origin, **(self._tls_settings() if self.tls else {}), **files,
                    **self.settings}
        self.stand_in = StandIn(
            self.workplace, f"{origin}/oauth/callback", self.secret, self.binaries,
            self._stand_in_options() if self.tls else ())
        try:
            self.gateway = Gateway(
                self.workplace, self.stand_in.domain, self.stand_in.secret_file, port, self.binaries,
                settings).start()
        except BaseException:
            self.stand_in.stop()
            raise
        return self

    def _tls_settings(self):
        folder = self.workplace.path / "certs"
        subprocess.run(["sh", ROOT / "certs" / "make-development-certificates.sh", folder], check=True,
                       stdout=subprocess.DEVNULL)
        return {"LATCHKEY_HTTP_TLS_CERTIFICATE": str(folder / "localhost.pem"),
                "LATCHKEY_HTTP_TLS_KEY": str(folder / "localhost.key"),
                "LATCHKEY_ZENDESK_CA_FILE": str(folder / "development-authority.pem"),
                "LATCHKEY_ZENDESK_PLAIN_HTTP": "false"}

    def _stand_in_options(self):
        folder = self.workplace.path / "certs"
        return ["--tls-certificate", folder / "localhost.pem", "--tls-key", folder / "localhost.key"]

    def __exit__(self, *_):
        try:
            self.gateway.stop()
        finally:
            self.stand_in.stop()
            self.workplace.__exit__()


class DemoGateway:
    """What a journey needs to know of the gateway inside `latchkey-demo`: where it is, and its one printed link."""

    def __init__(self, link):
        self.link, self.origin = link, link.split("/sign-in/")[0]

    def sign_in_link(self, *_):
        return self.link


class DemoStandIn(Control):
    def __init__(self, domain, control_port):
        self.domain, self.control_port = domain, control_port


class Demo:
    """`latchkey-demo` as somebody starts it for a first look, on free ports."""

    def __init__(self, binaries=None):
        self.binary = binary("latchkey-demo", binaries)

    def __enter__(self):
        self.workplace = Workplace()
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.workplace.path), "LANG": "C.UTF-8",
                       "LATCHKEY_TEMPLATES": str(ROOT / "templates")}
        self.process = Process(self.workplace.path, "latchkey-demo", [
            self.binary, "--http-port", "0", "--zendesk-port", "0", "--control-port", "0"], environment)
        self.gateway = DemoGateway(self.process.printed(r"(http://localhost:\d+/sign-in/\S+)", "the demo's link"))
        self.stand_in = DemoStandIn(
            self.process.printed(r"Stand-in\s+http://acme\.(\S+)", "the stand-in's address"),
            int(self.process.printed(r"Control\s+http://127\.0\.0\.1:(\d+)", "the control interface")))
        return self

    def __exit__(self, *_):
        self.process.stop()
        self.workplace.__exit__()
