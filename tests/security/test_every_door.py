"""Every address of the product, tried by everybody who has no business there; a new address must be sorted here first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from consultations.models import Consultation
from dossier.models import Copy, Document, Entry, Fact, Participant, RelatedPerson, Source
from exchange.models import ChainMessage, Notification
from journeys.models import Enrolment, Journey
from oversight.models import Signal, Watch
from people.models import Membership, Patient, User
from programme.models import Process
from referrals.models import Batch, BatchPatient, Draft, LetterItem, Referral, Seat, Template
from rights.models import Export, ExportFile, Hold, Message, Request
from square.models import Session
from tests import factories
from tests.exchange import stage
from tests.portal.scene import mandate, stranger_account
from tests.referrals.world import meeting
from trust.categories import Category
from trust.models import Consent, Emergency, Mandate

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
CitizenClient = Callable[[User], Client]

NAME, STREET, SAID = "Zwartekraaij", "Verborgenlaan", "Dit leest geen vreemde"
BORN = {"birth_date": "23-02-1931", "birthdate": "1931-02-23", "q": "23-02-1931"}


@dataclass
class Region:
    """One patient in whom everything hangs, whose professionals are not the ones that try the doors."""

    gp: Membership
    social: Membership
    patient: Patient
    user: User
    bsn: str
    referral: Referral
    consultation: Consultation
    enrolment: Enrolment
    entry: Entry
    document: Document
    source: Source
    journey: Journey
    emergency: Emergency
    signal: Signal
    watch: Watch
    choice: Consent
    mandate: Mandate
    request: Request
    copy: Export
    hold: Hold
    contact: RelatedPerson
    helper: Participant
    brought: Copy
    message: ChainMessage
    session: Session


def _meeting(referral: Referral) -> Session:
    """A meeting on which the patient has a place."""
    session = meeting(factories.service(referral.receiving_organisation, "Steunkousen"), teacher="Tom Visser")
    with factories.as_owner():
        Seat.objects.create(referral=referral, patient_id=referral.patient_id, session=session, status="placed")
    return session


@pytest.fixture
def region() -> Region:
    gp, social = factories.member("gp", name="Karim Haddou"), factories.member("social_worker", name="Sanne Bakker")
    number = factories.bsn()
    patient = factories.patient(
        related_to=[gp.organisation], own_name=NAME, number=number, birth_date=timezone.datetime(1931, 2, 23).date()
    )
    factories.relation(patient, social.organisation, source="referral", reference="referral:1")
    referral = stage.referral(gp, social, patient, status="accepted")
    consultation = stage.consultation(gp, social, patient=patient)
    entry = factories.entry(patient, gp, SAID)
    with factories.as_owner():
        patient.identity.street = STREET
        patient.identity.save()
        journey = Journey.objects.create(name="Kwetsbaar", version=1, status="live", purpose="", criteria="")
        enrolment = Enrolment.objects.create(
            patient=patient, organisation=social.organisation, journey=journey, category=Category.REFERRAL,
            referral_number=referral.number, started_at=timezone.now(),
        )  # fmt: skip
        Notification.objects.create(
            user=social.user, event_id=1, kind="referral_received", subject_type="referral", subject_id=referral.pk,
            number=referral.number, rhythm="direct",
        )  # fmt: skip
        Process.objects.get_or_create(name="Verwijzen", defaults={"summary": "", "domains": [], "position": 1})
    now = timezone.now()
    guard = factories.member("privacy_officer", at=gp.organisation)
    with factories.as_owner():
        emergency = Emergency.objects.create(
            patient=patient, organisation=gp.organisation, user=gp.user, role="gp", reason="acute", explanation=SAID,
            period=(now - timedelta(hours=3), now - timedelta(hours=2)),
        )  # fmt: skip
        signal = Signal.objects.create(
            kind="family", user=gp.user, organisation=gp.organisation, patient=patient, day=now.date(), lines=1,
            first_event=1, last_event=1,
        )  # fmt: skip
        watch = Watch.objects.create(
            patient=patient, organisation=gp.organisation, reason=SAID, placed_by=guard.user, period=(now, now + timedelta(days=30)),
        )  # fmt: skip
    user = factories.citizen(patient)
    with factories.as_owner():
        request = Request.objects.create(
            number="R-26-000001", patient=patient, organisation=gp.organisation, asker=user, name=NAME, birth_date=patient.birth_date,
            kind="objection", due=now + timedelta(days=20),
        )  # fmt: skip
        Message.objects.create(
            request=request, patient=patient, organisation=gp.organisation, verb="send", by_person=True, author=user,
            author_name=NAME, text=SAID,
        )  # fmt: skip
        copy = Export.objects.create(patient=patient, user=user, status="ready", until=now + timedelta(days=7))
        ExportFile.objects.create(export=copy, patient=patient, user=user, content=SAID.encode())
        hold = Hold.objects.create(patient=patient, reason=SAID, placed_by=guard.user, period=(now, None))
        near = {"patient": patient, "organisation": gp.organisation}
        system = factories.source(gp.organisation)
        brought = factories.copy(entry, system)
        beside = RelatedPerson.objects.create(name=SAID, relationship="DAUC", **near)
        helper = Participant.objects.create(membership=gp, function=SAID, coordinates=True, **near)
        message = ChainMessage.objects.create(
            direction="in", law="wmo", kind="301", sender=social.organisation, receiver=gp.organisation, identification="B1",
            dated=now.date(), digest="0" * 64, status="waiting", patient=patient, referral=referral,
        )  # fmt: skip
    factories.fact(
        patient, system, Category.DOCUMENTS, SAID, resource_type="DocumentReference", source_key="d1",
        resource={"resourceType": "DocumentReference", "id": "d1"},
    )  # fmt: skip
    return Region(
        gp, social, patient, user, number, referral, consultation, enrolment, entry,
        factories.document(patient, gp, SAID.encode(), title=SAID),
        system, journey, emergency, signal, watch,
        factories.consent(patient), mandate(patient, stranger_account(), acts=True, name=NAME), request, copy, hold,
        beside, helper, brought, message, _meeting(referral),
    )  # fmt: skip


def key(r: Region) -> dict[str, Any]:
    return {"key": r.patient.key}


def referral(r: Region) -> dict[str, Any]:
    return {"pk": r.referral.pk}


def sent_item(r: Region) -> dict[str, Any]:
    with factories.as_owner():
        item = LetterItem.objects.filter(referral=r.referral).earliest("pk")
        LetterItem.objects.filter(pk=item.pk).update(document=r.document, kind=r.document.category)
    return {"pk": r.referral.pk, "item": item.pk}


def draft(r: Region) -> dict[str, Any]:
    now = timezone.now()
    with factories.as_owner():
        made, _new = Draft.objects.get_or_create(
            patient=r.patient, organisation=r.gp.organisation, user=r.gp.user,
            defaults={"typed": {"question": SAID}, "saved_at": now, "until": now + timedelta(days=30)},
        )  # fmt: skip
    return {"pk": made.pk}


def text(r: Region) -> dict[str, Any]:
    with factories.as_owner():
        return {"pk": Template.objects.create(organisation=r.gp.organisation, user=r.gp.user, title=SAID, text=SAID).pk}


def group(r: Region) -> dict[str, Any]:
    with factories.as_owner():
        made = Batch.objects.create(
            user=r.gp.user,
            organisation=r.gp.organisation,
            role="gp",
            service_id=r.referral.service_id,
            question=SAID,
            status="ready",
        )
        BatchPatient.objects.create(batch=made, patient=r.patient, refusal=SAID)
    return {"pk": made.pk}


def consultation(r: Region) -> dict[str, Any]:
    return {"pk": r.consultation.pk}


def asked(r: Region) -> dict[str, Any]:
    return {"pk": r.request.pk}


def document(r: Region) -> dict[str, Any]:
    return {"key": r.patient.key, "category": r.document.category, "pk": r.document.pk}


def told(r: Region) -> dict[str, Any]:
    with factories.as_owner():
        mark = Fact.objects.get(source=r.source, source_key="d1").mark
    return {"key": r.patient.key, "category": Category.DOCUMENTS.value, "number": r.source.pk, "mark": mark}


def service(r: Region) -> dict[str, Any]:
    return {"pk": r.referral.service_id}


def nothing(r: Region) -> dict[str, Any]:
    return {}


def contact(r: Region) -> dict[str, Any]:
    return {"key": r.patient.key, "entry": r.contact.key}


def helper(r: Region) -> dict[str, Any]:
    return {"key": r.patient.key, "entry": r.helper.key}


Arguments = Callable[[Region], dict[str, Any]]

PUBLIC: dict[str, Arguments] = {
    "home": nothing,
    "health": nothing,
    "set_language": nothing,
    "account_login": nothing,
    "sign_in_with_code": nothing,
    "openid_connect_login": lambda _r: {"provider_id": "nobody"},
    "openid_connect_callback": lambda _r: {"provider_id": "nobody"},
    "mfa_authenticate": nothing,
    "square:search": nothing,
    "square:participants": nothing,
    "square:service": service,
    "rights:register": nothing,
    "rights:register_json": nothing,
    "rights:register_csv": nothing,
    "exchange:metadata": nothing,
    "exchange:questionnaires": nothing,
    "exchange:questionnaire": lambda _r: {"key": "lab-order-1"},
    "exchange:services": nothing,
    "exchange:service": service,
    "exchange:organizations": nothing,
    "exchange:organization": lambda r: {"pk": r.gp.organisation_id},
    "exchange:consent_notifications": nothing,
    "exchange:chain_hub": nothing,
    "exchange:token": nothing,
    "exchange:pull_metadata": nothing,
    "exchange:answer": lambda _r: {"secret": "A" * 43},
    "exchange:smart_configuration": nothing,
    "exchange:unknown": lambda _r: {"rest": "Observation"},
    "exchange:schema": nothing,
    "exchange:docs": nothing,
    "styleguide/": nothing,
}
"""Open to everybody, and so without a word about a person."""

SIGNED_IN: dict[str, Arguments] = {
    "account_logout": nothing,
    "mfa_activate_totp": nothing,
    "people:switch": nothing,
    "preferences": nothing,
    "usersessions_list": nothing,
    "workplace:today": nothing,
    "workplace:patients": nothing,
    "workplace:register": nothing,
    "workplace:emergency": nothing,
    "workplace:emergency_banner": nothing,
    "workplace:relations": nothing,
    "workplace:layout": nothing,
    "referrals:list": nothing,
    "referrals:templates": nothing,
    "referrals:room": nothing,
    "referrals:sessions": nothing,
    "referrals:batches": nothing,
    "referrals:batch": group,
    "referrals:batch_state": group,
    "consultations:list": nothing,
    "square:own": nothing,
    "square:edit": service,
    "square:waiting_time": service,
    "square:review": service,
    "dossier:cover": nothing,
    "dossier:absence_drop": lambda _r: {"pk": 1},
    "journeys:list": nothing,
    "journeys:journey": lambda r: {"pk": r.journey.pk},
    "journeys:move": lambda r: {"pk": r.journey.pk},
    "programme:overview": nothing,
    "programme:participation": lambda r: {
        "organisation": r.gp.organisation_id,
        "process": Process.objects.values_list("pk", flat=True)[0],
    },
    "programme:admission": nothing,
    "programme:organisation": lambda r: {"pk": r.gp.organisation_id},
    "programme:merge": lambda r: {"pk": r.gp.organisation_id},
    "dashboards:waiting_times": nothing,
    "dashboards:definitions": nothing,
    "dashboards:download": lambda _r: {"table": "providers"},
    "oversight:home": nothing,
    "oversight:emergencies": nothing,
    "oversight:log": nothing,
    "oversight:exports": nothing,
    "oversight:line": lambda _r: {"pk": 1},
    "oversight:export_file": lambda _r: {"pk": 1},
    "oversight:signals": nothing,
    "oversight:watches": nothing,
    "oversight:policies": nothing,
    "oversight:policy": lambda r: {"organisation": r.gp.organisation_id},
    "oversight:policy_version": lambda r: {"organisation": r.gp.organisation_id, "version": 1},
    "oversight:policy_edit": nothing,
    "oversight:needs": nothing,
    "oversight:need": lambda _r: {"role": "gp"},
    "dashboards:emergencies": nothing,
    "dashboards:stuck": nothing,
    "dashboards:talks": nothing,
    "exchange:notifications": nothing,
    "exchange:patients": nothing,
    "exchange:patient_search": nothing,
    "exchange:service_requests": nothing,
    "exchange:tasks": nothing,
    "exchange:communications": nothing,
    "exchange:communication": lambda _r: {"pk": 1},
    "exchange:appointments": nothing,
    "exchange:appointment": lambda _r: {"pk": 1},
    "exchange:responses": nothing,
    "exchange:response": lambda _r: {"number": 1, "pk": 1},
    "exchange:related_persons": nothing,
    "exchange:care_teams": nothing,
    "exchange:audit_events": nothing,
    "exchange:audit_event_search": nothing,
    "exchange:audit_event": lambda _r: {"pk": 1},
    "exchange:subscriptions": nothing,
    "exchange:chain": nothing,
    "exchange:chain_name": nothing,
    "exchange:chain_connection": nothing,
    "exchange:subscription_stop": lambda _r: {"pk": 1},
    "exchange:announcement": lambda _r: {"pk": 1},
    "exchange:announcement_take": lambda _r: {"pk": 1},
    "exchange:announcement_refuse": lambda _r: {"pk": 1},
    "exchange:pull_notify": nothing,
    "exchange:pull_task": lambda _r: {"pk": 1},
    "exchange:pull_section": lambda _r: {"kind": "Condition"},
    "exchange:pull_section_last": lambda _r: {"kind": "Observation"},
    "exchange:pull_binary": lambda _r: {"pk": 1},
    "exchange:partner": nothing,
    "exchange:partner_key": nothing,
    "exchange:partner_key_stop": lambda _r: {"pk": 1},
    "exchange:secure_mail": nothing,
    "exchange:secure_mail_end": lambda _r: {"pk": 1},
    "exchange:transaction": nothing,
    "exchange:deliveries": nothing,
    "exchange:delivery_retry": nothing,
    "exchange:delivery_skip": lambda _r: {"pk": 1},
    "exchange:sources": nothing,
    "exchange:source_new": nothing,
    "exchange:source": lambda r: {"pk": r.source.pk},
    "exchange:source_edit": lambda r: {"pk": r.source.pk},
    "exchange:source_test": lambda r: {"pk": r.source.pk},
    "dossier:copies": nothing,
    "rights:mine": nothing,
    "rights:new": nothing,
    "rights:inbox": nothing,
    "rights:export": nothing,
    "rights:holds": nothing,
    "portal:home": nothing,
    "portal:referrals": nothing,
    "portal:network": nothing,
    "portal:contact_new": nothing,
    "portal:record": nothing,
    "portal:log": nothing,
    "portal:consent": nothing,
    "portal:choose": lambda _r: {"reader": "gp", "group": "results", "answer": "permit"},
    "portal:exceptions": nothing,
    "portal:exception": lambda _r: {"reader": "gp"},
    "portal:refuse_all": nothing,
    "portal:unrefuse": nothing,
    "portal:changes": nothing,
    "portal:mandates": nothing,
    "portal:mandate_new": nothing,
    "portal:acting": nothing,
    "portal:act_for": nothing,
    "portal:ask": lambda r: {"pk": r.referral.service_id},
}
"""For who is signed in; shows the own things alone."""

OF_A_PATIENT: dict[str, Arguments] = {
    "workplace:patient": key,
    "workplace:bsn": key,
    "workplace:print": key,
    "workplace:print_state": lambda r: {"key": r.patient.key, "pk": 1},
    "workplace:print_file": lambda r: {"key": r.patient.key, "pk": 1},
    "workplace:part": lambda r: {"key": r.patient.key, "name": "problems"},
    "workplace:medication": key,
    "workplace:emergency_patient": key,
    "workplace:emergency_end": lambda _r: {"pk": 1},
    "workplace:consent": key,
    "workplace:mandates": key,
    "workplace:mandate_end": lambda r: {"key": r.patient.key, "pk": 1},
    "workplace:mandate_letter": lambda r: {"key": r.patient.key, "pk": 1},
    "workplace:sources": key,
    "workplace:residences": key,
    "workplace:source": lambda r: {"key": r.patient.key, "number": r.source.pk},
    "dossier:entry_new": key,
    "dossier:entry_replace": lambda r: {"key": r.patient.key, "pk": r.entry.pk},
    "dossier:contacts": key,
    "dossier:contact_new": key,
    "dossier:contact_change": contact,
    "dossier:contact_end": contact,
    "dossier:contact_reopen": contact,
    "dossier:member_new": key,
    "dossier:member_change": helper,
    "dossier:member_end": helper,
    "dossier:member_reopen": helper,
    "dossier:coordinator": key,
    "dossier:take_over": key,
    "dossier:proposal": lambda r: {"key": r.patient.key, "pk": 1, "answer": "accept"},
    "dossier:network_of": lambda r: {"pk": r.patient.pk},
    "dossier:copies_of": lambda r: {"pk": r.source.pk},
    "dossier:copies_retry": lambda r: {"pk": r.source.pk},
    "dossier:copying": lambda r: {"pk": r.source.pk},
    "dossier:copy": lambda r: {"key": r.patient.key, "pk": r.brought.pk},
    "dossier:copy_step": lambda r: {"pk": r.brought.pk, "step": "done"},
    "dossier:documents": key,
    "dossier:document_new": key,
    "dossier:document": document,
    "dossier:document_replace": document,
    "dossier:document_shown": document,
    "dossier:document_file": document,
    "dossier:source_document": told,
    "dossier:source_shown": told,
    "dossier:source_file": told,
    "referrals:new": key,
    "referrals:walk_in": key,
    "referrals:thread": referral,
    "referrals:status": referral,
    "referrals:letter": referral,
    "referrals:draft": draft,
    "referrals:template": text,
    "referrals:supplement": referral,
    "referrals:document_shown": sent_item,
    "referrals:document_file": sent_item,
    "referrals:calendar": referral,
    "referrals:report": referral,
    "referrals:paper": referral,
    "referrals:told": referral,
    "referrals:channel": referral,
    "referrals:residence": referral,
    "referrals:engage": referral,
    "referrals:explorers": lambda r: {"pk": r.referral.pk, "verb": "invite"},
    "referrals:move": lambda r: {"pk": r.referral.pk, "verb": "start"},
    "referrals:heard": referral,
    "referrals:place": referral,
    "referrals:session": lambda r: {"pk": r.session.pk},
    "referrals:session_new": lambda r: {"pk": r.session.service_id},
    "referrals:session_change": lambda r: {"pk": r.session.pk},
    "referrals:elsewhere": lambda r: {"pk": r.referral.pk, "verb": "pass_on"},
    "consultations:new": key,
    "consultations:thread": consultation,
    "consultations:of_referral": referral,
    "consultations:status": consultation,
    "consultations:conversation": consultation,
    "consultations:pick_up": consultation,
    "consultations:answer": consultation,
    "consultations:conclude": consultation,
    "consultations:cancel": consultation,
    "journeys:end": lambda r: {"pk": r.enrolment.pk},
    "rights:request": asked,
    "rights:status": asked,
    "rights:answer": asked,
    "rights:withdraw": asked,
    "rights:statement": asked,
    "rights:take_up": asked,
    "rights:ask_back": asked,
    "rights:extend": asked,
    "rights:decide": asked,
    "rights:lift": asked,
    "rights:progress": lambda r: {"pk": r.copy.pk},
    "rights:take": lambda r: {"pk": r.copy.pk},
    "rights:end_hold": lambda r: {"pk": r.hold.pk},
    "portal:document": lambda r: {"category": r.document.category, "pk": r.document.pk},
    "portal:referral": referral,
    "portal:referral_state": referral,
    "portal:calendar": referral,
    "portal:say": referral,
    "portal:cannot": referral,
    "portal:withdraw_referral": referral,
    "portal:place": referral,
    "portal:leave": referral,
    "portal:reply": referral,
    "portal:let_go": referral,
    "portal:elsewhere": referral,
    "portal:withdraw": lambda r: {"pk": r.choice.pk},
    "portal:confirm": lambda r: {"pk": r.choice.pk},
    "portal:mandate_end": lambda r: {"pk": r.mandate.pk},
    "portal:give_back": lambda r: {"pk": r.mandate.pk},
    "oversight:emergency": lambda r: {"pk": r.emergency.pk},
    "oversight:signal": lambda r: {"pk": r.signal.pk},
    "oversight:end_watch": lambda r: {"pk": r.watch.pk},
    "portal:contact_change": lambda r: {"entry": r.contact.key},
    "portal:contact_end": lambda r: {"entry": r.contact.key},
    "portal:contact_proposal": lambda _r: {"pk": 1, "answer": "accept"},
    "exchange:patient": key,
    "exchange:related_person": lambda r: {"key": r.contact.key},
    "exchange:care_team": key,
    "exchange:link": lambda r: {"pk": r.referral.pk},
    "exchange:chain_message": lambda r: {"pk": r.message.pk},
    "exchange:chain_file": lambda r: {"pk": r.message.pk},
    "exchange:chain_step": lambda r: {"pk": r.message.pk, "step": "handle"},
    "exchange:assignments": referral,
    "exchange:chain_make": lambda r: {"pk": r.referral.pk, "kind": "request"},
    "exchange:chain_make_at": lambda r: {"pk": r.referral.pk, "kind": "start", "number": 1},
    "exchange:service_request": referral,
    "exchange:task": referral,
}
"""Bound to one patient: does not exist for a stranger."""

ALL = PUBLIC | SIGNED_IN | OF_A_PATIENT
BEFORE_SECOND_FACTOR = {
    "openid_connect_login", "openid_connect_callback", "mfa_authenticate", "mfa_activate_totp", "account_logout",
}  # fmt: skip
BEFORE_CHOICE = BEFORE_SECOND_FACTOR | {"account_login", "people:switch", "preferences", "usersessions_list"}


def doors(resolver: URLResolver | None = None, within: tuple[str, ...] = ()) -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield ":".join([*within, pattern.name or str(pattern.pattern)])
        else:
            yield from doors(pattern, (*within, pattern.namespace) if pattern.namespace else within)


def address(name: str, region: Region) -> str:
    return f"/{name}" if name.endswith("/") else reverse(name, kwargs=ALL[name](region))


def tries(client: Client, url: str) -> Iterator[HttpResponse]:
    """The ways a browser asks: to see, as a part, and to send."""
    yield client.get(url)
    yield client.get(url, {"sources": "1", "again": "1"}, HTTP_HX_REQUEST="true")
    yield client.post(url, BORN)
    yield client.post(url, {"do": "search", "search": "1", **BORN}, HTTP_HX_REQUEST="true")


def silent(response: HttpResponse, region: Region) -> None:
    words = response.content.decode(errors="replace") + str(dict(response.headers))
    for secret in (NAME, STREET, SAID, region.bsn):
        assert secret not in words, f"{secret} at {response.request['PATH_INFO']}"  # type: ignore[attr-defined]
    assert response.status_code < 500


def test_every_address_is_sorted() -> None:
    found = list(doors())
    assert len(found) == len(set(found))
    assert set(found) == set(ALL)
    assert len(ALL) == len(PUBLIC) + len(SIGNED_IN) + len(OF_A_PATIENT)


PAGES_OF_EXCHANGE = (
    "exchange:notifications", "exchange:source", "exchange:subscription", "exchange:deliver", "exchange:chain", "exchange:assignments",
    "exchange:partner",
    "exchange:secure_mail",
    "exchange:answer",
    "exchange:link",
    "exchange:announcement",
)  # fmt: skip
"""The other addresses of exchange are an interface, which answers in words of its own instead of sending to the sign-in page."""


def test_nobody_gets_past_the_door(region: Region) -> None:
    for name in ALL:
        for response in tries(Client(), address(name, region)):
            silent(response, region)
            if name in PUBLIC:
                assert "/sign-in/?next" not in response.headers.get("Location", ""), name
            elif name.startswith("exchange:") and not name.startswith(PAGES_OF_EXCHANGE):
                assert response.status_code in {403, 405}, name
            else:
                assert response.status_code in {302, 405}, (name, response.status_code)
                assert response.status_code == 405 or response["Location"].startswith("/sign-in/"), name


def test_without_a_second_factor_only_the_second_factor(region: Region, client_of: ClientOf) -> None:
    client = client_of(region.gp)
    session = client.session
    del session["second_factor"]
    session.save()
    for name in ALL.keys() - BEFORE_SECOND_FACTOR:
        for response in tries(client, address(name, region)):
            silent(response, region)
            there = response.headers.get("Location") or response.headers.get("HX-Redirect", "")
            assert there == reverse("mfa_activate_totp"), (name, response.status_code)


@pytest.mark.parametrize("why", ["none chosen", "of somebody else", "ended", "suspended", "not a number"])
def test_without_a_membership_only_choosing_one(region: Region, client_of: ClientOf, why: str) -> None:
    client = client_of(region.gp)
    session = client.session
    if why == "none chosen":
        del session["membership"]
    if why == "of somebody else":
        session["membership"] = region.social.pk
    session.save()
    with factories.as_owner():
        if why == "ended":
            Membership.objects.filter(pk=region.gp.pk).update(period=(None, timezone.now()))
        if why == "suspended":
            type(region.gp.organisation).objects.filter(pk=region.gp.organisation_id).update(admission="suspended")
    if why == "not a number":
        session["membership"] = None
        session.save()
    for name in ALL.keys() - BEFORE_CHOICE:
        response = client.get(address(name, region))
        silent(response, region)
        assert response.headers.get("Location", "").startswith("/choose/?next="), (name, response.status_code)


@pytest.mark.parametrize("role", ["gp", "privacy_officer"])
def test_a_stranger_of_another_organisation_finds_nothing(region: Region, client_of: ClientOf, role: str) -> None:
    stranger = factories.member(role, at=factories.organisation("gp"))
    with factories.as_owner():
        for right in ("see_dashboards", "manage_offer"):
            assign_perm(f"people.{right}", stranger.user, stranger.organisation)
    client = client_of(stranger)
    for name in ALL.keys() - {"account_logout"}:
        for response in tries(client, address(name, region)):
            silent(response, region)
            if name in OF_A_PATIENT:
                assert response.status_code in {403, 404, 405}, (name, response.status_code)
                if role == "gp":
                    assert response.status_code in {404, 405}, name


def test_another_citizen_finds_nothing(region: Region, citizen_client: CitizenClient) -> None:
    other = factories.citizen(factories.patient())
    client = citizen_client(other)
    for name in ALL.keys() - {"account_logout"}:
        for response in tries(client, address(name, region)):
            silent(response, region)
            if name in OF_A_PATIENT:
                assert response.status_code in {403, 404, 405}, (name, response.status_code)


def test_the_citizen_has_no_business_at_the_desk_nor_the_professional_in_the_portal(
    region: Region, client_of: ClientOf, citizen_client: CitizenClient
) -> None:
    citizen, gp = citizen_client(region.user), client_of(region.gp)
    desk = (
        "workplace:",
        "dossier:",
        "referrals:",
        "consultations:",
        "journeys:",
        "programme:",
        "dashboards:",
        "oversight:",
    )
    for name in ALL:
        if name.startswith(desk):
            for response in tries(citizen, address(name, region)):
                assert response.status_code in {403, 404, 405}, (name, response.status_code)
                assert SAID not in response.content.decode(errors="replace"), "the own name may stand in the frame"
        if name.startswith("portal:"):
            for response in tries(gp, address(name, region)):
                assert response.status_code in {404, 405}, (name, response.status_code)


def test_nothing_is_sent_without_the_token_of_the_form(region: Region) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(region.gp.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session.update({"kind": "professional", "membership": region.gp.pk, "second_factor": True})
    session.save()
    for name in ALL:
        response = client.post(address(name, region), {"do": "send"})
        # Notifications of consent and messages of the hub come with a secret of their own; without one in the settings there is
        # no such address. A system signs what it asks a token with.
        nowhere = name in {"exchange:unknown", "exchange:consent_notifications", "exchange:chain_hub"}
        unsigned = name == "exchange:token"
        assert response.status_code in ({404} if nowhere else {400} if unsigned else {403, 405, 415}), name


FRAMED = {"dossier:document_shown", "dossier:source_shown", "referrals:document_shown"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_pages_are_kept_by_nobody_and_run_no_foreign_script(region: Region, client_of: ClientOf) -> None:
    client = client_of(region.gp)
    for name in ALL.keys() - {"account_logout"}:
        response = client.get(address(name, region))
        assert {"no-store", "private"} <= set(response["Cache-Control"].replace(",", "").split()), name
        policy = response["Content-Security-Policy"]
        assert "unsafe" not in policy, name
        assert "default-src 'none'" in policy, name
        # The content stands within the page of the document; of what the source does not give, the words do.
        framed = "SAMEORIGIN" if name in FRAMED else "DENY"
        assert response["X-Frame-Options"] == framed, name
        assert response["X-Content-Type-Options"] == "nosniff", name
