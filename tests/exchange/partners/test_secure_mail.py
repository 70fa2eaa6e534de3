"""The letter by secure mail: over sockets, to a mailbox that is proven, through a relay with TLS, or not at all."""

from __future__ import annotations

import mailbox
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from aiosmtpd.handlers import Mailbox
from django.core import mail
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from events.actor import act
from events.models import Destination, WorkItem
from exchange.models import AnswerLink, SecureMailbox
from exchange.partners import linking, mailboxes, secure
from exchange.partners.domains import months_of
from people.models import Membership
from region import relay, tls
from tests import factories
from tests.exchange.partners.test_links import Scene, link, press, verbs
from tests.exchange.stage import all_due, deliver
from tests.referrals.world import take

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # WeasyPrint leaves a profile open
]
ClientOf = Callable[[Membership], Client]
TO = "brieven@buurt.veilig.example"
RECORD = "v=NTA7516-1;startdate=2020-01;enddate={end};provider=Voorbeeld;ntamx=10 mx.veilig.example"


class Names:
    """A resolver on loopback that answers with ``texts``, signed or not; without it, silence."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.texts: list[str] = []
        self.signed, self.code, self.asked = True, dns.rcode.NOERROR, [""]
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while True:
            try:
                packet, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            question = dns.message.from_wire(packet)
            self.asked.append(question.question[0].name.to_text())
            answer = dns.message.make_response(question, recursion_available=True)
            answer.flags |= dns.flags.AD if self.signed else 0
            answer.set_rcode(self.code)
            if self.texts:
                said = [f'"{text}"' for text in self.texts]
                answer.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", "TXT", *said))
            self.socket.sendto(answer.to_wire(), sender)


class Keeper(Mailbox):
    """Keeps what it takes; ``refuse`` says by address what it answers in the place of taking it (RFC 5321, 4.2)."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.refuse: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"


class Office:
    """A relay on loopback, what it keeps, and the settings that lead there."""

    def __init__(self, where: Path, settings: Settings) -> None:
        self.where, self.keeper = where, Keeper(where / "secure-mail")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        settings.SECURE_MAIL_HOST, settings.SECURE_MAIL_PORT = "127.0.0.1", self.port
        settings.SECURE_MAIL_LOGIN = str(relay.login(where))
        settings.SECURE_MAIL_CA = str(tls.ensure(where) / "ca.pem")
        settings.SECURE_MAIL_FROM, settings.SECURE_MAIL_DNS = "netwerk@veilig.example", ""
        self.server: Any = None

    def open(self, **how: Any) -> None:
        self.close()
        self.server = relay.relay(self.where, self.port, keeper=self.keeper, **how)
        self.server.start()

    def close(self) -> None:
        if self.server:
            self.server.stop()
            self.server = None

    def letters(self) -> list[EmailMessage]:
        box = mailbox.Maildir(self.where / "secure-mail", create=True)
        read = BytesParser(_class=EmailMessage, policy=policy.default)
        return [cast(EmailMessage, read.parsebytes(one.as_bytes())) for one in box]


@pytest.fixture
def office(tmp_path: Path, settings: Settings) -> Iterator[Office]:
    made = Office(tmp_path, settings)
    made.open()
    yield made
    made.close()


@pytest.fixture
def names(settings: Settings) -> Iterator[Names]:
    made = Names()
    settings.SECURE_MAIL_DNS = made.address
    yield made
    made.socket.close()


def manager() -> Membership:
    return factories.permit(factories.member("coordinator"), "manage_sources")


def stated(scene: Scene, days: int = 3) -> None:
    """The manager of the region keeps the mailbox of the organisation."""
    with act(factories.actor(manager())) as by:
        day = timezone.localdate() - timedelta(days=days)
        mailboxes.state(organisation=scene.place, address=TO, confirmed_on=day, by=by)


def accepted(scene: Scene) -> Any:
    referral = scene.refer()
    assert press(scene.path(), "accept").status_code == 200
    return referral


def waits_for_the_code(scene: Scene) -> bool:
    with factories.as_owner():
        return bool(WorkItem.objects.open().filter(organisation_id=scene.gp.organisation_id, kind="link").count())


def test_after_acceptance_the_letter_goes_as_pdf_through_the_relay_and_the_sender_reads_it(
    office: Office, client_of: ClientOf
) -> None:
    scene = Scene()
    stated(scene)
    referral = scene.refer()
    assert office.letters() == [], "nothing before acceptance"
    usual = len(mail.outbox)
    assert "beveiligde mailbox" in press(scene.path(), "accept").content.decode()
    sender = client_of(scene.gp)
    assert "onderweg naar de beveiligde mailbox" in sender.get(f"/links/{referral.pk}/").content.decode().lower()
    deliver()
    (letter,) = office.letters()
    assert (letter["To"], letter["From"]) == (TO, "netwerk@veilig.example")
    text = letter.get_body(("plain",))
    assert text is not None
    assert scene.path() in text.get_content()
    for word in ("Vries", "Maatje", "wandel"):
        assert word not in f"{letter['Subject']} {text.get_content()}", "only the letter itself names anybody"
    (part,) = letter.iter_attachments()
    assert (part.get_content_type(), part.get_filename()) == ("application/pdf", f"{referral.number}.pdf")
    assert bytes(part.get_payload(decode=True)).startswith(b"%PDF")  # type: ignore[arg-type]
    assert len([one for one in mail.outbox[usual:] if one.attachments]) == 0, "never by the usual mail"
    assert {"record.opened", "referral.accepted"} <= set(verbs(f"link:{link().pk}")), "opened in the log"
    assert not waits_for_the_code(scene)
    assert "Met beveiligde e-mail verstuurd" in sender.get(f"/links/{referral.pk}/").content.decode()
    take("supplement", referral, scene.gp, text="Graag voor de winter.")
    deliver()
    assert len(office.letters()) == 2, "what was added goes the same way"
    assert press(scene.path(), "complete", outcome="helped", note="").status_code == 200


@pytest.mark.parametrize(
    ("trouble", "fault"),
    [("closed", "ConnectionRefusedError"), ("plain", "no-tls"), ("stranger", "certificate"), ("login", "status-401")],
)
def test_a_relay_that_is_not_to_be_trusted_gets_nothing_and_the_letter_goes_once_when_it_is(
    office: Office, settings: Settings, tmp_path: Path, trouble: str, fault: str
) -> None:
    scene = Scene()
    stated(scene)
    known = settings.SECURE_MAIL_CA, settings.SECURE_MAIL_LOGIN
    if trouble == "closed":
        office.close()
    elif trouble == "plain":
        office.open(encrypted=False)
    elif trouble == "stranger":
        tls.make(tmp_path / "others")
        settings.SECURE_MAIL_CA = str(tmp_path / "others" / "ca.pem")
    else:
        (tmp_path / "wrong").write_text("netwerk\nnot-this\n")
        settings.SECURE_MAIL_LOGIN = str(tmp_path / "wrong")
    accepted(scene)
    for _ in range(3):
        deliver()
        all_due()
    with factories.as_owner():
        assert Destination.objects.get(name="secure-mail").last_error == fault
    assert office.letters() == []
    assert link().letter_way == "waiting"
    assert "record.opened" not in verbs(f"link:{link().pk}"), "nobody's record is opened for a relay that is not there"
    settings.SECURE_MAIL_CA, settings.SECURE_MAIL_LOGIN = known
    office.open()
    all_due()
    deliver()
    deliver()
    assert len({one["Message-ID"] for one in office.letters()}) == len(office.letters()) == 1
    assert (link().letter_way, bool(link().lettered_at)) == ("secure", True)


def test_a_mailbox_that_refuses_is_told_of_and_one_that_is_busy_is_tried_again_with_the_same_number(
    office: Office,
) -> None:
    scene = Scene()
    stated(scene)
    office.keeper.refuse[TO] = "451 busy"
    accepted(scene)
    deliver()
    assert (office.letters(), link().letter_way) == ([], "waiting")
    office.keeper.refuse[TO] = "550 no such mailbox"
    all_due()
    deliver()
    assert (office.letters(), link().letter_way) == ([], "refused")
    assert waits_for_the_code(scene), "the sender tells the code instead"
    code = linking.code_of(link())
    assert press(scene.path(), "letter", code=code)["Content-Type"] == "application/pdf"


def test_an_address_in_another_script_that_is_refused_is_told_of_as_any_other(office: Office) -> None:
    scene = Scene()
    with act(factories.actor(manager())) as by:
        mailboxes.state(
            organisation=scene.place, address="brieven@bürgerhülfe.example", confirmed_on=timezone.localdate(), by=by
        )
    office.keeper.refuse["brieven@xn--brgerhlfe-q9af.example"] = "550 no such mailbox"
    accepted(scene)
    deliver()
    assert (office.letters(), link().letter_way) == ([], "refused")


YEAR = timezone.now().year
PUBLISHED = RECORD.format(end=f"{YEAR + 1}-12")


@pytest.mark.parametrize(
    ("texts", "signed", "way"),
    [
        ([PUBLISHED, "v=spf1 -all"], True, "secure"),
        ([PUBLISHED], False, "unproven"),
        ([RECORD.format(end=f"{YEAR - 1}-12")], True, "unproven"),
        ([PUBLISHED, PUBLISHED.replace("Voorbeeld", "Ander")], True, "unproven"),
        (["v=spf1 -all"], True, "unproven"),
        ([], True, "unproven"),
    ],
)
def test_the_domain_says_so_itself_and_signed_or_the_letter_waits_for_the_code(
    office: Office, names: Names, texts: list[str], signed: bool, way: str
) -> None:
    scene = Scene()
    stated(scene)
    names.texts, names.signed = texts, signed
    accepted(scene)
    deliver()
    assert names.asked[-1] == "buurt.veilig.example."
    assert link().letter_way == way
    assert len(office.letters()) == (1 if way == "secure" else 0)
    assert waits_for_the_code(scene) is (way != "secure")
    assert all(not one.attachments for one in mail.outbox)


def test_a_resolver_in_trouble_says_nothing_of_the_domain(office: Office, names: Names) -> None:
    scene = Scene()
    stated(scene)
    names.code = dns.rcode.SERVFAIL
    accepted(scene)
    deliver()
    assert (link().letter_way, office.letters()) == ("waiting", [])
    names.code, names.texts = dns.rcode.NXDOMAIN, []
    all_due()
    deliver()
    assert link().letter_way == "unproven"


def test_without_a_resolver_the_word_of_the_organisation_counts_a_year_and_without_a_mailbox_it_is_the_code(
    office: Office,
) -> None:
    scene = Scene()
    stated(scene, days=400)
    accepted(scene)
    deliver()
    assert (link().letter_way, waits_for_the_code(scene)) == ("unproven", True)
    with factories.as_owner():
        SecureMailbox.objects.all().delete()
        AnswerLink.objects.all().delete()
    other = Scene()
    accepted(other)
    assert not link().letter_way
    assert waits_for_the_code(other)
    assert office.letters() == []


def test_what_is_withdrawn_while_it_waits_is_not_sent(office: Office) -> None:
    scene = Scene()
    stated(scene)
    office.close()
    referral = accepted(scene)
    deliver()
    take("cancel", referral, scene.gp)
    office.open()
    all_due()
    deliver()
    assert (office.letters(), link().letter_way) == ([], "")


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("v=NTA7516-1;startdate=2026-01;enddate=2027-02;provider=X", (date(2026, 1, 1), date(2027, 2, 28))),
        ("V = NTA7516-1 ; startdate=2026-01; enddate=2027-02; provider=X; ntamx=10 a", (date(2026, 1, 1), date(2027, 2, 28))),
        ("v=NTA7516;startdate=2026-01;enddate=2027-02;provider=X", None),
        ("startdate=2026-01;v=NTA7516-1;enddate=2027-02;provider=X", None),
        ("v=NTA7516-1;startdate=2026-01;provider=X", None),
        ("v=NTA7516-1;startdate=2026-13;enddate=2027-02;provider=X", None),
        ("v=NTA7516-1;startdate=2026-01;enddate=2027-02;enddate=2099-02;provider=X", None),
        ("v=NTA7516-1;startdate=2026-01;enddate=2027-02", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_published_record_is_read_strictly(text: str, months: tuple[date, date] | None) -> None:
    assert months_of([text]) == months


def test_only_who_manages_the_connections_of_the_region_says_who_has_a_mailbox(client_of: ClientOf) -> None:
    scene, boss = Scene(), manager()
    browser = client_of(boss)
    day = timezone.localdate()
    said = {"organisation": scene.place.pk, "address": TO, "confirmed_on": day.isoformat()}
    ahead = browser.post("/secure-mail/", {**said, "confirmed_on": (day + timedelta(days=1)).isoformat()})
    assert ahead.status_code == 422
    assert browser.post("/secure-mail/", said).status_code == 302
    assert TO in browser.get("/secure-mail/").content.decode()
    with factories.as_owner():
        kept = SecureMailbox.objects.get()
    assert (kept.stated_by_id, kept.confirmed_on) == (boss.user_id, day)
    for other in (scene.gp, factories.permit(factories.member("manager", at=scene.gp.organisation), "manage_sources")):
        for answer in (
            client_of(other).get("/secure-mail/"),
            client_of(other).post("/secure-mail/", said),
            client_of(other).post(f"/secure-mail/{kept.pk}/end/"),
        ):
            assert answer.status_code == 403
        with act(factories.actor(other)):
            assert list(SecureMailbox.objects.all()) == []
        with pytest.raises(DatabaseError), act(factories.actor(other)):
            SecureMailbox.objects.create(
                organisation=scene.gp.organisation, address="x@x.example", confirmed_on=day, stated_by=other.user
            )
    assert browser.post(f"/secure-mail/{kept.pk}/end/").status_code == 302
    with factories.as_owner():
        assert not SecureMailbox.objects.exists()


def test_a_link_that_is_ended_while_the_relay_is_entered_gets_no_letter(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene()
    stated(scene)
    accepted(scene)
    enter = secure.Relay.open

    def entered(relay_: secure.Relay) -> bool | None:
        with act(factories.actor(scene.gp)) as by:
            linking.end(link=link(), by=by)
        return enter(relay_)

    monkeypatch.setattr(secure.Relay, "open", entered)
    deliver()
    assert (office.letters(), link().letter_way) == ([], "")
