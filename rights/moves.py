"""Which steps a request of a person about the own data knows, whose turn it is, and by when it must be decided."""

from __future__ import annotations

from typing import Literal, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

Party = Literal["person", "organisation", "nobody"]


class Kind(models.TextChoices):
    """Which right the person uses (AVG art. 12-21; Wgbo art. 7:454-456 BW; Wabvpz art. 15d-15e)."""

    QUESTION = "question", _("vraag over wie keek")
    INSIGHT = "insight", _("inzage of kopie")
    CORRECTION = "correction", _("verbetering")
    OBJECTION = "objection", _("bezwaar")
    RESTRICTION = "restriction", _("tijdelijk niet gebruiken")
    DELETION = "deletion", _("verwijdering")


class Status(models.TextChoices):
    """The state of a request."""

    SENT = "sent", _("verstuurd")
    TAKEN_UP = "taken_up", _("in behandeling")
    ASKED_BACK = "asked_back", _("teruggevraagd")
    ANSWERED = "answered", _("beantwoord")
    GRANTED = "granted", _("toegekend")
    PARTLY_GRANTED = "partly_granted", _("deels toegekend")
    REFUSED = "refused", _("geweigerd")
    WITHDRAWN = "withdrawn", _("ingetrokken")


class Verb(models.TextChoices):
    """What a party does."""

    SEND = "send", _("versturen")
    TAKE_UP = "take_up", _("in behandeling nemen")
    ASK_BACK = "ask_back", _("terugvragen")
    ANSWER = "answer", _("vraag beantwoorden")
    EXTEND = "extend", _("termijn verlengen")
    GRANT = "grant", _("toekennen")
    GRANT_PARTLY = "grant_partly", _("deels toekennen")
    REFUSE = "refuse", _("weigeren")
    WITHDRAW = "withdraw", _("intrekken")


class Move(NamedTuple):
    """One step: from these states, by this verb of this party, to this state, whose turn comes next."""

    sources: tuple[Status, ...]
    verb: Verb
    by: Party
    target: Status
    turn: Party


_IN_HAND = (Status.TAKEN_UP, Status.ANSWERED)

MOVES = (
    Move((), Verb.SEND, "person", Status.SENT, "organisation"),
    Move((Status.SENT,), Verb.TAKE_UP, "organisation", Status.TAKEN_UP, "organisation"),
    Move(_IN_HAND, Verb.ASK_BACK, "organisation", Status.ASKED_BACK, "person"),
    Move((Status.ASKED_BACK,), Verb.ANSWER, "person", Status.ANSWERED, "organisation"),
    Move((Status.TAKEN_UP,), Verb.EXTEND, "organisation", Status.TAKEN_UP, "organisation"),
    Move((Status.ANSWERED,), Verb.EXTEND, "organisation", Status.ANSWERED, "organisation"),
    Move(_IN_HAND, Verb.GRANT, "organisation", Status.GRANTED, "nobody"),
    Move(_IN_HAND, Verb.GRANT_PARTLY, "organisation", Status.PARTLY_GRANTED, "nobody"),
    Move(_IN_HAND, Verb.REFUSE, "organisation", Status.REFUSED, "nobody"),
    Move((Status.SENT, *_IN_HAND, Status.ASKED_BACK), Verb.WITHDRAW, "person", Status.WITHDRAWN, "nobody"),
)

OPEN = (Status.SENT, Status.TAKEN_UP, Status.ASKED_BACK, Status.ANSWERED)
"""States in which the term still runs; asking back does not stop it (AVG art. 12(3))."""


class RejectionReason(models.TextChoices):
    """Why a request is refused, wholly or in part (AVG art. 12(4): with the reason, and where to complain)."""

    LEGAL_DUTY = "legal_duty", _("de wet verplicht ons dit te bewaren of vast te leggen")
    INTEREST_OF_ANOTHER = "interest_of_another", _("het schaadt het belang van een ander")
    NOT_OURS = "not_ours", _("wij hebben deze gegevens niet; een ander gaat erover")
    NOT_IDENTIFIED = "not_identified", _("wij konden niet vaststellen wie u bent")
    UNFOUNDED = "unfounded", _("het verzoek klopt niet met de feiten, of is al beantwoord")


TERM_MONTHS: dict[str, int] = {**dict.fromkeys(Kind.values, 1), Kind.DELETION: 3}
"""Months within which is decided: one (AVG art. 12(3)); three for destruction (Wgbo art. 7:455 lid 2 BW)."""

EXTENSION_MONTHS = 2
"""Months by which the term may be extended, once and with the reason, within the first term (AVG art. 12(3))."""
