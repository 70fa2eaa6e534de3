"""Makes the return message: what was found of each part by its code, or the header alone where nothing was found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from exchange.chain import codes
from exchange.chain.codes import ANSWERED_BY
from exchange.chain.judge import Fault
from exchange.chain.read import Read, Values
from exchange.chain.spec import Group, message
from exchange.chain.write import write

VERSION = {"BasisschemaXsdVersie": "1.0.0", "BerichtXsdVersie": "1.0.0"}


def retour(answered: Read, faults: Iterable[Fault], *, identification: str, dated: date) -> bytes:
    """The answer to a message, with its header as it came (level 2: with 0001 and nothing else).

    Without a fault it is the header alone (OP065). With faults across messages the whole client goes back, each judged part
    with its codes, and 0200 where nothing was found; a fault of the header goes back with the header alone.
    """
    found = list(faults)
    spec = message(ANSWERED_BY[answered.kind], answered.spec.law)
    header = {
        **answered.header,
        "BerichtCode": codes.MESSAGE_CODES[spec.law][spec.kind],
        "IdentificatieRetour": identification,
        "DagtekeningRetour": dated.isoformat(),
        "XsdVersieRetour": VERSION,
    }
    values: Values = {"Header": header}
    whole = sorted({fault.code for fault in found if fault.code == codes.TECHNICAL or fault.path == "Header"})
    if whole:
        header["RetourCodes"] = {"RetourCode": whole}
    elif found:
        header["RetourCodes"] = {"RetourCode": [codes.NO_REMARK]}
        content = next(part for part in spec.root.parts if part.name != "Header")
        by_path: dict[str, list[str]] = {}
        for fault in found:
            by_path.setdefault(fault.path, []).append(fault.code)
        values[content.name] = _coded(content.group, answered.content, content.name, by_path)
    return write(spec, values)


def _coded(group: Group, values: Values, path: str, by_path: dict[str, list[str]]) -> Values:
    made: Values = {}
    for part in group.parts:
        said: Any = values.get(part.name)
        if said is None or not isinstance(part.holds, Group):
            if said is not None:
                made[part.name] = said
        elif part.most > 1:
            made[part.name] = [
                _coded(part.holds, one, f"{path}/{part.name}[{place}]", by_path)
                for place, one in enumerate(said, start=1)
            ]
        else:
            made[part.name] = _coded(part.holds, said, f"{path}/{part.name}", by_path)
    if group.judged:
        made["RetourCodes"] = {"RetourCode": sorted(set(by_path.get(path, [codes.NO_REMARK])))}
    return made


def codes_in(answer: Read) -> list[str]:
    """Every code but "no remark" that a return message holds, each once."""
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name == "RetourCode":
                    found.update(inner)
                else:
                    look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(answer.values)
    return sorted(found - {codes.NO_REMARK})
