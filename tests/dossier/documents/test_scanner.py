"""ClamAV's daemon is asked in its own words; whatever it does not call clean is refused, and so is its silence."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from pytest_django import Settings as SettingsWrapper

from dossier.documents import scanner
from dossier.documents.receive import receive
from dossier.documents.unfit import Unfit
from tests.dossier.documents import files
from tests.dossier.documents.clamd import clamd


@pytest.mark.parametrize("how", ["tcp", "unix"])
def test_a_clean_file_passes_and_every_byte_of_it_was_read(how: str, settings: SettingsWrapper, tmp_path: Path) -> None:
    content = files.pdf() if how == "tcp" else os.urandom(700_001)
    with clamd(tmp_path / "clamd.ctl" if how == "unix" else None) as daemon, files.spool(content) as file:
        settings.CLAMD = daemon.address
        scanner.scan(file)
        assert daemon.seen == [content]


def test_a_virus_is_refused_and_who_sent_it_is_told_what_to_do(settings: SettingsWrapper) -> None:
    with clamd() as daemon, files.spool(b"Geachte collega, " + files.EICAR) as file:
        settings.CLAMD = daemon.address
        with pytest.raises(Unfit, match="virus"):
            receive(file, "brief.txt")


@pytest.mark.parametrize(
    ("mood", "words"), [("silent", "geen antwoord"), ("hangs up", "geen antwoord"), ("ill", "geen antwoord")]
)
def test_no_clear_answer_is_a_refusal(mood: str, words: str, settings: SettingsWrapper) -> None:
    settings.CLAMD_DEADLINE = 0.5
    with clamd() as daemon, files.spool(b"hoi") as file:
        settings.CLAMD, daemon.mood = daemon.address, mood
        with pytest.raises(Unfit, match=words):
            receive(file, "brief.txt")


def test_a_file_past_the_limit_of_the_daemon_says_so(settings: SettingsWrapper) -> None:
    with clamd() as daemon, files.spool(b"a" * 3_000_000) as file:
        settings.CLAMD, daemon.most = daemon.address, 200_000
        with pytest.raises(Unfit, match=r"groter dan de viruscontrole|geen antwoord"):
            receive(file, "brief.txt")


def test_a_daemon_that_is_not_there_is_a_refusal(settings: SettingsWrapper, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        for address in (f"tcp://127.0.0.1:{taken.getsockname()[1]}", f"unix:{tmp_path / 'none.ctl'}"):
            settings.CLAMD = address
            with files.spool(b"hoi") as file, pytest.raises(Unfit, match="geen antwoord"):
                receive(file, "brief.txt")


def test_without_a_daemon_in_the_settings_nothing_is_asked_and_that_is_kept(settings: SettingsWrapper) -> None:
    settings.CLAMD = ""
    with files.spool(b"hoi") as file:
        received = receive(file, "brief.docx")
    assert (received.scanned_at, received.format, received.name) == (None, "txt", "brief.txt")
    assert not scanner.is_connected()
