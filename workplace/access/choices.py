"""What a patient chose about who may see what, and who acts for the patient, as a professional who records it must know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.core.exceptions import PermissionDenied
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from dossier.models import RelatedPerson
from events.actor import Actor
from people.models import Organisation, Patient
from trust.access import Decision, Opening
from trust.categories import EVERYTHING, Category, from_mask, named
from trust.models import Consent, Mandate

PROCESS = frozenset({Category.REFERRAL, Category.CONSULTATION})
"""What goes on about the patient, which a mandate can hold too."""


def has_care(decision: Decision) -> bool:
    """Whether it rests on a care relation of the own organisation, and not on a lent look or an emergency alone."""
    bases = set(decision.basis.split(",")) - {"care_relation:consultation"}
    return any(basis.startswith("care_relation:") for basis in bases)


def need_care(decision: Decision) -> None:
    """Refuse whom has no care relation of the own organisation: a lent look or an emergency is not for recording choices."""
    if not has_care(decision):
        raise PermissionDenied(_("Dit kan alleen wie zelf een zorgrelatie met de inwoner heeft."))


@dataclass(frozen=True)
class Choice:
    """One choice in force, in words: who may or may not see what, held by whom; ``reader`` names all that it was made about at once."""

    consent: Consent
    reader: str
    holder: str
    categories: str


def _reader(choice: Consent) -> str:
    if choice.reader_user:
        return choice.reader_user.name or _("één persoon")
    if choice.reader_organisation:
        return choice.reader_organisation.name
    return str(choice.get_reader_domain_display()) if choice.reader_domain else _("iedereen die de inwoner helpt")


def _holder(choice: Consent) -> str:
    if choice.holder_organisation:
        return choice.holder_organisation.name
    return str(choice.get_holder_domain_display()) if choice.holder_domain else ""


def choices_for(opening: Opening) -> list[Choice]:
    """The choices in force, the newest first, with who recorded them and how; what was chosen at once is one choice."""
    current = (
        Consent.objects.filter(patient=opening.patient)
        .current()
        .select_related("reader_organisation", "reader_user", "holder_organisation", "set_by", "set_at")
        .order_by("-period", "-pk")
    )
    return _at_once(Choice(c, _reader(c), _holder(c), _categories(c.categories)) for c in current)


def _at_once(choices: Iterable[Choice]) -> list[Choice]:
    """Join choices that differ in nothing but the reader: same moment, answer, categories, holder and who chose it."""
    joined: dict[tuple[object, ...], Choice] = {}
    for choice in choices:
        c = choice.consent
        same = (c.period, c.permit, c.awaits, choice.holder, choice.categories, c.origin, c.set_by_id, c.established)
        former = joined.get(same)
        joined[same] = replace(former, reader=f"{choice.reader}, {former.reader}") if former else choice
    return list(joined.values())


def _categories(mask: int) -> str:
    found, choosable = from_mask(mask), EVERYTHING - PROCESS - {Category.IDENTITY}
    if not choosable - found:
        return _("alle gegevens")
    if len(choosable - found) < len(choosable) / 2:
        return _("alle gegevens behalve %(kinds)s") % {"kinds": named(choosable - found)}
    return named(found & choosable or found)


def readers() -> list[Organisation]:
    """The participants about which a choice can be made, by kind and name."""
    return list(Organisation.objects.admitted().caring().order_by("domain", "name"))


@dataclass(frozen=True)
class Representative:
    """Somebody who may act or look for the patient, in words."""

    mandate: Mandate
    categories: str
    taken_up: bool
    ours: bool


def representatives_for(patient: Patient, actor: Actor) -> list[Representative]:
    """Who acts for the patient now, or may as soon as the code is used; representatives by law first."""
    current = (
        Mandate.objects.filter(patient=patient, period__contains=Now())
        .select_related("given_by", "given_at")
        .order_by("kind", "pk")
    )
    found = [
        Representative(m, _categories(m.categories), m.holder_id is not None, m.given_at_id == actor.organisation_id)
        for m in current
    ]
    return sorted(found, key=lambda one: not one.mandate.by_law)


def beside_contacts(found: Iterable[Representative], contacts: Iterable[RelatedPerson]) -> list[Representative]:
    """Put each representative in the line of the contact person of that name (``contact.represents``); gives back the others."""
    by_name = {contact.name.casefold(): contact for contact in contacts}
    others = []
    for one in found:
        contact = by_name.pop(one.mandate.name.casefold(), None)
        if contact is None:
            others.append(one)
        else:
            contact.represents = one  # type: ignore[attr-defined]
    return others


def need_ours(mandate: Mandate, actor: Actor) -> None:
    """Refuse to end what another organisation, or the citizen, set up."""
    if mandate.given_at_id != actor.organisation_id:
        raise PermissionDenied(_("Alleen wie deze machtiging vastlegde, of de inwoner zelf, kan haar beëindigen."))
