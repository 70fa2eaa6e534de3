"""What a person may type when asking, answering and closing a consultation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations.actions import MOST_ASKED
from consultations.moves import ANSWER_DAYS
from dossier.access import Item
from events.clock import end_of_day, working_day_after
from people.models import Domain, Organisation, OrganisationQuerySet

LONGEST = timedelta(days=365)


class FindForm(forms.Form):
    """By what other participants are looked for."""

    find = forms.CharField(label=gettext_lazy("Naam of plaats"), max_length=80, required=False)
    domain = forms.ChoiceField(
        label=gettext_lazy("Soort"), required=False, choices=[("", gettext_lazy("alle soorten")), *Domain.choices]
    )


class AskForm(forms.Form):
    """A question, to whom it goes, by when an answer is expected, and what comes along from the record."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    question = forms.CharField(
        label=gettext_lazy("Uw vraag"),
        help_text=gettext_lazy("Wat wilt u weten, en wat heeft u al gedaan? De naam van de inwoner staat er al bij."),
        validators=[MaxLengthValidator(6000)],
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": gettext_lazy("Schrijf uw vraag op.")},
    )
    organisations: forms.ModelMultipleChoiceField[Organisation] = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Aan wie"),
        queryset=None,
        error_messages={"required": gettext_lazy("Kies ten minste één organisatie.")},
    )
    due = forms.DateField(
        label=gettext_lazy("Antwoord graag uiterlijk"),
        help_text=gettext_lazy("Tot 17:00 uur op die dag."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("Kies een dag."),
            "invalid": gettext_lazy("Vul een dag in als dag-maand-jaar, zoals 28-11-2026."),
        },
    )
    items = forms.MultipleChoiceField(
        label=gettext_lazy("Wat gaat mee"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy(
                "Iets wat u aanvinkte staat niet meer in het dossier. Kijk nog eens wat mee gaat."
            )
        },
    )

    def __init__(
        self,
        *args: object,
        organisations: OrganisationQuerySet,
        items: list[Item],
        kept_from: Callable[[Iterable[Organisation], Iterable[Item]], str] = lambda _organisations, _items: "",
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.offered, self.kept_from = items, kept_from
        self.fields["organisations"].queryset = organisations  # type: ignore[attr-defined]
        self.fields["items"].choices = [(item.ref, item.title) for item in items]  # type: ignore[attr-defined]
        self.fields["due"].initial = working_day_after(timezone.localdate(), ANSWER_DAYS)

    def clean_organisations(self) -> list[object]:
        """One to five organisations."""
        chosen = list(self.cleaned_data["organisations"])
        if len(chosen) > MOST_ASKED:
            words = _("U koos %(n)s organisaties. Kies er hoogstens %(most)s.")
            raise forms.ValidationError(words % {"n": len(chosen), "most": MOST_ASKED})
        return chosen

    def clean(self) -> dict[str, Any]:
        """What goes along is read by everybody who is asked."""
        found: dict[str, Any] = super().clean() or {}
        refs = set(found.get("items", []))
        words = self.kept_from(found.get("organisations", []), [item for item in self.offered if item.ref in refs])
        if words:
            self.add_error("items", words)
        return found

    def clean_due(self) -> datetime:
        """The end of that working day, which must be yet to come."""
        moment = end_of_day(self.cleaned_data["due"])
        if moment <= timezone.now():
            raise forms.ValidationError(_("Deze dag is al voorbij. Kies een dag die nog komt."))
        if moment > timezone.now() + LONGEST:
            raise forms.ValidationError(_("Deze dag is meer dan een jaar weg. Kies een dag die dichterbij ligt."))
        return moment


class AnswerForm(forms.Form):
    """What an asked organisation answers; ``addition`` tells that the writer saw the earlier answer of a colleague."""

    addition = forms.BooleanField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Uw antwoord"),
        validators=[MaxLengthValidator(6000)],
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Schrijf uw antwoord op.")},
    )


class ConclusionForm(forms.Form):
    """What was concluded; it becomes part of the record."""

    text = forms.CharField(
        label=gettext_lazy("Uw conclusie"),
        help_text=gettext_lazy(
            "Komt met uw naam in het dossier. Wie u vroeg, kan het consult daarna niet meer openen."
        ),
        validators=[MaxLengthValidator(6000)],
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Schrijf op wat u besluit of afspreekt.")},
    )
