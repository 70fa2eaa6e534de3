"""People at a browser: the web server as it runs, and pages asked of it over sockets by many at once."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import unescape
from http.client import HTTPConnection
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import psycopg
from django.test import RequestFactory
from django.urls import reverse

from bench.scene import Connection, Scene


@contextmanager
def stub() -> Iterator[str]:
    """The sources to measure with, in a process of their own; gives their address."""
    with subprocess.Popen([sys.executable, "-m", "bench.source_stub"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def tell(address: str, scene: Scene) -> None:
    """Tell the sources the birth dates, which they give and the product compares."""
    line = HTTPConnection(address.removeprefix("http://"), timeout=5)
    line.request("PUT", "/", json.dumps(scene.born))
    line.getresponse().read()


@contextmanager
def web() -> Iterator[int]:
    """The web server as it runs, three processes on a free port."""
    port = 18000 + os.getpid() % 2000
    words = [
        sys.executable,
        "-m",
        "gunicorn",
        "nis.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-class",
        "gthread",
        "--workers",
        "3",
    ]
    words += ["--threads", str(THREADS), "--no-control-socket", "--timeout", "120", "--log-level", "error"]
    with subprocess.Popen(words, env=os.environ) as server:
        try:
            for _ in range(200):
                try:
                    ask(HTTPConnection("127.0.0.1", port, timeout=5), "/health/", "")
                    break
                except OSError:
                    time.sleep(0.1)
            yield port
        finally:
            server.terminate()


THREADS = 16
"""Threads in each of the three processes of the web server."""


def ask(line: HTTPConnection, path: str, session: str) -> str:
    """Ask one address over a line that stays open."""
    headers = {"Cookie": f"sessionid={session}", "Host": "localhost:8000"}
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    body = answer.read().decode()
    if answer.status not in {200, 204, 286}:
        raise SystemExit(f"{path} answered {answer.status}")
    return body


def crowd(people: int, seconds: float, pause: float, do: Callable[[int, int], object]) -> list[float]:
    """So many people at once who do something again and again, each with a pause after it; milliseconds of each."""
    took: list[list[float]] = [[] for _ in range(people)]
    until = time.monotonic() + seconds
    faults: list[BaseException] = []

    def person(place: int) -> None:
        time.sleep(pause * place / people)
        number = place
        while time.monotonic() < until and not faults:
            began = time.perf_counter()
            try:
                do(place, number)
            except (Exception, SystemExit) as fault:
                faults.append(fault)
                return
            took[place].append((time.perf_counter() - began) * 1000)
            number += people
            time.sleep(pause)

    all_ = [threading.Thread(target=person, args=(place,)) for place in range(people)]
    for one in all_:
        one.start()
    for one in all_:
        one.join()
    if faults:
        raise faults[0]
    return [value for of_one in took for value in of_one]


def at_once(port: int, scene: Scene, people: int, seconds: float, pause: float) -> tuple[list[float], float]:
    """Own part of the page, so many people at once, each with a pause after a page; milliseconds, and pages per second."""

    def page(_place: int, number: int) -> None:
        path = reverse("workplace:patient", args=[scene.patients[number % len(scene.patients)][1]])
        ask(HTTPConnection("127.0.0.1", port, timeout=60), path, scene.session)

    found = crowd(people, seconds, pause, page)
    return found, len(found) / seconds


_LINE = re.compile(r'sse-connect="([^"]+)"')
_STATE = re.compile(r'id="source-(\d+)" data-kind="(\w+)"')


def whole(port: int, scene: Scene, key: str) -> float:
    """Milliseconds from asking the page until the parts of every source but the hanging one have come."""
    began = time.perf_counter()
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    found = _LINE.search(ask(line, reverse("workplace:patient", args=[key]), scene.session))
    if not found:
        raise SystemExit("the page has no source asked")
    headers = {"Cookie": f"sessionid={scene.session}", "Host": "localhost:8000", "Accept": "text/event-stream"}
    line.request("GET", unescape(found[1]), headers=headers)
    answer = line.getresponse()
    waiting, took = set(scene.sources[:-1]), 0.0
    for piece in answer:
        waiting -= {int(number) for number, kind in _STATE.findall(piece.decode()) if kind == "answered"}
        if piece == b"\n" and not waiting and not took:
            took = (time.perf_counter() - began) * 1000
    if not took:
        raise SystemExit(f"sources {waiting} did not answer")
    return took


def arriving(port: int, owner: Connection, scene: Scene, people: int, pause: float, rounds: int) -> list[float]:
    """Pages of whom no source was asked before, by so many people, each with this many seconds from page to page; milliseconds.

    Without a pause all of them ask at the same instant.
    """
    took: list[float] = []

    def person(place: int) -> None:
        began = time.monotonic() + pause * place / people
        for number in range(rounds):
            patient, key = scene.patients[(place + number) % len(scene.patients)]
            time.sleep(max(began + number * pause - time.monotonic(), 0))
            with psycopg.connect(owner.info.dsn, password=owner.info.password, autocommit=True) as line:
                line.execute(
                    "delete from dossier_sourceanswer where patient_id = %s and source_id = any(%s)",
                    [patient, scene.sources],
                )
            took.append(whole(port, scene, key))

    crowd = [threading.Thread(target=person, args=(place,)) for place in range(people)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    return took


class NotSentError(Exception):
    """A referral that was not sent."""


class Sender:
    """One person at a browser who refers one patient after another."""

    secret = "b" * 32

    def __init__(self, port: int, sessions: list[str], pairs: list[tuple[str, int]]) -> None:
        self.port, self.sessions, self.pairs = port, sessions, pairs

    def form(self, number: int) -> tuple[str, str, dict[str, str]]:
        """The address, the body and the headers of one referral, as the browser sends its form.

        By turns in several sessions: nobody reads the page after it, so what was said to the sender would pile up in one.
        """
        key, service = self.pairs[number % len(self.pairs)]
        session = self.sessions[number % len(self.sessions)]
        form = {
            "csrfmiddlewaretoken": self.secret, "do": "send", "token": str(uuid.uuid4()), "service": service, "shown": service,
            "question": "Slaapt slecht. Wat kan helpen?", "urgency": "routine", "agreed": "on",
        }  # fmt: skip
        headers = {
            "Cookie": f"sessionid={session}; csrftoken={self.secret}", "Host": "localhost:8000",
            "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        return reverse("referrals:new", args=[key]), urlencode(form), headers

    def here(self, app: Any, number: int) -> None:
        """Send one referral to the application in this process."""
        path, body, headers = self.form(number)
        said: list[str] = []
        environ = RequestFactory(REMOTE_ADDR="127.0.0.1")._base_environ() | {
            "REQUEST_METHOD": "POST", "PATH_INFO": path, "wsgi.input": BytesIO(body.encode()), "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": headers["Content-Type"], "HTTP_HOST": headers["Host"], "HTTP_COOKIE": headers["Cookie"],
        }  # fmt: skip
        app(environ, lambda status, *_rest: said.append(status)).close()
        if said != ["302 Found"]:
            raise NotSentError(f"sending answered {said}")

    def send(self, number: int) -> str:
        """Send one referral as the form does; where the thread of it stands."""
        path, body, headers = self.form(number)
        line = HTTPConnection("127.0.0.1", self.port, timeout=60)
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        body = answer.read().decode()
        if answer.status != 302:
            raise NotSentError(f"sending answered {answer.status}: {body[-500:]}")
        return str(answer.headers["Location"])


def who_can_be_sent(sender: Sender, most: int = 200) -> None:
    """Keep the patients that can be referred; some object, or need a service that is not for them."""
    kept = []
    for number, pair in enumerate(sender.pairs[:most]):
        with suppress(NotSentError):
            sender.send(number)
            kept.append(pair)
    sender.pairs[:] = kept
