"""The register of processing (AVG art. 30): what each app declares, with the personal fields as the models declare them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rights.retention import BY_KEY, Term

KINDS = {
    "identity": gettext_lazy("wie iemand is"),
    "contact": gettext_lazy("namen en bereikbaarheid"),
    "health": gettext_lazy("gezondheid en ondersteuning (bijzondere persoonsgegevens)"),
    "account": gettext_lazy("account en gebruik"),
}
"""What the kinds of personal fields are called (AVG art. 30(1)(c); art. 9 for health)."""


@dataclass(frozen=True)
class Processing:
    """One processing activity: why, on what ground, of whom, which data, for whom, how long, how protected."""

    app: str
    name: str
    purpose: str
    basis: str
    persons: str
    data: list[str]
    recipients: str
    retention: list[str]
    security: str
    fields: list[str]


def models_of(app: str, names: list[str]) -> list[Any]:
    """The models that an activity is about; a name that the app does not have is a fault."""
    return [apps.get_model(app, name) for name in names]


def declared() -> list[tuple[str, dict[str, Any]]]:
    """Every declaration of an activity, with the app that makes it, in the order of the apps."""
    return [
        (config.label, activity)
        for config in apps.get_app_configs()
        if config.module is not None
        for activity in getattr(config.module, "PROCESSING", [])
    ]


def register() -> list[Processing]:
    """The whole register in the language of the moment; fields and kinds of data follow from the models."""
    made = []
    for app, activity in declared():
        models = models_of(app, activity["models"])
        kinds = {kind for model in models for kind in model.PERSONAL.values()}
        made.append(
            Processing(
                app=app,
                **{
                    name: str(activity[name])
                    for name in ("name", "purpose", "basis", "persons", "recipients", "security")
                },
                data=[str(words) for kind, words in KINDS.items() if kind in kinds],
                retention=_kept(activity),
                fields=[f"{model.__name__}.{name}" for model in models for name in model.PERSONAL],
            )
        )
    return made


def _kept(activity: dict[str, Any]) -> list[str]:
    if "retention" in activity:
        return [str(activity["retention"])]
    return [_term(BY_KEY[key]) for key in activity["terms"]]


def _term(term: Term) -> str:
    return _("%(years)s jaar vanaf %(begins)s (%(law)s): %(what)s") % {
        "years": term.years,
        "begins": term.begins,
        "law": term.law,
        "what": term.what,
    }


def as_rows() -> list[dict[str, str]]:
    """The register as rows of text, for a file that a spreadsheet opens."""
    return [
        {name: "; ".join(value) if isinstance(value, list) else str(value) for name, value in asdict(one).items()}
        for one in register()
    ]
