"""The entries that the network keeps itself, versioned, and what the person put beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Organisation, Patient, User
from trust.categories import Category

if TYPE_CHECKING:
    from dossier.models.copies import Copy


class Entry(models.Model):
    """An entry of the network's own record: what matters, a goal, an action, an agreement, a wish, a note, a conclusion.

    Each is signed with who, for which organisation and when; a new version replaces an older one, which stays (Wgbo
    art. 7:454 BW).
    """

    class Kind(models.TextChoices):
        """What sort of entry it is."""

        MATTERS = "matters", _("wat telt")
        GOAL = "goal", _("doel")
        ACTION = "action", _("actie")
        AGREEMENT = "agreement", _("afspraak")
        WISH = "wish", _("wens of behandelgrens")
        NOTE = "note", _("notitie")
        CONCLUSION = "conclusion", _("conclusie van een consult")
        MEASUREMENT = "measurement", _("meting")
        SOCIAL = "social", _("sociale situatie")

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "category": "health",
        "kind": "health",
        "text": "health",
        "author": "account",
        "author_name": "contact",
        "author_role": "contact",
        "reference": "health",
        "on_date": "health",
        "done": "health",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.TextField()
    on_date = models.DateField(default=timezone.localdate)
    done = models.BooleanField(default=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=160)
    author_role = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
    reference = models.CharField(max_length=60, blank=True)
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")

    statements: list[Statement]
    """What the person put beside it; given by :func:`dossier.access.entries_for`."""
    copy: Copy | None = None
    """Where its copy for the own system is; given by :func:`dossier.access.put_copies_beside`."""

    class Meta:
        indexes = [models.Index(fields=["patient", "category", "-on_date"], name="entry_patient_category")]

    def __str__(self) -> str:
        return f"{self.kind} of patient {self.patient_id}"


class Statement(models.Model):
    """What the person wants to stand beside an entry or a fact that was not changed (Wgbo art. 7:454 lid 2 BW).

    It belongs to the record of who holds what it is about, and shows wherever that shows. ``reference`` points at a fact of
    a source (``fact:<source>:<type>/<key>``), for facts come and go; ``entry`` at the version it was written about.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "category": "health",
        "entry": "health",
        "reference": "health",
        "text": "health",
        "author": "account",
        "author_name": "contact",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    entry = models.ForeignKey(Entry, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    reference = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=160)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["patient"], name="statement_patient")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(entry=None) & ~models.Q(reference="")
                | models.Q(reference="") & ~models.Q(entry=None),
                name="statement_about_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"statement of patient {self.patient_id}"
