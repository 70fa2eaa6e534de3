"""Documents in the records of the story: letters and reports that look as such, small, sealed as the product seals them."""

from __future__ import annotations

import io
import os
import zipfile
from datetime import timedelta
from typing import Any

from dossier.documents import sealing
from region.generate.world import Citizen, Member, World
from region.letter import paragraphs, pdf
from trust.categories import Category

DISCHARGE = """Betreft: opname cardiologie, 3 dagen

Geachte collega,

Bovengenoemde patiënt was opgenomen vanwege boezemfibrilleren met een snelle kamerrespons. Na frequentiecontrole
met metoprolol 25 mg verdwenen de klachten vlot.

Beleid: metoprolol 25 mg tweemaal daags, acenocoumarol volgens de trombosedienst. Controle op de polikliniek
over 6 weken met ECG en nierfunctie.

Graag controle van bloeddruk en pols na een week. Let op duizeligheid bij opstaan.

Met collegiale groet,"""

FALLS = """Valanalyse

Gevallen in de keuken, geen letsel. Duizelig bij het opstaan, loopt zonder hulpmiddel, draagt sloffen.

Bloeddruk liggend 142/80, na 1 minuut staan 118/74: er is een orthostatische daling.

Afgesproken: langzaam opstaan, stevige schoenen, drempel in de keuken weghalen, alarmknop. Medicijnen nalopen
met huisarts en apotheker."""

FALLS_LATER = (
    FALLS
    + """

Aanvulling: drempel is weg, alarmknop werkt. Bloeddruk na opstaan nu 128/76. Niet meer gevallen."""
)

WILL = """Wilsverklaring

Ik wil niet gereanimeerd worden. Wel wil ik naar het ziekenhuis, ook voor een operatie, als ik daarna weer thuis
kan wonen.

Dit heb ik besproken met mijn huisarts en met mijn dochter Els.

Getekend te Huizen,"""

WOUND = """Wondplan onderbeen rechts

Doel: wond dicht voor Kerstmis. Drie keer per week verzorgen door de wijkverpleging, elke week meten en
fotograferen.

Ambulante compressietherapie. Bij roodheid, koorts of meer pijn: dezelfde dag overleg met de huisarts."""

CHECK = """Jaarcontrole

Controle bij de praktijkondersteuner. Bloeddruk en gewicht in orde, geen bijzonderheden. Volgende controle over
een jaar."""


def story(world: World, who: Citizen) -> None:
    """The documents of a citizen of the story, by who would have made them."""
    people = world.featured
    gp, nurse, practice_nurse = people["karim.haddou"], people["fatima.bakker"], people["mirjam.smit"]
    specialist = people["marieke.vos"]
    if who.featured == "digid.devries":
        if specialist.place.id in who.circle:
            _put(
                world,
                who,
                specialist,
                "letter",
                "Ontslagbrief cardiologie",
                pdf("De Heide · cardiologie", DISCHARGE),
                "pdf",
                118,
            )
        first = _put(world, who, nurse, "report", "Valanalyse", docx(FALLS), "docx", 38)
        _put(world, who, nurse, "report", "Valanalyse", docx(FALLS_LATER), "docx", 9, replaces=first)
        _put(
            world,
            who,
            gp,
            "will",
            "Wilsverklaring",
            pdf("Mevrouw A. de Vries-Jansen", WILL),
            "pdf",
            51,
            Category.WISHES,
        )
        _put(world, who, practice_nurse, "picture", "Situatie in huis, begane grond", plan_of_house(), "png", 30)
    elif who.featured == "digid.putten":
        _put(world, who, nurse, "plan", "Wondplan", pdf("Wijkzorg Gooi", WOUND), "pdf", 35, Category.PLAN)
        _put(world, who, nurse, "report", "Verloop van de wond", course_of_wound().encode(), "txt", 2)
    else:
        _put(world, who, practice_nurse, "report", "Jaarcontrole", pdf("De Linde", CHECK), "pdf", 20)


def _put(
    world: World,
    who: Citizen,
    by: Member,
    kind: str,
    title: str,
    content: bytes,
    form: str,
    ago: int,
    category: Category = Category.DOCUMENTS,
    *,
    replaces: int | None = None,
) -> int:
    """One version of a document of so many days ago, with its content."""
    number = world.load.number("dossier_document")
    moment = world.on(world.today - timedelta(days=ago))
    key = os.urandom(32)
    wrapped = sealing.wrap(key, who.id)
    holder: dict[str, Any] = {"patient_id": who.id, "organisation_id": by.place.id, "category": int(category)}
    world.load.put(
        "dossier_document",
        id=number,
        **holder,
        kind=kind,
        title=title,
        on_date=moment.date(),
        file_name=f"{title}.{form}",
        format=form,
        size=len(content),
        scanned_at=None,
        author_id=by.user,
        author_name=by.name,
        author_role=by.label,
        at=moment,
        replaces_id=replaces,
        key_id=wrapped.key_id,
        wrapped_key=f"\\x{wrapped.key.hex()}",
    )
    for place, sealed in enumerate(sealing.seal(io.BytesIO(content), len(content), key)):
        world.load.put(
            "dossier_documentpart",
            id=world.load.number("dossier_documentpart"),
            document_id=number,
            **holder,
            number=place,
            sealed=f"\\x{sealed.hex()}",
        )
    return number


def docx(text: str) -> bytes:
    """A report as a Word document (ECMA-376): one paragraph for each line."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    relations = "http://schemas.openxmlformats.org/package/2006"
    body = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{line}</w:t></w:r></w:p>'
        for line in paragraphs(text.replace("&", "&amp;"))
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{relations}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{relations}/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body>{body}</w:body></w:document>",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{content}')
    return packed.getvalue()


def plan_of_house() -> bytes:
    """A plan of a ground floor as a picture: rooms, the threshold that was in the way, and the way she walks."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (900, 620), "#fbfaf7")
    draw = ImageDraw.Draw(picture)
    for box, name in (
        ((40, 40, 520, 330), "Woonkamer"),
        ((520, 40, 860, 330), "Keuken"),
        ((40, 330, 300, 580), "Slaapkamer"),
        ((300, 330, 520, 580), "Badkamer"),
        ((520, 330, 860, 580), "Hal"),
    ):
        draw.rectangle(box, outline="#2b4a52", width=6)
        draw.text((box[0] + 22, box[1] + 18), name, fill="#2b4a52", font_size=24)
    draw.line((515, 150, 525, 240), fill="#b3261e", width=14)
    draw.text((300, 268), "drempel: weggehaald", fill="#b3261e", font_size=22)
    draw.line([(150, 480), (240, 300), (430, 200), (640, 190)], fill="#0d5c6e", width=4)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def course_of_wound() -> str:
    """What was measured of a wound, week by week, as plain text."""
    rows = ["Verloop van de wond, onderbeen rechts", "", "week   lengte x breedte   bodem"]
    sizes = (
        (38, 24, "geel"),
        (34, 21, "geel en rood"),
        (29, 18, "rood"),
        (24, 15, "rood"),
        (19, 12, "rood, rand trekt samen"),
    )
    rows += [f"{week:>4}   {long} x {wide} mm         {bed}" for week, (long, wide, bed) in enumerate(sizes, 1)]
    return "\n".join(rows) + "\n"
