"""How people are reached compared: numbers and addresses that differ, and who is called first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from dossier.access.comparison import NOISE, Comparison, Kind, Side, compared, nameless, side_of
from dossier.models import Fact, RelatedPerson
from trust.categories import Category

_PHONE = re.compile(r"\+?\(?\d[\d\s().-]{7,}\d")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def reached(facts: Sequence[Fact], contacts: Iterable[RelatedPerson]) -> list[Comparison]:
    """The same person with other numbers in another place; one number in common is enough to be the same."""
    named: dict[tuple[str, str], list[tuple[set[str], Side, Category]]] = defaultdict(list)
    for fact in facts:
        if fact.resource_type in ("RelatedPerson", "Patient") and not nameless(fact):
            ways, shown = _ways(fact.detail)
            # A person is one, under whatever name; contact persons are told apart by theirs.
            who = "" if fact.resource_type == "Patient" else _surname(fact.title)
            named[(fact.resource_type, who)].append((ways, side_of(fact, shown), Category(fact.category)))
    for contact in contacts:
        ways, shown = _ways(", ".join((contact.phone, contact.other_phone, contact.email)))
        keeper = contact.organisation.name if contact.organisation else _("de persoon zelf")
        side = Side(shown, _("eigen register"), keeper, contact.at.date().isoformat())
        named[("RelatedPerson", _surname(contact.name))].append((ways, side, Category.NETWORK))
    found = []
    for (kind, _who), given in named.items():
        told = [one for one in given if one[0]]
        if len({side.source for _ways_, side, _category in told}) < 2:
            continue
        if all(one[0] & other[0] for one in told for other in told):
            continue
        about = (
            _("Contactgegevens")
            if kind == "Patient"
            else _("Contactgegevens van %(name)s") % {"name": _titled(facts, contacts, _who)}
        )
        found.append(compared(Kind.DIFFERENCE, told[0][2], about, (side for _ways_, side, _category in told)))
    return found


def _titled(facts: Iterable[Fact], contacts: Iterable[RelatedPerson], who: str) -> str:
    names = [fact.title for fact in facts if fact.resource_type == "RelatedPerson"] + [one.name for one in contacts]
    return next((name for name in names if _surname(name) == who), who)


def _surname(name: str) -> str:
    """A name without titles, initials and given names told only by a letter: two sources seldom write those alike."""
    words = re.sub(r"\b(dr|drs|mr|ir|dhr|mw|mevr|prof)\b\.?", " ", name.lower())
    words = re.sub(r"\b(?:[a-z]\.)+", " ", words)
    return NOISE.sub(" ", words).strip()


def _ways(text: str) -> tuple[set[str], str]:
    """Telephone numbers and mail addresses in a text, to compare and to show."""
    shown = [*(found.strip() for found in _PHONE.findall(text)), *_EMAIL.findall(text)]
    return {_reach(way) for way in shown}, ", ".join(dict.fromkeys(shown))


def _reach(way: str) -> str:
    if "@" in way:
        return way.lower()
    digits = re.sub(r"\D", "", way.replace("(0)", ""))
    return re.sub(r"^(?:0031|31)", "0", digits) if len(digits) > 10 else digits


_FIRST = ("eerste relatie/contactpersoon", "eerste contactpersoon")


def first_contacts(facts: Sequence[Fact]) -> list[Comparison]:
    """Who is called first: somebody else according to another source."""
    first = [
        fact
        for fact in facts
        if fact.resource_type == "RelatedPerson"
        and any(part.strip().lower() in _FIRST for part in fact.detail.split(","))
        and not nameless(fact)
    ]
    if len({fact.source_id for fact in first}) < 2 or len({_surname(fact.title) for fact in first}) < 2:
        return []
    sides = (side_of(fact, fact.title) for fact in first)
    return [compared(Kind.DIFFERENCE, Category.NETWORK, _("Eerste contactpersoon"), sides)]
