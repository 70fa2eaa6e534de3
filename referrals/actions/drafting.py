"""Keeping a referral that is not sent yet, leaving it to a colleague, and throwing it away; and the texts to begin with."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actions import ask, done
from events.actor import Actor
from events.errors import Refused
from people.models import Patient, User
from referrals.access import Which, colleagues_for, naming_fault
from referrals.models import Draft, Template
from referrals.moves import DRAFT_DAYS
from trust.access import need_role
from trust.categories import Category


@dataclass(frozen=True)
class Saved:
    """What became of keeping: the draft and the moment, nothing where the form was sent already. ``beside`` says why it became a draft
    of its own: the one that the form went on with was ``changed`` by another window, or is ``gone``."""

    number: int | None
    saved_at: datetime | None
    beside: str = ""

    @property
    def which(self) -> Which | None:
        """What the form goes on with from now on."""
        return Which(self.number, self.saved_at) if self.number else None


@transaction.atomic
def keep_draft(
    *, patient: Patient, token: uuid.UUID, typed: dict[str, Any], draft: Which | None = None, by: Actor
) -> Saved:
    """Keep what was typed in the form with this ``token`` for who typed it, in the place of what that form kept before.

    ``draft`` is what the form goes on with. What another window kept since is never written over: what was typed here then becomes
    a draft of its own. Reads nothing of the record and opens nothing. Of a form that was sent nothing is kept.
    """
    need_role(by, Category.REFERRAL)
    until = timezone.now() + timedelta(days=DRAFT_DAYS)
    values = [patient.pk, token, json.dumps({**typed, "token": str(token)}), until, *_which(draft)]
    with connection.cursor() as cursor:
        cursor.execute(
            "select number, saved_at, coalesce(beside, '') from referrals_keep_draft(%s, %s, %s::jsonb, %s, %s, %s)",
            values,
        )
        row = cursor.fetchone()
    return Saved(*row) if row else Saved(None, None)


@transaction.atomic
def drop_draft(*, patient: Patient, token: uuid.UUID, draft: Which | None = None, by: Actor) -> bool:
    """Throw away the actor's own draft that the form with this ``token`` kept or goes on with; tells whether there was one.

    What another window kept since stays.
    """
    number = _number("referrals_drop_draft(%s, %s, %s, %s)", [patient.pk, token, *_which(draft)])
    if number:
        done(subject=Draft(pk=number), by=by)
    return number is not None


@transaction.atomic
def hand_draft(*, patient: Patient, draft: int, to: int, by: Actor) -> User:
    """Leave the actor's own draft to a colleague, who finds it on the work list and finishes it; returns the colleague.

    Raises ``Refused`` for who is no colleague that may refer, and when that one has begun a referral of this person too.
    """
    need_role(by, Category.REFERRAL)
    colleague = next((one.user for one in colleagues_for(by) if one.user_id == to), None)
    if colleague is None:
        raise Refused(_("Kies een collega die zelf mag verwijzen."), field="to")
    number = _number("referrals_hand_draft(%s, %s, %s)", [patient.pk, draft, to])
    if number is None:
        raise Refused(
            _("%(name)s is zelf al met een verwijzing van deze inwoner bezig. Overleg even.") % {"name": colleague},
            field="to",
        )
    handed = Draft(pk=number)
    done(subject=handed, by=by)
    ask(
        "draft", subject=handed, organisation_id=by.organisation_id or 0, patient_id=patient.pk, user_id=to,
        title=gettext_noop("Verwijzing afmaken en versturen"), sender=str(User.objects.get(pk=by.user_id)), by=by,
    )  # fmt: skip
    return colleague


def drop_drafts(*, by: Actor) -> int:
    """Remove the drafts whose days are over, with the work that waits for them; for the clock alone. Returns how many."""
    if by.kind != "system":
        raise PermissionDenied
    return _number("referrals_drop_drafts()", []) or 0


@transaction.atomic
def keep_template(
    *,
    title: str,
    text: str,
    kind: str = "",
    shared: bool = False,
    template: Template | None = None,
    patient: Patient | None = None,
    by: Actor,
) -> Template:
    """Keep a text to begin a question with, for a kind of service or any; ``shared`` with everybody of the organisation.

    ``patient`` is about whom the text was written first. Raises ``Refused`` when it names that person or holds a BSN.
    """
    need_role(by, Category.REFERRAL)
    if fault := naming_fault(f"{title}\n{text}", patient):
        raise Refused(fault, field="text")
    kept = template or Template(organisation_id=by.organisation_id)
    kept.title, kept.text, kept.kind, kept.user_id = title, text, kind, None if shared else by.user_id
    kept.save()
    return kept


@transaction.atomic
def drop_template(*, template: Template, by: Actor) -> None:
    """Throw a text away."""
    need_role(by, Category.REFERRAL)
    template.delete()


def _which(draft: Which | None) -> tuple[int | None, datetime | None]:
    return (draft.number, draft.seen) if draft else (None, None)


def _number(function: str, values: list[Any]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(f"select {function}", values)
        number: int | None = cursor.fetchone()[0]
    return number
