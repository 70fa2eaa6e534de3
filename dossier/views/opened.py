"""How each page of the record opens it: for a professional at work for a participant."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from events.actor import Actor
from people.access import need_professional
from trust.access import Opening, open_record
from trust.categories import Category


def opened(actor: Actor, key: uuid.UUID, categories: Iterable[Category]) -> Opening:
    """The record opened for these categories; ``Http404`` for who does not work for a participant, or has no basis."""
    need_professional(actor)
    return open_record(actor, key, categories)
