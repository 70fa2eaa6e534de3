"""Everything that changes who may see what: relations, choices, mandates, emergencies, and the terms of the network."""

from trust.actions.consent import choose, confirm_choice, keep_national_answer, keep_national_choice, withdraw
from trust.actions.emergency import end_emergency, review_emergency, start_emergency
from trust.actions.mandates import end_mandate, give_mandate, take_up
from trust.actions.openings import forget_openings
from trust.actions.relations import (
    Registration,
    close_relation,
    confirm_relation,
    end_relation,
    merge_organisations,
    register_patient,
    start_relation,
)
from trust.actions.terms import PURPOSES, lift, restrict, state_need, state_policy

__all__ = [
    "PURPOSES",
    "Registration",
    "choose",
    "close_relation",
    "confirm_choice",
    "confirm_relation",
    "end_emergency",
    "end_mandate",
    "end_relation",
    "forget_openings",
    "give_mandate",
    "keep_national_answer",
    "keep_national_choice",
    "lift",
    "merge_organisations",
    "register_patient",
    "restrict",
    "review_emergency",
    "start_emergency",
    "start_relation",
    "state_need",
    "state_policy",
    "take_up",
    "withdraw",
]
