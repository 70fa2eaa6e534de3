"""How long each kind of data is kept, by which law and from which moment, and what may be removed earlier when the person asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from people.models import Domain
from trust.categories import EVERYTHING, Category

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CARE = frozenset({Domain.GP, Domain.HOME_CARE, Domain.MENTAL_HEALTH, Domain.HOSPITAL, Domain.PHARMACY})
SUPPORT = frozenset({Domain.SOCIAL, Domain.MUNICIPALITY, Domain.WELFARE, Domain.REGION})
ADMINISTRATION = frozenset({Category.FINANCIAL})


@dataclass(frozen=True)
class Term:
    """One legal term: ``years`` from ``begins``, by ``law``, for what these kinds of participants keep in these categories.

    ``minors`` narrows it to who was under eighteen at the last change, or to who was not. ``on_request`` tells whether the
    person may have it removed before the term ends, and ``request_law`` by which article, or why not.
    """

    key: str
    what: StrOrPromise
    years: int
    law: str
    begins: StrOrPromise
    domains: frozenset[str] = frozenset()
    categories: frozenset[Category] = frozenset()
    minors: bool | None = None
    on_request: bool = False
    request_law: str = ""


_LAST_CHANGE = _("de laatste wijziging in het dossier, als er geen zorg of hulp meer loopt")

TERMS: tuple[Term, ...] = (
    Term(
        "wgbo",
        _("het dossier van een zorgverlener"),
        20,
        "art. 7:454 lid 3 BW (Wgbo)",
        _LAST_CHANGE,
        CARE,
        EVERYTHING - ADMINISTRATION,
        None,
        True,
        "art. 7:455 BW",
    ),
    Term(
        "jeugdwet",
        _("het dossier van hulp aan iemand onder de 18"),
        20,
        "art. 7.3.8 Jeugdwet",
        _LAST_CHANGE,
        SUPPORT,
        EVERYTHING - ADMINISTRATION,
        True,
        True,
        "art. 7.3.9 Jeugdwet",
    ),
    Term(
        "wmo",
        _("het dossier van maatschappelijke ondersteuning"),
        15,
        "art. 5.3.4 Wmo 2015",
        _LAST_CHANGE,
        SUPPORT,
        EVERYTHING - ADMINISTRATION,
        False,
        True,
        "art. 5.3.5 Wmo 2015",
    ),
    Term(
        "awr",
        _("gegevens over geld en betalingen"),
        7,
        "art. 52 AWR",
        _LAST_CHANGE,
        CARE | SUPPORT,
        ADMINISTRATION,
        None,
        False,
        "art. 17 lid 3 onder b AVG",
    ),
    Term(
        "log",
        _("het logboek: wie keek, waarom en met welk recht"),
        5,
        "art. 15e Wabvpz; NEN 7513:2018",
        _("de dag waarop de regel is geschreven"),
    ),
    Term(
        "request",
        _("verzoeken over uw gegevens, met wat erover is gezegd"),
        5,
        "art. 5 lid 2 AVG",
        _("de dag waarop het verzoek is afgesloten"),
    ),
)
"""The table of terms. A hold stops all of them (AVG art. 17(3)(e))."""

BY_KEY = {term.key: term for term in TERMS}
OF_RECORD = tuple(term for term in TERMS if term.domains)
"""The terms that hold for parts of a record; the others have a table of their own."""

SHORTEST_OF_RECORD = 7
"""Years under which the database removes nothing of a record without a request, whatever it is asked."""


def was_minor(birth_date: date, on: date) -> bool:
    """Whether somebody was under eighteen on a day."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day)) < 18


def term_of(category: Category, domain: str, *, minor: bool) -> Term:
    """The term that holds for one category at one kind of participant."""
    return next(
        term
        for term in OF_RECORD
        if category in term.categories and domain in term.domains and term.minors in (None, minor)
    )


def removable(
    categories: Iterable[Category], domain: str, *, minor: bool
) -> tuple[frozenset[Category], dict[str, Term]]:
    """Which of these categories may be removed because the person asks, and by the name of each other the term that forbids it."""
    terms = {category: term_of(category, domain, minor=minor) for category in categories}
    free = frozenset(category for category, term in terms.items() if term.on_request)
    return free, {category.name: term for category, term in sorted(terms.items()) if category not in free}
