"""The documents that sources told of: one of them, whether its content may be asked for now, and what is said where it does not come."""

from __future__ import annotations

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.access.sources import UNHEARD, askable_categories
from dossier.access.withheld import Why, why_withheld
from dossier.models import Fact, Source
from trust.access import Decision, Opening
from trust.categories import Category

TYPE = "DocumentReference"
UNFIT = "not-shown"
CLOSED = "closed-"
"""How the reason begins where the content may not be asked for: then follows why, a word of :class:`Why`."""


def get_source(opening: Opening, own: int | None, number: int) -> Source:
    """A connected system of somebody who has to do with the patient, or the own; any other does not exist for who asks."""
    holders = {*opening.sights, *([own] if own else [])}
    found = Source.objects.filter(active=True, pk=number, organisation_id__in=holders).select_related("organisation")
    if not (one := found.first()):
        raise Http404
    return one


def get_document_elsewhere(opening: Opening, source: Source, category: Category, mark: str) -> Fact:
    """What a source told of one of its documents, in an opened record; one that it told of no more does not exist."""
    told = Fact.objects.filter(
        patient=opening.patient,
        source=source,
        category=category,
        resource_type=TYPE,
        mark=mark,
        expires_at__gt=timezone.now(),
    ).select_related("source", "organisation")
    found = told.defer("resource", "original", "line").first()
    if found is None:
        raise Http404
    return found


def why_closed(source: Source, decision: Decision, category: Category, own: int | None) -> str:
    """Why the content of a document of this source may not be asked for, as a reason; "" where it may."""
    if category in askable_categories(source, decision):
        return ""
    kept = why_withheld(source, decision, own)
    return CLOSED + next((why for why, closed in kept.items() if category in closed), Why.NO_CONSENT)


def said_of_content(reason: str, source: Source) -> str:
    """What is said where the content of a document did not come: which of the things that can be wrong, and what to do."""
    who = {"who": source.organisation.name}
    if reason.startswith(CLOSED):
        return _closed(reason.removeprefix(CLOSED)) % who
    if reason.startswith(UNHEARD):
        return _(
            "Niet gevraagd: de landelijke toestemmingsvoorziening gaf geen antwoord. Probeer het over enkele minuten weer."
        )
    again = _("Probeer het over enkele minuten weer, of vraag het document op bij %(who)s.") % who
    ask = _("Vraag het document op bij %(who)s.") % who
    words = {
        "breaker-open": (_("Geen antwoord: %(who)s geeft steeds geen antwoord en wordt even niet gevraagd."), again),
        "rate-limit": (_("Geen antwoord: er gaan te veel vragen tegelijk naar %(who)s."), again),
        "status-429": (_("Geen antwoord: er gaan te veel vragen tegelijk naar %(who)s."), again),
        "busy": (_("Geen antwoord: het netwerk heeft het te druk."), again),
        "status-401": (_("%(who)s weigert dit document te geven."), ask),
        "status-403": (_("%(who)s weigert dit document te geven."), ask),
        "token-refused": (_("%(who)s laat het netwerk nu niet toe."), again),
        "secret-missing": (_("De koppeling met %(who)s is niet goed ingesteld."), ask),
        "key-unusable": (_("De koppeling met %(who)s is niet goed ingesteld."), ask),
        "certificate": (_("De koppeling met %(who)s is niet goed ingesteld."), ask),
        "content-failed": (_("Geen antwoord van %(who)s."), again),
        "content-too-big": (_("Dit document is te groot om hier te tonen."), ask),
        "content-gone": (_("%(who)s heeft de inhoud van dit document niet meer."), ask),
        "content-missing": (_("%(who)s vermeldt dit document en geeft de inhoud niet."), ask),
        "content-elsewhere": (
            _("De inhoud staat volgens %(who)s op een ander adres dan dat van het aangesloten systeem. Daar haalt het netwerk niets op."),
            ask,
        ),
        UNFIT: (
            _("Dit soort bestand toont het netwerk niet, of er zit iets in dat kan worden uitgevoerd of niet te controleren is."),
            ask,
        ),
    }  # fmt: skip
    unusable = (reason.startswith(("content-", "status-4")) and reason != "status-408") or reason in _UNUSABLE
    if unusable and reason not in words:
        return " ".join([_("Het antwoord van %(who)s is onbruikbaar.") % who, ask])
    said, then = words.get(reason) or (_("Geen antwoord van %(who)s."), again)
    return " ".join([said % who, then])


_UNUSABLE = frozenset({"not-json", "broken-json", "broken-http", "empty", "compressed", "not-a-bundle", "bad-address"})


def _closed(why: str) -> str:
    words = {
        Why.ROLE: _("Documenten van %(who)s zijn voor uw rol niet nodig."),
        Why.UNKNOWN: _("%(who)s heeft deze inwoner nooit in zorg gehad."),
        Why.NOT_OFFERED: _("%(who)s stelt dit document niet beschikbaar."),
        Why.OBJECTION: _("Dit document is dicht door bezwaar of beperking."),
        Why.NO_CONSENT: _("De inwoner geeft geen toestemming om dit document van %(who)s te tonen."),
    }
    return words[Why(why)]
