"""Today's list: what waits for the team, each line named by whom or what it is about."""

from __future__ import annotations

import pytest

from events.actor import act
from events.models import WorkItem
from tests import factories
from workplace.access import work_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_work_about_nobody_is_named_by_what_it_is_about_and_says_nothing_twice() -> None:
    gp = factories.member("gp")
    source = factories.source(gp.organisation)
    with factories.as_owner():
        WorkItem.objects.create(
            kind="copy", subject_type="source", subject_id=source.pk, organisation_id=gp.organisation.pk,
            title="Over te nemen in het eigen systeem: HIS De Linde",
        )  # fmt: skip
    with act(factories.actor(gp)) as actor:
        [line] = work_of(actor)
    assert (line.who, line.title) == ("HIS De Linde", "Over te nemen in het eigen systeem")
