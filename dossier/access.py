"""What of a record may be shown, once it was opened: entries, facts with their sources, network, and items to send along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dossier.models import Entry, Fact, Participant, RelatedPerson, Source, SourceAnswer, Statement
from events.actor import Actor
from people.models import Organisation, PatientIdentity
from trust.access import Decision, Opening
from trust.categories import Category, from_mask, to_mask

AT_FIRST = frozenset({Entry.Kind.MATTERS, Entry.Kind.GOAL, Entry.Kind.WISH, Entry.Kind.SOCIAL})
"""The kinds of own entries that somebody who meets the person for the first time may need."""


UNHEARD = "national-"
"""How the detail of an answer begins when the source was not asked, because the national consent service gave no answer."""


@dataclass(frozen=True)
class Item:
    """One thing of a record that can go along with a referral or a question.

    ``ref`` finds it again (``fact:12``, ``entry:5``, ``person:3``); ``kind`` is its category; ``on_date`` may be partial
    (``2011-05``); ``origin`` names who holds it. ``first`` tells whether a first contact may need it: what counts for the
    person and goals, not each note; what is so now, not what has ended.
    """

    ref: str
    kind: Category
    title: str
    detail: str
    on_date: str
    origin: str
    first: bool = True


def person_of(opening: Opening, actor: Actor) -> dict[str, Any]:
    """What the bar over every page of one person shows; no BSN for an organisation that may not process it (Wabvpz)."""
    patient = opening.patient
    may = (
        actor.kind == "citizen" or Organisation.objects.filter(pk=actor.organisation_id, may_process_bsn=True).exists()
    )
    identity = PatientIdentity.objects.filter(patient=patient).first() if may else None
    return {
        "name": patient.name,
        "url": reverse("workplace:patient", args=[patient.key]),
        "sex": patient.get_gender_display(),
        "age": patient.age,
        "born": patient.birth_date,
        "bsn": identity.bsn if identity else "",
        "flags": _flags(opening),
    }


def _flags(opening: Opening) -> list[dict[str, str]]:
    """Treatment limits and alerts that everybody must see at a glance, as far as the record was opened for them."""
    limits = Entry.objects.filter(patient=opening.patient, kind=Entry.Kind.WISH, replaced_by=None).filter(
        Q(text__istartswith="niet ") | Q(text__istartswith="geen ")
    )
    alerts = Fact.objects.filter(
        patient=opening.patient, category=Category.ALERTS, line__state="active", expires_at__gt=timezone.now()
    )
    flags = [
        {"status": "alert", "label": text[:60]} for text in limits.order_by("-on_date").values_list("text", flat=True)
    ]
    flags += [
        {"status": "gap", "label": title[:60]}
        for title in alerts.order_by("-on_date").values_list("title", flat=True)[:3]
    ]
    return flags


def facts_for(opening: Opening) -> list[Fact]:
    """The facts of source systems that the opened record shows, newest first; the database filters by what was opened."""
    facts = list(
        Fact.objects.filter(patient=opening.patient, expires_at__gt=timezone.now())
        .select_related("source", "organisation")
        .defer("resource")
        .order_by("-on_date", "title")
    )
    beside = statements_for(opening)
    for fact in facts:
        fact.statements = beside.get(f"fact:{fact.source_id}:{fact.resource_type}/{fact.source_key}", [])
    return facts


def entries_for(opening: Opening, kinds: Iterable[str] = ()) -> list[Entry]:
    """The newest version of the network's own entries, newest first; of the given kinds only when kinds are named."""
    entries = Entry.objects.filter(patient=opening.patient, replaced_by=None).select_related("organisation")
    if kinds:
        entries = entries.filter(kind__in=list(kinds))
    found = list(entries.order_by("-on_date", "-at"))
    beside = statements_for(opening)
    for entry in found:
        entry.statements = beside.get(f"entry:{entry.pk}", [])
    return found


def related_persons_for(opening: Opening) -> list[RelatedPerson]:
    """Contact persons and informal carers, oldest relation first."""
    return list(RelatedPerson.objects.filter(patient=opening.patient).order_by("since", "id"))


def participants_for(opening: Opening) -> list[Participant]:
    """The formal care network, the coordinator first."""
    return list(
        Participant.objects.filter(patient=opening.patient)
        .select_related("organisation", "membership__user")
        .order_by("-coordinates", "since", "id")
    )


def sources() -> list[Source]:
    """The source systems that are connected."""
    return list(Source.objects.filter(active=True).select_related("organisation"))


def answers_for(opening: Opening) -> dict[int, SourceAnswer]:
    """How each source answered last about this patient, by the number of the source."""
    return {answer.source_id: answer for answer in SourceAnswer.objects.filter(patient=opening.patient)}


def askable_categories(source: Source, decision: Decision) -> frozenset[Category]:
    """The categories that this source serves and that the reader may see of its holder: what the patient lets them and the
    holder offers, or all that the own role needs of the own system."""
    return from_mask(source.categories) & decision.facts_of(source.organisation_id)


def is_fresh(answer: SourceAnswer | None, categories: frozenset[Category]) -> bool:
    """Whether the last answer still counts: recent, given, and for at least these categories."""
    if answer is None or answer.outcome not in {SourceAnswer.Outcome.ANSWERED, SourceAnswer.Outcome.NOTHING}:
        return False
    recent = timezone.now() - answer.asked_at < timedelta(minutes=settings.SOURCE_FRESH_MINUTES)
    return recent and not (to_mask(categories) & ~answer.asked_categories)


def items_for(opening: Opening) -> list[Item]:
    """Everything of the opened record that could go along, in the order of categories; nothing more than is shown."""
    items = [
        Item(
            f"person:{p.pk}",
            Category.NETWORK,
            _("Contactpersoon: %(name)s") % {"name": p.name},
            " · ".join(filter(None, [p.relationship, p.phone])),
            p.since.isoformat(),
            p.organisation.name,
        )
        for p in RelatedPerson.objects.filter(patient=opening.patient)
        .select_related("organisation")
        .order_by("since", "id")
    ]
    items += [
        Item(
            f"entry:{e.pk}",
            Category(e.category),
            e.text[:300],
            _with_statements(e.get_kind_display(), e.statements),
            e.on_date.isoformat(),
            f"{e.author_name}, {e.organisation.name}",
            e.kind in AT_FIRST and not e.done,
        )
        for e in entries_for(opening)
    ]
    items += [
        Item(
            f"fact:{f.pk}",
            Category(f.category),
            f.title,
            _with_statements(f.detail, f.statements),
            f.on_date,
            f"{f.source.name}, {f.organisation.name}",
            f.category != Category.PLAN and f.line.get("state", "active") in {"active", "", "held"},
        )
        for f in facts_for(opening)
    ]
    return sorted(items, key=lambda item: (item.kind, item.title))


def _with_statements(detail: str, statements: list[Statement]) -> str:
    """What is said of an item, with what the person put beside it: that goes wherever the item goes (Wgbo art. 7:454 lid 2 BW)."""
    said = [_("verklaring van de inwoner: %(text)s") % {"text": statement.text} for statement in statements]
    return " · ".join(filter(None, [detail, *said]))[:600]


def chosen_items(opening: Opening, refs: Iterable[str]) -> list[Item]:
    """The items with these references, as far as the opened record shows them; a reference to anything else is nothing."""
    wanted = set(refs)
    return [item for item in items_for(opening) if item.ref in wanted]


def when(on_date: str) -> str:
    """A whole or partial date (``2011``, ``2011-05``, ``2011-05-03``) as people write it."""
    parts = on_date[:10].split("-")
    try:
        numbers = [int(part) for part in parts]
        if len(numbers) == 3:
            return date_format(date(*numbers), _("j b Y"))
        if len(numbers) == 2:
            return date_format(date(numbers[0], numbers[1], 1), _("b Y"))
    except ValueError:
        return on_date
    return on_date[:4]


class Why(StrEnum):
    """Why facts of a source are not shown; the first that holds is the one that is said."""

    ROLE = "role"
    UNKNOWN = "unknown"
    NOT_OFFERED = "not_offered"
    OBJECTION = "objection"
    NO_CONSENT = "no_consent"


def why_withheld(source: Source, decision: Decision, organisation_id: int | None) -> dict[Why, frozenset[Category]]:
    """Why facts of a source stay closed to a reader, by reason: the categories that the source serves and the role needs.

    To a reader with a care relation alone an objection, a restriction and a refusal by the national service read as a missing
    choice. A category that the role does not need is only named when the source serves nothing else. That a holder has never had
    to do with the patient is told to who may see the care network; to anybody else it reads as a missing choice.
    """
    served = from_mask(source.categories)
    needed = served - decision.not_needed
    if not needed:
        return {Why.ROLE: served}
    closed = needed - decision.facts_of(source.organisation_id)
    sight = decision.sights.get(source.organisation_id)
    choice = Why.OBJECTION if decision.emergency else Why.NO_CONSENT
    if sight is None:
        return {Why.UNKNOWN if Category.NETWORK in decision.allowed else choice: closed}
    if source.organisation_id == organisation_id:
        return {Why.OBJECTION: closed} if closed else {}
    parts = {Why.NOT_OFFERED: closed - sight.offered, choice: closed & sight.offered}
    return {why: categories for why, categories in parts.items() if categories}


def withheld_sentences(decision: Decision, organisation_id: int | None) -> list[str]:
    """What of the systems of others a reader does not see and why, in a sentence per reason; nothing of what is in them."""
    kept: dict[tuple[Why, str], set[Category]] = {}
    for source in sources():
        for why, categories in why_withheld(source, decision, organisation_id).items():
            categories -= {Category.IDENTITY}
            if categories and why not in {Why.ROLE, Why.UNKNOWN}:
                who = (
                    source.organisation.name if why == Why.NOT_OFFERED and Category.NETWORK in decision.allowed else ""
                )
                kept.setdefault((why, who), set()).update(categories)
    words = {
        Why.NOT_OFFERED: _("Niet beschikbaar gesteld door %(who)s: %(kinds)s."),
        Why.OBJECTION: _("Dicht door bezwaar of beperking: %(kinds)s."),
        Why.NO_CONSENT: _("Geen toestemming van de inwoner: %(kinds)s."),
    }
    return [
        words[why]
        % {"who": who or _("een andere zorgverlener"), "kinds": ", ".join(str(c.label) for c in sorted(found))}
        for (why, who), found in sorted(kept.items())
    ]


def statements_for(opening: Opening) -> dict[str, list[Statement]]:
    """What the person put beside entries and facts, by what it is about: ``entry:<newest version>``, ``fact:<source>:<type>/<key>``.

    A statement about an older version shows with the version that took its place.
    """
    found = list(Statement.objects.filter(patient=opening.patient))
    if not found:
        return {}
    newer = dict(Entry.objects.filter(patient=opening.patient, replaces__isnull=False).values_list("replaces_id", "pk"))
    shown: dict[str, list[Statement]] = {}
    for statement in found:
        entry = statement.entry_id
        while entry in newer:
            entry = newer[entry]
        shown.setdefault(f"entry:{entry}" if entry else statement.reference, []).append(statement)
    return shown
