"""How categories and partial dates of a record are written in templates."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from dossier.access import when
from trust.categories import Category

register = template.Library()


@register.filter
def category_name(category: int) -> str:
    """The name of a category of data."""
    return str(Category(category).label)


@register.filter
def category_names(categories: Iterable[int]) -> str:
    """The names of several categories, in their order, as one phrase."""
    return ", ".join(str(Category(category).label) for category in sorted(categories))


@register.filter
def partial_date(on_date: str) -> str:
    """A whole or partial date as people write it."""
    return when(on_date) if on_date else ""
