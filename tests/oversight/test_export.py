"""The sealed file of found lines: what it holds, that it is checked, who gets it, and that asking and fetching are lines."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from dossier.sources.check import fault_of
from events import actions as log_actions
from events.access import Search
from events.actor import act, system
from events.errors import Refused
from events.models import Event, Seal
from oversight.actions import exports as actions
from oversight.models import LogExport
from oversight.sealed import EVENTS, SEAL, TABLE
from oversight.tasks import expire_exports, make_exports
from people.models import Membership
from tests import factories
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def nobody_wakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "wake", lambda _task: None)


class Stage:
    def __init__(self, openings: int = 3) -> None:
        self.gp = factories.member("gp", uzi="900000017")
        self.officer = factories.member("privacy_officer", at=self.gp.organisation)
        self.bsn = factories.bsn()
        self.patient = factories.patient(related_to=[self.gp.organisation], own_name="Zwartekraaij", number=self.bsn)
        for _ in range(openings):
            with act(factories.actor(self.gp)) as actor:
                open_record(actor, self.patient.key, [Category.PLAN])

    def ask(self, **asked: Any) -> LogExport:
        with act(factories.actor(self.officer)) as actor:
            return actions.ask_export(search=Search(**asked), by=actor)

    def made(self, **asked: Any) -> LogExport:
        export = self.ask(**asked)
        assert make_exports() == 1
        with factories.as_owner():
            return LogExport.objects.get(pk=export.pk)


def parts(export: LogExport) -> tuple[list[dict[str, Any]], list[str], dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(bytes(export.content or b""))) as archive:
        events = [json.loads(row) for row in archive.read(EVENTS).splitlines()]
        return events, archive.read(TABLE).decode().splitlines(), json.loads(archive.read(SEAL))


def verify(path: Path, **options: Any) -> str:
    out = StringIO()
    call_command("verify_export", str(path), stdout=out, **options)
    return out.getvalue()


def kept(export: LogExport, folder: Path, change: Callable[[bytes], bytes] = bytes) -> Path:
    path = folder / "log.zip"
    path.write_bytes(change(bytes(export.content or b"")))
    return path


def rewritten(name: str, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """The same zip with one of its files changed, as somebody with a text editor would do."""

    def again(whole: bytes) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(whole)) as former, zipfile.ZipFile(target, "w") as new:
            for member in former.namelist():
                content = former.read(member)
                new.writestr(member, change(content) if member == name else content)
        return target.getvalue()

    return again


def test_a_file_holds_the_found_lines_as_resources_and_as_a_table_under_a_seal() -> None:
    stage = Stage()
    with act(system("sealing", purpose="HOPERAT")):
        log_actions.seal()
    export = stage.made(patient_id=stage.patient.pk)
    events, table, seal = parts(export)
    assert (export.status, export.lines, export.progress) == ("ready", 3, 100)
    assert [fault_of(event) for event in events] == ["", "", ""]
    assert len(table) == 4
    assert seal["lines"] == 3
    assert seal["made_by"]["account"] == stage.officer.user_id
    assert seal["query"] == {"patient_id": stage.patient.pk}
    with factories.as_owner():
        newest = Seal.objects.order_by("-id").first()
    if newest:
        assert seal["log_seal"]["digest"] == bytes(newest.digest).hex()
    whole = json.dumps(events) + "".join(table)
    for secret in ("Zwartekraaij", stage.bsn, str(stage.patient.key)):
        assert secret not in whole


def test_a_file_holds_no_line_out_of_the_officers_reach_and_none_made_after_asking() -> None:
    stage, other = Stage(2), Stage(4)
    export = stage.ask()
    with act(factories.actor(stage.gp)) as actor:
        open_record(actor, stage.patient.key, [Category.PLAN])
    make_exports()
    with factories.as_owner():
        export.refresh_from_db()
    events, _table, _seal = parts(export)
    seen = {event["entity"][-2]["what"]["identifier"]["value"] for event in events if len(event["entity"]) > 2}
    assert str(other.patient.pk) not in seen
    assert export.lines == 3, "two openings, and that the file was asked for"


def test_lines_come_in_parts_and_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 3)
    stage = Stage(8)
    export = stage.made(user_id=stage.gp.user_id)
    events, _table, _seal = parts(export)
    numbers = [int(event["id"]) for event in events]
    assert len(numbers) == len(set(numbers)) == 8
    assert numbers == sorted(numbers, reverse=True)


def test_a_file_as_it_was_made_is_known_by_the_log(tmp_path: Path) -> None:
    export = Stage().made()
    said = verify(kept(export, tmp_path))
    assert "4 lines" in said
    assert "the log knows this file" in said


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            rewritten(EVENTS, lambda text: text.replace(b'"outcome":"0"', b'"outcome":"8"')),
            "audit-events.ndjson was changed",
        ),
        (rewritten(TABLE, lambda text: text + b"\n"), "lines.csv was changed"),
        (rewritten(EVENTS, lambda text: b"\n".join(text.splitlines()[1:]) + b"\n"), "audit-events.ndjson was changed"),
        (rewritten(SEAL, lambda text: text.replace(b'"lines": 4', b'"lines": 2')), "2 were sealed"),
        (rewritten(SEAL, lambda text: text.replace(b'"format": 1', b'"format": 1 ')), "no line of the log says"),
        (lambda whole: whole[:200], "cannot be read: the file is broken, or is no export of the log$"),
    ],
    ids=["line changed", "table changed", "line removed", "seal changed", "sealed anew", "cut off"],
)
def test_a_changed_file_is_refused(tmp_path: Path, change: Callable[[bytes], bytes], complaint: str) -> None:
    export = Stage().made()
    with pytest.raises(CommandError, match=complaint):
        verify(kept(export, tmp_path, change))


def test_a_file_can_be_checked_without_the_log(tmp_path: Path) -> None:
    export = Stage().made()
    with factories.as_owner():
        LogExport.objects.all().delete()
    assert "as they were sealed" in verify(kept(export, tmp_path), file_only=True)


def test_asking_making_and_fetching_are_lines_of_the_log(client_of: Browser) -> None:
    stage = Stage()
    client = client_of(stage.officer)
    assert client.post("/oversight/exports/").status_code == 302
    assert "0%" in client.get("/oversight/exports/").content.decode()
    make_exports()
    page = client.get("/oversight/exports/").content.decode()
    with factories.as_owner():
        export = LogExport.objects.get()
    assert export.digest in page
    answer = client.get(f"/oversight/exports/{export.pk}/")
    assert answer["Content-Type"] == "application/zip"
    assert answer.content == bytes(export.content or b"")
    with factories.as_owner():
        lines = {line.verb: line for line in Event.objects.filter(verb__startswith="log.export")}
    assert set(lines) == {"log.export_asked", "log.export_made", "log.export_fetched"}
    assert lines["log.export_fetched"].data == {"lines": 4, "digest": export.digest}
    assert {line.user_id for line in lines.values()} == {stage.officer.user_id}


def test_the_file_of_another_organisation_does_not_exist(client_of: Browser) -> None:
    stage, other = Stage(), Stage()
    export = stage.made()
    assert client_of(other.officer).get(f"/oversight/exports/{export.pk}/").status_code == 404
    assert client_of(stage.officer).get(f"/oversight/exports/{export.pk}/").status_code == 200
    with act(factories.actor(other.officer)):
        assert not LogExport.objects.exists()
    with act(factories.actor(stage.gp)):
        assert not LogExport.objects.exists()


def test_one_at_a_time_and_too_many_lines_are_refused(settings: Any) -> None:
    stage = Stage()
    stage.ask()
    with pytest.raises(Refused), act(factories.actor(stage.officer)) as actor:
        actions.ask_export(search=Search(), by=actor)
    settings.LOG_EXPORT_LINES = 2
    make_exports()
    with factories.as_owner():
        failed = LogExport.objects.get()
    assert (failed.status, failed.reason, failed.content) == ("failed", "too_many", None)


def test_who_is_no_privacy_officer_any_more_gets_no_file() -> None:
    stage = Stage()
    export = stage.ask()
    with factories.as_owner():
        Membership.objects.filter(pk=stage.officer.pk).delete()
    make_exports()
    with factories.as_owner():
        export.refresh_from_db()
    assert (export.status, export.reason) == ("failed", "membership")


def test_what_a_died_worker_left_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    export = stage.ask()
    with factories.as_owner():
        LogExport.objects.update(status="working", begun_at=timezone.now() - timedelta(minutes=5))
    assert make_exports() == 0
    with factories.as_owner():
        LogExport.objects.update(begun_at=timezone.now() - timedelta(minutes=20))
    assert make_exports() == 1
    with factories.as_owner():
        export.refresh_from_db()
    assert export.status == "ready"


def test_a_file_goes_after_seven_days_and_its_lines_stay() -> None:
    export = Stage().made()
    assert expire_exports() == 0
    with factories.as_owner():
        LogExport.objects.update(until=timezone.now() - timedelta(minutes=1))
    assert expire_exports() == 1
    with factories.as_owner():
        export.refresh_from_db()
        assert Event.objects.filter(verb="log.export_made", data__digest=export.digest).exists()
    assert (export.status, export.content) == ("expired", None)
