"""What the receiver reports: read by who referred and by the citizen, kept as a document, and copied to the sender's own system."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable

import pikepdf
import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from dossier.models import CopyText, SourceCopying
from events.actor import act
from events.models import Event
from people.models import Membership, User
from referrals import access
from referrals.models import Referral, Report
from tests import factories
from tests.referrals.test_steps import stands
from tests.referrals.world import World, take
from trust.models import CareRelation

ClientOf = Callable[[Membership], Client]
pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "Depressieve klachten, geen medicatie gestart. Advies: driemaal per week bewegen."
PLAIN = "U heeft last van somberheid. Ga drie keer in de week naar buiten."


def read(member: Membership, referral: Referral) -> list[str]:
    """The reports that a member gets to see, asking for all there are."""
    with act(factories.actor(member)) as actor:
        access.open_referral(actor, access.get_referral(actor, referral.pk))
        return list(Report.objects.values_list("text", flat=True))


def test_the_sender_reads_the_report_and_the_receiver_who_wrote_it() -> None:
    world = World()
    referral = world.referral_in("in_progress")
    before = stands(referral)
    take("report", referral, world.receiver, text=TEXT, plain=PLAIN)
    after = stands(referral)
    assert (after.status, after.due) == (before.status, before.due), "help runs on"
    assert read(world.sender, referral) == [TEXT]
    assert read(world.receiver, referral) == [TEXT]
    with factories.as_owner():
        assert Event.objects.filter(verb="referral.reported", subject_id=referral.pk).count() == 1


def test_nobody_else_reads_or_writes_it() -> None:
    world = World()
    referral = world.referral_in("in_progress")
    take("report", referral, world.receiver, text=TEXT)
    stranger = factories.member("social_worker")
    desk = factories.member("manager", at=world.receiver.organisation)
    for member in (stranger, desk):
        with act(factories.actor(member)):
            assert not Report.objects.exists()
    step = None
    with factories.as_owner():
        step = referral.steps.get(verb="accept")
    for member in (stranger, desk):
        with act(factories.actor(member)), pytest.raises(ProgrammingError), transaction.atomic():
            Report.objects.create(
                step=step, token=uuid.uuid4(), referral=referral, patient=world.patient,
                organisation=member.organisation, category=referral.sensitivity, text="Verzonnen.",
            )  # fmt: skip


def test_a_second_press_reports_once_and_empty_is_said_at_the_field(client_of: ClientOf) -> None:
    world = World()
    referral = world.referral_in("in_progress")
    client, address = client_of(world.receiver), reverse("referrals:move", args=[referral.pk, "report"])
    typed = {"token": str(uuid.uuid4()), "text": TEXT, "plain": ""}
    for _press in range(2):
        assert client.post(address, typed).status_code == 302
    with factories.as_owner():
        assert Report.objects.count() == 1
        assert referral.steps.filter(verb="report").count() == 1
    wrong = client.post(address, {**typed, "token": str(uuid.uuid4()), "text": " ", "plain": PLAIN}).content.decode()
    assert "Schrijf het verslag." in wrong
    assert PLAIN in wrong, "what was typed stays"


def test_closing_takes_the_report_along_and_the_sender_keeps_it(client_of: ClientOf) -> None:
    world = World()
    referral = world.referral_in("in_progress")
    client = client_of(world.receiver)
    address = reverse("referrals:move", args=[referral.pk, "complete"])
    assert client.post(address, {"outcome": "advised", "text": TEXT, "plain": PLAIN, "note": ""}).status_code == 302
    made = stands(referral)
    assert (made.status, made.outcome) == ("completed", "advised")
    assert read(world.sender, referral) == [TEXT]
    page = client_of(world.sender).get(reverse("referrals:thread", args=[referral.pk])).content.decode()
    assert TEXT in page
    assert "advies gegeven" in page
    assert client.get(reverse("referrals:report", args=[referral.pk])).status_code == 403, "closing ends the access"


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # WeasyPrint leaves its colour profile open
def test_the_report_is_a_document_to_keep(client_of: ClientOf) -> None:
    world = World()
    referral = world.referral_in("in_progress")
    address = reverse("referrals:report", args=[referral.pk])
    client = client_of(world.sender)
    assert client.get(address).status_code == 404, "nothing was reported yet"
    take("report", referral, world.receiver, text=TEXT)
    response = client.get(address)
    assert response["Content-Type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(response.content)) as document, document.open_metadata() as meta:
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("2", "A")
    assert "Vries" not in response["Content-Disposition"]
    assert client_of(factories.member("gp")).get(address).status_code == 404


def test_a_copy_waits_for_the_own_system_of_the_sender_alone() -> None:
    world = World()
    for place in (world.sender.organisation, world.receiver.organisation):
        source = factories.source(place)
        with factories.as_owner():
            SourceCopying.objects.create(source=source, by_hand=["reply"])
    referral = world.referral_in("in_progress")
    take("report", referral, world.receiver, text=TEXT)
    with factories.as_owner():
        waiting = CopyText.objects.filter(text__contains=TEXT)
        assert [words.organisation_id for words in waiting] == [world.sender.organisation_id]
        CareRelation.objects.filter(organisation=world.sender.organisation).delete()
    take("report", referral, world.receiver, text="Nog een gesprek.")
    with factories.as_owner():
        assert not CopyText.objects.filter(text__contains="Nog een gesprek.").exists(), "who helps no more gets no more"


def test_the_citizen_reads_it_in_plain_words_first(citizen_client: Callable[[User], Client]) -> None:
    world = World()
    account = factories.citizen(world.patient)
    referral = world.referral_in("in_progress")
    take("report", referral, world.receiver, text=TEXT, plain=PLAIN)
    text = citizen_client(account).get(reverse("portal:referral", args=[referral.pk])).content.decode()
    assert text.index(PLAIN) < text.index(TEXT)
