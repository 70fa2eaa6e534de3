"""Units of measurement under one name each, so that values are put in one line only where they mean the same."""

from __future__ import annotations

import re
from functools import lru_cache

from dossier.sources.reading import Json, clean, unit_text

_SAME = {
    "mm hg": "mmHg",
    "mmhg": "mmHg",
    "mm[hg]": "mmHg",
    "°c": "°C",
    "cel": "°C",
    "graden celsius": "°C",
    "c": "°C",
    "kg/m2": "kg/m²",
    "kg/m^2": "kg/m²",
    "bpm": "/min",
    "slagen/min": "/min",
    "slagen per minuut": "/min",
    "beats/minute": "/min",
    "beats/min": "/min",
    "breaths/min": "/min",
    "ademhalingen/min": "/min",
    "per minuut": "/min",
    "1/min": "/min",
    "mmol/mol hb": "mmol/mol",
    "procent": "%",
    "percent": "%",
    "gram": "g",
    "gr": "g",
    "kilogram": "kg",
    "kilo": "kg",
    "centimeter": "cm",
    "meter": "m",
    "score": "",
    "{score}": "",
}
_LITRE = re.compile(r"(?<![A-Za-z])([numµdc]?)L(?![A-Za-z])")
_POWER = re.compile(r"^(?:x ?)?10(?:\*|\^|e|\*\*)?(\d+)\s*/\s*l$", re.IGNORECASE)
_EGFR = re.compile(r"^ml/min(?:ute)?/?\(?\{?1[.,]73 ?_?m(?:2|²|\^2)\}?\)?$", re.IGNORECASE)


def one_unit(quantity: Json) -> str:
    """The unit of a Quantity as lists compare it: writings of the same unit become one, another unit stays another ("mmol/l" is
    never "mg/dl"). The code counts where it is UCUM, for the written unit may be anything."""
    coded = clean(quantity.get("code")) if quantity.get("system") == "http://unitsofmeasure.org" else ""
    return same_unit(unit_text({"code": coded}) if coded else unit_text(quantity))


@lru_cache(maxsize=1024)
def same_unit(written: str) -> str:
    """One writing for one unit; case counts, for Mmol is not mmol, apart from the litre and plain words."""
    text = re.sub(r"\s*/\s*", "/", written.strip()).replace("μ", "µ")
    text = re.sub(r"^u(?=mol|g(?:/|$)|l(?:/|$)|L(?:/|$))", "µ", text)
    text = _LITRE.sub(r"\1l", text)
    if found := _POWER.match(text):
        return f"10^{found[1]}/l"
    if _EGFR.match(text.replace(" ", "")):
        return "ml/min/1,73 m²"
    return _SAME.get(text.lower(), text)
