"""Adding to a referral what came to mind, or came in, after it was sent: the letter that was to follow, a text, items."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from referrals.access import Filled, letter_closed
from referrals.actions.along import chosen_of, put_along
from referrals.actions.answering import need_along, need_form, put_answers
from referrals.actions.letting_know import let_know
from referrals.actions.moving import EVENTS, clean, done_sender, judge, put_step, tell
from referrals.models import Letter, Referral, Supplement
from referrals.moves import Verb
from trust.access import Opening, need_unrestricted
from trust.categories import Category


@transaction.atomic
def supplement(
    *,
    opening: Opening,
    referral: Referral,
    text: str = "",
    items: Iterable[str] = (),
    answers: Filled | None = None,
    token: uuid.UUID | None = None,
    by: Actor,
) -> Referral:
    """Send a text and further items after a referral, under its number; the state and whose turn it is stay as they are.

    While the letter is still to come a text is that letter, so it must be there then. What goes along is judged as in sending,
    and read from acceptance on. ``answers`` take the place of those to the form of the service that were given before. The
    receiver is told once: the same ``token`` twice sends nothing more. Raises ``Refused`` when nothing was written, filled in or
    ticked, or something may not go to this receiver.
    """
    locked, move = judge(referral, Verb.SUPPLEMENT, by)
    need_unrestricted(locked.patient_id, by.organisation_id, Category(locked.sensitivity))
    text = text.strip()
    if locked.letter_due:
        need_form(locked.service, answers, later=False)
        if not text and answers is None:
            raise Refused(_("Schrijf de brief: de ontvanger wacht erop."), field="text")
    elif answers is not None:
        need_form(locked.service, answers, later=False)
    chosen = chosen_of(opening, locked.service, items, by)
    if locked.letter_due:
        need_along(locked.service, answers, chosen)
    if not text and not chosen and answers is None:
        raise Refused(_("Schrijf iets, of kies wat er meegaat."), field="text")
    first = bool(locked.letter_due) and not Letter.objects.filter(referral=locked).exists()
    common = {
        "referral": locked, "patient_id": locked.patient_id, "organisation_id": by.organisation_id, "category": locked.sensitivity,
    }  # fmt: skip
    try:
        with transaction.atomic():
            step = put_step(locked, move.verb, "", by, code="form" if answers and not locked.letter_due else "")
            Supplement.objects.create(step=step, token=token or uuid.uuid4(), text="" if first else text, **common)
    except IntegrityError:
        return locked
    if first:
        Letter.objects.create(question=text, agreed=True, **common)
    put_along(locked, chosen, by, step)
    put_answers(locked, answers, by, step)
    if locked.letter_due:
        locked.letter_due = None
        locked.save(update_fields=["letter_due"])
        done_sender(locked, by, kind="letter")
    data = {"status": locked.status, "letter": first, "items": len(chosen)}
    if answers is not None:
        data["form"] = answers.key
    record(EVENTS[move.verb], subject=locked, patient_id=locked.patient_id, data=data, by=by)
    let_know(locked, move.verb, by)
    return locked


@transaction.atomic
def no_letter(*, referral: Referral, note: str, by: Actor) -> Referral:
    """Say that the letter which was announced does not come, and why: for a sender that can write it no more.

    Nothing of the record is opened. The receiver and the person read the reason; the work for the letter is done. Raises ``Refused``
    where no letter is to come, and while the sender can still write it.
    """
    locked, move = judge(referral, Verb.NO_LETTER, by)
    if locked.letter_due is None:
        raise Refused(_("Er wordt geen brief (meer) verwacht bij deze verwijzing."))
    if not letter_closed(locked, by):
        raise Refused(_("U kunt de brief nog schrijven; de ontvanger wacht erop."))
    if not note.strip():
        raise Refused(_("Schrijf waarom de brief niet komt; de ontvanger en de inwoner lezen dat."), field="note")
    clean(note, locked, by)
    locked.letter_due = None
    locked.save(update_fields=["letter_due"])
    put_step(locked, move.verb, note.strip(), by)
    done_sender(locked, by, kind="letter")
    tell(locked, EVENTS[move.verb], by)
    return locked
