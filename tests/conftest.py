"""The stage of all tests: a real database made by its owner, used as the application role; real Redis; no network beyond loopback."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, TransactionTestCase

from events.actor import Actor
from people.models import Membership, User
from tests import factories

KEPT = {"django_migrations", "django_content_type", "auth_permission", "square_postcode", "trust_roleneed"}


def _as_app() -> None:
    connection.close()
    connection.close_pool()
    connection.settings_dict["OPTIONS"]["options"] = "-c role=nis_app"


def _as_owner() -> None:
    connection.close()
    connection.close_pool()
    connection.settings_dict["OPTIONS"].pop("options", None)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The tables are made by their owner; whatever the tests do, they do as the application role."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        with factories.as_owner(), connection.cursor() as cursor:
            cursor.execute(
                "create schema if not exists kept; create table if not exists kept.need as table trust_roleneed"
            )
        _as_app()
        yield
        _as_owner()


def _empty(case: TransactionTestCase) -> None:
    """Take every row out of every table but the kept ones, once whoever still writes is done.

    Rows are deleted with triggers and references off, which is a hundred times quicker here than truncating: that makes new files for
    each table and each index. A cluster that was not made for tests does not allow it, and is truncated.
    """
    with factories.as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and c.relkind = 'r' and c.relname <> all(%s)",
            [list(KEPT)],
        )
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute("select has_parameter_privilege('session_replication_role', 'set')")
        if cursor.fetchone() == (True,):
            cursor.execute(f"lock table {', '.join(tables)} in share row exclusive mode")
            cursor.execute("set local session_replication_role = replica")
            cursor.execute(";".join(f"delete from {name}" for name in [*tables, "trust_roleneed"]))
        else:
            cursor.execute(f"truncate {', '.join(tables)}, trust_roleneed cascade")
        cursor.execute("insert into trust_roleneed select * from kept.need")
    connection.close()


TransactionTestCase._fixture_teardown = _empty  # type: ignore[method-assign,assignment]

_ID = re.compile(rb"""<[a-z][^<>]*?\sid=["']?([^"'\s>]+)""")
_ask = Client.request


def _ask_and_look(client: Client, **request: Any) -> HttpResponse:
    """Ask, and see that no id stands twice on a page: the label of one form would press a button of another."""
    response = _ask(client, **request)
    if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
        twice = sorted(one for one, times in Counter(_ID.findall(response.content)).items() if times > 1)
        assert not twice, (request.get("PATH_INFO"), twice)
    return response


Client.request = _ask_and_look  # type: ignore[method-assign]


@pytest.fixture
def client_of() -> Callable[[Membership], Client]:
    """A browser in which a professional has signed in and chosen a membership."""

    def make(membership: Membership) -> Client:
        client = Client()
        client.force_login(membership.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        session["kind"], session["membership"] = "professional", membership.pk
        session["second_factor"] = True
        session.save()
        return client

    return make


@pytest.fixture
def citizen_client() -> Callable[[User], Client]:
    """A browser in which a citizen has signed in."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        session["kind"] = "citizen"
        session["second_factor"] = True
        session.save()
        return client

    return make


@pytest.fixture
def actor_of() -> Callable[[Membership], Actor]:
    """The actor that a membership makes."""
    return factories.actor
