"""What a person may type in a request, what who handles it may answer, and what a hold says."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.boundfield import BoundWidget
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.models import Organisation
from rights.actions.requests import ABOUT_CATEGORIES
from rights.models import Request
from rights.moves import Kind, RejectionReason, Verb
from rights.words import RIGHTS
from trust.categories import EVERYTHING, Category, from_mask

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST = 4000


def _text(
    label: StrOrPromise, help_text: StrOrPromise = "", *, rows: int = 5, required: bool = True
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": _("Schrijf hier iets op.")},
    )


@dataclass(frozen=True)
class Thing:
    """One thing of the record that a correction can be about."""

    reference: str
    kind: Category
    words: str
    on: str
    holder: str

    @property
    def label(self) -> str:
        """What it says, of when it is and who holds it, in one line."""
        return " · ".join(filter(None, [self.words, self.on, self.holder]))


class RequestForm(forms.Form):
    """A request of one kind: to whom, about what, and in the person's own words."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    organisation = forms.ModelChoiceField(
        label=gettext_lazy("Aan welke organisatie?"),
        queryset=Organisation.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Kies een organisatie."), "invalid_choice": gettext_lazy("Kies een organisatie.")},
    )  # fmt: skip
    all_kinds = forms.ChoiceField(
        label=gettext_lazy("Om welke gegevens gaat het?"),
        widget=forms.RadioSelect,
        choices=[("all", gettext_lazy("Alles wat zij over mij bewaren")), ("some", gettext_lazy("Alleen wat ik hieronder aankruis"))],
        initial="all",
    )  # fmt: skip
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Soorten gegevens"),
        required=False,
        choices=Category.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self,
        *args: Any,
        kind: str,
        organisations: list[Organisation],
        about: list[Thing] | None = None,
        scope: frozenset[Category] = EVERYTHING,
        **kwargs: Any,
    ) -> None:
        """``about`` are the things of the record among which a correction chooses, ``scope`` what the person may ask about.

        A correction that comes with one of them is about that one; else the person chooses, by kind.
        """
        kwargs["initial"] = {"token": uuid.uuid4(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.kind, right = kind, RIGHTS[kind]
        self.thing: Thing | None = None
        self.scope = scope
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = Organisation.objects.filter(pk__in=[place.pk for place in organisations])
        if len(organisations) == 1:
            field.initial, field.widget = organisations[0], forms.HiddenInput()
        if kind not in ABOUT_CATEGORIES:
            del self.fields["all_kinds"], self.fields["categories"]
        else:
            choices = [(category.value, category.label) for category in sorted(scope)]
            self.fields["categories"] = forms.MultipleChoiceField(
                label=_("Soorten gegevens"), required=False, choices=choices, widget=forms.CheckboxSelectMultiple
            )
        self.fields["text"] = _text(right.text, right.hint)
        if kind == Kind.CORRECTION:
            del self.fields["organisation"]
            things = about or []
            given = self.data.get("reference") if self.is_bound else self.initial.get("reference")
            self.thing = next((thing for thing in things if thing.reference == given), None)
            self.things = [
                (str(kind.label), [(thing.reference, thing.label) for thing in things if thing.kind == kind])
                for kind in sorted({thing.kind for thing in things})
            ]
            self.fields["reference"] = forms.ChoiceField(
                label=_("Wat klopt er niet?"),
                choices=self.things,
                widget=forms.HiddenInput if self.thing else forms.RadioSelect,
                error_messages={"required": _("Kies waar het om gaat."), "invalid_choice": _("Kies waar het om gaat.")},
            )
            self.fields["text"].label = _("Waarom klopt het niet?")
            self.fields["proposed"] = _text(
                _("Hoe moet het er staan?"), _("Schrijf de zin zoals die er voortaan moet staan."), rows=3
            )
            self.order_fields(["reference", "text", "proposed"])

    @property
    def by_kind(self) -> list[tuple[str, list[BoundWidget]]]:
        """The things to choose among, each kind with its own."""
        choices = iter(self["reference"].subwidgets)
        return [(kind, list(islice(choices, len(things)))) for kind, things in self.things]

    def clean(self) -> dict[str, Any]:
        """Ask for at least one kind of data where not everything is meant."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "all_kinds" in self.fields and cleaned.get("all_kinds") == "some" and not cleaned.get("categories"):
            self.add_error("categories", _("Kruis minstens één soort gegevens aan."))
        return cleaned

    @property
    def wanted(self) -> frozenset[Category]:
        """The kinds of data that the request is about."""
        if "all_kinds" not in self.fields:
            return frozenset()
        if self.cleaned_data["all_kinds"] == "all":
            return self.scope
        return frozenset(Category(int(number)) for number in self.cleaned_data["categories"])


class TextForm(forms.Form):
    """One text: an answer, a question, a reason to extend, a statement."""

    def __init__(
        self, *args: Any, label: StrOrPromise, help_text: StrOrPromise = "", required: bool = True, **kwargs: Any
    ) -> None:
        """``label`` says what is written here."""
        super().__init__(*args, **kwargs)
        self.fields["text"] = _text(label, help_text, required=required)


class DecisionForm(forms.Form):
    """A decision: grant, grant partly or refuse, with what belongs to it, and in words for the person."""

    verb = forms.ChoiceField(
        label=gettext_lazy("Besluit"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Kies een besluit.")},
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reden als het niet, of niet helemaal, kan"),
        required=False,
        choices=[("", gettext_lazy("niet van toepassing")), *RejectionReason.choices],
    )

    def __init__(
        self,
        *args: Any,
        request: Request,
        free: frozenset[Category],
        proposed: str = "",
        grants: bool = True,
        **kwargs: Any,
    ) -> None:
        """``free`` are the categories that may be granted, what the law keeps cannot be ticked; ``grants`` whether at all."""
        super().__init__(*args, **kwargs)
        asked = from_mask(request.categories)
        question = request.kind == Kind.QUESTION
        verbs = [
            (Verb.GRANT, _("Uitleg geven") if question else _("Toekennen")),
            (Verb.GRANT_PARTLY, _("Deels uitleg geven") if question else _("Deels toekennen")),
            (Verb.REFUSE, _("Geen uitleg geven") if question else _("Weigeren")),
        ]
        if request.kind == Kind.INSIGHT:
            del verbs[1]
        elif free < asked and request.kind in ABOUT_CATEGORIES:
            del verbs[0]
        if not grants:
            verbs = verbs[-1:]
        field = self.fields["verb"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(str(verb), label) for verb, label in verbs]
        if question:
            field.label, field.error_messages["required"] = _("Antwoord"), _("Kies een antwoord.")
            self.fields["reason"].label = _("Reden als u geen uitleg kunt geven, of niet alles")
        self.needs_text = grants and request.kind == Kind.CORRECTION and request.reference.startswith("entry:")
        if grants and request.kind in ABOUT_CATEGORIES and request.kind != Kind.INSIGHT:
            self.fields["categories"] = forms.MultipleChoiceField(
                label=_("Bij deels toekennen: voor welke gegevens wel"),
                required=False,
                choices=[(c.value, c.label) for c in sorted(asked & free)],
                initial=[c.value for c in sorted(asked & free)] if free < asked else [],
                widget=forms.CheckboxSelectMultiple,
            )
        if grants and request.kind == Kind.RESTRICTION:
            self.fields["ends"] = forms.DateField(
                label=_("Tot en met"),
                help_text=_("Zonder datum geldt het tot u het opheft."),
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )
        if self.needs_text:
            self.fields["corrected"] = _text(_("Zo komt het er te staan"), rows=3, required=False)
            self.fields["corrected"].initial = proposed
        self.fields["text"] = _text(
            _("Uitleg aan de inwoner"),
            _("In gewone taal: wie er keek en waarom. De inwoner leest dit letterlijk.")
            if question
            else _("In gewone taal: wat u besluit en waarom. De inwoner leest dit letterlijk."),
        )

    def clean(self) -> dict[str, Any]:
        """A refusal names its reason, a corrected entry its text, a restriction ends in the future."""
        cleaned: dict[str, Any] = super().clean() or {}
        verb = cleaned.get("verb")
        if verb in {Verb.REFUSE, Verb.GRANT_PARTLY} and not cleaned.get("reason"):
            self.add_error("reason", _("Kies de reden waarom het niet, of niet helemaal, kan."))
        if self.needs_text and verb in {Verb.GRANT, Verb.GRANT_PARTLY} and not cleaned.get("corrected", "").strip():
            self.add_error("corrected", _("Schrijf hoe het er voortaan moet staan."))
        if "categories" in self.fields and verb == Verb.GRANT_PARTLY and not cleaned.get("categories"):
            self.add_error("categories", _("Kies voor welke soorten gegevens u het verzoek toekent."))
        if cleaned.get("ends") and cleaned["ends"] <= timezone.localdate():
            self.add_error("ends", _("Kies een einddatum in de toekomst."))
        return cleaned


class HoldForm(forms.Form):
    """A hold: of which record, of which participant, why, and until when."""

    key = forms.UUIDField(
        label=gettext_lazy("Kenmerk van het dossier"),
        help_text=gettext_lazy(
            "Geeft wie om de bewaarplicht vraagt; het staat in het adres van de pagina van de inwoner. Leeg is: iedereen."
        ),
        required=False,
        error_messages={"invalid": gettext_lazy("Dit is geen kenmerk. Het bestaat uit 32 letters en cijfers met streepjes.")},
    )  # fmt: skip
    organisation = forms.ModelChoiceField(
        label=gettext_lazy("Organisatie"),
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=gettext_lazy("alle organisaties"),
    )
    reference = forms.CharField(label=gettext_lazy("Nummer van de zaak"), required=False, max_length=60)
    reason = forms.CharField(
        label=gettext_lazy("Waarvoor"),
        help_text=gettext_lazy("Bijvoorbeeld: klacht, schadeclaim, onderzoek van de inspectie. Noem geen inwoner."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Schrijf waarvoor de gegevens bewaard moeten blijven.")},
    )
    ends = forms.DateField(
        label=gettext_lazy("Tot en met"),
        help_text=gettext_lazy("Zonder datum geldt zij tot u haar beëindigt."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, organisations: Any, **kwargs: Any) -> None:
        """``organisations`` are the participants to choose among."""
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = organisations

    def clean_ends(self) -> Any:
        """A hold ends in the future."""
        ends = self.cleaned_data["ends"]
        if ends is not None and ends <= timezone.localdate():
            raise forms.ValidationError(_("Kies een einddatum in de toekomst."))
        return ends
