"""A hundred megabytes go in and out through pieces: the process that does it hardly grows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from dossier.models import Document, DocumentPart
from people.models import Membership
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]
LARGEST = 100 * 1024 * 1024


def test_the_largest_document_streams_both_ways_in_flat_memory(
    client_of: Callable[[Membership], Client], tmp_path: Path
) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    session = client_of(gp).session.session_key
    url = urlsplit(os.environ["DATABASE_OWNER_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    done = subprocess.run(
        [sys.executable, "-m", "tests.dossier.documents.stream", session, str(patient.key), str(LARGEST)],
        env={**os.environ, "DATABASE_URL": url, "DATABASE_OWNER_URL": url, "PYTHONPATH": str(ROOT), "NIS_UPLOAD_DIR": str(tmp_path)},
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["status"], told["came"]) == ("200 OK", LARGEST)
    grown = (told["after"] - told["before"]) / 1024
    assert grown < 24, f"{grown:.0f} MB more than for three megabytes"
    assert os.listdir(tmp_path) == []
    with factories.as_owner():
        assert Document.objects.get(size=LARGEST).format == "txt"
        assert DocumentPart.objects.filter(document__size=LARGEST).count() == 100
