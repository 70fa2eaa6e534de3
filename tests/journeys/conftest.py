"""The stage of these tests: without the journeys the migration begins with, so that each test says what there is."""

from __future__ import annotations

import pytest
from django.db import connection

from tests import factories


@pytest.fixture(autouse=True)
def _nothing_yet(transactional_db: None) -> None:
    with factories.as_owner(), connection.cursor() as cursor:
        for table in ["journeys_journeytrigger", "journeys_journeystep", "journeys_journey"]:
            cursor.execute(f"delete from {table}")
