"""Which patterns of looking are worth a look, from what number on, and the steps by which a signal is settled."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _


class Pattern(models.TextChoices):
    """A pattern in the log that a privacy officer looks at (NEN 7513:2018, 8; NEN 7510-2:2024, 8.15 and 8.16)."""

    FAMILY = "family", _("inwoner met dezelfde achternaam")
    COLLEAGUE = "colleague", _("inwoner met de naam van een collega")
    WATCHED = "watched", _("dossier dat in de gaten wordt gehouden")
    MANY = "many", _("veel verschillende inwoners in korte tijd")
    EMERGENCIES = "emergencies", _("vaak noodtoegang")
    ONCE = "once", _("zorgrelatie verklaard, één keer gekeken, daarna niets")
    NIGHT = "night", _("gekeken in de nacht, ongewoon voor deze rol")
    DENIED = "denied", _("vaak geweigerd")


class Status(models.TextChoices):
    """How far a signal is settled."""

    NEW = "new", _("nieuw")
    EXPLAINED = "explained", _("verklaard")
    FOLLOWED_UP = "followed_up", _("opgevolgd")


class Verb(models.TextChoices):
    """What a privacy officer decides about a signal."""

    EXPLAIN = "explain", _("Verklaren")
    FOLLOW_UP = "follow_up", _("Opvolgen")


class Move(NamedTuple):
    """One step: from which states, by which verb, to which state, by whom."""

    sources: tuple[Status, ...]
    verb: str
    target: Status
    by: str


MOVES = (
    Move((Status.NEW, Status.FOLLOWED_UP), Verb.EXPLAIN, Status.EXPLAINED, "privacy_officer"),
    Move((Status.NEW, Status.EXPLAINED), Verb.FOLLOW_UP, Status.FOLLOWED_UP, "privacy_officer"),
    Move((Status.EXPLAINED, Status.FOLLOWED_UP), "look_again", Status.NEW, "clock"),
)
"""The clock opens a signal again when more lines of the same pattern and day are found after it was settled."""

PURPOSES: dict[str, Any] = {
    "TREAT": _("behandeling en ondersteuning"),
    "COC": _("afstemming tussen zorgverleners"),
    "ETREAT": _("noodtoegang"),
}
"""The purposes for which a participant may give from its systems (v3-ActReason); another one never lets anybody look."""

THRESHOLDS: dict[str, dict[str, Any]] = {
    Pattern.FAMILY: {"namesakes": 200},
    Pattern.COLLEAGUE: {},
    Pattern.WATCHED: {},
    Pattern.MANY: {"least": 15, "times": 3, "history_days": 28},
    Pattern.EMERGENCIES: {"least": 3, "within_days": 7},
    Pattern.ONCE: {"after_days": 14},
    Pattern.NIGHT: {"from_hour": 23, "to_hour": 6, "least": 3, "usual_share": 0.02, "usual_lines": 50, "history_days": 28},
    Pattern.DENIED: {"least": 5},
}  # fmt: skip
"""From what number on a pattern is a signal; the only place where these numbers stand.

*family*: a surname that more than ``namesakes`` citizens of the network carry says nothing. *many*: ``least`` different
records within one clock hour, and ``times`` the middle of what the role looks into in an hour. *emergencies*: ``least``
within so many days. *once*: nothing more after so many days. *night*: ``least`` different records in one night, in hours in
which less than ``usual_share`` of the looks of the same role at the same organisation fall (of fewer than ``usual_lines``
looks nothing is usual). *denied*: ``least`` different records refused on one day. Hours and days are those of Amsterdam.
"""
