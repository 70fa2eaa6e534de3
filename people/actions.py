"""Everything that changes who takes part."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people import access
from people.models import Organisation, User
from people.moves import MOVES, Admission


@transaction.atomic
def move_admission(*, organisation: Organisation, verb: str, by: Actor) -> Organisation:
    """Bring a participant one step further in its admission, or suspend or end it (ViSD 3.2.1).

    Raises ``PermissionDenied`` for whom does not manage admissions and ``Refused`` when the step does not fit the state.
    A suspended or ended participant loses access the same moment, because only memberships of admitted ones count.
    """
    if not access.may_manage_admission(by):
        raise PermissionDenied(_("Alleen de beheerder van het netwerk beslist over deelname."))
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    step = next((m for m in MOVES if m.verb == verb and locked.admission in m.sources), None)
    if step is None:
        raise Refused(_("Dit kan niet in de huidige staat van de deelname."))
    locked.admission = step.target
    if step.target == Admission.ADMITTED:
        locked.admitted_at = timezone.now()
    locked.save(update_fields=["admission", "admitted_at"])
    record(f"organisation.{verb}", subject=locked, by=by)
    return locked


def prefer(*, user: User, theme: str, density: str, language: str, by: Actor) -> User:
    """Keep how somebody wants the pages to look and in which language."""
    user.theme, user.density, user.language = theme, density, language
    user.save(update_fields=["theme", "density", "language"])
    return user


def link_citizen(*, bsn: str, username: str, by: Actor) -> tuple[User | None, str]:
    """Find the account of the citizen with this BSN while signing in, and make it the first time.

    Returns the account and ``known`` or ``made``; no account and why not: ``unknown`` (nobody in the network has this
    BSN), ``deceased``, or ``differs`` (``username`` belongs to somebody else). ``by`` is anonymous: nobody is signed in.
    """
    with connection.cursor() as cursor:
        cursor.execute("select account, outcome from people_citizen_account(%s, %s)", [bsn, username])
        account, outcome = cursor.fetchone()
    return (User.objects.get(pk=account) if account else None), str(outcome)
