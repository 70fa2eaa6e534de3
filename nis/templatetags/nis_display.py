"""How dates, numbers and icons appear on every screen: Dutch forms, relative times with the exact one on hover."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

SOON = timedelta(hours=24)


def _local(value: date | datetime) -> date | datetime:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


def _day_of(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


@register.filter
def day(value: date | datetime | None) -> str:
    """A calendar day in Dutch form: 28 nov 2026; nothing for no date."""
    if not value:
        return ""
    # Translators: a date format of Django; English has "j M Y".
    return date_format(_local(value), _("j b Y"))


@register.filter
def moment(value: datetime | None) -> str:
    """A day and a time in Dutch form: 28 nov 2026 14:03; nothing for no moment."""
    return date_format(_local(value), _("j b Y H:i")) if value else ""


@register.filter
def weekday(value: datetime | None) -> str:
    """A day by its name, as people make an appointment: "donderdag 3 december 2026"."""
    return date_format(_local(value), "l j F Y") if value else ""


@register.filter
def clock(value: datetime | None) -> str:
    """The time of day: 14:03; nothing for no moment."""
    return date_format(_local(value), "H:i") if value else ""


def relative(value: date | datetime, now: datetime) -> str:
    """The moment as people say it, seen from ``now``: vandaag 14:03, 3 dagen geleden, do 26 nov 10:00."""
    local, here = _local(value), _local(now)
    ago = (_day_of(here) - _day_of(local)).days
    time = date_format(local, " H:i") if isinstance(local, datetime) else ""
    if ago == 0:
        return _("vandaag") + time
    if ago == 1:
        return _("gisteren") + time
    if ago == -1:
        return _("morgen") + time
    if 1 < ago < 7:
        return ngettext("%(count)s dag geleden", "%(count)s dagen geleden", ago) % {"count": ago}
    if ago < 0:
        return date_format(local, _("D j b") if local.year == here.year else _("j b Y")) + time
    return date_format(local, _("j b") if local.year == here.year else _("j b Y"))


@register.filter
def when(value: date | datetime | None) -> SafeString | str:
    """A moment as people say it, with the exact moment on hover and for machines; nothing for no moment."""
    if not value:
        return ""
    local = _local(value)
    exact = date_format(local, _("l j F Y H:i") if isinstance(local, datetime) else _("l j F Y"))
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, relative(value, timezone.now())
    )


def deadline(value: date | datetime, now: datetime) -> str:
    """What is left until the end of a term, seen from ``now``: vóór do 16:00, uiterlijk 30 nov (that day still counts), of 2 dagen
    over tijd."""
    local, here = _local(value), _local(now)
    days = (_day_of(here) - _day_of(local)).days
    if days > 0:
        return ngettext("%(count)s dag over tijd", "%(count)s dagen over tijd", days) % {"count": days}
    if isinstance(local, datetime) and isinstance(here, datetime) and local < here:
        hours = max(1, round((here - local).total_seconds() / 3600))
        return ngettext("%(count)s uur over tijd", "%(count)s uur over tijd", hours) % {"count": hours}
    time = date_format(local, " H:i") if isinstance(local, datetime) else ""
    if days == 0:
        return _("vóór vandaag %(time)s") % {"time": time.strip()} if time else _("vandaag")
    if days == -1:
        return _("vóór morgen") + time if time else _("uiterlijk morgen")
    if days > -7:
        day = date_format(local, "D")
        return (_("vóór %(day)s") % {"day": day} + time) if time else _("uiterlijk %(day)s") % {"day": day}
    return _("uiterlijk %(day)s") % {"day": date_format(local, _("j b") if local.year == here.year else _("j b Y"))}


@register.filter
def due(value: date | datetime | None) -> str:
    """The end of a term in words, for a chip: vóór do 16:00, 2 dagen over tijd; nothing for no term."""
    return deadline(value, timezone.now()) if value else ""


@register.filter
def due_status(value: date | datetime | None) -> str:
    """The state of a term, for a chip: late when past, soon within 24 hours, else neutral."""
    if not value:
        return "neutral"
    now = timezone.localtime()
    if not isinstance(value, datetime):
        return "late" if value < now.date() else "soon" if value == now.date() else "neutral"
    return "late" if value < now else "soon" if value - now < SOON else "neutral"


@register.filter
def masked_bsn(value: str | None) -> str:
    """The last four digits of a BSN behind dots, never more (Wabvpz: the whole number does not belong on a screen)."""
    return "•••••" + str(value)[-4:] if value else ""


@register.filter
def age(born: date | None) -> int | str:
    """Whole years since the date of birth; nothing when it is unknown."""
    if not born:
        return ""
    today = timezone.localdate()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


@register.filter
def euro(value: Decimal | float | None) -> str:
    """An amount in euro: € 15, € 15,50, € 1.250; nothing for no amount."""
    if value is None or value == "":
        return ""
    amount = Decimal(str(value))
    decimals = 0 if amount == amount.to_integral_value() else 2
    return "€ " + number_format(amount, decimals, use_l10n=True, force_grouping=True)


@register.filter
def distance(metres: float | None) -> str:
    """A distance given in metres: 400 m, from a kilometre 2,1 km, from ten 12 km; nothing when unknown."""
    if metres is None or metres == "":
        return ""
    if metres < 950:
        return f"{round(metres / 50) * 50} m"
    kilometres = metres / 1000
    return number_format(round(kilometres, 1), 0 if kilometres >= 10 else 1, use_l10n=True) + " km"


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite, by the name in frontend/icons.json; hidden from screen readers unless it has a label."""
    return _icon(name, str(label), size)


@lru_cache(maxsize=512, typed=True)  # a safe label and the same unsafe one are two
def _icon(name: str, label: str, size: str) -> SafeString:
    address = f"{static('vendor/lucide/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon {}" role="img" aria-label="{}"><use href="{}"/></svg>', size, label, address
        )
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}"/></svg>', size, address)
