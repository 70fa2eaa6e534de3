"""Everything that changes a referral: its steps from sending to closing, and telling who is late."""

from referrals.actions.advising import advise
from referrals.actions.batches import ask_batch, drop_batches, send_next
from referrals.actions.consulting import become_consultation
from referrals.actions.drafting import (
    Saved,
    drop_draft,
    drop_drafts,
    drop_template,
    hand_draft,
    keep_draft,
    keep_template,
)
from referrals.actions.engaging import engage
from referrals.actions.enrolling import attend, enrol, follow_session, move_up, take_on
from referrals.actions.erasing import erase
from referrals.actions.holding import assign, pick_up
from referrals.actions.late import LATE, tell_late
from referrals.actions.mergers import follow_merger
from referrals.actions.moving import EVENTS, PLACED, WITHDRAWN
from referrals.actions.parts import end_parts
from referrals.actions.person import ask_for_help, cannot, let_go, look_further, reply, withdraw
from referrals.actions.planning import call_off, not_shown, plan
from referrals.actions.reporting import report
from referrals.actions.sending import send
from referrals.actions.steps import (
    accept,
    answer,
    ask_back,
    cancel,
    complete,
    let_run,
    reject,
    settle,
    start,
)
from referrals.actions.supplementing import no_letter, supplement
from referrals.actions.talking import heard, say
from referrals.actions.talks import TALKS, decline, invite, join, release
from referrals.actions.telling import CHOSEN, choose_channel, tell_person
from referrals.actions.turning import TURNED, pass_on, pass_to_municipality, propose, redirect
from referrals.actions.walking_in import walk_in

__all__ = [
    "CHOSEN",
    "EVENTS",
    "LATE",
    "PLACED",
    "TALKS",
    "TURNED",
    "WITHDRAWN",
    "Saved",
    "accept",
    "advise",
    "answer",
    "ask_back",
    "ask_batch",
    "ask_for_help",
    "assign",
    "attend",
    "become_consultation",
    "call_off",
    "cancel",
    "cannot",
    "choose_channel",
    "complete",
    "decline",
    "drop_batches",
    "drop_draft",
    "drop_drafts",
    "drop_template",
    "end_parts",
    "engage",
    "enrol",
    "erase",
    "follow_merger",
    "follow_session",
    "hand_draft",
    "heard",
    "invite",
    "join",
    "keep_draft",
    "keep_template",
    "let_go",
    "let_run",
    "look_further",
    "move_up",
    "no_letter",
    "not_shown",
    "pass_on",
    "pass_to_municipality",
    "pick_up",
    "plan",
    "propose",
    "redirect",
    "reject",
    "release",
    "reply",
    "report",
    "say",
    "send",
    "send_next",
    "settle",
    "start",
    "supplement",
    "take_on",
    "tell_late",
    "tell_person",
    "walk_in",
    "withdraw",
]
