"""What comes along with a resource because it refers to it: the medicine, the prescriber, a role and its person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dossier.sources.classify import category_of
from dossier.sources.owner import WITHOUT_SUBJECT
from dossier.sources.reading import Json, reference_targets
from trust.categories import Category

_STRICT = frozenset({Category.MENTAL_HEALTH, Category.SOCIAL, Category.FINANCIAL})
STEPS = 2
"""A role refers to its person; nothing that a line needs is further away."""


def companions(resource: Json, nearby: Mapping[str, Json], categories: frozenset[int]) -> Iterable[Json]:
    """What the resource refers to among ``nearby`` (by ``Type/id``), and what that refers to.

    Facts of the patient of a stricter category come along only when that category was asked for too.
    """
    found: dict[str, Json] = {}
    frontier = [resource]
    for _step in range(STEPS):
        reached = []
        for item in frontier:
            for target in reference_targets(item):
                other = nearby.get(target)
                if other is None or other is resource or target in found or not _may_accompany(other, categories):
                    continue
                found[target] = other
                reached.append(other)
        frontier = reached
    return found.values()


def _may_accompany(resource: Json, categories: frozenset[int]) -> bool:
    if resource["resourceType"] in WITHOUT_SUBJECT:
        return True
    category = category_of(resource)
    return category not in _STRICT or int(category) in categories
