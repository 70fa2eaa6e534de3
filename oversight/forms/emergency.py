"""What a privacy officer writes down about an emergency."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from trust.models import Emergency


class ReviewForm(forms.Form):
    """The outcome of the review and what it rests on."""

    outcome = forms.ChoiceField(label=_("Uw oordeel"), choices=Emergency.Review.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Waarop berust dit?"),
        help_text=_("Wat heeft u nagegaan, en bij wie? Schrijf geen naam van de inwoner op."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
