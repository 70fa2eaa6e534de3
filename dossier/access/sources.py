"""The source systems, how they answered, what may be asked of them, and where anything is likely to be found."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import FilteredRelation, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.models import Source, SourceAnswer
from dossier.sources.secret_files import names
from people.models import Domain, Organisation
from trust.access import Decision, Opening
from trust.categories import Category, from_mask, to_mask
from trust.models import CareRelation

UNHEARD = "national-"
"""How the detail of an answer begins when the source was not asked, because the national consent service gave no answer."""


def connected_sources() -> list[Source]:
    """The source systems that are connected."""
    return list(Source.objects.filter(active=True).select_related("organisation"))


def likely_sources(decision: Decision, own: int | None) -> list[Source]:
    """Where something about this patient may be found: the connected systems of who has to do with the patient, and the own.

    Localisation: a system of anybody else is not asked and not named; a region may have hundreds.
    """
    holders = {*decision.sights, *([own] if own else [])}
    return list(Source.objects.filter(active=True, organisation_id__in=holders).select_related("organisation"))


def answered_sources(opening: Opening, own: int | None = None) -> list[tuple[Source, SourceAnswer | None]]:
    """The likely sources, each with how it answered last about this patient; in one query."""
    holders = {*opening.sights, *([own] if own else [])}
    found = (
        Source.objects.filter(active=True, organisation_id__in=holders)
        .annotate(answer=FilteredRelation("answers", condition=Q(answers__patient=opening.patient)))
        .select_related("organisation", "answer")
    )
    return [(source, getattr(source, "answer", None)) for source in found]


def unconnected_for(opening: Opening) -> list[Organisation]:
    """Who is known from the care network to have to do with this patient and has no system connected; for who sees the network."""
    if Category.NETWORK not in opening.allowed:
        return []
    silent = Organisation.objects.filter(pk__in=list(opening.sights)).exclude(domain=Domain.REGION)
    return list(silent.exclude(pk__in=Source.objects.filter(active=True).values("organisation_id")))


def answers_for(opening: Opening) -> dict[int, SourceAnswer]:
    """How each source answered last about this patient, by the number of the source."""
    return {answer.source_id: answer for answer in SourceAnswer.objects.filter(patient=opening.patient)}


def askable_categories(source: Source, decision: Decision) -> frozenset[Category]:
    """The categories that this source serves and that the reader may see of its holder: what the patient lets them and the
    holder offers, or all that the own role needs of the own system."""
    return from_mask(source.categories) & decision.facts_of(source.organisation_id)


def counts_until(source: Source, answer: SourceAnswer | None) -> datetime | None:
    """Until when the last answer of a source counts and it is not asked of its own accord; nothing after a failure.

    An answer counts for the cache time of the source; that it knew nothing counts longer (``nothing_hours``).
    """
    if answer is None:
        return None
    if answer.outcome == SourceAnswer.Outcome.ANSWERED:
        return answer.asked_at + counts_for(source)
    if answer.outcome == SourceAnswer.Outcome.NOTHING:
        return answer.asked_at + max(counts_for(source), timedelta(hours=source.nothing_hours))
    return None


def counts_for(source: Source) -> timedelta:
    """How long what a source said counts as what it says now."""
    return timedelta(minutes=settings.SOURCE_FRESH_MINUTES if source.fresh_minutes is None else source.fresh_minutes)


def is_fresh(source: Source, answer: SourceAnswer | None, categories: frozenset[Category]) -> bool:
    """Whether the last answer still counts: recent, given, and for at least these categories.

    That nothing was found counts no longer once its holder has a new care relation with the patient.
    """
    until = counts_until(source, answer)
    if answer is None or until is None or until <= timezone.now() or to_mask(categories) & ~answer.asked_categories:
        return False
    if answer.outcome != SourceAnswer.Outcome.NOTHING:
        return True
    newer = CareRelation.objects.filter(
        patient_id=answer.patient_id, organisation_id=source.organisation_id, period__startswith__gt=answer.asked_at
    )
    return not newer.exists()


def left_alone(source: Source, answer: SourceAnswer | None) -> bool:
    """Whether a source is passed over because it knew nothing lately: the page then offers to ask all the same."""
    if answer is None or answer.outcome != SourceAnswer.Outcome.NOTHING:
        return False
    until = counts_until(source, answer)
    return until is not None and until > timezone.now()


def said_of(answer: SourceAnswer) -> str:
    """What a page says of an answer without facts, with the reason where that helps who reads; nothing of facts."""
    detail = {
        "breaker-open": _("overgeslagen: de bron gaf steeds geen antwoord, straks weer geprobeerd"),
        "rate-limit": _("te veel vragen tegelijk aan deze bron, probeer het zo weer"),
        "status-429": _("te veel vragen tegelijk aan deze bron, probeer het zo weer"),
        "busy": _("het netwerk heeft het te druk, probeer het zo weer"),
        "token-refused": _("de bron laat het netwerk nu niet toe"),
        "secret-missing": _("de koppeling met de bron is niet goed ingesteld"),
        "certificate": _("de koppeling met de bron is niet goed ingesteld"),
        "key-unusable": _("de koppeling met de bron is niet goed ingesteld"),
    }
    outcome = {
        SourceAnswer.Outcome.NOTHING: _("niets gevonden over deze inwoner"),
        SourceAnswer.Outcome.NO_ANSWER: _("geen antwoord"),
        SourceAnswer.Outcome.REFUSED: _("de bron weigert de vraag"),
        SourceAnswer.Outcome.FAULT: _("antwoord onbruikbaar"),
        SourceAnswer.Outcome.NO_CONSENT: _("geen toestemming van de inwoner"),
    }
    return detail.get(answer.detail) or outcome.get(SourceAnswer.Outcome(answer.outcome), "")


def secrets_of(organisation: Organisation) -> list[str]:
    """The names of the files with certificates, keys and secrets that the operator keeps for an organisation; never what is in them."""
    return names(organisation.pk)
