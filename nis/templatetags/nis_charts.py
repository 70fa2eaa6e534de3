"""Figures drawn on the server as SVG in percentages, so that they fit any width, print, and need no script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.formats import number_format

register = template.Library()

Point = Mapping[str, Any]
TOP, HEIGHT = 6.0, 82.0
LABELS, STRIDES = 6, (1, 2, 4, 6, 12, 24, 48)  # of quarters and months, each label then falls on the same one


def nice_step(span: float, lines: int = 4) -> float:
    """The distance between grid lines: 1, 2 or 5 times a power of ten, about ``lines`` of them in ``span``."""
    if span <= 0:
        return 1.0
    raw = span / lines
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if raw <= factor * power)


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _number(value: float) -> str:
    return str(number_format(round(value, 1), 0 if float(value).is_integer() else 1, use_l10n=True))


def _path(points: Sequence[tuple[float, float | None]]) -> str:
    """An SVG path through the points; a point without a value breaks the line, for a gap is not drawn over."""
    path, pen = [], "M"
    for x, y in points:
        if y is None:
            pen = "M"
            continue
        path.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    return "".join(path)


def _anchor(x: float) -> str:
    """On which side of its point a word stands, so that it stays within the drawing of 1000 wide."""
    return "start" if x < 60 else "end" if x > 940 else "middle"


@register.inclusion_tag("components/line_chart.html")
def line_chart(
    points: Sequence[Point],
    title: str,
    unit: str = "",
    norm: float | None = None,
    norm_label: str = "norm",
    note: str = "",
) -> dict[str, Any]:
    """A line in time with its table.

    Each point has ``label`` and ``value`` (None: not enough to show), and may have ``low`` and ``high`` (interval),
    ``n`` (number counted) and ``ahead`` (true for a forecast, drawn dotted).
    """
    known = [p["value"] for p in points if p.get("value") is not None]
    known += [p[k] for p in points for k in ("low", "high") if p.get(k) is not None]
    if norm is not None:
        known.append(norm)
    if not known:
        return {"empty": True, "title": title, "unit": unit, "points": points}
    step = nice_step(max(known))
    top = step * max(1, math.ceil(max(known) / step + 0.15))
    last = max(len(points) - 1, 1)

    def across(index: int) -> float:
        return 1000 * index / last

    def up(value: float | None) -> float | None:
        return None if value is None else 1000 * (1 - value / top)

    def height(value: float) -> str:
        return _percent(TOP + HEIGHT * (1 - value / top))

    def above(value: float, by: float) -> str:
        return _percent(TOP + HEIGHT * (1 - value / top) - by)

    line = [(across(i), up(p.get("value"))) for i, p in enumerate(points)]
    ahead = next((i for i, p in enumerate(points) if p.get("ahead")), len(points))
    band = [i for i, p in enumerate(points) if p.get("low") is not None and p.get("high") is not None]
    edges = [(across(i), up(points[i]["high"])) for i in band]
    edges += [(across(i), up(points[i]["low"])) for i in reversed(band)]
    now = next((i for i in range(ahead - 1, -1, -1) if points[i].get("value") is not None), None)
    stride = next((s for s in STRIDES if len(points) / s <= LABELS), STRIDES[-1])
    grid = [step * i for i in range(round(top / step) + 1)]
    drawn = {
        "title": title,
        "unit": unit,
        "note": note,
        "points": points,
        "has_n": any(p.get("n") is not None for p in points),
        "has_band": bool(band),
        "grid": [{"y": height(value), "text_y": above(value, 1.6), "label": _number(value)} for value in grid],
        "series": _path(line[:ahead]),
        "forecast": _path(line[max(ahead - 1, 0) :]) if ahead < len(points) else "",
        "band": _path(edges) + "Z" if edges else "",
        "marks": [
            {"x": _percent(across(i) / 10), "label": points[i]["label"], "anchor": _anchor(across(i))}
            for i in range(0, len(points), stride)
        ],
    }
    if norm is not None:
        drawn |= {
            "norm_y": height(norm),
            "norm_text_y": above(norm, 2.2),
            "norm_label": f"{norm_label} {_number(norm)}",
        }
    if now is not None:
        value = points[now]["value"]
        drawn["now"] = {
            "x": _percent(across(now) / 10),
            "y": height(value),
            "text_y": above(value, 4.5),
            "anchor": _anchor(across(now)),
            "label": _number(value),
        }
    return drawn


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(
    rows: Sequence[Point],
    title: str,
    unit: str = "",
    norm: float | None = None,
    label_head: str = "",
    value_head: str = "",
    n_head: str = "",
) -> dict[str, Any]:
    """Bars in a table, one row each.

    A row has ``label`` and ``value`` (None: too few to show), and may have ``url``, ``n``, ``status`` ("late" beyond a
    norm) and ``note``.
    """
    most = max([r["value"] for r in rows if r.get("value") is not None] + [norm or 0, 0]) or 1
    drawn: list[dict[str, Any]] = []
    for row in rows:
        value = row.get("value")
        if value is None:
            drawn.append({**row, "width": "", "text": ""})
        else:
            drawn.append({**row, "width": _percent(100 * value / most), "text": _number(value)})
    return {
        "title": title,
        "unit": unit,
        "label_head": label_head,
        "value_head": value_head,
        "n_head": n_head,
        "norm_x": _percent(100 * norm / most) if norm else "",
        "rows": drawn,
    }


@register.inclusion_tag("components/spark.html")
def spark(
    values: Sequence[float | None], title: str, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    """A small line without axes; ``low`` and ``high`` draw the band where values belong, ``title`` says it in words."""
    known = [v for v in values if v is not None] + [v for v in (low, high) if v is not None]
    if not known:
        return {"empty": True, "title": title}
    # A tenth of the height of the value is the least that fills the drawing: a stable weight must look stable.
    middle = (max(known) + min(known)) / 2
    span = max(max(known) - min(known), abs(middle) / 10) or 1
    floor = middle - span / 2
    last = max(len(values) - 1, 1)

    def up(value: float) -> float:
        return 27 - 24 * (value - floor) / span

    return {
        "title": title,
        "line": _path([(100 * i / last, None if v is None else up(v)) for i, v in enumerate(values)]),
        "band_y": f"{up(high):.1f}" if low is not None and high is not None else "",
        "band_height": f"{up(low) - up(high):.1f}" if low is not None and high is not None else "",
    }
