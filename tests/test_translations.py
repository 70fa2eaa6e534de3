"""The English of the screens is complete and current, and every word on a template can be translated.

To renew it after a change of words, with GNU gettext present:

    .venv/bin/python manage.py makemessages -l en --no-location --no-wrap --no-obsolete \\
        --ignore .venv --ignore .run --ignore node_modules --ignore tests
    (fill what is empty and what is marked fuzzy in locale/en/LC_MESSAGES/django.po)
    .venv/bin/python manage.py compilemessages -l en --ignore .venv

The compiled file is kept too: the product runs on machines without gettext.
"""

from __future__ import annotations

import gettext
import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from consultations.models import Consultation
from events.actor import act
from oversight.actions.signal import place_watch
from oversight.models import Signal
from oversight.moves import Pattern
from people.models import Membership, Patient, User
from referrals.models import Referral
from rights import actions as rights
from rights.access import open_request
from rights.models import Request
from rights.moves import Kind
from square.models import HealthcareService
from tests import factories
from tests.consultations.helpers import Stage
from tests.oversight.lines import at as moment
from tests.oversight.lines import line
from tests.portal.scene import act_for, mandate, stranger_account
from tests.referrals.world import send, take
from trust.access import open_record
from trust.actions import state_policy
from trust.categories import EVERYTHING, Category, to_mask
from trust.models import Emergency, Mandate, PolicyLine

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES"
MAKE = ("makemessages", "-l", "en", "--no-location", "--no-wrap", "--no-obsolete")
NOT_SOURCE = shutil.ignore_patterns(
    ".*", "__pycache__", "node_modules", "static", "frontend", "tests", "bench", "test-results"
)
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%")
SAME = re.compile(r"[\W\d_]*(?:\b\w\b[\W\d_]*)*")
"""What holds no word, such as the form of a date."""

# the same word in both languages, or a name
ALIKE = {
    "%(what)s in %(where)s", "%(what)s · %(role)s, %(organisation)s", "BSN", "Code", "Contact", "Contrast",
    "Dashboards", "Document", "Document: %(title)s", "E-mail", "Episode", "FHIR", "FHIR %(version)s", "Norm", "OAuth 2",
    "OAuth 2, client credentials", "Object", "Online", "Open interface", "PDF", "Postcode", "Professional", "Start",
    "Tigrinya", "URA", "account %(number)s", "code", "compact", "e-mail", "intake", "online", "partner", "plan", "postcode",
    "professional",
}  # fmt: skip
# names and abbreviations on templates; languages call themselves by their own name
NAMES = {
    "BSN", "AGB", "URA", "KvK", "Esc", "FHIR", "PDF", "CSV", "SHA-256", "Nederlands", "English", "Netwerk Gooi en Vechtstreek",
}  # fmt: skip
# shows components with made-up content, outside production only
MADE_UP = {"styleguide.html"}
# pages of the interface for programmers, in English
INTERFACE = {"exchange/interface.html"}

needs_gettext = pytest.mark.skipif(shutil.which("xgettext") is None, reason="GNU gettext is not installed")


def _gettext(*words: str | Path) -> subprocess.CompletedProcess[str]:
    plain = os.environ | {"LC_ALL": "C"}
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True, env=plain)


def _read(path: Path) -> dict[Any, str]:
    with path.open("rb") as file:
        return {key: said for key, said in gettext.GNUTranslations(file)._catalog.items() if key != ""}  # type: ignore[attr-defined]


@cache
def _english() -> dict[Any, str]:
    return _read(CATALOGUE / "django.mo")


def _dutch(key: Any) -> str:
    """The msgid of a key of the catalogue, which may be of a plural or have a context."""
    return str(key if isinstance(key, str) else key[0]).rpartition("\4")[2]


@needs_gettext
def test_the_catalogue_holds_exactly_what_the_code_says(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=NOT_SOURCE)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "nis.settings", "PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, "manage.py", *MAKE], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    fresh, kept = (
        {
            line
            for line in path.read_text(encoding="utf-8").splitlines()
            if not line.startswith(('"POT-Creation-Date', "# "))
        }
        for path in (copy / "locale" / "en" / "LC_MESSAGES" / "django.po", CATALOGUE / "django.po")
    )
    missing, gone = sorted(fresh - kept), sorted(kept - fresh)
    assert not missing + gone, f"renew it as this file says at its head; new: {missing}; gone: {gone}"


@needs_gettext
def test_nothing_is_empty_doubtful_or_not_compiled(tmp_path: Path) -> None:
    said = _gettext("msgfmt", "--check", "--statistics", "-o", tmp_path / "fresh.mo", CATALOGUE / "django.po").stderr
    assert re.fullmatch(r"\d+ translated messages\.\n", said), said
    assert _read(tmp_path / "fresh.mo") == _english(), "run compilemessages"


def test_every_translation_keeps_its_places_and_edges() -> None:
    for key, said in _english().items():
        dutch = _dutch(key)
        assert set(PLACEHOLDER.findall(dutch)) == set(PLACEHOLDER.findall(said)), dutch
        assert (dutch[:1].isspace(), dutch[-1:].isspace()) == (said[:1].isspace(), said[-1:].isspace()), dutch
        assert (dutch[-1] in ".?:") == (said[-1] in ".?:"), dutch


def test_no_translation_is_the_dutch_itself() -> None:
    same = {_dutch(key) for key, said in _english().items() if _dutch(key) == said}
    assert {dutch for dutch in same if not SAME.fullmatch(PLACEHOLDER.sub("", dutch))} <= ALIKE


def _bare(text: str) -> list[str]:
    """The words of a template that stand outside its tags for translation."""
    for shape in (
        r"\{#.*?#\}",
        r"\{% *comment\b.*?endcomment *%\}",
        r"\{% *blocktranslate\b.*?endblocktranslate *%\}",
        r"\{% *block +body_class *%\}.*?\{% *endblock *%\}",
        r"<(script|style)\b.*?</\1>",
    ):
        text = re.sub(shape, " ", text, flags=re.S)
    given = [
        words
        for tag in re.findall(r"\{% *(?:include|with)\b.*?%\}", text, flags=re.S)
        for words in re.findall(r'\b\w+="([^"]*)"', tag)
        if " " in words.strip() or words[:1].isupper()
    ]
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "\n", text, flags=re.S)
    shown = re.findall(r'\b(?:title|aria-label|alt|placeholder|data-label|label)="([^"]*)"', text)
    pieces = given + shown + re.sub(r"<[^>]*>", "\n", text).split("\n")
    bare = []
    for piece in pieces:
        left = html.unescape(piece)
        for name in NAMES:
            left = re.sub(rf"\b{re.escape(name)}\b", " ", left)
        if re.search(r"[^\W\d_]{2}", left):
            bare.append(piece.strip())
    return bare


def test_every_word_on_a_template_can_be_translated() -> None:
    folder = ROOT / "templates"
    found = {}
    for path in sorted(folder.rglob("*.*")):
        name = str(path.relative_to(folder))
        if name not in MADE_UP | INTERFACE and (bare := _bare(path.read_text(encoding="utf-8"))):
            found[name] = bare
    assert found == {}


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("<p>Goedendag</p>", ["Goedendag"]),
        ('<p title="Wie dit is">{{ name }}</p>', ["Wie dit is"]),
        ('{% include "a.html" with label="Sluiten" only %}', ["Sluiten"]),
        ('<p>{% translate "Goedendag" %} {{ n }} · BSN</p>{# needs: niets #}', []),
        ("{% blocktranslate %}Dag {{ name }}{% endblocktranslate %}", []),
    ],
)
def test_the_sweep_sees_bare_words(text: str, bare: list[str]) -> None:
    assert _bare(text) == bare


# words that Dutch cannot do without and English does not have
DUTCH = re.compile(
    r"\b(het|een|niet|voor|naar|wordt|zijn|heeft|hebt|uw|geen|deze|aan|bij|wat|wie|nog|ook|kunt|mag|meer|alle|sinds)\b",
    re.I,
)


@dataclass
class Region:
    """A practice, a team and a citizen whose own words and names are not Dutch, so that what is Dutch is the screen's."""

    gp: Membership = field(init=False)
    worker: Membership = field(init=False)
    patient: Patient = field(init=False)
    service: HealthcareService = field(init=False)
    referral: Referral = field(init=False)
    consultation: Consultation = field(init=False)

    def __post_init__(self) -> None:
        self.gp = factories.member(
            "gp", factories.organisation("gp", "Linden Practice", phone="035-1234567"), "Kay Hart"
        )
        self.worker = factories.member("social_worker", factories.organisation("social", "East Team"), "Sam Baker")
        at = self.gp.organisation
        self.patient = factories.patient(related_to=[at], own_name="Marsh")
        self.service = factories.service(
            self.worker.organisation,
            "Listening",
            summary="Somebody listens.",
            needs="gloomy",
            cost="free",
            next_step="Call us.",
        )
        source = factories.source(at, kind="his", name="Linden System")
        factories.fact(
            self.patient, source, title="Hypertension", status="actief, voorlopige diagnose",
            attention=["kopie uit een ander systeem"],
        )  # fmt: skip
        factories.fact(self.patient, source, Category.MEDICATION, "Metoprolol 50 mg", source_key="m1")
        factories.entry(self.patient, self.gp, "Walking to the market.")
        self.referral = send(self.gp, self.patient, self.service, question="Could you listen?")
        take("ask", self.referral, self.worker, note="Which day?")
        stage = Stage(self.gp, self.worker, self.worker)
        stage.patient = self.patient
        self.consultation = stage.ask(question="Which dose?")
        with factories.as_owner():
            User.objects.update(language="en")
            for right in ("see_dashboards", "manage_offer", "manage_admission"):
                assign_perm(f"people.{right}", self.gp.user, at)
            with connection.cursor() as cursor:  # the region's own content is Dutch
                cursor.execute(
                    "truncate programme_process, journeys_journeytrigger, journeys_journeystep, journeys_journey cascade"
                )

    def pages_of_a_professional(self) -> list[str]:
        key = self.patient.key
        return [
            reverse("workplace:today"), f"{reverse('workplace:today')}?view=others", reverse("workplace:patients"),
            reverse("workplace:register"), reverse("workplace:patient", args=[key]), reverse("referrals:list"),
            f"{reverse('referrals:list')}?side=sent", reverse("referrals:new", args=[key]),
            f"{reverse('referrals:new', args=[key])}?offer={self.service.pk}",
            reverse("referrals:thread", args=[self.referral.pk]), reverse("consultations:list"),
            reverse("consultations:new", args=[key]), reverse("consultations:thread", args=[self.consultation.pk]),
            reverse("square:search"), reverse("square:service", args=[self.service.pk]), reverse("square:participants"),
            reverse("square:own"), reverse("journeys:list"), reverse("programme:overview"),
            reverse("dashboards:waiting_times"), reverse("dashboards:definitions"), reverse("dashboards:emergencies"),
            reverse("exchange:notifications"), reverse("workplace:relations"), reverse("workplace:emergency"),
            reverse("workplace:emergency_patient", args=[key]), reverse("workplace:consent", args=[key]),
            reverse("workplace:mandates", args=[key]), reverse("oversight:policies"), reverse("oversight:needs"),
            reverse("preferences"), "/nowhere/",
        ]  # fmt: skip

    def pages_of_a_citizen(self) -> list[str]:
        places = "home referrals network record log changes consent exceptions mandates mandate_new acting"
        own = [reverse(f"portal:{name}") for name in places.split()]
        new = [f"{reverse('rights:new')}?kind={kind}" for kind in Kind.values]
        return [
            *own, reverse("portal:referral", args=[self.referral.pk]), f"{reverse('portal:consent')}?reader=gp",
            f"{reverse('portal:exceptions')}?q=Linden", reverse("portal:exception", args=["gp"]), *new,
            reverse("rights:mine"), reverse("rights:new"), reverse("rights:export"), reverse("rights:register"),
            reverse("preferences"), "/nowhere/",
        ]  # fmt: skip


def _seen(page: str) -> str:
    """What a reader sees or hears of a page."""
    page = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.S)
    heard = re.findall(r'\b(?:title|aria-label|alt|placeholder|data-label)="([^"]*)"', page)
    return " ".join(html.unescape(" ".join([*heard, re.sub(r"<[^>]*>", " ", page)])).split())


@cache
def _phrases() -> list[str]:
    """The Dutch of the catalogue in pieces of four words and more, without their places."""
    pieces = {" ".join(piece.split()) for key in _english() for piece in PLACEHOLDER.split(_dutch(key))}
    return sorted(piece for piece in pieces if len(re.findall(r"[^\W\d_]{2,}", piece)) > 3)


def _dutch_in(seen: str) -> list[str]:
    """The Dutch in a text: phrases of the catalogue, and small words with what stands around them."""
    around = [seen[max(0, one.start() - 40) : one.end() + 40] for one in DUTCH.finditer(seen)]
    return [phrase for phrase in _phrases() if phrase in seen] + around


def _left_in_dutch(client: Client, pages: list[str]) -> dict[str, list[str]]:
    found = {}
    for address in pages:
        answer = client.get(address, follow=True)
        assert answer.status_code in {200, 404}, address
        page = answer.content.decode()
        assert '<html lang="en"' in page, address
        if left := _dutch_in(_seen(page)):
            found[address] = left
    return found


@pytest.fixture
def region(transactional_db: None) -> Region:
    return Region()


@pytest.mark.parametrize(
    ("text", "dutch"),
    [
        ("Er wacht niets op u of uw team.", True),
        ("Verwijzing: geen plek", True),
        ("Nothing is waiting for you.", False),
    ],
)
def test_the_search_for_dutch_finds_it(text: str, dutch: bool) -> None:
    assert bool(_dutch_in(text)) is dutch


@pytest.mark.django_db(transaction=True)
def test_a_professional_who_reads_english_meets_no_dutch(
    region: Region, client_of: Callable[[Membership], Client]
) -> None:
    assert _left_in_dutch(client_of(region.gp), region.pages_of_a_professional()) == {}


@pytest.mark.django_db(transaction=True)
def test_who_was_asked_and_reads_english_meets_no_dutch(
    region: Region, client_of: Callable[[Membership], Client]
) -> None:
    take("answer", region.referral, region.gp, note="Any day.")
    pages = [
        reverse("workplace:today"), reverse("referrals:list"), reverse("referrals:thread", args=[region.referral.pk]),
        reverse("consultations:list"), reverse("consultations:thread", args=[region.consultation.pk]),
    ]  # fmt: skip
    client = client_of(region.worker)
    assert _left_in_dutch(client, pages) == {}
    for verb in ("accept", "start", "complete"):
        take(verb, region.referral, region.worker)
        assert _left_in_dutch(client, pages) == {}


@pytest.mark.django_db(transaction=True)
def test_a_citizen_who_reads_english_meets_no_dutch(region: Region, citizen_client: Callable[[User], Client]) -> None:
    user = factories.citizen(region.patient)
    with factories.as_owner():
        User.objects.update(language="en")
    assert _left_in_dutch(citizen_client(user), region.pages_of_a_citizen()) == {}


@pytest.mark.django_db(transaction=True)
def test_who_acts_for_another_and_reads_english_meets_no_dutch(
    region: Region, citizen_client: Callable[[User], Client]
) -> None:
    region.patient.account, carer = factories.citizen(region.patient), stranger_account()
    looks = mandate(region.patient, carer, *(set(Category) - {Category.PLAN}))
    with factories.as_owner():
        User.objects.update(language="en")
    client = act_for(citizen_client(carer), region.patient)
    names = ["home", "referrals", "record", "acting", "log", "changes", "consent", "mandates"]
    pages = [reverse(f"portal:{name}") for name in names]
    assert _left_in_dutch(client, pages[:4]) == {}
    with factories.as_owner():
        Mandate.objects.filter(pk=looks.pk).update(acts=True)
    assert _left_in_dutch(client, pages) == {}


@dataclass
class Watched:
    """What a privacy officer, who owns the policies and a citizen find when much has happened, none of it in Dutch words."""

    region: Region
    officer: Membership = field(init=False)
    guard: Membership = field(init=False)
    owner: Membership = field(init=False)
    user: User = field(init=False)
    emergency: Emergency = field(init=False)
    request: Request = field(init=False)
    line: int = field(init=False)

    def __post_init__(self) -> None:
        gp, patient, place = self.region.gp, self.region.patient, self.region.gp.organisation
        self.officer = factories.member("privacy_officer", place, "Robin Lock")
        self.guard = factories.member("privacy_officer", factories.organisation("region", "Region House"), "Alex Key")
        self.owner = factories.member("manager", place, "Max Field")
        self.user = factories.citizen(patient)
        began = timezone.now() - timedelta(hours=2)
        case = {"patient": patient, "organisation": place, "user": gp.user, "role": gp.role, "reason": "otherwise"}
        with factories.as_owner():
            User.objects.update(language="en")
            assign_perm("people.manage_policy", self.owner.user, place)
            assign_perm("people.manage_rules", self.guard.user, self.guard.organisation)
            reviewed = {"review": "avoidable", "reviewed_at": began, "review_note": "Asked."}
            for hours, review in ((24, reviewed), (0, {})):
                start = began - timedelta(hours=hours)
                period = DateTimeTZRange(start, start + timedelta(hours=1))
                self.emergency = Emergency.objects.create(
                    **case, **review, explanation="Found in the street.", period=period
                )
        with act(factories.actor(self.officer)) as actor:
            place_watch(number=patient.pk, reason="Known to many.", days=31, by=actor)
        self.line = line(gp, patient, moment(9), categories=1, withheld=2, own_categories=1, data='{"fields": ["bsn"]}')
        line(gp, patient, moment(10), "record.denied", basis="relation")
        seen = {"patient": patient, "user": gp.user, "organisation": place, "day": timezone.localdate(), "lines": 3}
        with factories.as_owner():
            for kind in Pattern.values:
                Signal.objects.create(kind=kind, **seen, first_event=self.line, last_event=self.line + 1)
        offer = PolicyLine(
            categories=to_mask([Category.MEDICATION]), purposes=["TREAT", "ETREAT"], reader_domain="pharmacy", relations=["stated"]
        )  # fmt: skip
        with act(factories.actor(self.owner)) as actor:
            state_policy(organisation=place, lines=[offer], note="Agreed.", by=actor)
        self.request = self.ask("deletion")
        factories.consent(patient, Category.MEDICATION, set_by=self.user)
        mandate(patient, None, Category.MEDICATION, given_by=self.user, name="Kim Hill")

    def ask(self, kind: str) -> Request:
        with act(factories.citizen_actor(self.user)) as actor:
            opening = open_record(actor, self.region.patient.key, EVERYTHING)
            return rights.send(
                patient=opening.patient, organisation=self.region.gp.organisation, kind=kind, text="Please do.",
                categories=EVERYTHING, subject=None, by=actor,
            )  # fmt: skip

    def decide(self) -> None:
        with act(factories.actor(self.officer)) as actor:
            request = rights.take_up(request=open_request(actor, self.request.pk), by=actor)
            refused = rights.Decision(reason="legal_duty")
            rights.decide(request=request, verb="refuse", text="It stays.", decision=refused, by=actor)

    def pages_of_an_officer(self) -> list[str]:
        names = ["home", "log", "exports", "emergencies", "signals", "watches", "policies", "needs"]
        with factories.as_owner():
            signals = [reverse("oversight:signal", args=[signal.pk]) for signal in Signal.objects.all()]
        return [
            *[reverse(f"oversight:{name}") for name in names], f"{reverse('oversight:emergencies')}?show=reviewed",
            f"{reverse('oversight:signals')}?status=all", *signals, reverse("oversight:line", args=[self.line]),
            f"{reverse('oversight:log')}?patient={self.region.patient.pk}&purpose=TREAT&emergency=on",
            reverse("oversight:emergency", args=[self.emergency.pk]),
            reverse("oversight:policy", args=[self.region.gp.organisation_id]), reverse("rights:inbox"),
            reverse("rights:request", args=[self.request.pk]), reverse("exchange:notifications"), reverse("rights:holds"),
        ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_who_watches_over_the_network_and_reads_english_meets_no_dutch(
    region: Region, client_of: Callable[[Membership], Client]
) -> None:
    watched = Watched(region)
    pages = watched.pages_of_an_officer()
    assert _left_in_dutch(client_of(watched.officer), pages) == {}
    assert _left_in_dutch(client_of(watched.guard), [*pages, reverse("oversight:need", args=["gp"])]) == {}
    own = [reverse("oversight:policies"), reverse("oversight:policy_edit")]
    assert _left_in_dutch(client_of(watched.owner), own) == {}
    for kind in ("question", "objection", "restriction"):
        watched.request = watched.ask(kind)
        assert _left_in_dutch(client_of(watched.officer), [reverse("rights:request", args=[watched.request.pk])]) == {}


@pytest.mark.django_db(transaction=True)
def test_a_citizen_of_whom_much_was_done_and_who_reads_english_meets_no_dutch(
    region: Region, citizen_client: Callable[[User], Client]
) -> None:
    watched = Watched(region)
    client = citizen_client(watched.user)
    request = reverse("rights:request", args=[watched.request.pk])
    assert _left_in_dutch(client, [*region.pages_of_a_citizen(), request]) == {}
    watched.decide()
    assert _left_in_dutch(client, [request, reverse("rights:mine"), reverse("portal:changes")]) == {}


@pytest.mark.django_db(transaction=True)
def test_a_visitor_who_reads_english_meets_no_dutch(region: Region) -> None:
    client = Client()
    client.cookies["django_language"] = "en"
    pages = ["/", reverse("square:search"), reverse("square:service", args=[region.service.pk]), "/nowhere/"]
    assert _left_in_dutch(client, pages) == {}
