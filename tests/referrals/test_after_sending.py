"""What goes along later, the letter that follows, the documents that go with it, and in whose name it went."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.utils import timezone

from dossier.models import Document, DocumentPart
from events.actor import act
from events.errors import Refused
from events.models import Delivery, Event, WorkItem
from exchange.access import hearers_of
from people.models import Membership, User
from referrals import access
from referrals.models import Letter, LetterItem, Referral, Step, Supplement
from referrals.terms import letter_by
from tests import factories
from tests.referrals.world import World, send, take
from trust.access import open_record
from trust.categories import Category, to_mask
from trust.models import Restriction

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
CitizenClient = Callable[[User], Client]
SAID = "De huid is nu rood."


def texts(member: Membership, referral: Referral) -> tuple[list[str], list[str], list[str]]:
    """The questions, later texts and titles of items that a member reads by asking for all there are."""
    with act(factories.actor(member)) as actor:
        access.open_referral(actor, access.get_referral(actor, referral.pk))
        return (
            list(Letter.objects.values_list("question", flat=True)),
            list(Supplement.objects.values_list("text", flat=True)),
            list(LetterItem.objects.values_list("title", flat=True)),
        )


def told(verb: str) -> list[list[str]]:
    """Who hears of each event of a kind."""
    with factories.as_owner():
        found = []
        for event in Event.objects.filter(verb=verb).order_by("id"):
            assert Delivery.objects.filter(event_id=event.pk, listener="exchange.tasks.notify").count() == 1
            found.append([str(user) for user in hearers_of(event)[1]])
        return found


@pytest.mark.parametrize("status", ["requested", "asked_back", "accepted", "in_progress"])
def test_a_supplement_goes_under_the_same_number_and_changes_neither_state_nor_turn_nor_moment(status: str) -> None:
    world = World()
    referral = world.referral_in(status)
    with factories.as_owner():
        before = Referral.objects.get(pk=referral.pk)
        waited = list(WorkItem.objects.open().values_list("organisation_id", "title", "due"))
    take("supplement", referral, world.sender)
    with factories.as_owner():
        after = Referral.objects.get(pk=referral.pk)
        assert (after.number, after.status, after.due, after.level) == (
            before.number, before.status, before.due, before.level,
        )  # fmt: skip
        assert list(WorkItem.objects.open().values_list("organisation_id", "title", "due")) == waited
        step = Step.objects.filter(referral=referral).last()
        assert step is not None
        assert (step.verb, step.status, step.note) == ("supplement", status, "")
    assert SAID in texts(world.sender, referral)[1]
    assert texts(world.receiver, referral)[1] == ([SAID] if status in {"accepted", "in_progress"} else [])


def test_a_supplement_is_read_from_acceptance_on_and_no_more_after_withdrawing() -> None:
    world = World()
    source = factories.source(world.sender.organisation)
    fact = factories.fact(world.patient, source, Category.ALERTS, "Hond in huis")
    referral = world.send()
    take("supplement", referral, world.sender, items=[f"fact:{fact.reference}"])
    assert texts(world.receiver, referral) == ([], [], [])
    take("accept", referral, world.receiver)
    assert texts(world.receiver, referral) == (["Wat kan helpen?"], [SAID], ["Hond in huis"])
    take("cancel", referral, world.sender)
    assert texts(world.receiver, referral) == ([], [], [])
    with pytest.raises(Refused, match="ingetrokken"):
        take("supplement", referral, world.sender)


def test_the_receiver_is_told_once_also_when_the_button_is_pressed_twice() -> None:
    world = World()
    referral = world.referral_in("accepted")
    token = uuid.uuid4()
    take("supplement", referral, world.sender, token=token)
    take("supplement", referral, world.sender, token=token)
    assert told("referral.supplemented") == [["Sanne Bakker"]]
    with factories.as_owner():
        assert (Supplement.objects.count(), Step.objects.filter(verb="supplement").count()) == (1, 1)
        event = Event.objects.get(verb="referral.supplemented")
        assert event.data == {"status": "accepted", "letter": False, "items": 0}


def test_what_may_not_go_to_this_receiver_does_not_go_later_either() -> None:
    world = World()
    source = factories.source(world.sender.organisation)
    fact = factories.fact(world.patient, source, Category.PROBLEMS, "Depressie")
    referral = world.send()
    with pytest.raises(Refused) as refusal:
        take("supplement", referral, world.sender, items=[f"fact:{fact.reference}"])
    assert refusal.value.field == "items"
    for nothing in ({"text": ""}, {"text": "  "}):
        with pytest.raises(Refused):
            take("supplement", referral, world.sender, **nothing)
    with factories.as_owner():
        assert not Supplement.objects.exists()
        assert not Step.objects.filter(verb="supplement").exists()


def test_a_request_may_go_at_once_and_its_letter_later() -> None:
    world = World()
    referral = world.send(question="", letter_later=True, notice="Rouw, wil weer onder de mensen.")
    assert referral.letter_due == letter_by("routine", referral.sent_at)
    with factories.as_owner():
        item = WorkItem.objects.open().get(organisation_id=world.sender.organisation_id)
        assert (item.kind, item.title, item.due, item.user_id) == (
            "letter", "Brief nasturen: Verkennend gesprek", referral.letter_due, world.sender.user_id,
        )  # fmt: skip
    take("ask", referral, world.receiver)
    take("answer", referral, world.sender)
    with factories.as_owner():
        assert WorkItem.objects.open().filter(kind="letter").count() == 1, "answering is not writing the letter"
    take("accept", referral, world.receiver)
    with pytest.raises(Refused, match="wacht erop"):
        take("supplement", referral, world.sender, text="")
    take("supplement", referral, world.sender, text="Slaapt slecht. Wat kan helpen?")
    with factories.as_owner():
        assert not WorkItem.objects.open().filter(organisation_id=world.sender.organisation_id).exists()
        assert Referral.objects.get(pk=referral.pk).letter_due is None
        assert Letter.objects.get().agreed
    assert texts(world.receiver, referral)[:2] == (["Slaapt slecht. Wat kan helpen?"], [""])
    take("supplement", referral, world.sender)
    assert texts(world.receiver, referral)[0] == ["Slaapt slecht. Wat kan helpen?"], "the letter is sent once"


def test_what_was_typed_already_goes_and_the_rest_follows() -> None:
    world = World()
    referral = world.send(question="Slaapt slecht.", letter_later=True)
    take("accept", referral, world.receiver)
    assert texts(world.receiver, referral)[0] == ["Slaapt slecht."]
    take("supplement", referral, world.sender)
    assert texts(world.receiver, referral)[:2] == (["Slaapt slecht."], [SAID])


@pytest.mark.parametrize("ending", ["cancel", "reject"])
def test_nobody_waits_for_the_letter_of_what_has_ended(ending: str) -> None:
    world = World()
    referral = world.send(question="", letter_later=True, notice="Rouw.")
    take(ending, referral, world.sender if ending == "cancel" else world.receiver)
    with factories.as_owner():
        assert Referral.objects.get(pk=referral.pk).letter_due is None
        assert not WorkItem.objects.open().filter(kind="letter").exists()


@pytest.mark.parametrize(
    "values", [{"letter_later": True}, {"notice": "Rouw."}, {"letter_later": True, "question": ""}]
)
def test_a_request_without_any_word_for_the_receiver_is_not_sent(values: dict[str, object]) -> None:
    with pytest.raises(Refused):
        World().send(**{"question": "", **values})


def test_both_sides_read_that_the_letter_is_to_come_and_the_citizen_too(
    client_of: ClientOf, citizen_client: CitizenClient
) -> None:
    world = World()
    client = client_of(world.sender)
    page = client.post(
        f"/referrals/new/{world.patient.key}/",
        {
            "token": str(uuid.uuid4()), "service": world.service.pk, "shown": world.service.pk, "urgency": "routine", "agreed": "on",
            "letter_later": "on", "question": "",
        },
    )  # fmt: skip
    assert "Schrijf één zin zonder naam" in page.content.decode()
    referral = world.send(question="", letter_later=True, notice="Rouw.")
    address = f"/referrals/{referral.pk}/"
    receiver = client_of(world.receiver)
    assert "De brief volgt nog (" in receiver.get(address).content.decode()
    mine = client.get(address).content.decode()
    assert "Brief schrijven" in mine
    assert "volgt nog (" in mine
    take("accept", referral, world.receiver)
    assert "stuurt de brief nog (" in receiver.get(address).content.decode()
    with factories.as_owner():
        account = User.objects.create_user("digid:1", name="Anna", email="anna@example.nl")
        world.patient.account = account
        world.patient.save(update_fields=["account"])
    told_to_her = citizen_client(account).get(f"/portal/referrals/{referral.pk}/").content.decode()
    assert "De brief komt nog." in told_to_her
    assert "De brief met de vraag komt later." in told_to_her


def test_the_page_to_add_something(client_of: ClientOf) -> None:
    world = World()
    source = factories.source(world.sender.organisation)
    may = factories.fact(world.patient, source, Category.ALERTS, "Hond in huis")
    factories.fact(world.patient, source, Category.PROBLEMS, "Depressie")
    referral = world.referral_in("accepted")
    address = f"/referrals/{referral.pk}/supplement/"
    client = client_of(world.sender)
    page = client.get(address).content.decode()
    assert f'value="fact:{may.reference}">' in page, "nothing is ticked beforehand"
    assert "niet nodig voor sociaal domein" in page
    wrong = client.post(address, {"token": uuid.uuid4(), "text": ""}).content.decode()
    assert "Schrijf iets, of kies wat er meegaat." in wrong
    sent = client.post(address, {"token": uuid.uuid4(), "text": SAID, "items": [f"fact:{may.reference}"]})
    assert (sent.status_code, sent["Location"]) == (302, f"/referrals/{referral.pk}/")
    for member in (world.sender, world.receiver):
        thread = client_of(member).get(f"/referrals/{referral.pk}/").content.decode()
        assert SAID in thread
        assert "nagestuurd" in thread
        assert "stuurde informatie na" in thread
    assert client_of(world.receiver).get(address).status_code == 403
    assert client_of(factories.member("gp")).get(address).status_code == 404
    take("complete", referral, world.receiver)
    assert client.get(address).status_code == 409


def with_document(world: World, **values: object) -> tuple[Document, Referral]:
    """A referral with which a document of the sender went."""
    made = factories.document(world.patient, world.sender, category=Category.SOCIAL, title="Zorgplan", **values)
    return made, world.send(items=[f"document:{made.pk}"])


def sent_address(referral: Referral) -> str:
    with factories.as_owner():
        return f"/referrals/{referral.pk}/documents/{LetterItem.objects.get(document__isnull=False).pk}/file/"


def test_a_document_goes_along_when_it_is_ticked_and_never_by_itself() -> None:
    world = World()
    made = factories.document(world.patient, world.sender, category=Category.PLAN)
    theirs = factories.document(world.patient, factories.member("gp"), category=Category.PLAN)
    closed = factories.document(world.patient, world.sender, category=Category.PROBLEMS)
    with act(factories.actor(world.sender)) as actor:
        opening = access.open_for_referral(actor, world.patient.key)
        groups = {g.category: g for g in access.selection_for(actor, opening, world.service)}
    refs = {item.ref for group in groups.values() for item in group.items}
    assert f"document:{made.pk}" in refs
    assert f"document:{theirs.pk}" not in refs
    assert not any(ref.startswith("document:") for group in groups.values() for ref in group.ticked)
    for wrong in (theirs, closed):
        with pytest.raises(Refused):
            world.send(items=[f"document:{wrong.pk}"])


def test_the_receiver_opens_the_version_as_sent_through_the_referral_and_each_reading_is_in_the_log(
    client_of: ClientOf,
) -> None:
    world = World()
    made, referral = with_document(world)
    factories.document(world.patient, world.sender, b"Nieuwer.", category=Category.SOCIAL, replaces=made)
    address, client = sent_address(referral), client_of(world.receiver)
    assert client.get(address).status_code == 403, "not before acceptance"
    take("accept", referral, world.receiver)
    thread = client.get(f"/referrals/{referral.pk}/").content.decode()
    assert address in thread
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == b"Geachte collega, zij slaapt slecht."
    with factories.as_owner():
        line = Event.objects.get(verb="document.read")
        assert (line.subject_id, line.user_id, line.patient_id) == (made.pk, world.receiver.user_id, world.patient.pk)
    with act(factories.actor(world.receiver)) as actor:
        open_record(actor, world.patient.key, Category)
        assert Document.objects.count() == DocumentPart.objects.count() == 0, "through the referral alone"
    take("complete", referral, world.receiver)
    assert client.get(address).status_code == 403
    assert b"".join(client_of(world.sender).get(address).streaming_content)


@pytest.mark.parametrize("ending", ["reject", "cancel"])
def test_after_refusing_or_withdrawing_the_document_is_closed(client_of: ClientOf, ending: str) -> None:
    world = World()
    _made, referral = with_document(world)
    factories.relation(world.patient, world.receiver.organisation)
    if ending == "cancel":
        take("accept", referral, world.receiver)
    take(ending, referral, world.receiver if ending == "reject" else world.sender)
    assert client_of(world.receiver).get(sent_address(referral)).status_code == 403


def test_nobody_but_the_parties_reaches_a_document_by_its_item() -> None:
    world = World()
    made, referral = with_document(world)
    take("accept", referral, world.receiver)
    other = factories.member("social_worker")
    factories.relation(world.patient, other.organisation)
    factories.consent(world.patient, Category.REFERRAL)
    with factories.as_owner():
        item = LetterItem.objects.get(document=made).pk

    def reached(member: Membership, *, opened: bool = True) -> int:
        with act(factories.actor(member)) as actor:
            if opened:
                open_record(actor, world.patient.key, [Category.REFERRAL, Category.IDENTITY])
            with connection.cursor() as cursor:
                cursor.execute("select set_config('nis.sent_item', %s, true)", [str(item)])
            return Document.objects.count() + DocumentPart.objects.count()

    assert reached(world.receiver) == 2
    assert reached(world.receiver, opened=False) == 0, "without opening, without a line in the log, there is nothing"
    assert reached(other) == 0
    _restrict(world, Category.SOCIAL)
    assert reached(world.receiver) == 0, "what its holder restricted is closed here too"


def _restrict(world: World, category: Category) -> None:
    with factories.as_owner():
        Restriction.objects.create(
            patient=world.patient, organisation=world.sender.organisation, categories=to_mask([category]),
            period=DateTimeTZRange(timezone.now(), None),
        )  # fmt: skip


def test_a_document_of_another_holder_is_not_sent_by_way_of_the_database() -> None:
    world = World()
    referral = world.send()
    theirs = factories.document(world.patient, factories.member("gp"), category=Category.PLAN)
    mine_elsewhere = factories.document(factories.patient(), world.sender, category=Category.PLAN)

    def write(document: Document) -> None:
        with act(factories.actor(world.sender)) as actor:
            open_record(actor, world.patient.key, Category)
            LetterItem.objects.create(
                referral=referral, patient=world.patient, organisation=world.sender.organisation, category=Category.PLAN,
                kind=Category.PLAN, title="x", origin="x", document=document,
            )  # fmt: skip

    write(factories.document(world.patient, world.sender, category=Category.PLAN))
    for document in (theirs, mine_elsewhere):
        with pytest.raises(ProgrammingError):
            write(document)


def test_a_document_that_is_removed_leaves_what_was_sent_without_it(client_of: ClientOf) -> None:
    world = World()
    made, referral = with_document(world)
    take("accept", referral, world.receiver)
    address = sent_address(referral)
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute("delete from dossier_documentpart where document_id = %s", [made.pk])
        cursor.execute("delete from dossier_document where id = %s", [made.pk])
    assert texts(world.receiver, referral)[2] == ["Zorgplan"]
    assert client_of(world.receiver).get(address).status_code == 409


def test_who_types_may_send_in_the_name_of_a_colleague_who_is_told(client_of: ClientOf) -> None:
    world = World()
    typist = factories.member("practice_nurse", at=world.sender.organisation, name="Mina Dijk")
    referral = send(typist, world.patient, world.service, sender_id=world.sender.user_id)
    assert (referral.sender_id, referral.entered_by_id) == (world.sender.user_id, typist.user_id)
    assert told("referral.entered") == [["Karim Haddou"]]
    with factories.as_owner():
        event = Event.objects.get(verb="referral.sent")
        assert (event.user_id, event.data["sender"]) == (typist.user_id, world.sender.user_id)
    take("accept", referral, world.receiver)
    assert told("referral.accepted") == [["Karim Haddou"]]
    for member in (world.sender, world.receiver):
        thread = client_of(member).get(f"/referrals/{referral.pk}/").content.decode()
        assert "ingevoerd door Mina Dijk" in thread
        assert "<strong>Karim Haddou</strong>" in thread


def test_one_sends_in_nobody_elses_name() -> None:
    world = World()
    stranger = factories.member("gp")
    desk = factories.member("manager", at=world.sender.organisation)
    for other in (stranger, desk, world.receiver):
        with pytest.raises(Refused) as refusal:
            world.send(sender_id=other.user_id)
        assert refusal.value.field == "sender"
    with pytest.raises(PermissionDenied):
        send(desk, world.patient, world.service, sender_id=world.sender.user_id)
    colleague = factories.member("gp", at=world.sender.organisation)
    for values in (
        {"sender": colleague.user},
        {"sender": colleague.user, "entered_by": stranger.user},
        {"sender": stranger.user, "entered_by": world.sender.user},
    ):
        with pytest.raises(ProgrammingError), act(factories.actor(world.sender)):
            Referral.objects.create(
                number="V-26-999999", patient=world.patient, service=world.service, sending_organisation=world.sender.organisation,
                receiving_organisation=world.receiver.organisation, age=1, gender="female", **values,
            )  # fmt: skip
