"""The documents of the demonstration are what an upload would let in."""

from __future__ import annotations

import pytest

from dossier.documents.recognise import recognise
from region.generate import documents
from tests.dossier.documents.files import spool


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (documents.pdf("De Linde (praktijk)", documents.DISCHARGE), "pdf"),
        (documents.docx(documents.FALLS_LATER), "docx"),
        (documents.plan_of_house(), "png"),
        (documents.course_of_wound().encode(), "txt"),
    ],
    ids=["letter", "report", "picture", "text"],
)
def test_a_document_of_the_region_is_recognised(content: bytes, form: str) -> None:
    with spool(content) as file:
        assert recognise(file) == form
