"""The stage of the citizen's pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from people.models import User
from tests.portal.scene import Scene


@pytest.fixture
def scene() -> Scene:
    """A citizen with a practice, a district nurse elsewhere, and a referral to the social team."""
    return Scene()


@pytest.fixture
def client(scene: Scene, citizen_client: Callable[[User], Client]) -> Client:
    """The citizen's browser."""
    return citizen_client(scene.user)
