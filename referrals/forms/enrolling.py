"""What a person may type about a training: a meeting with its places, who gets a place on which, and who was there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from referrals.access import meeting_words
from referrals.moves.training import Comes
from square.models import Session

LENGTHS = [(n, format_lazy("{} {}", n, _("minuten"))) for n in (30, 45, 60, 90, 120, 180)]


class SessionForm(forms.Form):
    """When, where and by whom a training is given, for how many, and until when one can enrol."""

    day = forms.DateField(
        label=_("Dag"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Kies een dag."), "invalid": _("Schrijf de dag als 3-12-2026.")},
    )  # fmt: skip
    at = forms.TimeField(
        label=_("Tijd"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": _("Kies een tijd."), "invalid": _("Schrijf de tijd als 14:30.")},
    )  # fmt: skip
    minutes = forms.TypedChoiceField(label=_("Hoe lang"), choices=LENGTHS, coerce=int, initial=90)
    online = forms.BooleanField(label=_("Het is online"), required=False)
    place = forms.CharField(
        label=_("Waar"), max_length=160, required=False, help_text=_("Gebouw, straat, nummer en plaats. Iedereen leest dit.")
    )  # fmt: skip
    teacher = forms.CharField(
        label=_("Wie geeft de training?"), max_length=120, help_text=_("Naam en beroep. Iedereen leest dit."),
        error_messages={"required": _("Schrijf wie de training geeft.")},
    )  # fmt: skip
    places = forms.IntegerField(
        label=_("Hoeveel plekken?"), initial=10, validators=[MinValueValidator(1), MaxValueValidator(500)],
        help_text=_("Een is genoeg: dan is het een instructie voor één persoon."),
    )  # fmt: skip
    enrol_until = forms.DateField(
        label=_("Inschrijven tot en met"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leeg: tot het begin."), error_messages={"invalid": _("Schrijf de dag als 3-12-2026.")},
    )  # fmt: skip
    note = forms.CharField(
        label=_("Voor wie meedoet"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Bijvoorbeeld wat men meeneemt. Iedereen leest dit."),
    )  # fmt: skip

    @classmethod
    def of(cls, session: Session) -> SessionForm:
        """The form with a meeting as it stands."""
        starts, until = timezone.localtime(session.starts), timezone.localtime(session.enrol_until)
        kept = {name: getattr(session, name) for name in ("online", "place", "teacher", "places", "note")}
        minutes = round((session.ends - session.starts).total_seconds() / 60)
        last = None if session.enrol_until == session.starts else until.date()
        return cls(initial={**kept, "day": starts.date(), "at": starts.time(), "minutes": minutes, "enrol_until": last})

    def clean(self) -> dict[str, Any]:
        """Day and time as moments; the last day to enrol ends with the day, or when it begins."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        day, at, last = said.get("day"), said.get("at"), said.get("enrol_until")
        if day and at and not self.errors:
            starts = timezone.make_aware(datetime.combine(day, at))
            said["starts"], said["ends"] = starts, starts + timedelta(minutes=said["minutes"])
            until = timezone.make_aware(datetime.combine(last, time(23, 59))) if last else starts
            said["enrol_until"] = min(until, starts)
            if last and last > day:
                self.add_error("enrol_until", gettext("Inschrijven kan tot op zijn laatst de dag zelf."))
            elif said["enrol_until"] <= timezone.now():
                self.add_error("enrol_until" if last else "day", gettext("Dit moment is al voorbij."))
            if starts > timezone.now() + timedelta(days=366):
                self.add_error("day", gettext("Kies een dag binnen een jaar."))
            if not said["online"] and not said["place"].strip():
                self.add_error("place", gettext("Schrijf waar het is, of kies dat het online is."))
        return said

    @property
    def values(self) -> dict[str, Any]:
        """What is kept of a meeting; to be asked of a form that was found right."""
        names = ("starts", "ends", "online", "place", "teacher", "note", "places", "enrol_until")
        return {name: self.cleaned_data[name] for name in names}


class PlaceForm(forms.Form):
    """Which meeting, and who comes."""

    session = forms.TypedChoiceField(
        label=_("Welke bijeenkomst?"), coerce=int, widget=forms.RadioSelect,
        error_messages={"required": _("Kies een bijeenkomst."), "invalid_choice": _("Deze bijeenkomst kan niet meer. Kies een andere.")},
    )  # fmt: skip
    who = forms.ChoiceField(label=_("Wie komt er?"), choices=Comes, initial=Comes.PERSON, widget=forms.RadioSelect)

    def __init__(self, *args: Any, sessions: Iterable[Session], **options: Any) -> None:
        super().__init__(*args, **options)
        self.sessions = {one.pk: one for one in sessions}
        self.fields["session"].choices = [(one.pk, meeting_words(one)) for one in self.sessions.values()]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Session:
        """The meeting that was chosen; to be asked of a form that was found right."""
        return self.sessions[self.cleaned_data["session"]]
