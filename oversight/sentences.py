"""What a policy and a signal say, in plain sentences above the table or the lines."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oversight.moves import PURPOSES, THRESHOLDS, Pattern
from people.models import Domain, Role
from trust.categories import EVERYTHING, Category, from_mask
from trust.models import CareRelation, PolicyLine


def listed(words: Iterable[object]) -> str:
    """Words as people list them: a, b en c."""
    told = [str(word) for word in words]
    if len(told) < 2:
        return "".join(told)
    return _("%(first)s en %(last)s") % {"first": ", ".join(told[:-1]), "last": told[-1]}


def categories(chosen: frozenset[Category]) -> str:
    """Which categories, in the shortest true words: everything, everything but a few, or the list."""
    missing = EVERYTHING - chosen
    if not missing:
        return _("alle soorten gegevens")
    if not chosen:
        return _("niets")
    if len(missing) <= 4:
        return _("alles behalve %(missing)s") % {"missing": listed(Category(c).label for c in sorted(missing))}
    return listed(Category(c).label for c in sorted(chosen))


def reader(line: PolicyLine, names: dict[int, str]) -> str:
    """To whom a line gives."""
    if line.reader_organisation_id is not None:
        return names.get(line.reader_organisation_id, "")
    if line.reader_domain:
        return str(Domain(line.reader_domain).label)
    return _("alle deelnemers")


def conditions(line: PolicyLine) -> str:
    """On which conditions a line gives; empty without any."""
    told = []
    if line.roles:
        told.append(_("alleen aan: %(roles)s") % {"roles": listed(Role(role).label for role in sorted(line.roles))})
    if line.relations:
        sources = listed(CareRelation.Source(source).label for source in sorted(line.relations))
        told.append(_("alleen bij een zorgrelatie: %(sources)s") % {"sources": sources})
    return "; ".join(told)


def policy(organisation: str, lines: list[PolicyLine], names: dict[int, str]) -> list[str]:
    """What a participant gives to whom and for what, a sentence for each line; without a name it speaks of itself."""
    if not lines and not organisation:
        return [_("Wij geven uit onze systemen niets aan anderen.")]
    if not lines:
        return [_("%(organisation)s geeft uit de eigen systemen niets aan anderen.") % {"organisation": organisation}]
    told = []
    for line in lines:
        words = {
            "organisation": organisation,
            "what": categories(from_mask(line.categories)),
            "whom": reader(line, names),
            "purposes": listed(
                PURPOSES.get(purpose, purpose) for purpose in sorted(line.purposes, key=list(PURPOSES).index)
            ),
        }
        if organisation:
            sentence = (
                _("%(organisation)s geeft uit de eigen systemen %(what)s aan %(whom)s, voor %(purposes)s") % words
            )
        else:
            sentence = _("Wij geven uit onze systemen %(what)s aan %(whom)s, voor %(purposes)s") % words
        more = conditions(line)
        told.append(f"{sentence} ({more})." if more else f"{sentence}.")
    return told


def waiting(emergencies: int, signals: int, requests: int) -> str:
    """What waits for a privacy officer, in one sentence that leaves out what does not."""
    told = []
    if emergencies:
        words = ngettext("%(n)s keer noodtoegang te beoordelen", "%(n)s keer noodtoegang te beoordelen", emergencies)
        told.append(words % {"n": emergencies})
    if signals:
        told.append(ngettext("%(n)s nieuw signaal", "%(n)s nieuwe signalen", signals) % {"n": signals})
    if requests:
        told.append(
            ngettext("%(n)s verzoek van een inwoner", "%(n)s verzoeken van inwoners", requests) % {"n": requests}
        )
    return f"{listed(told)}." if told else _("Er wacht nu niets op u.")


def brief(lines: list[PolicyLine], names: dict[int, str]) -> str:
    """The first line of a policy in a few words, for a list."""
    if not lines:
        return _("niets aan anderen")
    line = lines[0]
    words = _("%(what)s aan %(whom)s") % {"what": categories(from_mask(line.categories)), "whom": reader(line, names)}
    return _("%(words)s, onder voorwaarden") % {"words": words} if conditions(line) else words


def signal(kind: str, lines: int) -> str:
    """What pattern was seen, in one plain sentence that names nobody."""
    limits = THRESHOLDS[kind]
    looks = ngettext("%(count)s keer", "%(count)s keer", lines) % {"count": lines}
    return {
        Pattern.FAMILY: _("Opende %(looks)s een dossier van een inwoner met dezelfde achternaam."),
        Pattern.COLLEAGUE: _("Opende %(looks)s een dossier van een inwoner met dezelfde naam als een collega."),
        Pattern.WATCHED: _("Opende %(looks)s een dossier dat in de gaten wordt gehouden."),
        Pattern.MANY: _(
            "Opende binnen een uur dossiers van %(least)s of meer inwoners; voor deze rol is dat ongewoon veel."
        ),
        Pattern.EMERGENCIES: _("Gebruikte %(looks)s noodtoegang binnen %(within_days)s dagen."),
        Pattern.ONCE: _(
            "Verklaarde een zorgrelatie en keek die dag; daarna deed niemand van de organisatie"
            " %(after_days)s dagen lang iets met dit dossier."
        ),
        Pattern.NIGHT: _(
            "Opende tussen %(from_hour)s en %(to_hour)s uur dossiers van %(least)s of meer inwoners;"
            " deze rol werkt bij deze organisatie dan zelden."
        ),
        Pattern.DENIED: _("Werd %(looks)s geweigerd, bij %(least)s of meer dossiers op één dag."),
    }[Pattern(kind)] % {"looks": looks, **limits}
