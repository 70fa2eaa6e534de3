"""The actor of the running transaction: who acts, for which organisation, in which role and for what purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404

View = TypeVar("View", bound=Callable[..., Any])
Kind = Literal["anonymous", "professional", "citizen", "system"]


@dataclass(frozen=True)
class Actor:
    """One party that acts, as NEN 7513:2018 (7.3) asks it to be named.

    ``kind`` tells how the rest is read: a *professional* acts for an organisation in a role, a *citizen* acts on the
    own record, a *system* is a named worker with a stated purpose, *anonymous* is a visitor of the public pages.
    ``purpose`` is a code of v3-ActReason (TREAT, COC, PATRQT, ...). ``request_id`` links all lines of one request.
    """

    kind: Kind = "anonymous"
    user_id: int | None = None
    organisation_id: int | None = None
    role: str = ""
    purpose: str = ""
    name: str = ""
    request_id: str = ""
    place: str = ""

    @property
    def works_for(self) -> int | None:
        """The organisation that a professional acts for; nothing for anybody else, nor before one was chosen."""
        return self.organisation_id if self.kind == "professional" else None

    @property
    def by_machine(self) -> bool:
        """Whether a system acts for an organisation, named as its client, and no person does."""
        return self.kind == "professional" and bool(self.name)


ANONYMOUS = Actor()
_current: ContextVar[Actor] = ContextVar("actor", default=ANONYMOUS)

_longest: ContextVar[int] = ContextVar("longest", default=0)

_SET = """select set_config('nis.kind', %s, true), set_config('nis.user', %s, true),
    set_config('nis.organisation', %s, true), set_config('nis.role', %s, true), set_config('nis.purpose', %s, true),
    set_config('nis.name', %s, true), set_config('nis.request', %s, true), set_config('nis.place', %s, true),
    set_config('statement_timeout', coalesce(nullif(%s, '0'), current_setting('statement_timeout')), true)"""


def system(name: str, *, purpose: str) -> Actor:
    """A named worker, such as ``notifications``, that acts for the stated purpose."""
    return Actor(kind="system", role="system", name=name, purpose=purpose)


def current() -> Actor:
    """The actor of the running transaction; anonymous outside one."""
    return _current.get()


def _state(actor: Actor) -> None:
    kind = "" if actor.kind == "anonymous" else actor.kind
    with connection.cursor() as cursor:
        cursor.execute(
            _SET,
            [
                kind,
                str(actor.user_id or ""),
                str(actor.organisation_id or ""),
                actor.role,
                actor.purpose,
                actor.name,
                actor.request_id,
                actor.place,
                str(_longest.get()),
            ],
        )


@contextmanager
def statements_within(seconds: float) -> Iterator[None]:
    """No statement of a transaction that is opened within may take longer: the database ends it (``OperationalError``) and what
    the transaction did comes to nothing. For who waits for a page; a worker takes the time it needs. 0 is no limit."""
    token = _longest.set(round(seconds * 1000))
    try:
        yield
    finally:
        _longest.reset(token)


def own_transaction(view: View) -> View:
    """Mark a view that waits for other systems: it runs outside a transaction and opens its own with :func:`act`."""
    view.own_transaction = True  # type: ignore[attr-defined]
    return view


@contextmanager
def act(actor: Actor) -> Iterator[Actor]:
    """Open a transaction in which the database knows ``actor``; everything read or written within is judged by it.

    The statement of who acts is bound to the transaction and ends with it, so a pooled connection never hands one person's
    rights to the next. Within a surrounding transaction the former actor is put back at the end. A refusal (not found, not
    allowed) commits before it goes on, so that the line about a denial survives; any other exception rolls back.
    """
    former = _current.get()
    token = _current.set(actor)
    refusal: Exception | None = None
    within = connection.in_atomic_block
    try:
        with transaction.atomic():
            _state(actor)
            try:
                yield actor
            except (Http404, PermissionDenied) as error:
                refusal = error
            if within and not connection.needs_rollback:
                _state(former)
    finally:
        _current.reset(token)
    if refusal is not None:
        raise refusal
