"""What a file is, is read from its content; what is not on the list, runs, hides or pretends is refused whole."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossier.documents.receive import harmless
from dossier.documents.recognise import recognise
from dossier.documents.unfit import Unfit
from tests.dossier.documents import files


@pytest.mark.parametrize("name", list(files.GOOD))
def test_a_good_file_is_known_by_its_content(name: str) -> None:
    form, content = files.GOOD[name]
    with files.spool(content) as file:
        assert recognise(file) == form


@pytest.mark.parametrize("name", list(files.BAD))
def test_a_bad_file_is_refused_with_what_to_do(name: str) -> None:
    make, words = files.BAD[name]
    with files.spool(make()) as file, pytest.raises(Unfit, match=words) as refused:
        recognise(file)
    assert refused.value.field == "file"
    assert refused.value.message.endswith(".")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([c for f, c in files.GOOD.values() if f in {"png", "jpg", "webp", "heic", "docx"}]), st.data())
def test_a_damaged_file_is_known_or_refused_and_nothing_else(content: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(content) - 1))
    length = data.draw(st.integers(0, 40))
    other = data.draw(st.binary(max_size=40))
    with files.spool(content[:place] + other + content[place + length :]) as file, suppress(Unfit):
        assert recognise(file) in {"png", "jpg", "webp", "heic", "docx", "txt"}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("brief.pdf", "brief.pdf"),
        ("Brief huisarts 3-2026.PDF", "Brief huisarts 3-2026.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        (r"C:\Users\karim\brief.pdf", "brief.pdf"),
        ("rekening.pdf.exe", "rekening.pdf.pdf"),
        ("brief\r\nSet-Cookie: a=b.pdf", "brief Set-Cookie a=b.pdf"),
        ("brief\u202efdp.exe", "brief fdp.pdf"),
        ('a"; filename="b.html', "a ; filename= b.pdf"),
        ("....", "document.pdf"),
        ("", "document.pdf"),
        ("é" * 400 + ".pdf", "é" * 116 + ".pdf"),
        ("con<script>.html", "con script.pdf"),
    ],
)
def test_a_name_is_made_harmless_and_gets_the_ending_of_what_it_is(name: str, kept: str) -> None:
    assert harmless(name, "pdf") == kept


@given(st.text(max_size=300), st.sampled_from(["pdf", "heic"]))
def test_no_name_holds_a_folder_or_a_sign_that_steers(name: str, form: str) -> None:
    kept = harmless(name, form)
    assert kept.endswith(f".{form}")
    assert len(kept) <= 120
    assert not set(kept) & set('/\\\r\n\0"<>|:*?\u202e')
