"""What a person may type to take a step with a referral; a note names nobody."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from people.forms import AmongOthers
from people.models import Membership, Patient
from referrals.access import is_talk, naming_fault, outcomes_of
from referrals.moves import (
    FURTHEST_PLANNED,
    TALK_OUTCOMES,
    AskReason,
    RejectionReason,
    Verb,
    Way,
)
from square.models import HealthcareService


class NoteForm(AmongOthers):
    """A short text in the thread that both sides and the citizen read; it names nobody."""

    note = forms.CharField(label=_("Toelichting"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    note_required = True

    def __init__(self, *args: Any, patient: Patient | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.patient = patient
        self.fields["note"].required = self.note_required

    def clean_note(self) -> str:
        """A text without a surname or a BSN."""
        text: str = self.cleaned_data["note"]
        if fault := naming_fault(text, self.patient):
            raise forms.ValidationError(fault)
        return text


class AskForm(NoteForm):
    """What the receiver needs to know before deciding, and why it gives the referral back."""

    reason = forms.ChoiceField(
        label=_("Waarom stuurt u terug?"),
        initial=AskReason.QUESTION,
        required=False,
        widget=forms.RadioSelect,
    )
    field_order = ["reason", "note"]

    def __init__(self, *args: Any, consult: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        fitting = [AskReason.CONSULT] if consult else []
        reasons = (AskReason.QUESTION, AskReason.INCOMPLETE, AskReason.UNCLEAR, *fitting, AskReason.OTHER)
        self.fields["reason"].choices = [(one.value, one.label) for one in reasons]  # type: ignore[attr-defined]

    def clean_reason(self) -> str:
        """The reason; a question where none was chosen."""
        return self.cleaned_data["reason"] or AskReason.QUESTION

    note = forms.CharField(
        label=_("Uw vraag aan de verwijzer"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class AnswerForm(NoteForm):
    """What the sender answers."""

    note = forms.CharField(
        label=_("Uw antwoord"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Zonder naam: de ontvanger weet nog niet om wie het gaat."),
    )  # fmt: skip


class NoLetterForm(NoteForm):
    """Why a letter that was announced does not come."""

    note = forms.CharField(
        label=_("Waarom komt de brief niet?"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("De ontvanger en de inwoner lezen dit. Noem geen naam en niets over de gezondheid."),
    )  # fmt: skip


class RejectForm(NoteForm):
    """Why the receiver cannot take it."""

    note_required = False
    reason = forms.ChoiceField(
        label=_("Waarom kan het niet?"), choices=RejectionReason, widget=forms.RadioSelect,
        error_messages={"required": _("Kies een reden; de verwijzer en de inwoner lezen die.")},
    )  # fmt: skip
    field_order = ["reason", "note"]


class CompleteForm(NoteForm):
    """With what result it ends."""

    note_required = False
    outcome = forms.ChoiceField(
        label=_("Hoe is het afgelopen?"), widget=forms.RadioSelect,
        error_messages={"required": _("Kies hoe het is afgelopen.")},
    )  # fmt: skip
    text = forms.CharField(
        label=_("Verslag aan de verwijzer"), validators=[MaxLengthValidator(8000)], required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Bevindingen, conclusie, advies. Na het afronden kunt u niets meer schrijven."),
    )  # fmt: skip
    plain = forms.CharField(
        label=_("In gewone woorden, voor de inwoner"), validators=[MaxLengthValidator(2000)], required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    field_order = ["outcome", "text", "plain", "note"]

    def __init__(self, *args: Any, service: HealthcareService, held: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.talk = talk = is_talk(service)
        if service.process == HealthcareService.Process.ORDER:
            self.fields["text"].label = gettext("Uitslag of verslag aan de aanvrager")
        able = outcomes_of(service, held=held)
        self.fields["outcome"].choices = [(one.value, one.label) for one in able]  # type: ignore[attr-defined]
        if talk:
            self.fields["outcome"].label = gettext("Wat kwam er uit het gesprek?")
            self.fields["plain"].label = gettext("In gewone woorden: wat is er besproken en wat gaat er nu gebeuren?")
            self.fields["plain"].help_text = gettext("De inwoner leest dit.")

    def clean(self) -> dict[str, Any]:
        """What came of a talk that was held is told to the person."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if self.talk and said.get("outcome") in TALK_OUTCOMES and not said.get("plain", "").strip():
            self.add_error(
                "plain", gettext("Schrijf in gewone woorden wat er uit het gesprek kwam; de inwoner leest dat.")
            )
        return said


class ReportForm(AmongOthers):
    """Findings and advice to who referred, and what the citizen reads of it."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Verslag aan de verwijzer"), validators=[MaxLengthValidator(8000)], widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Schrijf het verslag.")},
    )  # fmt: skip
    plain = forms.CharField(
        label=_("In gewone woorden, voor de inwoner"), validators=[MaxLengthValidator(2000)], required=False,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("De inwoner kan ook het verslag zelf lezen."),
    )  # fmt: skip

    def __init__(self, *args: Any, patient: Patient | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("token", uuid.uuid4())


class AdviseForm(ReportForm):
    """Advice to who referred, and what the citizen reads of it; it names nobody, for the receiver does not know who it is."""

    field_order = ["token", "text", "plain"]

    def __init__(self, *args: Any, patient: Patient | None = None, **options: Any) -> None:
        super().__init__(*args, patient=patient, **options)
        self.patient = patient
        self.fields["text"].label = gettext("Advies aan de verwijzer")
        self.fields["text"].error_messages["required"] = gettext("Schrijf het advies.")
        self.fields["plain"].required = True
        self.fields["plain"].help_text = gettext("De inwoner leest dit, en kan ook het advies zelf lezen.")
        self.fields["plain"].error_messages["required"] = gettext("Schrijf ook wat de inwoner hieraan heeft.")

    def clean(self) -> dict[str, Any]:
        """Texts without a surname or a BSN."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("text", "plain"):
            if fault := naming_fault(said.get(name, ""), self.patient):
                self.add_error(name, fault)
        return said


class SayForm(AmongOthers):
    """A message to the person, the sender and the receiver."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Uw bericht"), validators=[MaxLengthValidator(4000)], widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Schrijf in gewone woorden: de inwoner leest mee."), error_messages={"required": _("Schrijf uw bericht.")},
    )  # fmt: skip

    def __init__(self, *args: Any, patient: Patient | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("token", uuid.uuid4())


class AssignForm(AmongOthers):
    """Which colleague gets it, or nobody in particular: then it is the team's again."""

    to = forms.TypedChoiceField(label=_("Aan wie?"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, colleagues: Iterable[Membership] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = [(str(one.user_id), str(one.user)) for one in colleagues]
        self.fields["to"].choices = [("", _("het team")), *chosen]  # type: ignore[attr-defined]


class ElsewhereForm(NoteForm):
    """Another service, a word with it, and the agreement of the person where something goes to another."""

    note_required = False
    note = forms.CharField(
        label=_("Toelichting"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Zonder naam. De verwijzer, de inwoner en wie nu gevraagd wordt, kunnen dit lezen."),
    )  # fmt: skip
    agreed = forms.BooleanField(
        label=_("De inwoner weet hiervan en is het eens"),
        help_text=_("Ook met wat er meegaat."),
        error_messages={
            "required": _(
                "Bespreek het eerst met de inwoner: zonder akkoord gaat er niets naar een ander (art. 7:457 BW)."
            )
        },
    )

    def __init__(self, *args: Any, service: HealthcareService | None, verb: Verb, **options: Any) -> None:
        super().__init__(*args, **options)
        self.service = service
        if verb == Verb.PROPOSE:
            del self.fields["agreed"]
            self.fields["note"].help_text = gettext("Zonder naam. De verwijzer en de inwoner kunnen dit lezen.")
        if verb == Verb.REDIRECT:
            del self.fields["note"]

    def clean(self) -> dict[str, Any]:
        """A service was chosen that can be asked."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if self.service is None:
            raise forms.ValidationError(_("Kies links een aanbod."))
        return said


class OtherMunicipalityForm(NoteForm):
    """The service of the municipality that is responsible, as ``number:municipality``; another than the rule gave needs its reason."""

    note_required = False
    service = forms.CharField(label=_("Welke gemeente, en welk aanbod daar?"))
    field_order = ["service", "note"]

    def __init__(
        self, *args: Any, able: Iterable[tuple[str, HealthcareService]], rightful: str, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.rightful = rightful
        if rightful:
            self.fields["note"].help_text = gettext(
                "Kiest u een andere gemeente dan %(name)s? Schrijf dan waarom. De verwijzer, de inwoner en die gemeente lezen dit."
            ) % {"name": rightful}
        self.able = {f"{service.pk}:{place}": (place, service) for place, service in able}

    def clean_service(self) -> tuple[str, HealthcareService]:
        """A municipality with a service of it that can be asked."""
        found = self.able.get(self.cleaned_data["service"])
        if found is None:
            raise forms.ValidationError(gettext("Kies aanbod van de gemeente die verantwoordelijk is."))
        return found

    def clean(self) -> dict[str, Any]:
        """The reason stands there where it is needed."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if "service" in said and said["service"][0] != self.rightful and not said.get("note", "").strip():
            self.add_error("note", gettext("Schrijf waarom deze gemeente verantwoordelijk is."))
        return said


class StopForm(forms.Form):
    """Until which day nobody new is taken, and why."""

    until = forms.DateField(
        label=_("Weer open op"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Kies een dag."), "invalid": _("Schrijf de dag als 3-12-2026.")},
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Waarom"), max_length=160, help_text=_("Verwijzers en inwoners lezen dit."),
        error_messages={"required": _("Schrijf waarom; verwijzers en inwoners lezen dat.")},
    )  # fmt: skip

    def clean_until(self) -> Any:
        """A day ahead, within a year."""
        day, today = self.cleaned_data["until"], timezone.localdate()
        if not today < day <= today + timedelta(days=366):
            raise forms.ValidationError(gettext("Kies een dag na vandaag, binnen een jaar."))
        return day


class PlacesForm(forms.Form):
    """How many people can be helped at once."""

    places = forms.IntegerField(
        label=_("Hoeveel mensen tegelijk"), required=False, min_value=0, max_value=9999,
        help_text=_("Leeg: dat telt u niet. Verwijzers zien hoeveel plaatsen vrij zijn."),
    )  # fmt: skip


class CancelForm(NoteForm):
    """Why it is withdrawn."""

    note_required = False


DURATIONS = [(n, format_lazy("{} {}", n, _("minuten"))) for n in (10, 15, 20, 30, 45, 60, 90, 120)]
"""How long an appointment may take."""


class PlanForm(NoteForm):
    """When, how and where the receiver and the citizen meet."""

    note_required = False
    day = forms.DateField(
        label=_("Dag"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Kies een dag."), "invalid": _("Schrijf de dag als 3-12-2026.")},
    )  # fmt: skip
    at = forms.TimeField(
        label=_("Tijd"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": _("Kies een tijd."), "invalid": _("Schrijf de tijd als 14:30.")},
    )  # fmt: skip
    minutes = forms.TypedChoiceField(label=_("Hoe lang"), choices=DURATIONS, coerce=int, initial=45)
    way = forms.ChoiceField(label=_("Hoe"), choices=Way, initial=Way.VISIT)
    place = forms.CharField(
        label=_("Waar"),
        max_length=160,
        required=False,
        help_text=_("Straat, nummer en plaats; leeg bij bellen of thuis."),
    )
    note = forms.CharField(
        label=_("Voor de inwoner"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Bijvoorbeeld wat iemand meeneemt. De inwoner leest dit."),
    )  # fmt: skip
    field_order = ["day", "at", "minutes", "way", "place", "note"]

    def clean_place(self) -> str:
        """A place that does not say who it is about."""
        text: str = self.cleaned_data["place"]
        if fault := naming_fault(text, self.patient):
            raise forms.ValidationError(fault)
        return text

    def clean(self) -> dict[str, Any]:
        """Day and time as one moment."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        day, at = said.pop("day", None), said.pop("at", None)
        if day and at:
            said["starts"] = timezone.make_aware(datetime.combine(day, at))
            if said["starts"] <= timezone.now():
                self.add_error("day", gettext("Dit moment is al voorbij."))
            elif said["starts"] > timezone.now() + timedelta(days=FURTHEST_PLANNED):
                self.add_error("day", gettext("Kies een moment binnen twee jaar."))
        return said


class CallOffForm(NoteForm):
    """Why the appointment does not take place."""

    note_required = False
