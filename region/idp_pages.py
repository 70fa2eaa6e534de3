"""The pages of the demonstration's identity provider: who are you, and your second factor."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from region.personas import Persona
from region.web import Answer, page

SHOWN = 40
"""How many people one page lists; the rest is found by searching."""

LEVELS = {
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport": "Basis (naam en wachtwoord)",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract": "Midden (sms-controle)",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard": "Substantieel (app met ID-check)",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI": "Hoog (app met chip van het ID)",
}
"""The levels of DigiD by the value of ``acr`` (Logius; standards 19)."""
BASIS, MIDDEN, SUBSTANTIEEL, HOOG = LEVELS

TITLES = {"zorg": "Inloggen bij uw organisatie", "digid": "Inloggen met DigiD (nagebootst)"}


def choose(means: str, key: str, found: list[Persona], typed: str, *, targets: list[str]) -> Answer:
    """The page on which a person is chosen with one click; for DigiD also the level."""
    address = f"/idp/{means}/authorize/{quote(key)}"
    people = "".join(
        f'<li><button class="person" name="sub" value="{escape(p.sub)}">{escape(p.name)}'
        f"<small>{escape(p.label)}</small></button></li>"
        for p in found[:SHOWN]
    )
    levels = ""
    if means == "digid":
        radios = "".join(
            f'<label><input type="radio" name="acr" value="{value}"{" checked" if value == SUBSTANTIEEL else ""}> {escape(words)}</label>'
            for value, words in LEVELS.items()
        )
        levels = f"<fieldset><legend>Hoe logt deze persoon in?</legend>{radios}</fieldset>"
    more = ""
    if len(found) > SHOWN:
        more = f'<p class="soft">En nog {len(found) - SHOWN} anderen. Zoek op naam om hen te vinden.</p>'
    if not found:
        more = f"<p>Niemand gevonden{' met deze naam' if typed else ''}.</p>"
    body = (
        '<p class="soft">Dit is een nagebootste inlogdienst. Kies als wie u inlogt.</p>'
        f'<form class="search" method="get" action="{address}" role="search"><input type="search" name="q" value="{escape(typed)}" '
        'aria-label="Zoek een persoon op naam, functie of organisatie" '
        'placeholder="Zoek op naam, functie of organisatie" autocomplete="off">'
        "<button>Zoeken</button></form>"
        f'<form method="post" action="{address}">{levels}<ul>{people}</ul>{more}</form>'
        f'<form method="post" action="{address}"><button name="cancel" value="1">Niet inloggen</button></form>'
    )
    return page(TITLES[means], body, form_targets=targets)


def second_factor(means: str, key: str, persona: Persona, code: str, *, wrong: bool, targets: list[str]) -> Answer:
    """The page that asks the code, with beside it the phone on which a real person would read it."""
    address = f"/idp/{means}/code/{quote(key)}"
    shown = f"{code[:3]} {code[3:]}"
    without = ""
    if means == "zorg":
        without = (
            "<details><summary>Nabootsen: een organisatie zonder tweede stap</summary>"
            f'<form method="post" action="{address}"><p class="soft">Het netwerk vraagt dan zelf om een tweede stap.</p>'
            '<button name="without" value="1">Doorgaan zonder code</button></form></details>'
        )
    body = (
        f"<p>U logt in als <strong>{escape(persona.name)}</strong>{', ' + escape(persona.label) if persona.label else ''}.</p>"
        + (
            '<p class="wrong" role="alert">Deze code klopt niet of is verlopen. Neem de code over die nu op de telefoon staat.</p>'
            if wrong
            else ""
        )
        + f'<form method="post" action="{address}"><div class="row"><label>Code van uw telefoon<br>'
        '<input class="code" type="text" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="7" autofocus></label>'
        '<button class="go">Inloggen</button></div></form>'
        f'<form method="post" action="{address}"><div class="phone"><span class="soft">De telefoon van deze persoon</span>'
        f'<strong>{shown}</strong><button class="go" name="code" value="{code}">Deze code gebruiken</button></div></form>'
        + without
    )
    return page("Tweede stap", body, form_targets=targets)


def stopped(text: str, *, status: int = 400) -> Answer:
    """The page for a request that cannot be answered by going back to the product."""
    return page("Inloggen kan zo niet", f"<p>{escape(text)}</p>", status=status)


def signed_out() -> Answer:
    """The page after signing out, when there is no address to go back to."""
    return page("U bent afgemeld", "<p>U kunt dit venster sluiten.</p>")
