"""A headless Chromium, driven over its debugging pipe: JSON texts, each ended by a NUL, over descriptors 3 and 4."""

import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PATIENCE = 60  # seconds for an answer: the machine may be busy
NAMES = ("chromium", "chromium-browser", "google-chrome")


def find():
    """The command of a browser of this machine, or None."""
    return next((command for command in map(shutil.which, NAMES) if command), None)


class Broken(Exception):
    """The browser ended, or does not answer."""


class Browser:
    """One page in one browser. What happens meanwhile is kept in `events`."""

    def __init__(self, command):
        self.profile = tempfile.TemporaryDirectory(prefix="latzero-browser.")
        (there, self.commands), (self.answers, here) = os.pipe(), os.pipe()

        # Two pipes are four descriptors, so 3 and 4 are taken by now, and nothing of subprocess's own lies there. In
        # the child each end is out of the way before its place is taken.
        def place_pipes():
            commands, answers = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (there, here))
            os.dup2(commands, 3)
            os.dup2(answers, 4)

        # Its sandbox wants more than a container or root allow; all that it opens here is of our own making.
        flags = ("--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
                 "--disable-background-networking", "--no-sandbox", f"--user-data-dir={self.profile.name}")
        with open(os.path.join(self.profile.name, "log"), "wb") as log:
            self.process = subprocess.Popen([command, *flags, "about:blank"], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, close_fds=False, preexec_fn=place_pipes)
        os.close(there)
        os.close(here)
        self.pending, self.number, self.session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.commands)
        os.close(self.answers)
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        # Its helpers may still write while they end.
        shutil.rmtree(self.profile.name, ignore_errors=True)
        self.profile.cleanup()

    def _read(self, deadline):
        """The next message."""
        while b"\0" not in self.pending:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self.answers, 1 << 20) if ready else b""
            if not part:
                with open(os.path.join(self.profile.name, "log"), encoding="utf-8", errors="replace") as log:
                    raise Broken(("it ended: " if ready else "no answer: ") + log.read()[-2000:])
            self.pending += part
        message, self.pending = self.pending.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._read(deadline)
            if answer.get("id") == self.number:
                break
            self.events.append(answer)
        if "error" in answer:
            raise Broken(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, address, width, height, dark):
        """Loads a page anew, in a window of that size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events = []
        self.call("Page.navigate", url=address)
        deadline = time.monotonic() + PATIENCE
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._read(deadline))
        # A message of the console may come after the page: it has come once the page has answered.
        self.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Broken(f"{expression[:60]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def happened(self, method):
        return [event["params"] for event in self.events if event.get("method") == method]
