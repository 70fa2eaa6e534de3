"""Which steps a consultation knows, and whose turn it is."""

from __future__ import annotations

from typing import Literal, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

Party = Literal["asker", "asked", "nobody"]


class Status(models.TextChoices):
    """The state of a consultation."""

    OPEN = "open", _("wacht op antwoord")
    ANSWERED = "answered", _("beantwoord")
    CONCLUDED = "concluded", _("afgerond met conclusie")
    CANCELLED = "cancelled", _("ingetrokken")


class InvitationStatus(models.TextChoices):
    """How far one asked organisation is."""

    ASKED = "asked", _("gevraagd")
    PICKED_UP = "picked_up", _("opgepakt")
    ANSWERED = "answered", _("beantwoord")


class Verb(models.TextChoices):
    """What a party does."""

    ASK = "ask", _("vraag stellen")
    PICK_UP = "pick_up", _("oppakken")
    ANSWER = "answer", _("beantwoorden")
    CONCLUDE = "conclude", _("conclusie vastleggen")
    CANCEL = "cancel", _("intrekken")


class Move(NamedTuple):
    """One step: from these states, by this verb of this party, to this state, whose turn comes next."""

    sources: tuple[Status, ...]
    verb: Verb
    by: Party
    target: Status
    turn: Party


MOVES = (
    Move((), Verb.ASK, "asker", Status.OPEN, "asked"),
    Move((Status.OPEN,), Verb.PICK_UP, "asked", Status.OPEN, "asked"),
    Move((Status.OPEN, Status.ANSWERED), Verb.ANSWER, "asked", Status.ANSWERED, "asker"),
    Move((Status.OPEN, Status.ANSWERED), Verb.CONCLUDE, "asker", Status.CONCLUDED, "nobody"),
    Move((Status.OPEN, Status.ANSWERED), Verb.CANCEL, "asker", Status.CANCELLED, "nobody"),
)
"""A consultation counts as answered when every asked organisation has answered; one answer leaves it open for the rest."""

ANSWER_DAYS = 2
"""Working days within which an answer is expected unless the asker names another day."""
