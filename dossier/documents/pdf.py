"""Whether a PDF is one, whole, without a password, and without what runs or is packed in it (ISO 32000-2).

A child process reads it, with little memory and time: a PDF can be made to take both without end.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.utils.translation import gettext as _

from dossier.documents.spool import Spool
from dossier.documents.unfit import Unfit

TAIL = 2048
SECONDS = 20
MEMORY = 1536 * 1024 * 1024
MOST_OBJECTS = 2_000_000

ACTIONS = {
    "/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoToR", "/Rendition", "/Movie", "/Sound", "/RichMediaExecute",
}  # fmt: skip
RUNS = {"/JS", "/JavaScript", "/XFA", "/RichMediaContent", "/RichMediaSettings"}
PACKED = {"/EF", "/EmbeddedFile"}
SHOWN_OTHERWISE = {"/RichMedia", "/Movie", "/Screen", "/3D", "/FileAttachment", "/Sound"}


def judge(file: Spool) -> None:
    """Raises :class:`Unfit` with the reason for a PDF that is not taken."""
    file.seek(max(0, file.size - TAIL))
    tail = (file.read(TAIL) or b"").rstrip(b"\0\t\n\f\r ")
    if not tail.endswith(b"%%EOF"):
        raise Unfit(_("Deze PDF is niet compleet, of er zit iets anders achter. Sla de PDF opnieuw op en kies die."))
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "dossier.documents.pdf", str(file.fileno()), str(file.size)],
            input=file.key, capture_output=True, pass_fds=[file.fileno()], timeout=2 * SECONDS, check=False,
            cwd=Path(__file__).resolve().parents[2], env={"PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        said = done.stdout.decode("ascii", "replace").strip() if done.returncode == 0 else "heavy"
    except subprocess.TimeoutExpired:
        said = "heavy"
    if said != "fine":
        raise Unfit(_words(said))


def _words(said: str) -> str:
    return {
        "locked": _(
            "Deze PDF is beveiligd met een wachtwoord of versleuteld. Sla de PDF op zonder beveiliging en kies die."
        ),
        "runs": _(
            "In deze PDF zit een programma of een invulformulier dat iets uitvoert. Druk af naar PDF en kies dat bestand."
        ),
        "packed": _("In deze PDF zitten andere bestanden verpakt. Voeg die apart toe en kies een PDF zonder bijlagen."),
        "heavy": _("Deze PDF is te ingewikkeld om te controleren. Druk af naar PDF en kies dat bestand."),
    }.get(said, _("Deze PDF is beschadigd. Sla de PDF opnieuw op en kies die."))


def _read(file: Spool) -> str:
    """What is the matter with the PDF, in one word; ``fine`` when nothing is."""
    import pikepdf

    try:
        with pikepdf.open(cast(BinaryIO, file), suppress_warnings=True) as found:
            if found.is_encrypted:
                return "locked"
            if not found.pages:
                return "broken"
            for number, thing in enumerate(found.objects):
                if number > MOST_OBJECTS:
                    return "heavy"
                wrong = _wrong_in(thing)
                if wrong:
                    return wrong
    except pikepdf.PasswordError:
        return "locked"
    except (pikepdf.PdfError, ValueError, RecursionError):
        return "broken"
    except MemoryError:
        return "heavy"
    return "fine"


def _wrong_in(thing: Any) -> str:
    """The first thing that runs or is packed in an object, and in what it holds directly."""
    import pikepdf

    waiting = [thing]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pikepdf.Array):
            waiting += [each for each in one if _is_held_here(each)]
        elif isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            names = set(one.keys())
            if names & RUNS or _named(one, "/S") in ACTIONS or _named(one, "/Subtype") in SHOWN_OTHERWISE:
                return "runs"
            if names & PACKED or _named(one, "/Type") == "/EmbeddedFile":
                return "packed"
            waiting += [one[name] for name in names if _is_held_here(one[name])]
    return ""


def _is_held_here(thing: Any) -> bool:
    """Whether it stands in the object itself; what is referred to gets its own turn."""
    import pikepdf

    return isinstance(thing, pikepdf.Array | pikepdf.Dictionary) and not thing.is_indirect


def _named(one: Any, name: str) -> str:
    import pikepdf

    value = one.get(name)
    return str(value) if isinstance(value, pikepdf.Name) else ""


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _limit()
    descriptor, size = int(sys.argv[1]), int(sys.argv[2])
    print(_read(Spool(key=sys.stdin.buffer.read(48), size=size, descriptor=descriptor)))  # noqa: T201 - this is the answer
