"""A form about what others change too: what was typed comes back beside what somebody else saved in the meantime."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from dossier.access.meanwhile import Meanwhile


class SharedForm(forms.Form):
    """What changes something that is there. ``meanwhile`` says that the version on the page is the newest no more: then nothing is
    saved at first, and sending the form once more, over the newest version, is a choice that was made knowing what stands there.
    """

    def __init__(self, *args: Any, meanwhile: Meanwhile | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meanwhile = meanwhile if self.is_bound else None

    def clean(self) -> dict[str, Any]:
        """Nothing is saved over what was not seen."""
        cleaned = super().clean() or {}
        if self.meanwhile:
            self.overtake(self.meanwhile)
        return cleaned

    def overtake(self, meanwhile: Meanwhile) -> None:
        """Say that somebody else was first."""
        self.meanwhile = meanwhile
        words = _(
            "%(who)s heeft dit gewijzigd terwijl u bezig was. Wat u invulde staat hieronder nog en is niet bewaard. "
            "Kijk wat er nu staat en bewaar dan opnieuw."
        )
        self.add_error(None, words % {"who": meanwhile.who})

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows it."""
        return 409 if self.meanwhile else 200
