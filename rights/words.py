"""What the rights of the person are called, in plain Dutch (B1) for who uses them and in short for who handles them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rights.models import Request
from rights.moves import Kind, Party, Status, Verb
from trust.categories import EVERYTHING, from_mask, named

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Right:
    """One right as the person reads it: a door to start from, what it means, and what to write."""

    kind: Kind
    title: StrOrPromise
    what: StrOrPromise
    text: StrOrPromise
    hint: StrOrPromise
    icon: str


RIGHTS: dict[str, Right] = {
    Kind.QUESTION: Right(
        Kind.QUESTION,
        gettext_lazy("Vragen waarom iemand keek"),
        gettext_lazy("U ziet in uw logboek iets wat u verbaast. U krijgt uitleg."),
        gettext_lazy("Wat verbaast u?"),
        gettext_lazy("Bijvoorbeeld: ik ken deze persoon niet, of ik was daar die dag niet."),
        "watched",
    ),
    Kind.INSIGHT: Right(
        Kind.INSIGHT,
        gettext_lazy("Inzage vragen"),
        gettext_lazy("U wilt weten wat een organisatie over u bewaart, en een kopie."),
        gettext_lazy("Wat wilt u weten?"),
        gettext_lazy("U kunt ook zelf meteen een kopie maken van alles wat het netwerk over u bewaart."),
        "facts",
    ),
    Kind.CORRECTION: Right(
        Kind.CORRECTION,
        gettext_lazy("Iets laten verbeteren"),
        gettext_lazy("Er staat iets over u dat niet klopt of niet compleet is."),
        gettext_lazy("Wat klopt er niet?"),
        gettext_lazy("Leg uit waarom het niet klopt."),
        "edit",
    ),
    Kind.OBJECTION: Right(
        Kind.OBJECTION,
        gettext_lazy("Bezwaar maken"),
        gettext_lazy("U wilt niet dat anderen zien wat een organisatie over u bewaart."),
        gettext_lazy("Waarom maakt u bezwaar?"),
        gettext_lazy("U kunt ook zelf kiezen wie wat mag zien. Dat werkt meteen."),
        "consent",
    ),
    Kind.RESTRICTION: Right(
        Kind.RESTRICTION,
        gettext_lazy("Gegevens even niet laten gebruiken"),
        gettext_lazy("Ze blijven bewaard, maar niemand gebruikt ze tot het is uitgezocht."),
        gettext_lazy("Waarom mogen ze nu niet gebruikt worden?"),
        gettext_lazy("Bijvoorbeeld: het klopt niet en dat wordt nog uitgezocht."),
        "clock",
    ),
    Kind.DELETION: Right(
        Kind.DELETION,
        gettext_lazy("Gegevens laten verwijderen"),
        gettext_lazy("Wat een organisatie over u bewaart, wordt echt gewist. Dat kan niet terug."),
        gettext_lazy("Waarom wilt u dat dit wordt verwijderd?"),
        gettext_lazy("Sommige gegevens moeten bewaard blijven. Dan hoort u welke wet dat zegt."),
        "delete",
    ),
}

_ANSWERED = {
    Status.GRANTED: gettext_lazy("uitgelegd"),
    Status.PARTLY_GRANTED: gettext_lazy("deels uitgelegd"),
    Status.REFUSED: gettext_lazy("geen uitleg gegeven"),
}


_STEPS = {
    Verb.SEND: Status.SENT.label,
    Verb.TAKE_UP: gettext_lazy("in behandeling genomen"),
    Verb.ASK_BACK: Status.ASKED_BACK.label,
    Verb.ANSWER: Status.ANSWERED.label,
    Verb.EXTEND: gettext_lazy("termijn verlengd"),
    Verb.GRANT: Status.GRANTED.label,
    Verb.GRANT_PARTLY: Status.PARTLY_GRANTED.label,
    Verb.REFUSE: Status.REFUSED.label,
    Verb.WITHDRAW: Status.WITHDRAWN.label,
}


def step_of(kind: str, verb: Verb) -> str:
    """What a step was, as something done; a question about looking is explained, and not granted."""
    explained = {Verb.GRANT: Status.GRANTED, Verb.GRANT_PARTLY: Status.PARTLY_GRANTED, Verb.REFUSE: Status.REFUSED}
    if kind == Kind.QUESTION and verb in explained:
        return str(_ANSWERED[explained[verb]])
    return str(_STEPS[verb])


def state_of(request: Request, side: Party) -> dict[str, str]:
    """The chip of a request for one side: whose turn it is first, then how it ended."""
    status = Status(request.status)
    if request.late:
        return {"status": "late", "label": _("te laat")}
    ours = {"person": {Status.ASKED_BACK}, "organisation": {Status.SENT, Status.TAKEN_UP, Status.ANSWERED}}
    if status in ours.get(side, set()):
        label = _("wacht op u") if side == "person" else str(status.label)
        return {"status": "new" if status == Status.SENT else "ours", "label": label}
    if status == Status.ANSWERED:
        status = Status.TAKEN_UP  # the person answered; the decision is still to come
    kinds = {Status.GRANTED: "done", Status.PARTLY_GRANTED: "done", Status.REFUSED: "off", Status.WITHDRAWN: "off"}
    words = _ANSWERED.get(status, status.label) if request.kind == Kind.QUESTION else status.label
    return {"status": kinds.get(status, "theirs"), "label": str(words)}


def about(request: Request) -> str:
    """What a request is about, in a few words."""
    if request.kind == Kind.QUESTION:
        return ""
    chosen = from_mask(request.categories)
    return _("alle soorten gegevens") if chosen == EVERYTHING else named(chosen)


def done_for(request: Request) -> list[str]:
    """What was done after a decision, in sentences for both sides."""
    result: dict[str, Any] = request.result
    if request.status not in {Status.GRANTED, Status.PARTLY_GRANTED}:
        return []
    return _DONE[Kind(request.kind)](request, result)


def _corrected(request: Request, result: dict[str, Any]) -> list[str]:
    if "entry" in result:
        return [_("De tekst is verbeterd. De oude tekst blijft te zien als vorige versie.")]
    if result.get("source") == "corrected":
        return [_("Het bronsysteem laat nu iets anders zien.")]
    return [_("De organisatie past het aan in haar eigen systeem. Wij kijken elk uur of dat te zien is.")]


def _copied(request: Request, result: dict[str, Any]) -> list[str]:
    ready = request.carried_out_at is not None
    return [_("De kopie is klaar. U vindt hem bij Kopie van alles.") if ready else _("De kopie wordt gemaakt.")]


def _objected(request: Request, result: dict[str, Any]) -> list[str]:
    return [_("Anderen zien niet meer wat deze organisatie hierover bewaart. U kunt dat zelf weer veranderen.")]


def _restricted(request: Request, result: dict[str, Any]) -> list[str]:
    return [_("Deze gegevens worden bewaard en niet gebruikt. Alleen de inwoner ziet ze.")]


def _deleted(request: Request, result: dict[str, Any]) -> list[str]:
    removed = sum(result.get("removed", {}).values())
    said = [_("Verwijderd: %(n)s onderdelen, ook oudere versies.") % {"n": removed}]
    if running := result.get("running"):
        said.append(_("Nog niet verwijderd: wat hoort bij %(n)s lopende verwijzingen of overleggen.") % {"n": running})
    said.append(
        _("Het logboek blijft, want de wet verplicht dat. Dat er een verwijzing of overleg was, blijft ook te zien.")
    )
    return said


def _explained(request: Request, result: dict[str, Any]) -> list[str]:
    return []


_DONE = {
    Kind.QUESTION: _explained,
    Kind.INSIGHT: _copied,
    Kind.CORRECTION: _corrected,
    Kind.OBJECTION: _objected,
    Kind.RESTRICTION: _restricted,
    Kind.DELETION: _deleted,
}
