"""What goes on about one patient now: referrals, consultations, and the work of the own team that belongs to them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from consultations.access import answers_so_far, who_was_asked
from consultations.models import Consultation, Invitation
from consultations.moves import Status as ConsultationStatus
from events.actor import Actor
from events.models import WorkItem
from people.models import Patient
from referrals.access import kept_back
from referrals.models import Referral
from referrals.moves import Origin
from referrals.moves import Status as ReferralStatus
from workplace.access.work import LINKS, title_of

LIMIT = 60
"""More than this goes on about nobody; what is due first is kept."""

_FIELDS = ("what", "label", "name", "who", "who_else", "at", "until", "state", "ours", "subject")


@dataclass
class Running:
    """One thing that goes on: what it is, with whom, since when, whose turn it is and by when.

    ``url`` is empty where the own organisation is no party. ``tasks`` say what waits for the own team in it, ``far`` how far those are
    who were asked. ``theirs``: the turn is of others, also where one of them answered; ``late``: past the day it was asked for;
    ``begun``: taken on, so that no answer is awaited any more.
    """

    kind: str
    pk: int
    title: str
    who: str
    at: datetime
    due: datetime | None
    status: str
    url: str = ""
    tasks: list[str] = field(default_factory=list)
    mine: bool = False
    far: str = ""
    theirs: bool = False
    late: bool = False
    begun: bool = False


def running_for(patient: Patient, actor: Actor) -> list[Running]:
    """The running referrals and consultations that the reader may know of, each with what waits for the own team in it, and the
    team's other work about the patient; what waits for the team first, then what is due first; one query."""
    here = actor.organisation_id
    rows = list(
        _referrals(patient, here)
        .union(_consultations(patient, here), _tasks(patient, here), all=True)
        .order_by(F("until").asc(nulls_last=True), "at")[:LIMIT]
    )
    found: dict[tuple[str, int], Running] = {}
    tasks = []
    for row in rows:
        one = dict(zip(_FIELDS, row, strict=True))
        if one["what"] in {"referral", "consultation"}:
            found[one["what"], one["subject"]] = _running(one, here)
        else:
            tasks.append(one)
    for one in tasks:
        _put(found, one, actor)
    return sorted(found.values(), key=lambda line: not line.tasks)


def _put(found: dict[tuple[str, int], Running], one: dict[str, Any], actor: Actor) -> None:
    """A task beside what it is about; on its own where that does not run or is not seen."""
    subject_type = one["what"].partition(":")[2]
    key = (subject_type, one["subject"])
    title = title_of(one["name"])
    if key not in found:
        url = reverse(LINKS[subject_type], args=[one["subject"]]) if subject_type in LINKS else ""
        found[key] = Running("task", one["subject"], title, one["who"], one["at"], one["until"], "", url)
    found[key].tasks.append(title)
    found[key].mine = found[key].mine or one["label"] == str(actor.user_id)
    if found[key].kind != "consultation":
        found[key].due = found[key].due or one["until"]


def _running(one: dict[str, Any], here: int | None) -> Running:
    url = reverse(LINKS[one["what"]], args=[one["subject"]]) if one["ours"] else ""
    if one["what"] == "referral":
        who = _("%(sender)s aan %(receiver)s") % {"sender": one["who"], "receiver": one["who_else"]}
        status = str(ReferralStatus(one["state"]).label)
        # When help that runs is looked at again says nothing to who looks at the person.
        until = one["until"] if one["state"] != ReferralStatus.IN_PROGRESS else None
        begun = one["state"] == ReferralStatus.ACCEPTED
        return Running("referral", one["subject"], one["name"], who, one["at"], until, status, url, begun=begun)
    asked = json.loads(one["who_else"] or "[]")
    names = get_text_list([each["name"] for each in asked], _("en"))
    who = _("%(sender)s aan %(receiver)s") % {"sender": one["who"], "receiver": names} if asked else one["who"]
    open_still = one["state"] == ConsultationStatus.OPEN
    far = answers_so_far(asked, one["until"], here)
    late = open_still and one["until"] < timezone.now()
    waits = {each["organisation"] for each in asked if not each["answered"]}
    return Running(
        "consultation", one["subject"], _("Consult %(number)s") % {"number": one["label"]}, who, one["at"],
        # Who is late is said by name; what was answered is not due any more.
        one["until"] if open_still and not late else None,
        _("te laat") if late else str(ConsultationStatus(one["state"]).label), url, far=far,
        theirs=open_still and here not in waits, late=late,
    )  # fmt: skip


def _referrals(patient: Patient, here: int | None) -> QuerySet[Any, Any]:
    return _line(
        Referral.objects.running().filter(patient=patient).exclude(kept_back(here)),
        what=Value("referral"),
        label=F("number"),
        name=F("service__name"),
        who=Coalesce(
            F("sending_organisation__name"),
            Case(When(origin=Origin.WALK_IN, then=Value(_("binnengelopen"))), default=Value(_("de inwoner zelf"))),
            output_field=TextField(),
        ),
        who_else=F("receiving_organisation__name"),
        at=F("sent_at"),
        until=F("due"),
        state=F("status"),
        ours=Q(sending_organisation_id=here) | Q(receiving_organisation_id=here),
        subject=F("pk"),
    )


def _consultations(patient: Patient, here: int | None) -> QuerySet[Any, Any]:
    asked = Exists(Invitation.objects.filter(consultation=OuterRef("pk"), organisation_id=here))
    return _line(
        Consultation.objects.filter(patient=patient, status__in=[ConsultationStatus.OPEN, ConsultationStatus.ANSWERED]),
        what=Value("consultation"),
        label=F("number"),
        name=Value(""),
        who=F("asking_organisation__name"),
        who_else=who_was_asked(),
        at=F("asked_at"),
        until=F("due"),
        state=F("status"),
        ours=Q(asking_organisation_id=here) | Q(asked),
        subject=F("pk"),
    )


def _tasks(patient: Patient, here: int | None) -> QuerySet[Any, Any]:
    """Work of the own team about the patient; its ``label`` is the number of whom it is for, where it is for one person."""
    of_one = Referral.objects.filter(kept_back(here), pk=OuterRef("subject_id"))
    return _line(
        WorkItem.objects.open()
        .filter(patient_id=patient.pk, organisation_id=here)
        .exclude(Q(subject_type="referral") & Exists(of_one)),
        what=Concat(Value("task:"), "subject_type"),
        label=F("user_id"),
        name=F("title"),
        who=F("sender"),
        who_else=Value(""),
        at=F("since"),
        until=F("due"),
        state=Value(""),
        ours=Q(pk__isnull=False),
        subject=F("subject_id"),
    )


_TEXTS = frozenset({"what", "label", "name", "who", "who_else", "state"})


def _line(rows: QuerySet[Any, Any], **fields: Any) -> QuerySet[Any, Any]:
    """These rows in the columns that all three have in common."""
    ours = Case(When(fields.pop("ours"), then=Value(True)), default=Value(False), output_field=BooleanField())
    texts = {name: Cast(fields.pop(name), TextField()) for name in _TEXTS}
    known = {name: value for name, value in fields.items() if name != getattr(value, "name", "")}
    found: QuerySet[Any, Any] = rows.order_by().annotate(ours=ours, **texts, **known).values_list(*_FIELDS)
    return found
