"""What a person may type about who stands around a citizen, and about when an organisation can be reached."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossier.forms.meanwhile import SharedForm
from dossier.models import LEGAL, Capacity, ContactRole, OpeningHours, Participant, RelatedPerson, Relationship
from people.models import Domain, Membership, Organisation

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
BAD_DAY = {
    "required": gettext_lazy("Kies een dag."),
    "invalid": gettext_lazy("Vul een dag in als dag-maand-jaar, zoals 28-11-2026."),
}
FUNCTIONS = (
    "huisarts", "praktijkondersteuner", "wijkverpleegkundige", "verzorgende", "casemanager dementie", "apotheker", "medisch specialist",
    "specialist ouderengeneeskunde", "fysiotherapeut", "ergotherapeut", "diëtist", "logopedist", "tandarts", "psycholoog",
    "maatschappelijk werker", "wijkteam", "welzijnswerker", "cliëntondersteuner", "huishoudelijke hulp", "dagbesteding",
)  # fmt: skip
"""Functions that are offered while typing; any other may be written."""


def phone_field(label: Any, *, help_text: Any = "") -> forms.RegexField:
    """A telephone number as people write it."""
    return forms.RegexField(
        r"^\+?[0-9 ()/-]{6,20}$",
        label=label,
        help_text=help_text,
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("Dit is geen telefoonnummer. Gebruik cijfers, zoals 06-12345678.")},
    )


def since_field() -> forms.DateField:
    """From which day an entry holds."""
    return forms.DateField(label=gettext_lazy("Sinds"), widget=DAY, error_messages=BAD_DAY, initial=timezone.localdate)


def choices(options: Iterable[tuple[Any, Any]], empty: Any) -> list[tuple[Any, Any]]:
    """A list to choose from that begins with nothing."""
    return [("", empty), *options]


def _named(obj: Membership) -> str:
    """A colleague as the list shows one."""
    return f"{obj.user.name}, {obj.get_role_display()}"


class RelatedPersonForm(SharedForm):
    """A contact person or informal carer; ``legal`` tells whether roles given by a judge or the law may be chosen."""

    name = forms.CharField(
        label=gettext_lazy("Naam"), max_length=160, error_messages={"required": gettext_lazy("Vul een naam in.")}
    )
    relationship = forms.ChoiceField(label=gettext_lazy("Relatie"), required=False)
    role = forms.ChoiceField(label=gettext_lazy("Rol"), required=False)
    second_role = forms.ChoiceField(label=gettext_lazy("Tweede rol"), required=False)
    phone = phone_field(gettext_lazy("Telefoon"))
    other_phone = phone_field(gettext_lazy("Tweede telefoon"))
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    address = forms.CharField(label=gettext_lazy("Adres"), max_length=200, required=False)
    note = forms.CharField(
        label=gettext_lazy("Wanneer bereikbaar"),
        help_text=gettext_lazy("Bijvoorbeeld: na 18 uur, of alleen in noodgevallen."),
        max_length=120,
        required=False,
    )
    since = since_field()

    def __init__(
        self,
        *args: Any,
        entry: RelatedPerson | None = None,
        others: Iterable[RelatedPerson] = (),
        legal: bool = True,
        **kwargs: Any,
    ) -> None:
        if entry is not None:
            kwargs["initial"] = {
                **{name: getattr(entry, name) for name in self.base_fields if hasattr(entry, name)},
                "role": entry.roles[0] if entry.roles else "",
                "second_role": entry.roles[1] if len(entry.roles) > 1 else "",
                **kwargs.get("initial", {}),
            }
        super().__init__(*args, **kwargs)
        self.entry, self.others = entry, [one for one in others if entry is None or one.pk != entry.pk]
        roles = [(code, label) for code, label in ContactRole.choices if legal or code not in LEGAL]
        self.fields["relationship"].choices = choices(Relationship.choices, _("kies"))  # type: ignore[attr-defined]
        for name in ("role", "second_role"):
            self.fields[name].choices = choices(roles, _("geen"))  # type: ignore[attr-defined]
        if self.is_bound and entry is None and self._same(str(self.data.get("name", "")), self._numbers_typed()):
            self.fields["other"] = forms.BooleanField(label=_("Dit is iemand anders"), required=False)

    def _numbers_typed(self) -> set[str]:
        typed = (str(self.data.get(name, "")) for name in ("phone", "other_phone"))
        return {"".join(sign for sign in number if sign.isdigit())[-9:] for number in typed} - {""}

    def _same(self, name: str, numbers: set[str]) -> RelatedPerson | None:
        for one in self.others:
            here = {"".join(s for s in n if s.isdigit())[-9:] for n in (one.phone, one.other_phone)} - {""}
            if one.name.casefold() == name.strip().casefold() or numbers & here:
                return one
        return None

    def clean(self) -> dict[str, Any]:
        """Roles as the register keeps them; somebody who is there already is pointed out first."""
        cleaned = super().clean() or {}
        same = self._same(str(cleaned.get("name", "")), self._numbers_typed()) if self.entry is None else None
        if same is not None and not cleaned.get("other"):
            what = same.what or _("contactpersoon")
            self.add_error(
                "name",
                _(
                    "%(name)s (%(what)s) staat al in het netwerk. Wijzig dat, of vink onderaan aan dat dit iemand anders is."
                )
                % {"name": same.name, "what": what},
            )
        if not (cleaned.get("relationship") or cleaned.get("role")):
            self.add_error("relationship", _("Kies een relatie of een rol."))
        return cleaned

    @property
    def is_other(self) -> bool:
        """Whether it was said that this is somebody else than who has that name or number already."""
        return bool(self.cleaned_data.get("other"))

    @property
    def values(self) -> dict[str, Any]:
        """What the action takes."""
        kept = {name: value for name, value in self.cleaned_data.items() if name != "other"}
        first, second = kept.pop("role"), kept.pop("second_role")
        more = self.entry.roles[2:] if self.entry else []
        return {**kept, "roles": list(dict.fromkeys(filter(None, [first, second, *more])))}


class ParticipantForm(SharedForm):
    """A member of the care team; ``who`` says of which sort: a colleague, another participant, or somebody outside the network."""

    WHO = {
        "colleague": gettext_lazy("Mijn organisatie"),
        "participant": gettext_lazy("Andere organisatie in het netwerk"),
        "outside": gettext_lazy("Buiten het netwerk"),
    }

    membership = forms.ModelChoiceField(
        Membership.objects.none(),
        label=gettext_lazy("Wie"),
        required=False,
        empty_label=gettext_lazy("niemand bij naam"),
    )
    party = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=gettext_lazy("Organisatie"),
        empty_label=gettext_lazy("kies"),
        error_messages={"required": gettext_lazy("Kies een organisatie.")},
    )
    place_name = forms.CharField(
        label=gettext_lazy("Organisatie"),
        max_length=160,
        error_messages={"required": gettext_lazy("Vul in bij welke organisatie of praktijk.")},
    )
    name = forms.CharField(label=gettext_lazy("Naam"), max_length=160, required=False)
    function = forms.CharField(
        label=gettext_lazy("Functie"),
        max_length=80,
        widget=forms.TextInput(attrs={"list": "functions", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Vul een functie in, zoals fysiotherapeut.")},
    )
    capacity = forms.ChoiceField(label=gettext_lazy("Rol in de zorg"), required=False)
    phone = phone_field(gettext_lazy("Direct nummer"), help_text=gettext_lazy("Leeg: het nummer van de organisatie."))
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    since = since_field()

    def __init__(
        self,
        *args: Any,
        who: str,
        people: list[Membership],
        own: int | None,
        entry: Participant | None = None,
        **kwargs: Any,
    ) -> None:
        if entry is not None:
            kwargs["initial"] = {name: getattr(entry, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        left = {
            "colleague": ("party", "place_name", "name"),
            "participant": ("membership", "place_name"),
            "outside": ("membership", "party"),
        }
        for name in left[who]:
            del self.fields[name]
        self.fields["capacity"].choices = choices(Capacity.choices, _("geen"))  # type: ignore[attr-defined]
        if who == "colleague":
            member: forms.ModelChoiceField = self.fields["membership"]  # type: ignore[assignment]
            member.queryset = Membership.objects.filter(pk__in=[one.pk for one in people]).select_related("user")
            member.label_from_instance = _named  # type: ignore[method-assign]
        if who == "participant":
            party: forms.ModelChoiceField = self.fields["party"]  # type: ignore[assignment]
            party.queryset = Organisation.objects.admitted().caring().exclude(pk=own)

    @property
    def values(self) -> dict[str, Any]:
        """What the action takes."""
        return self.cleaned_data

    @staticmethod
    def who_of(entry: Participant) -> str:
        """Which sort an entry is of."""
        if entry.place_name:
            return "outside"
        return "participant" if entry.party_id else "colleague"


class EndForm(SharedForm):
    """The last day on which an entry holds."""

    until = forms.DateField(
        label=gettext_lazy("Laatste dag"), widget=DAY, error_messages=BAD_DAY, initial=timezone.localdate
    )


STRETCH = re.compile(r"^(\d{1,2})[:.](\d{2})\s*[-–]\s*(\d{1,2})[:.](\d{2})$")


class HoursForm(forms.Form):
    """When an organisation can be reached: a line for each day, ``8:00-12:00, 13:00-17:00``, empty when closed."""

    def __init__(self, *args: Any, hours: dict[int, list[OpeningHours]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, label in OpeningHours.Weekday.choices:
            said = ", ".join(f"{one.opens:%H:%M}-{one.closes:%H:%M}" for one in hours[day])
            self.fields[f"day{day}"] = forms.CharField(
                label=str(label).capitalize(), required=False, max_length=60, initial=said
            )

    def clean(self) -> dict[str, Any]:
        """The hours by day."""
        cleaned = super().clean() or {}
        self.hours: dict[int, list[tuple[time, time]]] = {}
        for day in OpeningHours.Weekday.values:
            try:
                self.hours[day] = _stretches(str(cleaned.get(f"day{day}") or ""))
            except ValueError:
                self.add_error(f"day{day}", _("Schrijf tijden als 8:00-12:00, 13:00-17:00, of laat leeg."))
        return cleaned


def _stretches(words: str) -> list[tuple[time, time]]:
    found: list[tuple[time, time]] = []
    for part in filter(None, (part.strip() for part in words.split(","))):
        match = STRETCH.match(part)
        if match is None:
            raise ValueError(part)
        first, second, third, fourth = (int(number) for number in match.groups())
        opens, closes = time(first, second), time(23, 59, 59) if (third, fourth) == (24, 0) else time(third, fourth)
        if closes <= opens or (found and opens < found[-1][1]):
            raise ValueError(part)
        found.append((opens, closes))
    return found


class StandingCoverForm(forms.Form):
    """Who covers whenever the organisation is closed: a participant, else a name and number."""

    covered_by = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=gettext_lazy("Waarneming buiten openingstijden"),
        required=False,
        empty_label=gettext_lazy("niemand in het netwerk"),
    )
    name = forms.CharField(label=gettext_lazy("Of, buiten het netwerk"), max_length=160, required=False)
    phone = phone_field(
        gettext_lazy("Telefoon voor dat moment"), help_text=gettext_lazy("Leeg: het nummer van die organisatie.")
    )

    def __init__(self, *args: Any, own: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: forms.ModelChoiceField = self.fields["covered_by"]  # type: ignore[assignment]
        field.queryset = Organisation.objects.admitted().exclude(pk=own).exclude(domain=Domain.REGION)


class AbsenceForm(forms.Form):
    """Who is away, or that the organisation is closed, and who covers."""

    membership = forms.ModelChoiceField(
        Membership.objects.none(),
        label=gettext_lazy("Wie is er niet"),
        required=False,
        empty_label=gettext_lazy("niemand: de organisatie is gesloten"),
    )
    starts = forms.DateField(label=gettext_lazy("Eerste dag"), widget=DAY, error_messages=BAD_DAY)
    ends = forms.DateField(label=gettext_lazy("Laatste dag"), widget=DAY, error_messages=BAD_DAY)
    stand_in = forms.ModelChoiceField(
        Membership.objects.none(),
        label=gettext_lazy("Vervanger"),
        required=False,
        empty_label=gettext_lazy("geen collega"),
    )
    covered_by = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=gettext_lazy("Of een andere organisatie"),
        required=False,
        empty_label=gettext_lazy("geen"),
    )
    phone = phone_field(gettext_lazy("Telefoon voor dat moment"))

    def __init__(self, *args: Any, own: int, people: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Membership.objects.filter(pk__in=[one.pk for one in people]).select_related("user")
        for name in ("membership", "stand_in"):
            field: forms.ModelChoiceField = self.fields[name]  # type: ignore[assignment]
            field.queryset = mine
            field.label_from_instance = _named  # type: ignore[method-assign]
        covered: forms.ModelChoiceField = self.fields["covered_by"]  # type: ignore[assignment]
        covered.queryset = Organisation.objects.admitted().caring().exclude(pk=own)

    def clean(self) -> dict[str, Any]:
        """Days in order and to come, and one who covers."""
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if isinstance(starts, date) and isinstance(ends, date) and (ends < starts or ends < timezone.localdate()):
            self.add_error("ends", _("De laatste dag ligt in het verleden of voor de eerste."))
        if cleaned.get("stand_in") and cleaned.get("stand_in") == cleaned.get("membership"):
            self.add_error("stand_in", _("Kies een ander als vervanger."))
        return cleaned
