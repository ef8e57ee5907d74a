"""A browser driven by the WebDriver protocol: chromedriver, and a headless Chromium that talks to nobody."""

import base64
import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

START_SECONDS = 60
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-default-browser-check", "--disable-default-apps",
    "--disable-extensions", "--force-device-scale-factor=1", "--hide-scrollbars", "--disable-dev-shm-usage",
]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "ArrowDown": "\ue015", "ArrowUp": "\ue013", "ArrowLeft": "\ue012",
        "ArrowRight": "\ue014", "Home": "\ue011", "Space": " ", "Tab": "\ue004"}

# Whatever proxy the environment names, it has no business between this script and the loopback interface.
LOOPBACK = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class BrowserError(Exception):
    """The browser refused a command."""


def programs():
    """The paths of chromedriver and Chromium, or None."""
    driver = shutil.which("chromedriver")
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return (driver, browser) if driver and browser else None


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Browser:
    """One session. Logs of the page's console and of its requests are kept by the browser until they are fetched."""

    def __init__(self, url, binary, profile):
        self.url = url
        capabilities = {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": binary, "args": [*FLAGS, f"--user-data-dir={profile}"]},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.url += f"/session/{answer['sessionId']}"

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with LOOPBACK.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise BrowserError(json.load(error)["value"]["message"]) from None

    def open(self, address):
        self.call("POST", "/url", {"url": address})

    def run(self, script, *args):
        """What the body of a function returns in the page."""
        return self.call("POST", "/execute/sync", {"script": script, "args": list(args)})

    def wait(self, script, what, seconds=20):
        """Waits until an expression is true in the page."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := self.run(f"return {script}"):
                return found
            time.sleep(0.03)
        raise BrowserError(f"waited {seconds} s for {what}")

    def find(self, selector):
        return self.call("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.call("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector, text):
        self.call("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def press(self, *keys):
        strokes = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def click_at(self, x, y):
        """A click of the mouse at a place of the viewport."""
        moves = [{"type": "pointerMove", "duration": 0, "x": int(x), "y": int(y)}]
        clicks = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self.call("POST", "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": moves + clicks}]})

    def point_at(self, x, y):
        moves = [{"type": "pointerMove", "duration": 0, "x": int(x), "y": int(y)}]
        self.call("POST", "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": moves}]})

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def view(self, width, height, scheme):
        """Sets the size of the page, as on a telephone if it is narrow, and its colour scheme."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def logs(self, kind):
        return self.call("POST", "/se/log", {"type": kind})

    def picture(self, path, whole=True):
        """Saves what the page looks like, all of it or the part in view."""
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))


@contextlib.contextmanager
def browser():
    """A fresh browser with a fresh profile, ended with all that belongs to it."""
    driver, binary = programs()
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        environment = {**os.environ, "HOME": profile, "no_proxy": "*"}
        process = subprocess.Popen([driver, f"--port={port}", "--log-level=OFF"], env=environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            end = time.monotonic() + START_SECONDS
            while True:
                with contextlib.suppress(OSError):
                    LOOPBACK.open(f"{url}/status", timeout=5).close()
                    break
                if time.monotonic() > end or process.poll() is not None:
                    raise BrowserError("chromedriver does not start")
                time.sleep(0.05)
            session = Browser(url, binary, profile)
            try:
                yield session
            finally:
                with contextlib.suppress(BrowserError, OSError):
                    session.call("DELETE", "")
        finally:
            process.terminate()
            process.wait()
