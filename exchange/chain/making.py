"""Makes the messages that an organisation sends from here: what stands in the record and at the assignment is typed by nobody again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor, act, system
from events.errors import Refused
from exchange.chain import codes
from exchange.chain.access import before, code_of, hold_pair, sides
from exchange.chain.across import across
from exchange.chain.codes import Law
from exchange.chain.effects import About, apply
from exchange.chain.following import follow
from exchange.chain.judge import within
from exchange.chain.models import Assignment, ChainMessage
from exchange.chain.read import Unreadable, Values, read
from exchange.chain.receiving import keep, lane_of, next_identification, numbers_in, take_up
from exchange.chain.relations import relations_for
from exchange.chain.retour import VERSION
from exchange.chain.sealing import digest_of, person_of
from exchange.chain.spec import message
from exchange.chain.write import write
from people.models import Organisation, PatientIdentity
from referrals.models import Referral
from trust.access import Opening, need_role
from trust.categories import Category

GENDERS = {word: code for code, word in codes.GENDERS.items()}
NAME_USES = {"NL1": "1", "NL2": "2", "NL3": "3", "NL4": "4"}
MACHINERY = system("chain", purpose="COC")


def request(*, opening: Opening, referral: Referral, values: Mapping[str, Any], by: Actor) -> ChainMessage:
    """Ask the municipality that receives a referral to assign a product (315); its reference is the number of the referral.

    The message holds the number and the name of the person, before the municipality accepted: that is what the standard asks,
    and what was discussed. Raises ``Refused`` for anybody but who sent the referral, and for what the rules do not allow.
    """
    law = _law(referral)
    if by.organisation_id != referral.sending_organisation_id:
        raise Refused(_("Een verzoek om toewijzing doet wie de verwijzing verstuurde."))
    used = Assignment.objects.filter(referral=referral).count()
    product = {
        "ReferentieAanbieder": referral.number if not used else f"{referral.number}/{used + 1}",
        "Product": _product(values),
        "ToewijzingIngangsdatum": _day(values["begins"]),
        "ToewijzingEinddatum": _day(values.get("ends")),
        "Omvang": _extent(values),
        "Verwijzer": _filled({"Type": values["referrer"], "Naam": values.get("referrer_name")}),
        "Commentaar": values.get("remark"),
    }
    content = {**_short(opening), "AangevraagdeProducten": {"AangevraagdProduct": [_filled(product)]}}
    return _send("315", law, opening, referral.receiving_organisation, content, referral, by)


def assign(*, opening: Opening, referral: Referral, values: Mapping[str, Any], by: Actor) -> ChainMessage:
    """Assign a product to the provider of a referral (301): who asked for it, or whom the municipality refers to.

    Whom it refers to is named the person by this message: raises ``Refused`` until that provider accepted (ADR 0010).
    """
    law, municipality = _law(referral), Organisation.objects.get(pk=by.organisation_id)
    asked_here = referral.receiving_organisation_id == municipality.pk
    if not asked_here and referral.accepted_at is None:
        raise Refused(_("Wacht tot de aanbieder de verwijzing aanneemt: een toewijzing noemt naam en BSN."))
    provider = referral.sending_organisation if asked_here else referral.receiving_organisation
    if provider is None:
        raise Refused(_("Er is geen aanbieder die u verwees of naar wie u verwees; een bericht heeft er een nodig."))
    with act(MACHINERY):
        asked = Assignment.objects.filter(
            referral=referral, provider=provider, status__in=[Assignment.Status.ASKED, Assignment.Status.STUDIED]
        ).first()
    moment = timezone.localtime()
    product = {
        "ToewijzingNummer": str(_next_number(municipality, law)),
        "ReferentieAanbieder": asked.reference if asked else None,
        "Product": _product(values),
        "Toewijzingsdatum": moment.date().isoformat(),
        "Toewijzingstijd": moment.strftime("%H:%M:%S"),
        "Ingangsdatum": _day(values["begins"]),
        "Einddatum": _day(values.get("ends")),
        "Omvang": _extent(values),
        "Commentaar": values.get("remark"),
    }
    with act(MACHINERY):
        standing = [_standing(one) for one in _current(opening, municipality, provider, law)]
    related = relations_for(opening=opening, municipality=municipality)
    content = {
        **_whole(opening),
        "Relaties": {"Relatie": related} if related else None,
        "Contactgegevens": {"Contact": [_contact(opening)]},
        "ToegewezenProducten": {"ToegewezenProduct": [*standing, _filled(product)]},
    }
    return _send("301", law, opening, provider, _filled(content), referral, by)


def answer(*, opening: Opening, assignment: Assignment, values: Mapping[str, Any], by: Actor) -> ChainMessage:
    """Answer a request otherwise than by assigning (319): refuse it with a reason, or say that it is looked into."""
    refused = values["answer"] == codes.REFUSED
    other = values.get("municipality_code") if assignment.law == "jeugdwet" else None
    content = {
        "ReferentieAanbieder": assignment.reference,
        "VerzoekAntwoord": values["answer"],
        "RedenAfwijzingVerzoek": values["refusal"] if refused else None,
        "Woonplaatsbeginsel": {"Gemeente": other}
        if other and values.get("refusal") == codes.OTHER_MUNICIPALITY
        else None,
    }
    return _send("319", _law_of(assignment), opening, assignment.provider, _filled(content), assignment.referral, by)


def tell_start(*, opening: Opening, assignment: Assignment, on: date, by: Actor) -> ChainMessage:
    """Tell the municipality that help began (305)."""
    told = {**_line(assignment), "Begindatum": on.isoformat(), "StatusAanlevering": "1"}
    content = {**_short(opening), "StartProducten": {"StartProduct": [_filled(told)]}}
    return _send("305", _law_of(assignment), opening, assignment.organisation, content, assignment.referral, by)


def tell_stop(*, opening: Opening, assignment: Assignment, on: date, reason: str, by: Actor) -> ChainMessage:
    """Tell the municipality that help ended, or paused, and why (307)."""
    begun = next((period["begun"] for period in assignment.periods if not period["ended"]), None)
    if begun is None:
        raise Refused(_("Er is geen start gemeld die nog loopt."))
    told = {
        **_line(assignment),
        "Begindatum": begun,
        "RedenBeeindiging": reason,
        "Einddatum": on.isoformat(),
        "StatusAanlevering": "1",
    }
    content = {**_short(opening), "StopProducten": {"StopProduct": [_filled(told)]}}
    return _send("307", _law_of(assignment), opening, assignment.organisation, content, assignment.referral, by)


@transaction.atomic
def _send(
    kind: str, law: Law, opening: Opening, receiver: Organisation, content: Values, referral: Referral | None, by: Actor
) -> ChainMessage:
    need_role(by, Category.REFERRAL)
    sender, today, number = Organisation.objects.get(pk=by.organisation_id), timezone.localdate(), next_identification()
    municipality, provider = sides(sender, receiver)
    if (municipality.pk == sender.pk) != (kind in codes.BY_MUNICIPALITY):
        raise Refused(_("Dit bericht stuurt een gemeente aan een aanbieder, of andersom."))
    if not code_of(sender) or not code_of(receiver):
        raise Refused(
            _("De andere organisatie heeft geen AGB-code of gemeentecode. Laat die invullen door de beheerder.")
        )
    spec = message(kind, law)
    header = {
        "BerichtCode": codes.MESSAGE_CODES[law][kind], "BerichtVersie": "3", "BerichtSubversie": "2",
        "Afzender": code_of(sender), "Ontvanger": code_of(receiver),
        "BerichtIdentificatie": {"Identificatie": number, "Dagtekening": today.isoformat()}, "XsdVersie": VERSION,
    }  # fmt: skip
    name = spec.root.parts[1].name
    try:
        body = write(spec, {"Header": header, name: content})
    except Unreadable as error:
        raise Refused(
            _("Dit past niet in het bericht: %(where)s. Pas het aan en probeer het opnieuw.") % {"where": error.path}
        ) from None
    made = read(body)
    identity = PatientIdentity.objects.get(patient=opening.patient)
    about = About(municipality, provider, opening.patient.pk, person_of(identity.bsn), referral)
    with act(MACHINERY) as machinery:
        hold_pair(municipality, provider)
        faults = within(made) or across(
            made, before(kind, law, municipality, provider, about.person, numbers_in(made)), today
        )
        if faults:
            words = codes.RETURN_CODES.get(faults[0].code, "") if faults[0].code != codes.TECHNICAL else ""
            raise Refused(
                f"{words} " + _("Regel %(rule)s bij %(where)s.") % {"rule": faults[0].rule, "where": faults[0].path}
            )
        row = ChainMessage.objects.create(
            direction=ChainMessage.Direction.OUT, law=law, kind=kind, sender=sender, receiver=receiver, identification=number,
            dated=today, digest=digest_of(body), status=ChainMessage.Status.SENT, patient=opening.patient, referral=referral,
            person=about.person,
        )  # fmt: skip
        keep(row, body)
        take_up(row, apply(made, about), made, machinery)
        record("chain.made", subject=row, patient_id=row.patient_id, lane=lane_of(row), by=machinery)
        if kind in codes.BY_MUNICIPALITY:
            _follow_own(row, machinery, by)
    return row


def _follow_own(row: ChainMessage, machinery: Actor, by: Actor) -> None:
    """What the own message says of the own referral is done at once; the file stays until the other party took it."""
    sealed, key, until = row.sealed, row.key_id, row.kept_until
    follow(row, by=machinery, person=by)
    row.sealed, row.key_id, row.kept_until, row.status = sealed, key, until, ChainMessage.Status.SENT
    row.save(update_fields=["sealed", "key_id", "kept_until", "status"])


def _law(referral: Referral) -> Law:
    law = referral.service.law
    if law == "wmo":
        return "wmo"
    if law == "jeugdwet":
        return "jeugdwet"
    raise Refused(_("Berichten zijn er voor ondersteuning uit de Wmo en de Jeugdwet."))


def _law_of(assignment: Assignment) -> Law:
    return "jeugdwet" if assignment.law == "jeugdwet" else "wmo"


def _next_number(municipality: Organisation, law: str) -> int:
    """A number for an assignment that this municipality did not use before; counted over the whole network, so that it is."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('exchange_chain_number')")
        return 800_000_000 + int(cursor.fetchone()[0])


def _filled(values: Mapping[str, Any]) -> Values:
    return {name: value for name, value in values.items() if value not in (None, "", {})}


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _product(values: Mapping[str, Any]) -> Values:
    return _filled({"Categorie": values.get("product_category"), "Code": values.get("product_code")})


def _extent(values: Mapping[str, Any]) -> Values:
    if not values.get("volume"):
        return {}
    return {"Volume": str(values["volume"]), "Eenheid": values["unit"], "Frequentie": values["frequency"]}


def _current(opening: Opening, municipality: Organisation, provider: Organisation, law: Law) -> list[Assignment]:
    """What is assigned to this provider for this person now or later: an assignment tells all of it (OP087)."""
    rows = Assignment.objects.filter(
        patient=opening.patient,
        organisation=municipality,
        provider=provider,
        law=law,
        status=Assignment.Status.ASSIGNED,
    )
    return [one for one in rows if one.ends is None or one.ends >= timezone.localdate()]


def _standing(one: Assignment) -> Values:
    decided = timezone.localtime(one.assigned_at)
    values = {
        "product_category": one.product_category, "product_code": one.product_code, "volume": one.volume, "unit": one.unit,
        "frequency": one.frequency,
    }  # fmt: skip
    return _filled(
        {
            "ToewijzingNummer": str(one.number),
            "Product": _product(values),
            "Toewijzingsdatum": decided.date().isoformat(),
            "Toewijzingstijd": decided.strftime("%H:%M:%S"),
            "Ingangsdatum": one.begins.isoformat(),
            "Einddatum": _day(one.ends),
            "Omvang": _extent(values),
            "Budget": str(one.budget) if one.budget is not None else None,
        }
    )


def _line(assignment: Assignment) -> Values:
    product = _filled({"Categorie": assignment.product_category, "Code": assignment.product_code})
    return {
        "ToewijzingNummer": str(assignment.number) if assignment.number else None,
        "Product": product or None,
        "ToewijzingIngangsdatum": assignment.begins.isoformat(),
    }


def _person(opening: Opening) -> Values:
    patient, identity = opening.patient, PatientIdentity.objects.get(patient=opening.patient)
    return {
        "Bsn": identity.bsn,
        "Geboortedatum": {"Datum": patient.birth_date.isoformat()},
        "Geslacht": GENDERS.get(patient.gender, "0"),
    }


def _surname(name: str, prefix: str) -> Values:
    return _filled({"Achternaam": name, "Voorvoegsel": prefix[:10]})


def _initials(initials: str) -> str:
    return re.sub(r"[^A-Za-zÀ-ÿ]", "", initials)[:6]


def _short(opening: Opening) -> Values:
    patient = opening.patient
    name = {"Geslachtsnaam": _surname(patient.own_name, patient.own_prefix), "Voorletters": _initials(patient.initials)}
    return {**_person(opening), "Naam": _filled(name)}


def _whole(opening: Opening) -> Values:
    patient = opening.patient
    partner = _surname(patient.partner_name, patient.partner_prefix) if patient.partner_name else None
    name = {
        "Geslachtsnaam": _surname(patient.own_name, patient.own_prefix),
        "Partnernaam": partner,
        "Voorletters": _initials(patient.initials),
        "NaamGebruik": NAME_USES.get(patient.name_use, "1") if partner else "1",
    }
    return {**_person(opening), "Naam": _filled(name)}


def _contact(opening: Opening) -> Values:
    identity = PatientIdentity.objects.get(patient=opening.patient)
    number = re.match(r"(\d{1,5})\s*-?\s*([A-Za-z]?)(.*)", identity.house_number)
    if number is None or not identity.postcode:
        raise Refused(_("Het adres van de inwoner is niet volledig; vul het eerst aan."))
    house = {
        "Huisnummer": number[1], "Huisletter": number[2].upper(), "HuisnummerToevoeging": number[3].strip(" -")[:4],
    }  # fmt: skip
    address = {
        "Huis": _filled(house), "Postcode": identity.postcode, "Straatnaam": identity.street[:24],
        "Plaatsnaam": identity.place, "LandCode": "NL",
    }  # fmt: skip
    phone = "".join(sign for sign in identity.phone if sign.isdigit())[:15]
    return _filled(
        {
            "Soort": "01",
            "Adres": _filled(address),
            "Telefoon": {"Telefoon01": {"Telefoonnummer": phone}} if phone else None,
        }
    )
