"""Asks the national consent service over HTTP within a deadline; whatever it does, a page goes on."""

from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cache
from time import monotonic

import httpx
from django.conf import settings

from people.models import Organisation
from trust.categories import Category
from trust.national.codes import CODE_OF, CODES, FACILITY, OTHER_ROLE, ROLE_CODE, TREATMENT, permitted_by, refused_by
from trust.national.question import ACTION, Question, Verdict, fresh_id, read, write
from trust.national.safe_xml import LARGEST, Unreadable

QUESTION = "/geslotenautorisatievraag/xacml3"
SUBSCRIPTION = "/abonnementen/fhir/Subscription"


@dataclass(frozen=True)
class Answer:
    """What the service says about one holder and one reader, by category; in none of the three: it says nothing.

    ``refused`` is final. ``unknown`` got no usable answer and is refused for as long as it takes to ask again; the answer
    is then not kept. ``reason`` is a word for the screen and the log, empty when all is well.
    """

    permitted: frozenset[Category] = frozenset()
    refused: frozenset[Category] = frozenset()
    unknown: frozenset[Category] = frozenset()
    reason: str = ""


class NoAnswer(Exception):
    """One call brought nothing usable; ``reason`` is a word and holds nothing of what was said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def connected() -> bool:
    """Whether there is a national service to ask."""
    return bool(settings.NATIONAL_CONSENT_URL)


def ask(
    *, bsn: str, holder: Organisation, reader: Organisation, role: str, uzi: str = "", request_id: str = ""
) -> Answer:
    """Ask for this person, holder and reader about every data category, all within ``NATIONAL_CONSENT_DEADLINE`` seconds.

    The questions ask for an explicit choice (purpose TREAT). Must be called outside a transaction: it waits for others.
    Never raises for what the service does or for how it is connected.
    """
    asked = Question(
        bsn=bsn,
        holder_ura=holder.ura,
        holder_type=FACILITY[holder.domain],
        reader_ura=reader.ura,
        reader_type=FACILITY[reader.domain],
        role=ROLE_CODE.get(role, OTHER_ROLE),
        uzi=uzi,
        code=TREATMENT,
    )
    questions = [replace(asked, code=code, message_id=fresh_id()) for code in CODES]
    said = _ask_all(questions, request_id)
    verdicts = {code: verdict for code, verdict in said.items() if isinstance(verdict, Verdict)}
    reasons = [reason for reason in said.values() if isinstance(reason, str)]
    if not reasons and Verdict.INDETERMINATE in verdicts.values():
        reasons = ["indeterminate"]
    return replace(_by_category(verdicts, holder.domain), reason=reasons[0] if reasons else "")


def _by_category(verdicts: dict[str, Verdict], holder_domain: str) -> Answer:
    """The verdict of each category: that of its own code, or of the code that covers it where its own says nothing."""
    permitted, refused, unknown = set(), set(), set()
    for category, own in CODE_OF.items():
        code = own
        if verdicts.get(own) is Verdict.NOT_APPLICABLE:
            code = TREATMENT
        match verdicts.get(code, Verdict.INDETERMINATE):
            case Verdict.PERMIT:
                if category in permitted_by(code, holder_domain):
                    permitted.add(category)
            case Verdict.DENY:
                if category in refused_by(code):
                    refused.add(category)
            case Verdict.INDETERMINATE:
                unknown.add(category)
    return Answer(frozenset(permitted), frozenset(refused), frozenset(unknown))


def _ask_all(questions: list[Question], request_id: str) -> dict[str, Verdict | str]:
    """Each code with its verdict, or with the reason that there is none.

    The wait ends at the deadline whatever the other side does, also when it drips or the name service hangs: the threads
    are left behind, and closing their connections ends them.
    """
    said: dict[str, Verdict | str] = {question.code: "deadline" for question in questions}
    until = monotonic() + settings.NATIONAL_CONSENT_DEADLINE
    try:
        client = _client()
    except (OSError, ValueError):
        return dict.fromkeys(said, "certificate")

    def one(question: Question) -> Verdict:
        address = _address(QUESTION)
        kind = f'application/soap+xml; charset=utf-8; action="{ACTION}"'
        headers = {"Content-Type": kind, "Accept": "application/soap+xml, text/xml", "X-Request-Id": request_id}
        body = _post(client, address, write(question, address), headers, until)
        return read(body, question)

    pool = ThreadPoolExecutor(max_workers=len(questions), thread_name_prefix="national")
    try:
        running = {pool.submit(one, question): question.code for question in questions}
        done, _late = wait(running, timeout=max(until - monotonic(), 0))
        for future in done:
            error = future.exception()
            if error is None:
                said[running[future]] = future.result()
            else:
                said[running[future]] = error.reason if isinstance(error, NoAnswer | Unreadable) else "fault"
    finally:
        client.close()
        pool.shutdown(wait=False, cancel_futures=True)
    return said


def send_subscription(body: bytes) -> str:
    """Send a Subscription; returns "" when the service took it, else the reason in a word. Never raises for the other side."""
    until = monotonic() + settings.NATIONAL_CONSENT_DEADLINE
    headers = {"Content-Type": "application/fhir+xml; charset=utf-8", "Accept": "application/fhir+xml"}
    try:
        with _client() as client:
            _post(client, _address(SUBSCRIPTION), body, headers, until)
    except (NoAnswer, Unreadable) as error:
        return error.reason
    except (OSError, ValueError):
        return "certificate"
    return ""


def _address(path: str) -> str:
    return f"{settings.NATIONAL_CONSENT_URL.rstrip('/')}{path}"


def _post(client: httpx.Client, address: str, body: bytes, headers: dict[str, str], until: float) -> bytes:
    left = until - monotonic()
    if left <= 0:
        raise NoAnswer("deadline")
    try:
        with client.stream("POST", address, content=body, headers=headers, timeout=left) as response:
            if response.status_code not in (200, 201, 202):
                raise NoAnswer(f"status-{response.status_code}")
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise NoAnswer("compressed")
            return _body(response, until)
    except httpx.TimeoutException:
        raise NoAnswer("deadline") from None
    except httpx.ConnectError:
        raise NoAnswer("no-connection") from None
    except (httpx.HTTPError, httpx.InvalidURL, RuntimeError):
        raise NoAnswer("deadline" if monotonic() >= until else "connection-lost") from None


def _body(response: httpx.Response, until: float) -> bytes:
    chunks, size = [], 0
    for chunk in response.iter_raw():
        size += len(chunk)
        if size > LARGEST:
            raise NoAnswer("too-big")
        if monotonic() >= until:
            raise NoAnswer("deadline")
        chunks.append(chunk)
    return b"".join(chunks)


def _client() -> httpx.Client:
    """Connections for one exchange; no redirects, no proxies of the environment, no compression (its size is not known)."""
    context = _context(settings.NATIONAL_CONSENT_CERT, settings.NATIONAL_CONSENT_KEY, settings.NATIONAL_CONSENT_CA)
    return httpx.Client(
        verify=context, follow_redirects=False, trust_env=False, headers={"Accept-Encoding": "identity"}
    )


@cache
def _context(certificate: str, key: str, authority: str) -> ssl.SSLContext:
    """The settings of TLS, with the client's certificate where the service wants to know who asks; read once."""
    context = ssl.create_default_context(cafile=authority or None)
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context
