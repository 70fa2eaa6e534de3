"""Which news reaches people, who hears of it, and at which rhythm they may choose to hear."""

from __future__ import annotations

from typing import Literal, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

Hearer = Literal[
    "sender",
    "receiver",
    "handler",
    "parties",
    "readers",
    "holder",
    "team",
    "explorer",
    "explorers",
    "coordinator",
    "asker",
    "asked",
    "answerer",
    "officer",
    "desk",
    "network",
]
"""Who hears of it. *Receiver* and *asked* are the person who took it up and, until somebody did, the team; *handler* and
*answerer* are that person only. *Holder* is who has the turn, *team* everybody of that organisation, *coordinator* those of the
region. *Parties* are the sender and the handler; *readers* the parties that may read what was said, without the one that said
it. *Explorer* is the organisation that an invitation to a talk is about, *explorers* who said yes to one.
*Sender* and *asker* are who began the thread. *Officer* are the privacy officers of the
organisation for which it was done, and those of the region; *desk* is who handles requests of persons there. *Network* are the
people who take part in the care of the person; of a proposal, who wrote what it is about, and of its outcome who proposed."""


class Kind(models.TextChoices):
    """A kind of news for which a person chooses a rhythm."""

    REFERRAL_RECEIVED = "referral_received", _("Verwijzingen naar uw organisatie")
    REFERRAL_NEWS = "referral_news", _("Nieuws over verwijzingen die u verstuurde of behandelt")
    STUCK = "stuck", _("Verwijzingen die vastlopen in de regio")
    CONSULTATION_RECEIVED = "consultation_received", _("Consulten die aan uw organisatie worden gevraagd")
    CONSULTATION_NEWS = "consultation_news", _("Nieuws over consulten die u vroeg of beantwoordde")
    EMERGENCY = "emergency", _("Noodtoegang die u beoordeelt")
    REQUEST = "request", _("Verzoeken van inwoners over hun gegevens")
    NETWORK = "network", _("Wijzigingen in het zorgnetwerk waaraan u deelneemt")


class Rhythm(models.TextChoices):
    """How soon somebody hears by e-mail; the page of notifications shows everything at any rhythm."""

    DIRECT = "direct", _("Meteen een e-mail")
    DIGEST = "digest", _("Eén e-mail per dag (7.30 uur)")
    OFF = "off", _("Geen e-mail")


class Topic(models.TextChoices):
    """What a system of a participant wants to hear of."""

    NETWORK = "network", _("wijzigingen in zorgnetwerken van inwoners bij wie uw organisatie betrokken is")
    REFERRALS = "referrals", _("stappen van verwijzingen die uw organisatie verstuurde of kreeg")


class Skipped(models.TextChoices):
    """Why somebody gave up a message that a destination does not take; words of the product, so that none names a person."""

    OTHERWISE_KNOWN = "otherwise_known", _("de ontvanger weet het al langs een andere weg")
    OUTDATED = "outdated", _("het bericht is achterhaald")
    UNFIT = "unfit", _("het systeem kan dit bericht niet verwerken")


USUAL: dict[str, Rhythm] = {Kind.NETWORK: Rhythm.DIGEST, Kind.STUCK: Rhythm.DIGEST}
"""The rhythm for whom chose none, where that is not an e-mail at once."""


class News(NamedTuple):
    """What an event means for people: the kind of news, and who hears of it."""

    kind: Kind
    hearer: Hearer


NEWS: dict[str, News] = {
    "referral.sent": News(Kind.REFERRAL_RECEIVED, "receiver"),
    "referral.answered": News(Kind.REFERRAL_RECEIVED, "receiver"),
    "referral.supplemented": News(Kind.REFERRAL_RECEIVED, "receiver"),
    "referral.no_letter": News(Kind.REFERRAL_RECEIVED, "receiver"),
    "referral.entered": News(Kind.REFERRAL_NEWS, "sender"),
    "referral.cancelled": News(Kind.REFERRAL_NEWS, "handler"),
    "referral.said": News(Kind.REFERRAL_NEWS, "readers"),
    "referral.cannot": News(Kind.REFERRAL_RECEIVED, "receiver"),
    "referral.withdrawn": News(Kind.REFERRAL_NEWS, "parties"),
    "referral.accepted": News(Kind.REFERRAL_NEWS, "sender"),
    "referral.rejected": News(Kind.REFERRAL_NEWS, "sender"),
    "referral.asked_back": News(Kind.REFERRAL_NEWS, "sender"),
    "referral.reported": News(Kind.REFERRAL_NEWS, "sender"),
    "referral.not_shown": News(Kind.REFERRAL_NEWS, "sender"),
    "referral.assigned": News(Kind.REFERRAL_RECEIVED, "handler"),
    "referral.proposed": News(Kind.REFERRAL_NEWS, "sender"),
    "referral.passed_on": News(Kind.REFERRAL_NEWS, "sender"),
    "referral.advised": News(Kind.REFERRAL_NEWS, "sender"),
    "referral.engaged": News(Kind.REFERRAL_NEWS, "sender"),
    "referral.turned": News(Kind.REFERRAL_RECEIVED, "receiver"),
    "referral.explorer_invited": News(Kind.REFERRAL_RECEIVED, "explorer"),
    "referral.explorer_released": News(Kind.REFERRAL_NEWS, "explorer"),
    "referral.explorer_joined": News(Kind.REFERRAL_NEWS, "receiver"),
    "referral.explorer_declined": News(Kind.REFERRAL_NEWS, "receiver"),
    "referral.talk_changed": News(Kind.REFERRAL_NEWS, "explorers"),
    "referral.completed": News(Kind.REFERRAL_NEWS, "sender"),
    "referral.reminded": News(Kind.REFERRAL_NEWS, "holder"),
    "referral.overdue": News(Kind.REFERRAL_NEWS, "team"),
    "referral.stuck": News(Kind.STUCK, "coordinator"),
    "consultation.asked": News(Kind.CONSULTATION_RECEIVED, "asked"),
    "consultation.answered": News(Kind.CONSULTATION_NEWS, "asker"),
    "consultation.concluded": News(Kind.CONSULTATION_NEWS, "answerer"),
    "emergency.started": News(Kind.EMERGENCY, "officer"),
    "request.sent": News(Kind.REQUEST, "desk"),
    "request.answered": News(Kind.REQUEST, "desk"),
    "request.withdrawn": News(Kind.REQUEST, "desk"),
    **dict.fromkeys(
        (
            "related_person.added", "related_person.changed", "related_person.ended", "participant.added", "participant.changed",
            "participant.ended", "network.handed_over", "network.proposed", "network.accepted", "network.declined",
        ),
        News(Kind.NETWORK, "network"),
    ),
}  # fmt: skip

CITIZEN_NEWS = {
    "changed": _("Er is iets veranderd in Mijn Netwerk."),
    "expiring": _("Iets wat u koos in Mijn Netwerk, loopt bijna af."),
    "request": _("Er is nieuws over uw verzoek in Mijn Netwerk."),
}
"""The sentences by which a citizen is told by e-mail; none says what it is about."""


def citizen_news(verb: str) -> str:
    """Which of the sentences goes with an event."""
    if verb.endswith(".expiring"):
        return "expiring"
    return "request" if verb.partition(".")[0] in {"request", "export"} else "changed"
