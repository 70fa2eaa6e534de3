"""The citizen's own pages: what is going on, who helps, what is known, who looked, and who may see what."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Portaal van de inwoner"),
        "purpose": _("laten zien wat nieuw is sinds het vorige bezoek"),
        "basis": _("uitvoering van het recht op inzage: art. 15d Wabvpz"),
        "persons": _("inwoners en wie namens hen kijkt"),
        "recipients": _("alleen wie zelf keek"),
        "retention": _("zolang het account bestaat"),
        "security": _("alleen te lezen door het eigen account"),
        "models": ["Seen"],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
