"""The technical log says of a refusal no more than its number and a code."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse

from dossier import access
from people.models import Membership
from tests import factories
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What goes to standard error."""
    (console,) = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    here = io.StringIO()
    former = console.setStream(here)
    yield here
    if former:
        console.setStream(former)


def test_a_refusal_names_no_record_and_no_holder(
    client_of: Callable[[Membership], Client], written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    gp, hospital = factories.member("gp"), factories.organisation("hospital", "Ziekenhuis Tergooi")
    patient = factories.patient(related_to=[gp.organisation, hospital])
    source = factories.source(hospital, name="EPD Tergooi")
    fact = factories.fact(patient, source, Category.DOCUMENTS, resource_type="DocumentReference")
    answer = client_of(gp).get(
        reverse("dossier:source_document", args=[patient.key, int(Category.DOCUMENTS), source.pk, fact.mark])
    )
    assert answer.status_code == 403
    lines = [line for line in written.getvalue().splitlines() if "django.request" in line]
    assert len(lines) == 1
    assert lines[0].endswith(f"WARNING django.request 403, request {answer['X-Request-Id']}")
    for word in (str(patient.key), "Tergooi", "documents"):
        assert word not in written.getvalue()


@pytest.mark.parametrize(("address", "status"), [("/patients/00000000-0000-0000-0000-000000000000/", 404)])
def test_neither_does_what_does_not_exist(
    client_of: Callable[[Membership], Client], written: io.StringIO, address: str, status: int
) -> None:
    assert client_of(factories.member("gp")).get(address).status_code == status
    assert "/patients/" not in written.getvalue()
    assert f"{status}, request " in written.getvalue()


def test_of_a_fault_the_trace_stays(
    client_of: Callable[[Membership], Client], written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(access, "get_document_elsewhere", broken)
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    source = factories.source(gp.organisation)
    client = client_of(gp)
    client.raise_request_exception = False
    answer = client.get(
        reverse("dossier:source_document", args=[patient.key, int(Category.DOCUMENTS), source.pk, "a" * 24])
    )
    assert answer.status_code == 500
    assert "ZeroDivisionError" in written.getvalue()
    assert str(patient.key) not in written.getvalue()
    assert f"500, request {answer['X-Request-Id']}" in written.getvalue()
