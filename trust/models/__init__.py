"""The inputs from which the right to see follows, the terms of the network, and the grants derived from them."""

from trust.models.grants import Grant
from trust.models.inputs import CareRelation, Consent, Emergency, Mandate, NationalAnswer, Restriction
from trust.models.terms import Policy, PolicyLine, RoleNeed

__all__ = [
    "CareRelation",
    "Consent",
    "Emergency",
    "Grant",
    "Mandate",
    "NationalAnswer",
    "Policy",
    "PolicyLine",
    "Restriction",
    "RoleNeed",
]
