"""The complete copy in plain Dutch: a heading for each kind of row, a word for each field, words in the place of codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossier.access.questionnaires import read_out, title_of
from people.models import Role
from rights.contents import LEFT_OUT, MASKS
from trust.categories import Category, named

HEADINGS = {
    "people.Patient": gettext_lazy("Wie u bent"),
    "people.PatientIdentity": gettext_lazy("Uw nummer, adres en telefoon"),
    "trust.CareRelation": gettext_lazy("Wie u helpt, en sinds wanneer"),
    "trust.Consent": gettext_lazy("Uw keuzes over wie wat mag zien"),
    "trust.NationalAnswer": gettext_lazy("Wat de landelijke toestemmingsvoorziening antwoordde"),
    "trust.Restriction": gettext_lazy("Gegevens die tijdelijk niet gebruikt worden"),
    "trust.Mandate": gettext_lazy("Wie namens u mag kijken of regelen"),
    "trust.Emergency": gettext_lazy("Noodtoegang tot uw gegevens"),
    "dossier.SourceAnswer": gettext_lazy("Welke systemen over u zijn gevraagd"),
    "dossier.Fact": gettext_lazy("Gegevens uit systemen van zorgverleners"),
    "dossier.Entry": gettext_lazy("Wat het netwerk over u opschreef"),
    "dossier.Document": gettext_lazy("Documenten over u"),
    "dossier.Copy": gettext_lazy("Wat in het eigen systeem van zorgverleners is overgenomen"),
    "dossier.Statement": gettext_lazy("Uw eigen verklaringen"),
    "dossier.Residence": gettext_lazy("Waar u woonde of verbleef"),
    "dossier.RelatedPerson": gettext_lazy("Uw contactpersonen"),
    "dossier.Participant": gettext_lazy("De mensen die u helpen"),
    "dossier.FormerVersion": gettext_lazy("Wat eerder over contactpersonen en helpers stond"),
    "dossier.Proposal": gettext_lazy("Voorstellen om contactpersonen en helpers te wijzigen"),
    "referrals.Referral": gettext_lazy("Verwijzingen"),
    "referrals.Round": gettext_lazy("Wie bij een verwijzing gevraagd is"),
    "referrals.Letter": gettext_lazy("De vraag bij een verwijzing"),
    "referrals.LetterItem": gettext_lazy("Wat met een verwijzing meeging"),
    "referrals.Supplement": gettext_lazy("Wat bij een verwijzing is nagestuurd"),
    "referrals.QuestionnaireResponse": gettext_lazy("Formulieren die bij een verwijzing zijn ingevuld"),
    "referrals.Exploring": gettext_lazy("Wie meedoet aan een verkennend gesprek"),
    "referrals.Step": gettext_lazy("Stappen van verwijzingen"),
    "referrals.Remark": gettext_lazy("Berichten bij een verwijzing"),
    "referrals.Report": gettext_lazy("Verslagen na een verwijzing"),
    "referrals.Seat": gettext_lazy("Plekken op trainingen"),
    "referrals.Appointment": gettext_lazy("Afspraken bij een verwijzing"),
    "exchange.Assignment": gettext_lazy("Hulp die een gemeente toewees"),
    "consultations.Consultation": gettext_lazy("Overleg over u"),
    "consultations.Invitation": gettext_lazy("Wie om mee te denken is gevraagd"),
    "consultations.Contribution": gettext_lazy("Wat er in overleg is gezegd"),
    "consultations.Attachment": gettext_lazy("Wat met overleg meeging"),
    "journeys.Enrolment": gettext_lazy("Klantreizen waaraan u meedoet of meedeed"),
    "rights.Request": gettext_lazy("Uw verzoeken"),
    "rights.Message": gettext_lazy("Wat over uw verzoeken is gezegd"),
    "rights.Export": gettext_lazy("Kopieën die u heeft gevraagd"),
    "portal.Seen": gettext_lazy("Tot waar u het nieuws heeft gelezen"),
    "events.Event": gettext_lazy("Het logboek: wie wat met uw gegevens deed"),
}
"""The order in which a person reads: what is known first, who looked last."""

WORDS = {
    "seats": gettext_lazy("aantal plekken"),
    "session": gettext_lazy("bijeenkomst"),
    "who": gettext_lazy("wie er komt"),
    "about_day": gettext_lazy("over de dag"),
    "about_user": gettext_lazy("over wie"),
    "acts": gettext_lazy("mag regelen"),
    "accepted_at": gettext_lazy("geaccepteerd"),
    "actor_kind": gettext_lazy("soort"),
    "actor_name": gettext_lazy("onderdeel"),
    "account": gettext_lazy("uw account"),
    "address": gettext_lazy("adres"),
    "age": gettext_lazy("leeftijd toen"),
    "answers": gettext_lazy("antwoorden"),
    "agreed": gettext_lazy("met u besproken"),
    "answered_at": gettext_lazy("beantwoord"),
    "asked_at": gettext_lazy("gevraagd"),
    "asked_categories": gettext_lazy("gevraagd naar"),
    "asker": gettext_lazy("gevraagd door"),
    "asking_organisation": gettext_lazy("vragende organisatie"),
    "at": gettext_lazy("moment"),
    "attention": gettext_lazy("let op"),
    "author": gettext_lazy("account van de schrijver"),
    "author_name": gettext_lazy("geschreven door"),
    "author_organisation": gettext_lazy("organisatie van de schrijver"),
    "author_role": gettext_lazy("functie"),
    "awaits": gettext_lazy("wacht op een ouder of voogd"),
    "basis": gettext_lazy("grondslag"),
    "begun_at": gettext_lazy("begonnen"),
    "birth_date": gettext_lazy("geboortedatum"),
    "bsn": gettext_lazy("burgerservicenummer"),
    "by_person": gettext_lazy("door of namens u"),
    "by_organisation": gettext_lazy("voorgesteld door"),
    "call_name": gettext_lazy("roepnaam"),
    "capacity": gettext_lazy("rol in de zorg"),
    "carried_out_at": gettext_lazy("uitgevoerd"),
    "categories": gettext_lazy("soorten gegevens"),
    "category": gettext_lazy("soort gegevens"),
    "changes": gettext_lazy("zo moet het worden"),
    "closed_at": gettext_lazy("afgesloten"),
    "confirmed_at": gettext_lazy("bevestigd"),
    "confirmed_by": gettext_lazy("bevestigd door"),
    "consented": gettext_lazy("met uw toestemming"),
    "consultation": gettext_lazy("nummer van het overleg"),
    "coordinates": gettext_lazy("regelt het overleg"),
    "deceased_on": gettext_lazy("overleden op"),
    "decided_at": gettext_lazy("beslist"),
    "decided_by": gettext_lazy("account van wie besliste"),
    "decided_name": gettext_lazy("beslist door"),
    "detail": gettext_lazy("toelichting"),
    "document": gettext_lazy("nummer van het document"),
    "done": gettext_lazy("gedaan"),
    "due": gettext_lazy("uiterlijk"),
    "level": gettext_lazy("wie hoorde dat het te laat is"),
    "email": gettext_lazy("e-mail"),
    "ended_at": gettext_lazy("beëindigd"),
    "ended_by": gettext_lazy("beëindigd door"),
    "entered_by": gettext_lazy("ingevoerd door"),
    "entry": gettext_lazy("nummer van de aantekening"),
    "established": gettext_lazy("hoe de keuze is vastgesteld"),
    "expires_at": gettext_lazy("bewaard tot"),
    "explanation": gettext_lazy("uitleg"),
    "extended_at": gettext_lazy("verlengd"),
    "facts": gettext_lazy("aantal gegevens"),
    "failed_categories": gettext_lazy("niet gelukt"),
    "fetched_at": gettext_lazy("opgehaald"),
    "file_name": gettext_lazy("bestand"),
    "first_names": gettext_lazy("voornamen"),
    "format": gettext_lazy("vorm"),
    "function": gettext_lazy("functie"),
    "gender": gettext_lazy("geslacht"),
    "given_at": gettext_lazy("vastgelegd bij"),
    "given_by": gettext_lazy("gegeven door"),
    "handled_by": gettext_lazy("zelf overgenomen door"),
    "handled_name": gettext_lazy("naam van wie het overnam"),
    "handler": gettext_lazy("behandeld door"),
    "holder": gettext_lazy("wie het heeft"),
    "holder_domain": gettext_lazy("gegevens van"),
    "holder_organisation": gettext_lazy("gegevens van"),
    "house_number": gettext_lazy("huisnummer"),
    "initials": gettext_lazy("voorletters"),
    "journey": gettext_lazy("klantreis"),
    "key": gettext_lazy("kenmerk"),
    "kind": gettext_lazy("soort"),
    "domain": gettext_lazy("voor welk gebied"),
    "invited_at": gettext_lazy("gevraagd"),
    "invited_by": gettext_lazy("gevraagd door (account)"),
    "kinds": gettext_lazy("overgenomen uit"),
    "letter_due": gettext_lazy("brief volgt uiterlijk"),
    "made_at": gettext_lazy("gevraagd"),
    "membership": gettext_lazy("medewerker"),
    "municipality": gettext_lazy("gemeente"),
    "responsible": gettext_lazy("verantwoordelijke gemeente"),
    "based_on": gettext_lazy("deel van verwijzing"),
    "protected": gettext_lazy("afgeschermd"),
    "stated_at": gettext_lazy("opgeschreven op"),
    "name": gettext_lazy("naam"),
    "name_use": gettext_lazy("naamgebruik"),
    "note": gettext_lazy("opmerking"),
    "notice": gettext_lazy("vooraankondiging"),
    "number": gettext_lazy("nummer"),
    "on_date": gettext_lazy("datum"),
    "organisation": gettext_lazy("organisatie"),
    "organisation_id": gettext_lazy("organisatie"),
    "origin": gettext_lazy("afkomstig van"),
    "coded": gettext_lazy("in codes"),
    "other_phone": gettext_lazy("tweede telefoon"),
    "outcome": gettext_lazy("uitkomst"),
    "own_categories": gettext_lazy("van de eigen organisatie"),
    "own_name": gettext_lazy("achternaam"),
    "own_prefix": gettext_lazy("voorvoegsel"),
    "partner_name": gettext_lazy("naam partner"),
    "partner_prefix": gettext_lazy("voorvoegsel partner"),
    "participant": gettext_lazy("nummer van wie helpt"),
    "party": gettext_lazy("helpende organisatie"),
    "period": gettext_lazy("periode"),
    "permit": gettext_lazy("toegestaan"),
    "plain": gettext_lazy("in gewone woorden"),
    "ask_reason": gettext_lazy("waarom teruggevraagd"),
    "left_out": gettext_lazy("ging niet mee"),
    "channel": gettext_lazy("hoe u bericht krijgt"),
    "picked_up_at": gettext_lazy("opgepakt"),
    "position": gettext_lazy("volgorde"),
    "round": gettext_lazy("ronde"),
    "permitted": gettext_lazy("toegestaan"),
    "phone": gettext_lazy("telefoon"),
    "place": gettext_lazy("woonplaats"),
    "place_name": gettext_lazy("organisatie buiten het netwerk"),
    "postcode": gettext_lazy("postcode"),
    "progress": gettext_lazy("voortgang"),
    "proposed": gettext_lazy("zo moet het er staan"),
    "purpose": gettext_lazy("doel"),
    "question": gettext_lazy("vraag"),
    "quoted": gettext_lazy("zo stond het er"),
    "reader": gettext_lazy("wie mag kijken"),
    "reader_domain": gettext_lazy("wie mag kijken"),
    "reader_organisation": gettext_lazy("wie mag kijken"),
    "reader_user": gettext_lazy("wie mag kijken"),
    "ready_at": gettext_lazy("klaar"),
    "reason": gettext_lazy("reden"),
    "receiver": gettext_lazy("behandeld door"),
    "receiving_organisation": gettext_lazy("ontvanger"),
    "reference": gettext_lazy("hoort bij"),
    "referral": gettext_lazy("nummer van de verwijzing"),
    "referral_number": gettext_lazy("verwijzing"),
    "refused": gettext_lazy("geweigerd"),
    "rejection_reason": gettext_lazy("reden van afwijzen"),
    "related_person": gettext_lazy("nummer van de contactpersoon"),
    "relationship": gettext_lazy("relatie"),
    "replaces": gettext_lazy("vervangt aantekening"),
    "reply": gettext_lazy("antwoord"),
    "request": gettext_lazy("nummer van het verzoek"),
    "resource_type": gettext_lazy("soort bij de bron"),
    "result": gettext_lazy("wat er is gedaan"),
    "review": gettext_lazy("beoordeling"),
    "reviewed_at": gettext_lazy("beoordeeld"),
    "reviewed_by": gettext_lazy("beoordeeld door"),
    "role": gettext_lazy("functie"),
    "roles": gettext_lazy("rol"),
    "said": gettext_lazy("zo stond het er"),
    "seen_version": gettext_lazy("over versie"),
    "scanned_at": gettext_lazy("op virussen gecontroleerd"),
    "sender": gettext_lazy("verstuurd door"),
    "sending_organisation": gettext_lazy("afzender"),
    "sensitivity": gettext_lazy("soort gegevens"),
    "sent_at": gettext_lazy("verstuurd"),
    "service": gettext_lazy("aanbod"),
    "set_aside": gettext_lazy("niet getoond"),
    "set_at": gettext_lazy("vastgelegd bij"),
    "set_by": gettext_lazy("vastgelegd door"),
    "since": gettext_lazy("sinds"),
    "size": gettext_lazy("grootte in bytes"),
    "source": gettext_lazy("bron"),
    "settled_at": gettext_lazy("afgehandeld"),
    "source_type": gettext_lazy("soort bij de bron"),
    "source_key": gettext_lazy("nummer bij de bron"),
    "started_at": gettext_lazy("gestart"),
    "stated_by": gettext_lazy("verklaard door"),
    "sequence": gettext_lazy("versie"),
    "starts": gettext_lazy("begint"),
    "ends": gettext_lazy("eindigt"),
    "way": gettext_lazy("hoe"),
    "uid": gettext_lazy("nummer in een agenda"),
    "changed_at": gettext_lazy("gewijzigd"),
    "made_by": gettext_lazy("gemaakt door"),
    "status": gettext_lazy("stand"),
    "street": gettext_lazy("straat"),
    "subject_id": gettext_lazy("nummer"),
    "subject_type": gettext_lazy("waarover"),
    "taken_from": gettext_lazy("overgenomen uit"),
    "taken_up_at": gettext_lazy("in behandeling genomen"),
    "questionnaire": gettext_lazy("formulier"),
    "step": gettext_lazy("nummer van de stap"),
    "text": gettext_lazy("tekst"),
    "title": gettext_lazy("wat"),
    "told_at": gettext_lazy("gemeld op"),
    "tried_at": gettext_lazy("laatst geprobeerd"),
    "until": gettext_lazy("tot"),
    "urgency": gettext_lazy("spoed"),
    "user": gettext_lazy("persoon"),
    "user_id": gettext_lazy("persoon"),
    "verb": gettext_lazy("wat er gebeurde"),
    "version": gettext_lazy("versie"),
    "wish": gettext_lazy("uw wens"),
    "provider": gettext_lazy("aanbieder"),
    "law": gettext_lazy("wet"),
    "refusal": gettext_lazy("reden van afwijzen (code)"),
    "municipality_code": gettext_lazy("code van de juiste gemeente"),
    "product_category": gettext_lazy("soort hulp (code)"),
    "product_code": gettext_lazy("product (code)"),
    "assigned_at": gettext_lazy("toegewezen"),
    "begins": gettext_lazy("vanaf"),
    "volume": gettext_lazy("hoeveel"),
    "frequency": gettext_lazy("hoe vaak (code)"),
    "budget": gettext_lazy("budget in euro"),
    "periods": gettext_lazy("wanneer de hulp liep"),
    "withheld": gettext_lazy("niet getoond"),
    "code": gettext_lazy("code"),
    "interpretation": gettext_lazy("beoordeling"),
    "medication": gettext_lazy("gegevens van het medicijn"),
    "state": gettext_lazy("toestand"),
    "unit": gettext_lazy("eenheid"),
    "value": gettext_lazy("waarde"),
}
"""What each field is called; the test of the copy fails for a field without a word."""

CODES = {
    "actor_kind": {
        "professional": gettext_lazy("zorg- of hulpverlener"),
        "citizen": gettext_lazy("u, of iemand namens u"),
        "system": gettext_lazy("het systeem zelf"),
    },
    "purpose": {
        "TREAT": gettext_lazy("om u te helpen"),
        "ETREAT": gettext_lazy("omdat er haast was"),
        "COC": gettext_lazy("om uw hulp te regelen"),
        "PATRQT": gettext_lazy("omdat u er zelf om vroeg"),
        "HOPERAT": gettext_lazy("om het systeem te laten werken"),
    },
    "verb": {
        "record.opened": gettext_lazy("gegevens bekeken"),
        "record.denied": gettext_lazy("wilde kijken, mocht niet"),
        "request.opened": gettext_lazy("verzoek gelezen"),
    },
    "outcome": {
        "allowed": gettext_lazy("mocht"),
        "denied": gettext_lazy("mocht niet"),
        "done": gettext_lazy("gedaan"),
    },
    "role": {**dict(Role.choices), "citizen": gettext_lazy("inwoner"), "system": gettext_lazy("systeem")},
    "person": {"person": gettext_lazy("uzelf"), "other_person": gettext_lazy("een andere inwoner")},
}


@dataclass(frozen=True)
class Section:
    """One kind of rows under its heading: per row what each filled field says."""

    title: str
    rows: list[list[tuple[str, str]]]


def sections_of(rows: dict[str, list[dict[str, Any]]]) -> list[Section]:
    """The rows of a copy as sections to read, in the order of a reader; empty kinds are named with no rows."""
    found = []
    for label, title in HEADINGS.items():
        if label in rows:
            model = apps.get_model(label)
            said = [[(_word(name), _said(model, name, value)) for name, value in row.items()] for row in rows[label]]
            found.append(Section(str(title), [[(word, text) for word, text in row if text] for row in said]))
    return found


def left_out() -> list[str]:
    """What is not in the copy, and why, in words."""
    return [str(why) for why in LEFT_OUT.values()]


def _word(name: str) -> str:
    return str(WORDS.get(name, name))


def _said(model: type[models.Model], name: str, value: Any) -> str:
    """One value in words; nothing for what is empty."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return _("ja") if value else _("nee")
    if name in MASKS:
        return named(Category[code.upper()] for code in value)
    if name in {"category", "sensitivity"} and value in Category.values:
        return str(Category(value).label)
    try:
        field = model._meta.get_field(name)
        choices = dict(field.flatchoices) if isinstance(field, models.Field) else {}
    except FieldDoesNotExist:
        choices = {}
    if value.__hash__ is not None and value in choices:
        return str(choices[value])
    if name == "answers":
        return "; ".join(f"{one.text} {one.answer}".strip() for one in read_out(value) if not one.heading)
    if name == "questionnaire":
        return title_of(value)
    if name == "period":
        ends = [_said(model, "", value[end]) for end in ("from", "until")]
        return " – ".join(ends).strip()
    if isinstance(value, str):
        return str(CODES.get(name, {}).get(value) or CODES["person"].get(value) or _day(value))
    if isinstance(value, dict):
        return ", ".join(f"{_word(key.removesuffix('_id'))}: {what}" for key, what in value.items() if what)
    return str(value)


def _day(value: str) -> str:
    """A moment or a day as people write it; anything else as it is."""
    try:
        if len(value) == 10:
            return date_format(date.fromisoformat(value), "j F Y")
        if "T" in value and len(value) >= 19:
            return date_format(timezone.localtime(datetime.fromisoformat(value)), "j F Y H:i")
    except ValueError:
        pass
    return value
