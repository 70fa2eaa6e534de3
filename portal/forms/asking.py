"""What a citizen may type about help that was asked for, in plain words."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from referrals.moves import WithdrawReason
from square.models import HealthcareService

LONGEST = 4000


class OnceForm(forms.Form):
    """A form that may be pressed twice and counts once."""

    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("token", uuid.uuid4())


class SayForm(OnceForm):
    """A message."""

    text = forms.CharField(
        label=_("Uw bericht"), validators=[MaxLengthValidator(LONGEST)], widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Schrijf eerst uw bericht.")},
    )  # fmt: skip


WHEN = [
    ("morning", _("Liever ’s ochtends")),
    ("afternoon", _("Liever ’s middags")),
    ("phone", _("Liever met bellen")),
    ("home", _("Liever bij mij thuis")),
]


class CannotForm(OnceForm):
    """What would suit better, and why not now."""

    when = forms.MultipleChoiceField(
        label=_("Wat komt u beter uit?"), choices=WHEN, required=False, widget=forms.CheckboxSelectMultiple
    )
    why = forms.CharField(
        label=_("Wilt u er iets bij zeggen?"), required=False, validators=[MaxLengthValidator(1000)],
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Bijvoorbeeld welke dag wel kan. Het hoeft niet."),
    )  # fmt: skip

    @property
    def text(self) -> str:
        """What was ticked and typed, as one message."""
        labels = dict(WHEN)
        ticked = [f"{labels[key]}." for key in self.cleaned_data["when"]]
        return "\n".join(filter(None, [" ".join(ticked), self.cleaned_data["why"].strip()]))


class WithdrawForm(OnceForm):
    """Why the request is taken back."""

    reason = forms.ChoiceField(
        label=_("Waarom trekt u de aanvraag in?"),
        choices=[
            (WithdrawReason.NOT_NEEDED, _("Het is niet meer nodig")),
            (WithdrawReason.UNWANTED, _("Ik wil deze hulp niet")),
            (WithdrawReason.ELSEWHERE, _("Ik heb andere hulp gevonden")),
            (WithdrawReason.TOO_LONG, _("Het duurt mij te lang")),
            (WithdrawReason.OTHERWISE, _("Iets anders")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Kies waarom u de aanvraag intrekt.")},
    )
    text = forms.CharField(
        label=_("Wilt u er iets bij zeggen?"), required=False, validators=[MaxLengthValidator(1000)],
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Het hoeft niet."),
    )  # fmt: skip


class ReplyForm(forms.Form):
    """An answer that is read before the reader knows who it is about."""

    note = forms.CharField(
        label=_("Uw antwoord"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Schrijf uw naam er niet bij. Wie dit leest, weet nog niet wie u bent."),
        error_messages={"required": _("Schrijf eerst uw antwoord.")},
    )  # fmt: skip


class ElsewhereForm(forms.Form):
    """Whom to ask instead."""

    service = forms.ChoiceField(
        label=_("Wie wilt u vragen?"), widget=forms.RadioSelect,
        error_messages={"required": _("Kies wie u wilt vragen.")},
    )  # fmt: skip

    def __init__(
        self, *args: Any, services: Sequence[HealthcareService], proposed: HealthcareService | None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["service"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), gettext("%(what)s, %(who)s") % {"what": one.name, "who": one.organisation.name})
            for one in services
        ]
        if proposed is not None:
            self.initial.setdefault("service", str(proposed.pk))


class HelpForm(OnceForm):
    """What somebody asks help with; where the service has a form of its own, the rest may stay empty."""

    question = forms.CharField(
        label=_("Waar wilt u hulp bij?"), validators=[MaxLengthValidator(LONGEST)], widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Schrijf het in uw eigen woorden. Wie u gaat helpen, leest dit."),
        error_messages={"required": _("Schrijf waar u hulp bij wilt.")},
    )  # fmt: skip
    wish = forms.CharField(
        label=_("Wat zou u graag willen?"), required=False, validators=[MaxLengthValidator(2000)],
        widget=forms.Textarea(attrs={"rows": 2}), help_text=_("Bijvoorbeeld: weer zelf naar de markt lopen. Het hoeft niet."),
    )  # fmt: skip

    def __init__(self, *args: Any, with_form: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if with_form:
            question = self.fields["question"]
            question.required, question.label = False, gettext("Wilt u er iets bij schrijven?")
            question.help_text = gettext("Het hoeft niet.")
