"""The letters and reports that the simulated systems hold themselves: what they tell of them, and the content behind it.

Each system gives the content in its own way: the hospital as the file itself, the general practice as a FHIR Binary around
it, home care within the document that it tells of.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import date

from region.letter import pdf
from region.source_build import LOINC, Builder, concept, moment
from region.source_examples import Json

CLINICS = {
    "Cardiologie": """Uw patiënt bezocht de polikliniek cardiologie voor controle.

Geen pijn op de borst, wel sneller moe bij traplopen. Bloeddruk 138/76, pols 62 onregelmatig. Echo: goede functie van
de linkerkamer, matig lekkende mitralisklep.

Beleid: medicatie ongewijzigd, lab door u (nierfunctie, kalium) over drie maanden. Eerder bij meer benauwdheid of
gewichtstoename van meer dan twee kilo in drie dagen. Controle bij ons over een half jaar.""",
    "Interne geneeskunde": """Uw patiënt bezocht de polikliniek interne geneeskunde.

De diabetes is redelijk geregeld. Voeten zonder wonden, monofilament links verminderd. Nierfunctie stabiel.

Beleid: streefwaarde HbA1c onder 64 mmol/mol gezien de leeftijd, geen aanpassing van de medicatie. Voetcontrole elk half
jaar. Wij sluiten de controles hier af.""",
    "Longgeneeskunde": """Uw patiënt bezocht de polikliniek longgeneeskunde.

Het afgelopen jaar één longaanval, thuis behandeld. Inhalatietechniek vandaag doorgenomen. Spirometrie: ongewijzigd.

Beleid: inhalatie ongewijzigd, longfysiotherapie, griepprik. Noodkuur alleen na overleg.""",
}
OTHERWISE = """Uw patiënt bezocht onze polikliniek voor controle. Het gaat naar omstandigheden goed.

Beleid: ongewijzigd. Wij zien uw patiënt over een jaar terug, eerder bij klachten."""
LUNGS = """Onderzoek: X-thorax in twee richtingen. Vraagstelling: langer hoesten, hartfalen bekend.

Verslag: hart iets vergroot, gelijk aan het vorige onderzoek. Geen tekenen van stuwing. Geen infiltraat, geen vocht
achter de longen. Oude verkalkte plek links boven.

Conclusie: geen verklaring voor het hoesten. Geen aanwijzing voor toename van hartfalen."""
STOCKINGS = """Evaluatie steunkousen en valrisico

Mevrouw trekt de kousen met het hulpmiddel nu zelf aan, vijf van de zeven dagen. Uittrekken gaat nog niet: elke avond
hulp. De huid is heel, geen drukplekken.

Val: eenmaal gestruikeld over het kleed in de gang, niet gevallen. Kleed weggehaald met haar dochter.

Afgesproken: over zes weken kijken of de avondzorg kan stoppen."""


def of_the_hospital(b: Builder, clinic: str, mark: str, on: date) -> None:
    """A letter of a clinic to the general practitioner (STU3); its address gives the file itself."""
    title = f"Brief {clinic[:1].lower()}{clinic[1:]}"
    document = _told(b, f"letter-{mark}", title, f"{title} aan huisarts", on)
    document |= {"indexed": moment(on), "created": moment(on), "author": [b.who(mark[:1].upper())]}
    document["class"] = concept(LOINC, "51852-2", "Brief")
    text = f"{on:%d-%m-%Y}\n\nGeachte collega,\n\n{CLINICS.get(clinic, OTHERWISE)}\n\nMet collegiale groet,\n\n{b.who(mark)['display']}"
    _binary(b, document, "content", pdf(f"Ziekenhuis De Heide · {clinic[:1].lower()}{clinic[1:]}", text))


def of_the_practice(b: Builder, on: date) -> None:
    """A result that came to the practice by letter (R4); the practice gives it as a FHIR Binary."""
    document = _told(b, "letter-xray", "Röntgenfoto van de longen", "Verslag röntgenfoto", on)
    document |= {"date": moment(on), "author": [{"display": "Afdeling radiologie"}]}
    text = f"{on:%d-%m-%Y}\n\nAan de huisarts\n\n{LUNGS}"
    _binary(b, document, "data", pdf("Ziekenhuis De Heide · radiologie", text))


def of_home_care(b: Builder, on: date) -> None:
    """A report of home care (STU3) that stands in what it tells of it."""
    document = _told(b, "report-stockings", "Evaluatie steunkousen", "Verslag wijkverpleging", on)
    document |= {"indexed": moment(on), "created": moment(on), "author": [b.who("nurse")]}
    content = pdf("Wijkzorg Gooi", f"{on:%d-%m-%Y}\n\n{STOCKINGS}")
    document["content"][0]["attachment"] |= {"data": b64encode(content).decode()}


def _told(b: Builder, mark: str, title: str, kind: str, on: date) -> Json:
    told = {"contentType": "application/pdf", "title": title, "creation": on.isoformat()}
    return b.add(
        "DocumentReference",
        mark,
        status="current",
        type=concept(LOINC, "51852-2", kind),
        content=[{"attachment": told}],
    )


def _binary(b: Builder, document: Json, field: str, content: bytes) -> None:
    """The content beside the document, under the document's own number."""
    document["content"][0]["attachment"]["url"] = f"Binary/{document['id']}"
    b.made.append(
        {
            "resourceType": "Binary",
            "id": document["id"],
            "contentType": "application/pdf",
            field: b64encode(content).decode(),
        }
    )
