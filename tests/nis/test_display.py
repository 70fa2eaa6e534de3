"""Dates, numbers, icons and figures are shown in Dutch form, and gaps as gaps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.utils import timezone, translation

from nis.styleguide import styleguide
from nis.templatetags import nis_charts, nis_display

NOON = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)  # wednesday 12:00 in Amsterdam


@pytest.fixture(autouse=True)
def dutch():
    with translation.override("nl"):
        yield


def test_a_day_reads_in_dutch():
    assert nis_display.day(date(2026, 11, 28)) == "28 nov 2026"
    assert nis_display.day(None) == ""


def test_a_moment_is_shown_in_local_time():
    assert nis_display.moment(datetime(2026, 11, 28, 23, 30, tzinfo=UTC)) == "29 nov 2026 00:30"
    assert nis_display.clock(datetime(2026, 7, 1, 12, 3, tzinfo=UTC)) == "14:03"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (NOON - timedelta(hours=3), "vandaag 09:00"),
        (NOON - timedelta(hours=13), "gisteren 23:00"),
        (NOON + timedelta(hours=24), "morgen 12:00"),
        (NOON - timedelta(days=3), "3 dagen geleden"),
        (NOON - timedelta(days=30), "26 okt"),
        (NOON - timedelta(days=400), "21 okt 2025"),
        (NOON + timedelta(days=2), "vr 27 nov 12:00"),
        (date(2026, 11, 25), "vandaag"),
        (date(2027, 1, 3), "3 jan 2027"),
    ],
)
def test_a_moment_is_said_as_people_say_it(value, words):
    assert nis_display.relative(value, NOON) == words


def test_the_exact_moment_stands_behind_the_relative_one():
    shown = nis_display.when(datetime(2025, 10, 21, 9, 5, tzinfo=UTC))
    assert 'datetime="2025-10-21T11:05:00+02:00"' in shown
    assert 'title="dinsdag 21 oktober 2025 11:05"' in shown
    assert nis_display.when(None) == ""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (NOON - timedelta(days=2), "2 dagen over tijd"),
        (NOON - timedelta(days=1), "1 dag over tijd"),
        (NOON - timedelta(hours=3), "3 uur over tijd"),
        (NOON + timedelta(hours=4), "vóór vandaag 16:00"),
        (NOON + timedelta(hours=28), "vóór morgen 16:00"),
        (NOON + timedelta(days=2, hours=4), "vóór vr 16:00"),
        (NOON + timedelta(days=20), "uiterlijk 15 dec"),
        (date(2026, 11, 26), "uiterlijk morgen"),
        (date(2026, 11, 27), "uiterlijk vr"),
        (date(2026, 11, 23), "2 dagen over tijd"),
        (date(2026, 11, 25), "vandaag"),
    ],
)
def test_a_term_says_what_is_left_of_it(value, words):
    assert nis_display.deadline(value, NOON) == words


def test_the_state_of_a_term_is_late_soon_or_neutral():
    now = timezone.now()
    assert nis_display.due_status(now - timedelta(minutes=1)) == "late"
    assert nis_display.due_status(now + timedelta(hours=5)) == "soon"
    assert nis_display.due_status(now + timedelta(days=5)) == "neutral"
    assert nis_display.due_status(timezone.localdate() - timedelta(days=1)) == "late"
    assert nis_display.due_status(None) == "neutral"


def test_a_bsn_is_never_whole():
    assert nis_display.masked_bsn("999906782") == "•••••6782"
    assert nis_display.masked_bsn("") == ""


def test_somebody_is_a_year_older_on_the_birthday():
    today = timezone.localdate()
    assert nis_display.age(date(today.year - 78, today.month, 1)) == 78
    assert nis_display.age(today + timedelta(days=1) - timedelta(days=366 * 4)) in {3, 4}
    assert nis_display.age(None) == ""


@pytest.mark.parametrize(
    ("value", "words"), [(15, "€ 15"), (Decimal("15.5"), "€ 15,50"), (1250, "€ 1.250"), (0, "€ 0"), (None, "")]
)
def test_an_amount_reads_in_dutch(value, words):
    assert nis_display.euro(value) == words


@pytest.mark.parametrize(("metres", "words"), [(380, "400 m"), (2140, "2,1 km"), (12400, "12 km"), (None, "")])
def test_a_distance_reads_in_dutch(metres, words):
    assert nis_display.distance(metres) == words


def test_an_icon_without_words_is_hidden_from_screen_readers():
    assert 'aria-hidden="true"' in nis_display.icon("today")
    assert 'role="img" aria-label="let &lt;op&gt;"' in nis_display.icon("warning", label="let <op>")


def test_a_point_without_a_value_breaks_the_line():
    drawn = nis_charts.line_chart(
        [{"label": "a", "value": 4}, {"label": "b", "value": None}, {"label": "c", "value": 8}], "titel", norm=6
    )
    assert drawn["series"].count("M") == 2
    assert drawn["norm_label"] == "norm 6"
    assert drawn["now"]["label"] == "8"


def test_a_forecast_is_drawn_apart_and_starts_at_the_last_known_point():
    drawn = nis_charts.line_chart(
        [{"label": "a", "value": 4}, {"label": "b", "value": 5}, {"label": "c", "value": 6, "ahead": True}], "titel"
    )
    assert drawn["series"].count("L") == 1
    assert drawn["forecast"].startswith("M500.0")
    assert drawn["now"]["label"] == "5"


def test_a_chart_has_its_table_beside_it_and_no_inline_style():
    points = [{"label": "jan", "value": 4.5, "n": 12}, {"label": "feb", "value": None}]
    page = render_to_string("components/line_chart.html", nis_charts.line_chart(points, "titel", unit="weken"))
    assert "4,5" in page
    assert "te weinig" in page
    assert ">12<" in page
    assert "style=" not in page


def test_a_figure_without_numbers_says_so():
    assert "Nog geen cijfers" in render_to_string("components/line_chart.html", nis_charts.line_chart([], "titel"))


def test_bars_are_measured_against_the_highest_of_value_and_norm():
    drawn = nis_charts.bar_chart([{"label": "a", "value": 7}, {"label": "b", "value": None}], "titel", norm=14)
    assert drawn["norm_x"] == "100.00%"
    assert [row["width"] for row in drawn["rows"]] == ["50.00%", ""]


def test_a_stable_measure_looks_stable():
    drawn = nis_charts.spark([61.0, 61.2], "gewicht")
    first, second = (float(part.split(" ")[1]) for part in drawn["line"].strip("M").split("L"))
    assert abs(first - second) < 2


@pytest.mark.parametrize("name", ["400", "403_csrf", "429", "500", "503"])
def test_a_refusal_stands_without_database_session_or_frame(name):
    page = render_to_string(f"errors/{name}.html")
    assert "<h1>" in page
    assert "href=" in page


@pytest.mark.parametrize(
    ("kind", "mark"), [("base.html", 'class="rail"'), ("base_citizen.html", 'class="citizen"'), ("", "Inloggen")]
)
@pytest.mark.parametrize("name", ["403", "404", "409"])
def test_a_refusal_keeps_the_frame_of_the_reader(name, kind, mark):
    page = render_to_string(f"errors/{name}.html", {"frame": {"base": kind}, "message": "Al geaccepteerd."})
    assert mark in page
    assert ("Al geaccepteerd." in page) == (name == "409")


def test_a_post_button_carries_the_token_and_a_link_does_not():
    link = render_to_string("components/button.html", {"label": "Openen", "url": "/x/"})
    form = render_to_string(
        "components/button.html", {"label": "Accepteren", "url": "/x/", "post": True, "csrf_token": "abc"}
    )
    assert link.strip().endswith('<a class="btn " href="/x/">Openen</a>')
    assert 'method="post"' in form
    assert 'value="abc"' in form


def test_an_undo_is_only_offered_for_an_own_address():
    def toast(undo: str) -> str:
        return render_to_string("components/toast.html", {"text": "Ingetrokken.", "undo": undo, "csrf_token": "abc"})

    assert 'action="/referrals/undo/"' in toast("/referrals/undo/")
    assert "<form" not in toast("safe")
    assert "<form" not in toast("")


def test_the_rail_marks_where_you_are_and_what_waits():
    place = SimpleNamespace(url="/today/", label="Vandaag", icon="today", count=14, current=True)
    page = render_to_string("components/rail_entry.html", {"place": place})
    assert 'aria-current="page"' in page
    assert ">14<" in page


@pytest.mark.parametrize("query", ["", "?wrong=1"])
def test_the_style_guide_shows_every_component(rf, query):
    page = styleguide(rf.get("/styleguide/" + query)).content.decode()
    assert "A. de Vries-Jansen" in page
    assert "•••••6782" in page
    assert "999906782" not in page
    assert ("Nog niet klaar" in page) == bool(query)
    assert 'aria-describedby="id_question_helptext' in page
