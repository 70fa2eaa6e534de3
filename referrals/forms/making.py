"""What a person may type to find an offer, to send a referral and to supplement it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from people.access import greeting
from people.models import Membership, Patient
from referrals.access import (
    BEFOREHAND,
    SIFTED,
    Group,
    Offer,
    Search,
    channels_for,
    compared,
    meeting_words,
    naming_fault,
    sessions_to_choose,
)
from referrals.moves import MOST_CHOICES, RESPONSE_DAYS, START_DAYS, Urgency
from referrals.moves.training import Comes
from square.access import Place, find_place, stopped_words
from square.codes import found_under
from square.facets import CHOICES
from square.models import HealthcareService, Session


class OfferForm(forms.Form):
    """Everyday words, the place from which distances count, and the sifts; an unknown place is said at its field, the offers
    stay, and a sift that does not exist sifts nothing.

    ``code`` is of a problem with its name behind it (``P76 Depressie``); ``beyond`` names what of the patient is left aside.
    """

    q = forms.CharField(label=_("Zoek in gewone woorden"), max_length=120, required=False)
    near = forms.CharField(label=_("Afstand vanaf"), max_length=60, required=False)

    domain = forms.ChoiceField(choices=CHOICES["domain"].choices, required=False)
    law = forms.ChoiceField(choices=CHOICES["law"].choices, required=False)
    way = forms.ChoiceField(choices=CHOICES["way"].choices, required=False)
    room = forms.ChoiceField(choices=CHOICES["room"].choices, required=False)
    language = forms.ChoiceField(choices=CHOICES["language"].choices, required=False)
    code = forms.CharField(max_length=330, required=False)
    beyond = forms.MultipleChoiceField(choices=[(name, name) for name in BEFOREHAND], required=False)

    q.widget.attrs.update(
        {"type": "search", "autocomplete": "off", "placeholder": _("bijvoorbeeld: somber, alleen, vallen")}
    )
    near.widget.attrs.update({"autocomplete": "off"})

    def clean_near(self) -> Place | None:
        """The place that is meant, or nothing."""
        typed = self.cleaned_data["near"]
        place = find_place(typed) if typed else None
        if typed and place is None:
            raise forms.ValidationError(
                gettext("Wij kennen “%(text)s” niet. Typ de vier cijfers van een postcode, of een plaats.")
                % {"text": typed}
            )
        return place

    def clean_code(self) -> str:
        """A code, or one in each system, with its name, or nothing."""
        code, _space, name = self.cleaned_data["code"].partition(" ")
        return f"{code} {name or code}" if found_under(code) else ""

    def search(self) -> Search:
        """What is looked for, as far as it could be understood; to be asked of a form that was validated."""
        said = self.cleaned_data
        sifts = tuple((name, said[name]) for name in SIFTED if said.get(name))
        code, beyond = said.get("code", "").partition(" ")[0], frozenset(said.get("beyond", ()))
        return Search(said.get("q", ""), said.get("near"), code, sifts, beyond)


def _meanings() -> list[tuple[str, str]]:
    """What each urgency means; only what is urgent has one moment for the first contact, the rest waits as the service tells."""
    words = {
        Urgency.ROUTINE: _("%(word)s: antwoord binnen %(answer)s, eerste contact volgens de wachttijd van het aanbod"),
        Urgency.SOON: _(
            "%(word)s: antwoord binnen %(answer)s, eerste contact binnen %(start)s werkdagen na acceptatie"
        ),
    }
    return [
        (u.value, str(words[u]) % {"word": u.label, "answer": _days(RESPONSE_DAYS[u]), "start": START_DAYS[u]})
        for u in Urgency
    ]


def _days(count: int) -> str:
    return gettext("1 werkdag") if count == 1 else gettext("%(count)s werkdagen") % {"count": count}


NO_SESSION = "none"


class _Optional(forms.Textarea):
    """A field of which the form itself, not the browser, says when it must be filled."""

    def use_required_attribute(self, initial: Any) -> bool:
        """Never: whether it must be filled depends on another field."""
        return False


class Along(forms.MultipleChoiceField):
    """What of the record goes along: what may go to this receiver can be chosen, and nothing else."""

    default_error_messages = {
        "invalid_choice": _("Een onderdeel dat u koos, kan niet mee naar deze ontvanger. Kijk hieronder opnieuw wat er meegaat.")
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__(required=False, label=_("Wat gaat mee"))

    @staticmethod
    def offered(form: forms.Form, groups: Iterable[Group]) -> None:
        """Have a form offer what of these groups may go."""
        along: Along = form.fields["items"]  # type: ignore[assignment]
        along.choices = [(item.ref, item.title) for group in groups if not group.reason for item in group.items]


class ReferralForm(forms.Form):
    """The choice of an offer, the question, what goes along, and in whose name; the question may follow later."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    service = forms.CharField(required=False, label=_("Aanbod"))
    question = forms.CharField(
        label=_("Aanleiding en vraag"), validators=[MaxLengthValidator(4000)], widget=_Optional(attrs={"rows": 6}),
        error_messages={"required": _("Schrijf wat er aan de hand is en wat u vraagt.")},
    )  # fmt: skip
    letter_later = forms.BooleanField(
        label=_("De brief volgt later"), required=False,
        help_text=_("De aanvraag gaat vast weg. U schrijft de brief binnen twee werkdagen, bij een snelle verwijzing binnen één."),
    )  # fmt: skip
    urgency = forms.ChoiceField(
        label=_("Hoe snel?"), choices=_meanings, widget=forms.RadioSelect, initial=Urgency.ROUTINE
    )
    wish = forms.CharField(
        label=_("Wat wil de inwoner zelf?"),
        validators=[MaxLengthValidator(1000)],
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    notice = forms.CharField(
        label=_("Aankondiging voor acceptatie"), max_length=200, required=False,
        help_text=_("Eén zin zonder naam. De ontvanger leest alleen dit, met leeftijd, geslacht en woonplaats, tot hij ja zegt."),
    )  # fmt: skip
    agreed = forms.BooleanField(
        label=_("De inwoner weet van deze verwijzing en is het eens"),
        help_text=_("Ook met wat er meegaat."),
        error_messages={
            "required": _(
                "Bespreek de verwijzing eerst met de inwoner en zet dan dit vinkje: zonder akkoord gaat er niets weg (art. 7:457 BW)."
            )
        },
    )
    session = forms.ChoiceField(
        label=_("Welke bijeenkomst?"), widget=forms.RadioSelect, required=False,
        error_messages={"invalid_choice": _("Deze bijeenkomst kan niet meer. Kies een andere.")},
    )  # fmt: skip
    who = forms.ChoiceField(
        label=_("Wie komt er?"), choices=Comes, initial=Comes.PERSON, widget=forms.RadioSelect, required=False
    )
    items = Along()
    then = forms.MultipleChoiceField(required=False, label=_("Lukt het daar niet?"))
    channel = forms.ChoiceField(
        widget=forms.Select(attrs={"class": "input"}), required=False, label=_("Kopie"),
        error_messages={"invalid_choice": _("Deze inwoner heeft geen Mijn Netwerk. Kies papier, of geen kopie.")},
    )  # fmt: skip
    sender = forms.TypedChoiceField(
        widget=forms.Select(attrs={"class": "input"}), required=False, label=_("Versturen namens"), coerce=int, empty_value=None,
        error_messages={"invalid_choice": _("Kies een collega die zelf mag verwijzen.")},
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        patient: Patient,
        offer: Offer | None,
        groups: Iterable[Group] = (),
        colleagues: Iterable[Membership] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.patient, self.offer = patient, offer
        self.fields["channel"].choices = channels_for(patient)  # type: ignore[attr-defined]
        self.fields["channel"].label = gettext("Kopie voor %(name)s") % {"name": greeting(patient)}
        self.fields["sender"].choices = lambda: [  # type: ignore[attr-defined]
            ("", gettext("mijzelf")),
            *((one.user_id, f"{one.user} ({one.get_role_display()})") for one in colleagues),
        ]
        said = self.fields["then"].widget.value_from_datadict(self.data, self.files, "then") if self.is_bound else []
        named = [pk for pk in said[:MOST_CHOICES] if pk] if said else []
        self.after = {str(o.service.pk): o.service for o in compared(patient, named) if o.choosable} if named else {}
        self.fields["then"].choices = [("", ""), *((pk, one.name) for pk, one in self.after.items())]  # type: ignore[attr-defined]
        self.fields["then"].error_messages["invalid_choice"] = gettext(
            "Een keus voor als het niet lukt, past niet of neemt niemand meer aan. Kies opnieuw."
        )
        self.sessions = {str(one.pk): one for one in sessions_to_choose(offer.service)} if offer else {}
        offered = [(pk, meeting_words(one)) for pk, one in self.sessions.items()]
        if offer is not None and offered:
            apart = gettext("Geen van deze: %(who)s maakt een afspraak") % {"who": offer.service.organisation.name}
            offered.append((NO_SESSION, apart))
        self.fields["session"].choices = offered  # type: ignore[attr-defined]
        has_form = offer is not None and bool(offer.service.questionnaire)
        has_form = has_form or bool(self.sessions and self.is_bound and self.data.get("session") in self.sessions)
        self.fields["question"].required = not has_form and not (self.is_bound and self.data.get("letter_later"))
        Along.offered(self, groups)

    def clean_service(self) -> str:
        """A service that fits the patient and has room."""
        if self.offer is None:
            raise forms.ValidationError(gettext("Kies in stap 1 een aanbod."))
        if not self.offer.service.open_for_new:
            raise forms.ValidationError(
                gettext("“%(service)s” %(why)s. Kies een ander aanbod.")
                % {"service": self.offer.service.name, "why": stopped_words(self.offer.service)}
            )
        return str(self.offer.service.pk)

    def clean_session(self) -> Session | None:
        """The meeting of a training on which a place is asked; nothing where the receiver makes an appointment."""
        said = self.cleaned_data["session"]
        if self.sessions and not said:
            raise forms.ValidationError(gettext("Kies een bijeenkomst, of dat er een afspraak wordt gemaakt."))
        return self.sessions.get(said)

    def clean_who(self) -> str:
        """Who comes; the person where nothing was said."""
        return self.cleaned_data["who"] or Comes.PERSON

    def clean_then(self) -> list[HealthcareService]:
        """The services to ask next, in order, each once and none of them the first."""
        chosen = [pk for pk in self.cleaned_data["then"] if pk]
        first = str(self.offer.service.pk) if self.offer else ""
        if len({*chosen, first}) != len(chosen) + 1:
            raise forms.ValidationError(gettext("Kies drie verschillende mogelijkheden."))
        return [self.after[pk] for pk in chosen]

    def clean_notice(self) -> str:
        """A text that does not say who it is about."""
        text: str = self.cleaned_data["notice"]
        if fault := naming_fault(text, self.patient):
            raise forms.ValidationError(fault)
        return text

    def clean(self) -> dict[str, Any]:
        """What goes along was on the screen, for this very receiver."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("letter_later") and not said.get("question") and said.get("notice") == "":
            self.add_error(
                "notice",
                gettext("Schrijf één zin zonder naam: zolang de brief er niet is, leest de ontvanger alleen dit."),
            )
        if said.get("service") and said.get("shown") != said["service"]:
            self.add_error(
                "items", gettext("Kijk eerst in stap 3 wat er meegaat naar deze ontvanger, en verstuur dan.")
            )
        return said


class WalkInForm(forms.Form):
    """Who came by himself: for what, and that the person wants it written down."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    service = forms.TypedChoiceField(label=_("Waarvoor?"), coerce=int, widget=forms.RadioSelect)
    question = forms.CharField(
        label=_("Waar gaat het om?"), validators=[MaxLengthValidator(4000)], required=False, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip
    agreed = forms.BooleanField(
        label=_("De inwoner wil dat u dit inschrijft"),
        help_text=_("Daarmee begint de relatie: u ziet het dossier zolang u helpt, en de inwoner ziet dat."),
        error_messages={"required": _("Vraag eerst of de inwoner wil dat u dit inschrijft.")},
    )

    def __init__(self, *args: Any, services: Iterable[HealthcareService], **options: Any) -> None:
        super().__init__(*args, **options)
        found = list(services)
        self.fields["service"].choices = [(one.pk, one.name) for one in found]  # type: ignore[attr-defined]
        if len(found) == 1:
            self.fields["service"].initial = found[0].pk


class EngageForm(forms.Form):
    """The part that another does: where, what is asked, and what goes along."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    question = forms.CharField(
        label=_("Welk deel, en wat vraagt u?"), validators=[MaxLengthValidator(4000)], widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Schrijf welk deel de ander doet.")},
    )  # fmt: skip
    notice = forms.CharField(
        label=_("Aankondiging voor acceptatie"), max_length=200, required=False,
        help_text=_("Eén zin zonder naam. De ander leest alleen dit, tot hij ja zegt."),
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
    items = Along()

    def __init__(
        self, *args: Any, patient: Patient, service: HealthcareService | None, groups: Iterable[Group], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.patient, self.service = patient, service
        Along.offered(self, groups)

    def clean_notice(self) -> str:
        """A text that does not say who it is about."""
        text: str = self.cleaned_data["notice"]
        if fault := naming_fault(text, self.patient):
            raise forms.ValidationError(fault)
        return text

    def clean(self) -> dict[str, Any]:
        """A service was chosen that can be asked."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if self.service is None:
            raise forms.ValidationError(gettext("Kies links een aanbod."))
        return said


class TemplateForm(forms.Form):
    """A text to begin a question with; it says nothing about anybody."""

    title = forms.CharField(label=_("Naam"), max_length=80)
    kind = forms.ChoiceField(label=_("Voor welk aanbod?"), required=False)
    text = forms.CharField(
        label=_("Tekst"), validators=[MaxLengthValidator(4000)], widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Zet hier niets in over een inwoner."),
    )  # fmt: skip
    shared = forms.BooleanField(label=_("Ook voor mijn collega's"), required=False)

    def __init__(self, *args: Any, kinds: dict[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = [("", gettext("elk aanbod")), *kinds.items()]  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        """A text without a BSN."""
        text: str = self.cleaned_data["text"]
        if fault := naming_fault(text, None):
            raise forms.ValidationError(fault)
        return text


class SupplementForm(forms.Form):
    """What goes along later: a text, which is the letter where that one was to follow, and things of the record."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Aanvulling"), validators=[MaxLengthValidator(4000)], required=False, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("De ontvanger leest dit na acceptatie, en de inwoner leest het ook."),
    )  # fmt: skip
    items = Along()

    def __init__(
        self, *args: Any, is_letter: bool, with_form: bool = False, groups: Iterable[Group] = (), **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.with_form = with_form
        Along.offered(self, groups)
        if is_letter and not with_form:
            text = self.fields["text"]
            text.required, text.label = True, gettext("Aanleiding en vraag")
            text.error_messages["required"] = gettext("Schrijf de brief: de ontvanger wacht erop.")

    def clean(self) -> dict[str, Any]:
        """Something to send."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.with_form and not said.get("text") and not said.get("items"):
            self.add_error("text", gettext("Schrijf iets, of kies wat er meegaat."))
        return said
