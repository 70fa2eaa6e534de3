"""What codes of the log, of consent and of referrals mean, in plain Dutch (B1) for the person they are about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossier.medication import Section
from people.models import Domain, Role
from trust.categories import CHOSEN_TOGETHER, YOURS, Category, from_mask
from trust.models import Consent, Emergency, Mandate

CATEGORIES = YOURS

MEDICINES = {
    Section.CURRENT: gettext_lazy("Wat u nu gebruikt"),
    Section.FUTURE: gettext_lazy("Wat u gaat gebruiken"),
    Section.SUSPENDED: gettext_lazy("Wat u nu even niet gebruikt"),
    Section.STOPPED: gettext_lazy("Wat kort geleden stopte of niet doorging"),
    Section.UNCLEAR: gettext_lazy("Niet duidelijk of u dit gebruikt"),
    Section.EARLIER: gettext_lazy("Wat u vroeger gebruikte"),
}
"""Where a medicine stands."""

PLAIN = {
    Category.IDENTITY: gettext_lazy("naam en adres"),
    Category.NETWORK: gettext_lazy("wie er helpt"),
    Category.PROBLEMS: gettext_lazy("ziektes en klachten"),
    Category.MEDICATION: gettext_lazy("medicijnen"),
    Category.ALLERGIES: gettext_lazy("allergieën"),
    Category.RESULTS: gettext_lazy("uitslagen en metingen"),
    Category.PROCEDURES: gettext_lazy("behandelingen en bezoeken"),
    Category.FUNCTIONING: gettext_lazy("hoe het thuis gaat"),
    Category.WISHES: gettext_lazy("wensen"),
    Category.ALERTS: gettext_lazy("waarschuwingen"),
    Category.DOCUMENTS: gettext_lazy("brieven en documenten"),
    Category.PLAN: gettext_lazy("plan en afspraken"),
    Category.REFERRAL: gettext_lazy("verwijzingen"),
    Category.CONSULTATION: gettext_lazy("overleg"),
    Category.MENTAL_HEALTH: gettext_lazy("geestelijke gezondheid"),
    Category.SOCIAL: gettext_lazy("sociale situatie"),
    Category.FINANCIAL: gettext_lazy("geldzaken"),
    Category.VACCINATIONS: gettext_lazy("vaccinaties"),
    Category.APPOINTMENTS: gettext_lazy("afspraken"),
    Category.DEVICES: gettext_lazy("hulpmiddelen"),
}
"""The same kinds of data without whose they are, where who reads it may be another than whose data they are."""

READERS = {
    Domain.GP: gettext_lazy("Huisartsen"),
    Domain.HOME_CARE: gettext_lazy("Wijkverpleging en thuiszorg"),
    Domain.PHARMACY: gettext_lazy("Apotheken"),
    Domain.HOSPITAL: gettext_lazy("Ziekenhuizen"),
    Domain.MENTAL_HEALTH: gettext_lazy("Psychologen en ggz"),
    Domain.SOCIAL: gettext_lazy("Sociale wijkteams"),
    Domain.WELFARE: gettext_lazy("Welzijnswerk"),
    Domain.MUNICIPALITY: gettext_lazy("Gemeenten"),
}

PLACES = {
    Domain.GP: gettext_lazy("deze huisartsenpraktijk"),
    Domain.HOME_CARE: gettext_lazy("deze thuiszorg"),
    Domain.PHARMACY: gettext_lazy("deze apotheek"),
    Domain.HOSPITAL: gettext_lazy("dit ziekenhuis"),
    Domain.MENTAL_HEALTH: gettext_lazy("deze ggz-instelling"),
    Domain.SOCIAL: gettext_lazy("dit wijkteam"),
    Domain.WELFARE: gettext_lazy("deze welzijnsorganisatie"),
    Domain.MUNICIPALITY: gettext_lazy("deze gemeente"),
}

PURPOSES = {
    "TREAT": gettext_lazy("om u te helpen of te behandelen"),
    "ETREAT": gettext_lazy("omdat er haast was"),
    "COC": gettext_lazy("om uw hulp te regelen"),
    "PATRQT": gettext_lazy("omdat u er zelf om vroeg"),
    "HOPERAT": gettext_lazy("om berichten te bezorgen"),
}

DENIALS = {
    "no_relation": gettext_lazy("Voor zover wij weten helpt deze organisatie u niet."),
    "purpose": gettext_lazy("De reden om te kijken klopte niet."),
    "role": gettext_lazy("Voor dit werk zijn deze gegevens niet nodig."),
    "consent": gettext_lazy("U heeft daarvoor geen toestemming gegeven."),
    "identity_differs": gettext_lazy("De naam of geboortedatum klopte niet met uw burgerservicenummer."),
}


def kinds(categories: Iterable[Category]) -> list[str]:
    """The kinds of data in plain words, in their fixed order."""
    return [str(CATEGORIES[category]) for category in sorted(categories)]


def role_of(code: str) -> str:
    """The role in words; nothing when the code is of no known role."""
    return str(Role(code).label) if code in Role.values else ""


def person(kind: str, name: str, *, in_name: bool = False) -> str:
    """Who it was: the name, or what is known when there is none; ``in_name`` is a citizen who acts for another."""
    if kind == "system":
        return _("Het netwerk zelf (automatisch)")
    if in_name:
        return name or _("Iemand die voor u handelt")
    if kind == "citizen":
        return name or _("U zelf")
    return name or _("Een medewerker")


def basis_of(bases: Iterable[str], domain: str) -> str:
    """Why somebody was allowed to look, said of the organisation they look for."""
    place = str(PLACES[Domain(domain)]) if domain in PLACES else _("deze organisatie")
    said = {
        "source_system": _("omdat u bij %(place)s hoort") % {"place": place},
        "stated": _("omdat %(place)s heeft verklaard u te helpen") % {"place": place},
        "referral": _("omdat u naar %(place)s bent verwezen") % {"place": place},
        "consultation": _("omdat %(place)s is gevraagd om mee te denken") % {"place": place},
        "enrolment": _("omdat u meedoet aan een klantreis met %(place)s") % {"place": place},
        "merger": _("omdat u hoorde bij een organisatie die nu bij %(place)s hoort") % {"place": place},
        "emergency": "",
        "self": _("omdat het uw eigen gegevens zijn"),
        "mandate:carer": _("omdat u deze persoon een machtiging gaf"),
        "mandate:parent": _("als ouder of voogd"),
        "mandate:mentor": _("als uw mentor"),
        "mandate:curator": _("als uw curator"),
    }
    found = {part.removeprefix("care_relation:") for basis in bases for part in basis.split(",")}
    return next((words for key, words in said.items() if key in found), "")


def stated_by(name: str, reason: str) -> str:
    """Who said that help is given, and why, where no system or referral tells it."""
    return _("%(name)s heeft dit verklaard: “%(reason)s”") % {"name": name, "reason": reason}


def purpose_of(code: str) -> str:
    """The purpose of looking in words."""
    return str(PURPOSES.get(code, _("met een doel dat niet is genoemd")))


def denial_of(reasons: Iterable[str]) -> str:
    """Why somebody was not allowed to look."""
    return next((str(DENIALS[reason]) for reason in reasons if reason in DENIALS), _("Dat mocht niet."))


@dataclass(frozen=True)
class Group:
    """Kinds of data that a citizen decides about together; ``apart`` ones are shown as extra sensitive.

    ``words`` speaks to whose data they are, ``plain`` leaves that out: it fits who acts for another too.
    """

    key: str
    words: str
    plain: str
    categories: frozenset[Category]
    apart: bool = False


def groups() -> list[Group]:
    """The groups about which the citizen chooses; identity, referrals and consultations follow the help itself."""
    return [
        Group(key, said, plain, CHOSEN_TOGETHER[key], apart=key in {"mental", "social", "money"})
        for key, said, plain in [
            ("shared", _("uw plan, uw wensen en wie u helpt"), _("plan, wensen en wie er helpt")),
            ("medication", _("uw medicijnen en allergieën"), _("medicijnen en allergieën")),
            ("medical", _("uw ziektes, uitslagen en behandelingen"), _("ziektes, uitslagen en behandelingen")),
            (
                "daily",
                _("hoe het thuis gaat, uw afspraken en hulpmiddelen"),
                _("hoe het thuis gaat, afspraken en hulpmiddelen"),
            ),
            ("mental", _("uw geestelijke gezondheid"), _("geestelijke gezondheid")),
            ("social", _("uw sociale situatie"), _("sociale situatie")),
            ("money", _("uw geldzaken"), _("geldzaken")),
        ]
    ]


def scopes() -> list[Group]:
    """The groups of data for which somebody may be mandated; name and address always come along."""
    c = Category
    return [
        Group(
            "referrals",
            _("uw verwijzingen en het overleg over u"),
            _("verwijzingen en overleg"),
            frozenset({c.REFERRAL, c.CONSULTATION}),
        ),
        *groups(),
    ]


def what(categories: Iterable[Category]) -> list[str]:
    """Kinds of data in as few words as are true: whole groups where possible, single kinds for the rest."""
    whole, rest = _grouped(categories, groups())
    return [group.words for group in whole] + kinds(rest)


def scope(categories: Iterable[Category]) -> list[str]:
    """What a mandate is for, in words that leave out whose data they are."""
    whole, rest = _grouped(categories, scopes())
    return [group.plain for group in whole] + [str(PLAIN[category]) for category in sorted(rest)]


def _grouped(categories: Iterable[Category], among: Iterable[Group]) -> tuple[list[Group], frozenset[Category]]:
    left, whole = frozenset(categories), []
    for group in among:
        if group.categories <= left:
            whole.append(group)
            left -= group.categories
    return whole, left - {Category.IDENTITY, *_WITH_HELP}


_WITH_HELP = frozenset({Category.REFERRAL, Category.CONSULTATION})
"""What follows the help itself, and is no choice of its own."""


def everything() -> frozenset[Category]:
    """All kinds of data that are the citizen's to choose about."""
    return frozenset[Category]().union(*(group.categories for group in groups()))


def is_everything(categories: frozenset[Category]) -> bool:
    """Whether a choice is about all groups."""
    return all(group.categories <= categories for group in groups())


def is_ordinary(choice: Consent) -> bool:
    """Whether a choice is about everybody who helps and about every holder."""
    return not (
        choice.reader_domain
        or choice.reader_organisation_id
        or choice.reader_user_id
        or choice.holder_domain
        or choice.holder_organisation_id
    )


def reader_of(choice: Consent) -> str:
    """Whom a choice lets see or keeps from seeing."""
    if choice.reader_user:
        return choice.reader_user.name or _("Een medewerker")
    if choice.reader_organisation:
        return choice.reader_organisation.name
    if choice.reader_domain in READERS:
        return str(READERS[Domain(choice.reader_domain)])
    return _("Iedereen die u helpt")


def holder_of(choice: Consent) -> str:
    """Whose data a choice is about; nothing when it is about everybody's."""
    if choice.holder_organisation:
        return choice.holder_organisation.name
    if choice.holder_domain in READERS:
        kind = str(READERS[Domain(choice.holder_domain)])
        return kind[:1].lower() + kind[1:]
    return ""


def told(who: str, permit: bool, categories: frozenset[Category], holder: str = "", *, one: bool = False) -> str:
    """A choice as a sentence; ``one`` when the reader is one person."""
    if one:
        said = _told_of_one(permit, everything=is_everything(categories))
    elif is_everything(categories):
        said = _("%(who)s: u staat toe dat zij alles zien.") if permit else _("%(who)s: u weigert dat zij iets zien.")
    elif permit:
        said = _("%(who)s: u staat toe dat zij %(what)s zien.")
    else:
        said = _("%(who)s: u weigert dat zij %(what)s zien.")
    sentence = said % {"who": who, "what": "; ".join(what(categories))}
    return f"{sentence} {_('Het gaat om gegevens van %(holder)s.') % {'holder': holder}}" if holder else sentence


def _told_of_one(permit: bool, *, everything: bool) -> str:
    if everything:
        return (
            _("%(who)s: u staat toe dat deze persoon alles ziet.")
            if permit
            else _("%(who)s: u weigert dat deze persoon iets ziet.")
        )
    return (
        _("%(who)s: u staat toe dat deze persoon %(what)s ziet.")
        if permit
        else _("%(who)s: u weigert dat deze persoon %(what)s ziet.")
    )


def choice(made: Consent) -> str:
    """A choice that was made, as a sentence."""
    one = bool(made.reader_user_id)
    return told(reader_of(made), made.permit, from_mask(made.categories), holder_of(made), one=one)


def capacity(mandate: Mandate) -> str:
    """In which capacity somebody acts."""
    return str(mandate.get_kind_display())


REASONS = {
    Emergency.Reason.UNCONSCIOUS: gettext_lazy("U was niet aanspreekbaar."),
    Emergency.Reason.LIFE_THREATENING: gettext_lazy("U was in levensgevaar."),
    Emergency.Reason.ACUTE: gettext_lazy("U had snel hulp nodig toen de praktijk dicht was."),
    Emergency.Reason.CRISIS: gettext_lazy("Er was een crisis of het was niet veilig."),
    Emergency.Reason.OTHERWISE: gettext_lazy("Er was een andere reden."),
}


def reason_of(emergency: Emergency) -> str:
    """Why somebody looked in an emergency: from the list, and in the own words of who did."""
    return f"{REASONS[Emergency.Reason(emergency.reason)]} “{emergency.explanation}”"


REVIEWS = {
    Emergency.Review.JUSTIFIED: gettext_lazy("Dat was terecht."),
    Emergency.Review.AVOIDABLE: gettext_lazy("Dat was begrijpelijk, maar het had anders gekund."),
    Emergency.Review.UNJUSTIFIED: gettext_lazy("Dat was niet terecht."),
}


def review_of(emergency: Emergency) -> str:
    """What the review found, or that it is still to come."""
    if not emergency.review:
        return _("De functionaris gegevensbescherming kijkt nog of dit terecht was.")
    found = str(REVIEWS[Emergency.Review(emergency.review)])
    return _("De functionaris gegevensbescherming keek dit na: %(found)s") % {"found": found}
