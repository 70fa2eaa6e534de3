"""The style guide: every component with made-up content, long names and errors; served outside production only."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

STATES = ("ours", "theirs", "new", "late", "soon", "stuck", "gap", "alert", "ok", "done", "off", "neutral")
DOMAINS = ("gp", "home_care", "mental_health", "hospital", "social", "municipality", "welfare", "pharmacy", "region")
QUARTERS = (
    ("jan 24", 17),
    ("apr", 17.4),
    ("jul", 16.6),
    ("okt", 17.1),
    ("jan 25", 15.8),
    ("apr", 16.2),
    ("jul", 15),
    ("okt", 15.4),
    ("jan 26", 13.4),
    ("apr", 13.8),
    ("jul", 12),
)


class ExampleForm(forms.Form):
    """One field of each kind."""

    question = forms.CharField(
        label="Aanleiding en vraag",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Wat speelt er, en wat hoopt u dat helpt?",
    )
    before = forms.DateField(label="Liefst vóór", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(label="Soort hulp", choices=[("talk", "Gesprek"), ("group", "Groep")])
    urgency = forms.ChoiceField(
        label="Hoe snel?",
        widget=forms.RadioSelect,
        choices=[("normal", "Gewoon: eerste contact binnen 2 weken"), ("quick", "Snel: binnen 3 werkdagen")],
    )
    sent = forms.MultipleChoiceField(
        label="Wat gaat mee?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("identity", "Naam, adres, telefoon"), ("wishes", "Wat telt voor haar")],
        help_text="Alleen wat nodig is staat aan.",
    )
    agreed = forms.BooleanField(label="Mevrouw weet van deze verwijzing en is het eens")


def _figures() -> dict[str, Any]:
    points: list[dict[str, Any]] = [{"label": label, "value": value, "n": 30} for label, value in QUARTERS]
    points += [
        {"label": "okt", "value": 11, "n": 34, "low": 11, "high": 11},
        {"label": "jan 27", "value": 10.8, "low": 9, "high": 12.4, "ahead": True},
        {"label": "apr", "value": 10.4, "low": 8, "high": 12.8, "ahead": True},
    ]
    return {
        "points": points,
        "bars": [
            {"label": "GGZ Centrum Gooi", "value": 9, "url": "#ggz"},
            {"label": "Praktijk Zuid", "value": 12},
            {"label": "Mentaal Thuis", "value": 16, "status": "late"},
            {"label": "De Brug", "value": None},
        ],
        "pressure": [148, 145, 147, 142, 143, 139, 140, 136, 132],
        "weight": [61, 61.2, 61, 61.1, 60.9, None, 61.2, 61.4],
    }


def _person() -> dict[str, Any]:
    return {
        "person": {
            "name": "A. de Vries-Jansen",
            "url": "#person",
            "sex": "v",
            "age": 78,
            "born": date(1948, 3, 12),
            "called": "Anna",
            "bsn": "6782",
            "bsn_url": "#bsn",
            "details": [
                ("Voornamen", "Anna Maria"),
                ("Geslachtsnaam", "de Vries"),
                ("Adres", "Dorpsstraat 1, 1271 AA Huizen"),
            ],
            "flags": [{"label": "Niet reanimeren", "status": "alert"}, {"label": "Valrisico", "status": "gap"}],
            "all_flags": [
                {"label": "Niet reanimeren", "words": "Niet reanimeren.", "status": "alert"},
                {"label": "Valrisico", "words": "Valrisico · 2026-05-03 · HIS De Linde", "status": "gap"},
            ],
        },
        "context": [
            "Als maatschappelijk werker, sinds gisteren",
            "Toestemming: huisartsen ✓ · wijkzorg ✓ · ggz –",
            "Coördinator: M. Smit, POH",
        ],
        "actions": [
            {"url": "#consult", "label": "Consult vragen"},
            {"url": "#refer", "label": "Verwijzen", "primary": True},
        ],
        "more": [
            {"url": "#message", "label": "Bericht sturen", "icon": "message"},
            {"url": "#print", "label": "Afdrukken", "icon": "print"},
        ],
    }


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component; ``?wrong=1`` shows the form with its errors."""
    now = timezone.now()
    return render(
        request,
        "styleguide.html",
        {
            **_person(),
            **_figures(),
            "tabs": [
                {"url": "#mine", "label": "Van mij", "count": 4},
                {"url": "#team", "label": "Wijkteam", "count": 14, "current": True},
                {"url": "#others", "label": "Wacht op anderen", "count": 11},
            ],
            "sifts": [
                {"url": "#all", "label": "alles", "count": 24, "current": True},
                {"url": "#medical", "label": "medisch", "count": 14},
                {"url": "#social", "label": "sociaal", "count": 7},
            ],
            "steps": [
                {"status": "done", "word": "Uw huisarts heeft u aangemeld.", "note": "Donderdag 19 november"},
                {"status": "done", "word": "Het wijkteam gaat u helpen.", "note": "Gisteren"},
                {"status": "now", "word": "Nu: u krijgt een gesprek.", "note": "Vrijdag 27 november"},
                {"status": "next", "word": "Daarna maakt u samen een plan."},
            ],
            "items": [
                {
                    "title": "Verwijzing geaccepteerd",
                    "text": "door wijkteam Huizen",
                    "at": now - timedelta(days=1),
                    "source": "S. Willems",
                },
                {
                    "title": "Gevallen",
                    "text": "in de keuken",
                    "at": now - timedelta(days=4),
                    "source": "ECD",
                    "status": "alert",
                },
                {
                    "title": "Gesprek over wensen",
                    "at": now - timedelta(days=51),
                    "source": "huisarts",
                    "url": "#wishes",
                },
            ],
            "form": ExampleForm({} if request.GET.get("wrong") else None),
            "page": Paginator(range(120), 25).page(2),
            "now": now - timedelta(minutes=9),
            "earlier": now - timedelta(days=3, hours=2),
            "soon": now + timedelta(hours=20),
            "states": STATES,
            "domains": DOMAINS,
            "icons": list(json.loads((settings.BASE_DIR / "frontend" / "icons.json").read_text())),
        },
    )
