"""What measurements share: signing in without a provider, percentiles, memory, and the table of results."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from people.models import Membership, User

RESULTS = Path(__file__).with_name("results.md")


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the measurements stays under."""
    return (
        statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]
        if len(values) > 1
        else values[0]
    )


def memory() -> float:
    """Megabytes of real memory that this process uses now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def session_of(sub: str, place: str) -> str:
    """The session of a featured professional in one membership, as signing in leaves it behind."""
    member = Membership.objects.get(user__username=f"zorg:{sub}", organisation__name=place)
    user: User = member.user
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["kind"], session["membership"], session["second_factor"] = "professional", member.pk, True
    session.save()
    assert session.session_key
    return session.session_key


def machine() -> str:
    """The processor, the number of cores and the memory of this machine."""
    about = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in about if "model name" in line), platform.machine())
    about = Path("/proc/meminfo").read_text().splitlines()
    total = next(int(line.split()[1]) for line in about if line.startswith("MemTotal"))
    return f"{model}, {os.cpu_count()} cores, {total / 1e6:.0f} GB, load {os.getloadavg()[0]:.1f}"


def report(title: str, size: str, remarks: str, heads: list[str], rows: list[list[Any]]) -> None:
    """Print a table and add it to ``results.md``, under the day, the size and the machine."""
    cells = [[f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [heads, *cells]) for i in range(len(heads))]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in [heads, *cells]
    ]
    table = [
        f"| {lines[0]} |",
        "| " + " | ".join("-" * width for width in widths) + " |",
        *[f"| {line} |" for line in lines[1:]],
    ]
    text = "\n".join(
        [f"## {title}, {size}, {timezone.localdate():%d-%m-%Y}", "", f"{remarks} Machine: {machine()}.", "", *table, ""]
    )
    print(text)
    if not RESULTS.exists():
        RESULTS.write_text("# Measurements\n\nEach run adds its table; what is compared was measured in one run.\n\n")
    with RESULTS.open("a") as file:
        file.write(text + "\n")
