"""What changed in who may see and who acts, told from the log in plain Dutch (B1), with who did it and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.models import Event
from people.models import Organisation, User
from portal import words
from referrals.models import Referral
from rights.moves import Kind
from square.models import HealthcareService
from trust.categories import from_mask
from trust.models import CareRelation, Consent, Emergency, Mandate, Restriction


@dataclass(frozen=True)
class Told:
    """One change as the page shows it; ``loud`` is what a person should not miss, ``own`` what the person did self."""

    at: datetime
    icon: str
    title: str
    lines: list[str]
    own: bool
    new: bool
    loud: bool = False
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class Around:
    """The rows and names that the lines of the log point at."""

    patient_account: int | None
    people: Mapping[int, User]
    places: Mapping[int, Organisation]
    acting: Mapping[int, str]
    rows: Mapping[str, Mapping[int, Any]] = field(default_factory=dict)
    services: Mapping[int, HealthcareService] = field(default_factory=dict)

    def row(self, event: Event) -> Any:
        """What the event is about, as far as it may still be read."""
        return self.rows.get(event.subject_type, {}).get(event.subject_id or 0)

    def own(self, event: Event) -> bool:
        """Whether the person whose record it is did it."""
        return event.actor_kind == "citizen" and event.user_id == self.patient_account

    def who(self, event: Event) -> str:
        """Who did it, with the organisation."""
        if event.actor_kind == "system":
            return _("Het netwerk")
        if event.actor_kind == "citizen":
            return _("U") if self.own(event) else self.acting.get(event.user_id or 0) or _("Iemand die voor u handelt")
        user, place = self.people.get(event.user_id or 0), self.places.get(event.organisation_id or 0)
        name = user.name if user and user.name else _("Een medewerker")
        return _("%(name)s van %(place)s") % {"name": name, "place": place.name} if place else name


def _day(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "j F Y") if moment else ""


Words = tuple[str, list[str]]


def _chosen(event: Event, around: Around) -> Words:
    choice: Consent | None = around.row(event)
    who = around.who(event)
    if choice and choice.origin == Consent.Origin.NATIONAL:
        title = _("Uw keuze bij Mitz is verwerkt")
    elif around.own(event):
        title = _("U maakte een keuze")
    else:
        title = _("%(who)s legde een keuze voor u vast") % {"who": who}
    if choice is None:
        return title, []
    lines = [words.choice(choice)]
    if choice.established and not around.own(event):
        lines.append(_("Zo is het vastgelegd: %(how)s.") % {"how": choice.established.rstrip(".")})
    if choice.awaits:
        lines.append(_("Deze keuze telt pas als een ouder of voogd het goedvindt."))
    return title, lines


def _withdrawn(event: Event, around: Around) -> Words:
    choice: Consent | None = around.row(event)
    if event.data.get("turned_down"):
        title = _("%(who)s vond een keuze niet goed") % {"who": around.who(event)}
    elif around.own(event):
        title = _("U haalde een keuze weg")
    else:
        title = _("%(who)s haalde een keuze voor u weg") % {"who": around.who(event)}
    return title, [words.choice(choice)] if choice else []


def _confirmed(event: Event, around: Around) -> Words:
    choice: Consent | None = around.row(event)
    return _("%(who)s vond een keuze goed") % {"who": around.who(event)}, [words.choice(choice)] if choice else []


def _choice_expiring(event: Event, around: Around) -> Words:
    choice: Consent | None = around.row(event)
    if choice is None or choice.period.upper is None:
        return _("Een keuze van u loopt bijna af"), []
    title = _("Een keuze van u loopt af op %(day)s") % {"day": _day(choice.period.upper)}
    return title, [words.choice(choice), _("Wilt u dat deze keuze blijft? Kies dan opnieuw.")]


def _name(mandate: Mandate | None) -> str:
    return mandate.name if mandate else _("Iemand")


def _given(event: Event, around: Around) -> Words:
    mandate: Mandate | None = around.row(event)
    if around.own(event):
        title = _("U gaf %(name)s een machtiging") % {"name": _name(mandate)}
    else:
        title = _("%(who)s legde vast dat %(name)s voor u mag handelen") % {
            "who": around.who(event),
            "name": _name(mandate),
        }
    lines = []
    if mandate and mandate.by_law:
        lines.append(_("Als %(capacity)s. Bewijs: %(document)s.") % {
            "capacity": words.capacity(mandate), "document": mandate.document.rstrip("."),
        })  # fmt: skip
    return title, lines


def _taken_up(event: Event, around: Around) -> Words:
    mandate: Mandate | None = around.row(event)
    sees = "; ".join(words.scope(from_mask(mandate.categories))) if mandate else ""
    lines = [_("Deze persoon ziet: %(what)s.") % {"what": sees}] if sees else []
    if mandate and mandate.acts:
        lines.append(_("Deze persoon mag ook dingen voor u regelen."))
    return _("%(name)s handelt nu voor u") % {"name": _name(mandate)}, lines


def _mandate_ended(event: Event, around: Around) -> Words:
    return _("%(name)s handelt niet meer voor u") % {"name": _name(around.row(event))}, []


def _mandate_expiring(event: Event, around: Around) -> Words:
    mandate: Mandate | None = around.row(event)
    day = _day(mandate.period.upper) if mandate else ""
    title = _("%(name)s handelt voor u tot %(day)s") % {"name": _name(mandate), "day": day}
    return title, [_("Moet het langer? Geef dan een nieuwe machtiging.")]


def _emergency(event: Event, around: Around) -> Words:
    emergency: Emergency | None = around.row(event)
    title = _("%(who)s keek met spoed in uw gegevens") % {"who": around.who(event)}
    if emergency is None:
        return title, []
    ended = emergency.period.upper
    until = _("Dit kon tot %(time)s.") % {"time": date_format(timezone.localtime(ended), "H:i")} if ended else ""
    return title, [words.reason_of(emergency), *filter(None, [until]), words.review_of(emergency)]


def _reviewed(event: Event, around: Around) -> Words:
    emergency: Emergency | None = around.row(event)
    title = _("Er is nagekeken of het terecht was dat iemand met spoed keek")
    return title, [words.review_of(emergency)] if emergency else []


def _stated(event: Event, around: Around) -> Words:
    place = around.places.get(event.organisation_id or 0)
    title = _("%(who)s verklaarde dat u daar hulp krijgt") % {"who": around.who(event)}
    relation = around.row(event) if event.subject_type == "carerelation" else None
    reason = relation.reason if isinstance(relation, CareRelation) else ""
    lines = [_("De reden: “%(reason)s”") % {"reason": reason}] if reason else []
    return title, [*lines, _("Daarom mag %(place)s uw gegevens zien.") % {"place": place.name}] if place else lines


def _ended(event: Event, around: Around) -> Words:
    relation = around.row(event)
    name = relation.organisation.name if isinstance(relation, CareRelation) else _("Een organisatie")
    return _("%(place)s helpt u niet meer") % {"place": name}, [_("Zij zien uw gegevens nu niet meer.")]


def _placed(event: Event, around: Around) -> Words:
    restriction: Restriction | None = around.row(event)
    if restriction is None:
        return _("Gegevens over u zijn voorlopig afgeschermd"), []
    title = _("Gegevens bij %(place)s zijn voorlopig afgeschermd") % {"place": restriction.organisation.name}
    return title, [
        _("Niemand anders ziet: %(what)s.") % {"what": "; ".join(words.what(from_mask(restriction.categories)))}
    ]


def _lifted(event: Event, around: Around) -> Words:
    restriction: Restriction | None = around.row(event)
    place = restriction.organisation.name if restriction else _("Een organisatie")
    return _("%(place)s gebruikt uw gegevens weer gewoon") % {"place": place}, []


def _notified(event: Event, around: Around) -> Words:
    return _("Mitz gaf een keuze van u door"), [_("Wij houden ons daar meteen aan.")]


def _copy(event: Event, around: Around) -> Words:
    return _("De kopie van uw gegevens staat klaar"), []


REQUEST_STEPS: dict[str, Callable[[], str]] = {
    "request.taken_up": lambda: _("%(who)s behandelt nu uw verzoek"),
    "request.asked_back": lambda: _("%(who)s heeft een vraag over uw verzoek"),
    "request.extended": lambda: _("%(who)s heeft meer tijd nodig voor uw verzoek"),
    "request.granted": lambda: _("%(who)s geeft u gelijk"),
    "request.partly_granted": lambda: _("%(who)s geeft u voor een deel gelijk"),
    "request.refused": lambda: _("%(who)s wijst uw verzoek af"),
    "request.carried_out": lambda: _("Wat u vroeg, is gedaan"),
}

EXPLAINED: dict[str, Callable[[], str]] = {
    "request.granted": lambda: _("%(who)s gaf u uitleg"),
    "request.partly_granted": lambda: _("%(who)s gaf u voor een deel uitleg"),
    "request.refused": lambda: _("%(who)s gaf u geen uitleg"),
}
"""How the answer to a question about looking is told: explained, and not granted."""


def _request(event: Event, around: Around) -> Words:
    if around.own(event):
        return _("U deed een verzoek, of een stap daarin"), []
    question = event.data.get("kind") == Kind.QUESTION
    steps = {**REQUEST_STEPS, **EXPLAINED} if question else REQUEST_STEPS
    said = steps.get(event.verb, lambda: _("%(who)s zette een stap in uw verzoek"))()
    return said % {"who": around.who(event)}, []


def _of_network(said: str, own: str) -> Callable[[Event, Around], Words]:
    """A teller for a change in who stands around the person; names stand on the page of the network, not here."""

    def told(event: Event, around: Around) -> Words:
        return (_(own) if around.own(event) else _(said) % {"who": around.who(event)}), []

    return told


def _asked(event: Event, around: Around) -> Words:
    return _("%(who)s stelt een wijziging in uw contactpersonen voor") % {"who": around.who(event)}, []


def _coordination(event: Event, around: Around) -> Words:
    if event.data.get("ended"):
        return _("U heeft nu geen vaste contactpersoon in de zorg"), []
    return _("%(who)s gaf aan wie uw vaste contactpersoon in de zorg is") % {"who": around.who(event)}, []


REFERRAL_STEPS: dict[str, Callable[[], str]] = {
    "referral.sent": lambda: _("%(sender)s heeft u aangemeld bij %(receiver)s"),
    "referral.accepted": lambda: _("%(receiver)s gaat u helpen"),
    "referral.rejected": lambda: _("%(receiver)s kan u niet helpen"),
    "referral.supplemented": lambda: _("%(sender)s stuurde %(receiver)s nog informatie na"),
    "referral.no_letter": lambda: _("%(sender)s stuurt %(receiver)s geen brief meer"),
    "referral.reported": lambda: _("%(receiver)s schreef een verslag aan %(sender)s"),
    "referral.planned": lambda: _("%(receiver)s heeft een afspraak met u gemaakt of verzet"),
    "referral.called_off": lambda: _("%(receiver)s heeft de afspraak afgezegd"),
    "referral.not_shown": lambda: _("U was niet op de afspraak bij %(receiver)s"),
    "referral.explorer_joined": lambda: _("Er doet iemand mee aan uw gesprek bij %(receiver)s"),
    "referral.consulted": lambda: _("%(sender)s vraagt %(receiver)s om mee te denken, in plaats van u aan te melden"),
    "referral.placed": lambda: _("Er is nieuws over uw plek bij een training van %(receiver)s"),
    "referral.started": lambda: _("De hulp van %(receiver)s is begonnen"),
    "referral.completed": lambda: _("De hulp van %(receiver)s is afgerond"),
    "referral.turned": lambda: _("%(receiver)s is nu gevraagd om u te helpen"),
    "referral.said": lambda: _("Er is een bericht bij uw aanvraag aan %(receiver)s"),
    "referral.cannot": lambda: _("%(receiver)s weet dat u niet kunt en maakt een nieuwe afspraak"),
    "referral.withdrawn": lambda: _("De aanvraag bij %(receiver)s is door of voor u ingetrokken"),
    "referral.channel_chosen": lambda: _("Er is gekozen hoe u bericht krijgt over de aanvraag bij %(receiver)s"),
    "referral.asked_person": lambda: _("%(receiver)s wil iets van u weten"),
    "referral.cancelled": lambda: _("%(sender)s heeft de aanvraag bij %(receiver)s ingetrokken"),
}
"""The steps of a referral that a person is told of; what the parties ask each other in between stands on its own page."""


UNSENT: dict[str, Callable[[], str]] = {
    "referral.sent": lambda: _("U bent aangemeld bij %(receiver)s"),
    "referral.reported": lambda: _("%(receiver)s schreef een verslag"),
}
"""What is told otherwise where nobody referred."""


def _referral(event: Event, around: Around) -> Words:
    referral = around.row(event)
    if not isinstance(referral, Referral):
        return _("Er is iets veranderd in een aanvraag om hulp"), []
    # Another may be asked by now: whom it was about then is told by the event.
    asked = around.services.get(event.data.get("service", 0)) or referral.service
    names = {"sender": referral.referrer, "receiver": asked.organisation.name}
    said = REFERRAL_STEPS[event.verb]
    if referral.sending_organisation is None:
        said = UNSENT.get(event.verb, said)
    return said() % names, [_("Het gaat om: %(service)s.") % {"service": asked.name}]


_person_added = _of_network(
    gettext_noop("%(who)s voegde een contactpersoon toe"), gettext_noop("U voegde een contactpersoon toe")
)
_person_changed = _of_network(
    gettext_noop("%(who)s wijzigde een contactpersoon"), gettext_noop("U wijzigde een contactpersoon")
)
_person_ended = _of_network(
    gettext_noop("%(who)s haalde een contactpersoon weg"), gettext_noop("U haalde een contactpersoon weg")
)
_helper_added = _of_network(
    gettext_noop("%(who)s zette een hulpverlener in uw netwerk"), gettext_noop("U zette een hulpverlener in uw netwerk")
)
_helper_ended = _of_network(
    gettext_noop("%(who)s haalde een hulpverlener uit uw netwerk"),
    gettext_noop("U haalde een hulpverlener uit uw netwerk"),
)


TELLERS: dict[str, tuple[str, Callable[[Event, Around], Words]]] = {
    "consent.chosen": ("consent", _chosen),
    "consent.withdrawn": ("consent", _withdrawn),
    "consent.confirmed": ("consent", _confirmed),
    "consent.notified": ("globe", _notified),
    "consent.expiring": ("clock", _choice_expiring),
    "mandate.given": ("key", _given),
    "mandate.taken_up": ("key", _taken_up),
    "mandate.ended": ("key", _mandate_ended),
    "mandate.expiring": ("clock", _mandate_expiring),
    "emergency.started": ("emergency", _emergency),
    "emergency.reviewed": ("emergency", _reviewed),
    "relation.stated": ("network", _stated),
    "relation.ended": ("network", _ended),
    "restriction.placed": ("lock", _placed),
    "restriction.lifted": ("lock", _lifted),
    "export.ready": ("download", _copy),
    "related_person.added": ("network", _person_added),
    "related_person.changed": ("network", _person_changed),
    "related_person.ended": ("network", _person_ended),
    "participant.added": ("network", _helper_added),
    "participant.ended": ("network", _helper_ended),
    "network.handed_over": ("network", _coordination),
    "network.asked": ("network", _asked),
    **dict.fromkeys(REFERRAL_STEPS, ("referral", _referral)),
}
"""What of the log is told as a change: an icon, and how it is said. Steps of requests come on top, whatever they are called."""

REQUESTS = "request."
"""The beginning of the verbs of requests about the own rights."""

LOUD = frozenset({"emergency.started"})
LINKS: dict[str, tuple[str, Callable[[], str]]] = {
    "consent": ("portal:consent", lambda: _("Wie mag wat zien")),
    "mandate": ("portal:mandates", lambda: _("Wie handelt voor mij")),
    "emergency": ("portal:log", lambda: _("Wie keek mee")),
    "related_person": ("portal:network", lambda: _("Wie helpt mij")),
    "participant": ("portal:network", lambda: _("Wie helpt mij")),
    "network": ("portal:network", lambda: _("Wie helpt mij")),
    "relation": ("portal:network", lambda: _("Wie helpt mij")),
    "export": ("rights:export", lambda: _("Kopie ophalen")),
}


def tell(event: Event, around: Around, *, since: datetime | None) -> Told:
    """One line of the log as a change; new when it happened after ``since`` and was not done by the person self."""
    icon, teller = TELLERS.get(event.verb, ("list", _request))
    title, lines = teller(event, around)
    own = around.own(event)
    name, link = LINKS.get(event.verb.partition(".")[0], ("", str))
    url = reverse(name) if name else ""
    if event.verb in REFERRAL_STEPS:
        url, link = reverse("portal:referral", args=[event.subject_id]), lambda: _("Hoe het ervoor staat")
    if event.verb.startswith(REQUESTS) and event.subject_id:
        url, link = reverse("rights:request", args=[event.subject_id]), lambda: _("Verzoek bekijken")
    return Told(
        at=event.at,
        icon=icon,
        title=title,
        lines=lines,
        own=own,
        new=not own and (since is None or event.at > since),
        loud=event.verb in LOUD,
        url=url,
        link=link(),
    )
