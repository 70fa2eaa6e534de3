"""Which places there are on a meeting of a training, who takes them, and what is noted of who was expected."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from referrals.moves import Outcome


class Place(models.TextChoices):
    """How far somebody is with a place on a meeting of a training."""

    PLACED = "placed", _("heeft een plek")
    WAITING = "waiting", _("op de wachtlijst")
    LEFT = "left", _("geen plek meer")


class Placing(models.TextChoices):
    """What a step around a place was: given, put on the waiting list, moved up from it, the meeting changed or called off."""

    PLACED = "placed", _("plek op de bijeenkomst")
    WAITING = "waiting", _("op de wachtlijst")
    MOVED_UP = "moved_up", _("plek van de wachtlijst")
    CHANGED = "changed", _("bijeenkomst gewijzigd")
    CALLED_OFF = "called_off", _("bijeenkomst gaat niet door")


class Comes(models.TextChoices):
    """Who takes part in a training: the person, who cares for the person, or both."""

    PERSON = "person", _("de inwoner zelf")
    CARER = "carer", _("een mantelzorger")
    BOTH = "both", _("de inwoner en een mantelzorger")


SEATS = {Comes.PERSON: 1, Comes.CARER: 1, Comes.BOTH: 2}
"""How many places each takes."""


class Attendance(models.TextChoices):
    """What who teaches notes of each who was expected; it closes the referral."""

    PRESENT = "present", _("aanwezig")
    ABSENT = "absent", _("niet gekomen")
    CALLED_OFF = "called_off", _("afgezegd")


ATTENDED = {
    Attendance.PRESENT: Outcome.TRAINED, Attendance.ABSENT: Outcome.NOT_COME, Attendance.CALLED_OFF: Outcome.STOPPED,
}  # fmt: skip
"""With which outcome a referral closes by what was noted."""
