"""How categories and partial dates of a record are written in templates."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from dossier.access import when
from dossier.access.items import coded
from dossier.sources import wording
from trust.categories import Category, named

register = template.Library()


@register.filter
def category_name(category: int) -> str:
    """The name of a category of data."""
    return str(Category(category).label)


@register.filter
def category_names(categories: Iterable[int]) -> str:
    """The names of several categories, in their order, as one phrase."""
    return named(categories)


@register.filter
def partial_date(on_date: str) -> str:
    """A whole or partial date as people write it."""
    return when(on_date) if on_date else ""


@register.filter
def as_expected(status: str) -> bool:
    """Whether the state of a fact is what one would think, so that it needs no chip."""
    return status in wording.AS_EXPECTED


@register.filter
def coded_words(words: str) -> str:
    """The words for a coded state, kept in Dutch, in the reader's language; what a source wrote itself stays as it is."""
    return coded(str(words))
