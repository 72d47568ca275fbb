# SPDX-License-Identifier: ISC
"""A browser without a window that does what it is told: Chromium by its DevTools protocol, over a pipe, in a folder of its own."""
import ctypes
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

PR_SET_PDEATHSIG = 1
PATIENCE_S = 120
FREE_DESCRIPTOR = 100
QUIET = ("--headless=new", "--no-first-run", "--no-default-browser-check", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--disable-default-apps", "--disable-domain-reliability", "--disable-breakpad", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio", "--hide-scrollbars", "--password-store=basic",
         "--use-mock-keychain", "--remote-debugging-pipe")

libc = ctypes.CDLL(None, use_errno=True)


class CannotStart(Exception):
    """Why there is no browser here."""


class Browser:
    """with Browser() as browser: browser.open(url); browser.call("Page.captureScreenshot"); browser.events: all that it said by itself, (method, parameters)"""

    def __init__(self):
        self.events, self.answers, self.number, self.session, self.rest = [], {}, 0, None, b""

    def __enter__(self):
        program = shutil.which("chromium")
        if program is None:
            raise CannotStart("Chromium is not installed (script/bootstrap browser does it)")
        self.folder = tempfile.mkdtemp(prefix="mailcensus-browser-", dir="/tmp")
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        # Away from 3 and 4, which are where the browser looks for them.
        theirs = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, FREE_DESCRIPTOR) for descriptor in (theirs_in, theirs_out)]
        os.close(theirs_in)
        os.close(theirs_out)
        self.read_from, self.write_to = (fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, FREE_DESCRIPTOR) for descriptor in (ours_in, ours_out))
        os.close(ours_in)
        os.close(ours_out)

        def arrange():
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            os.dup2(theirs[0], 3)
            os.dup2(theirs[1], 4)

        # Its sandbox does not work for root; where it runs there is no network, and it shows one file.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        environment = dict(os.environ, HOME=self.folder, XDG_CONFIG_HOME=self.folder, XDG_CACHE_HOME=self.folder, TMPDIR=self.folder)
        self.process = subprocess.Popen([program, *QUIET, *sandbox, "--user-data-dir=" + self.folder + "/profile", "about:blank"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, pass_fds=(3, 4), preexec_fn=arrange, start_new_session=True, env=environment)
        for descriptor in theirs:
            os.close(descriptor)
        try:
            self.session = self.call("Target.attachToTarget", targetId=self.first_page(), flatten=True)["sessionId"]
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def first_page(self):
        return next(target["targetId"] for target in self.call("Target.getTargets")["targetInfos"] if target["type"] == "page")

    def take_message(self):
        until = time.monotonic() + PATIENCE_S
        while b"\0" not in self.rest:
            if not select.select([self.read_from], [], [], max(0, until - time.monotonic()))[0]:
                raise RuntimeError("the browser does not answer")
            piece = os.read(self.read_from, 1 << 20)
            if not piece:
                raise CannotStart("the browser ended by itself")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(message)
        if "id" in message:
            self.answers[message["id"]] = message
        else:
            self.events.append((message["method"], message.get("params", {})))

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session is not None:
            message["sessionId"] = self.session
        os.write(self.write_to, json.dumps(message).encode() + b"\0")
        while self.number not in self.answers:
            self.take_message()
        answer = self.answers.pop(self.number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def wait_for(self, method, since):
        while not any(name == method for name, _ in self.events[since:]):
            self.take_message()

    def open(self, url):
        since = len(self.events)
        self.call("Page.navigate", url=url)
        self.wait_for("Page.loadEventFired", since)

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.read_from)
        os.close(self.write_to)
        shutil.rmtree(self.folder, ignore_errors=True)
