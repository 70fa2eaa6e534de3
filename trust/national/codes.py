"""The one table between the network's words and those of the national consent service: categories, kinds of provider, roles.

How certain each line is (sources in ``docs/trust.md``, "The national consent service"):

======================  ======================================================================================
``GGC002`` … ``GGC013``  seen in the catalogue; that a permission for GGC002 covers GGC012 and GGC013 too, and not the other
                        way round, is written there. That a *refusal* of GGC002 covers them is this product's cautious reading
categories → GGC        results and medication by their names. That all other medical categories are "Behandelgegevens" is a
                        reading. Allergies stand under GGC002, so that a permission for medication alone does not open them
mental health           GGC002; a permission counts only where the holder works in mental health care, a refusal everywhere
no code                 personalia, network, referrals, consultations, social and financial facts are no "Behandelgegevens": the
                        service says nothing about them
consulting categories   seen in a sample notification (catalogue 3960100)
facility types          the code list 2.16.840.1.113883.2.4.15.1060 is public; which code a participant uses with the service is
                        agreed on joining and here follows from its domain: to be confirmed for each participant
roles                   the code list 2.16.840.1.113883.2.4.15.111 is public; ``01.000`` (physician) stands for every specialist,
                        ``99.000`` for whoever gives other care
======================  ======================================================================================

Only care under the Wkkgz takes part: social work, municipality and welfare are never asked about and never ask.
"""

from __future__ import annotations

from people.models import Domain, Organisation, Role
from trust.categories import Category

TREATMENT, RESULTS, MEDICATION = "GGC002", "GGC012", "GGC013"
CODES = (TREATMENT, RESULTS, MEDICATION)
"""All codes that are asked about, the one that covers the others first."""

_TREATED = {
    Category.PROBLEMS,
    Category.ALLERGIES,
    Category.PROCEDURES,
    Category.FUNCTIONING,
    Category.WISHES,
    Category.ALERTS,
    Category.DOCUMENTS,
    Category.PLAN,
    Category.MENTAL_HEALTH,
    Category.VACCINATIONS,
    Category.APPOINTMENTS,
    Category.DEVICES,
}
CODE_OF: dict[Category, str] = {
    Category.RESULTS: RESULTS,
    Category.MEDICATION: MEDICATION,
    **dict.fromkeys(_TREATED, TREATMENT),
}
ABOUT = frozenset(CODE_OF)
"""The categories about which the national service has a say."""

FACILITY: dict[str, str] = {
    Domain.GP: "Z3",
    Domain.HOME_CARE: "T2",
    Domain.MENTAL_HEALTH: "G5",
    Domain.HOSPITAL: "V6",
    Domain.PHARMACY: "J8",
}
"""The type under which a participant is known, by its domain; the domains that take part and no others."""

DOMAIN_OF_FACILITY: dict[str, Domain] = {
    **dict.fromkeys(("Z3", "H1", "K3", "N6"), Domain.GP),
    **dict.fromkeys(("T2", "X3", "M1", "R5"), Domain.HOME_CARE),
    **dict.fromkeys(("G5", "G7", "G8", "G1", "V7"), Domain.MENTAL_HEALTH),
    **dict.fromkeys(("V4", "V5", "V6", "Z4", "Z5", "L1", "P4"), Domain.HOSPITAL),
    **dict.fromkeys(("J8", "A1", "K9"), Domain.PHARMACY),
}
"""The domain that a type of holder in a notification means here."""

DOMAIN_OF_READER: dict[str, Domain] = {
    "RPZAC001": Domain.GP,
    "RPZAC003": Domain.MENTAL_HEALTH,
    "RPZAC004": Domain.HOME_CARE,
    "RPZAC005": Domain.PHARMACY,
    "RPZAC104": Domain.HOSPITAL,
}
"""The domain that a consulting category means; RPZAC103 (other care) and RPZAC200 (abroad) are not in the network."""

ROLE_CODE: dict[str, str] = {
    Role.GP: "01.015",
    Role.PRACTICE_NURSE: "30.000",
    Role.DISTRICT_NURSE: "30.000",
    Role.PSYCHOLOGIST: "25.000",
    Role.SPECIALIST: "01.000",
    Role.PHARMACIST: "17.000",
}
OTHER_ROLE = "99.000"
"""Who gives other care, such as a social worker of a mental health team."""


def takes_part(organisation: Organisation) -> bool:
    """Whether the national service knows this participant: care under the Wkkgz, with a URA and the right to use the BSN."""
    return organisation.domain in FACILITY and bool(organisation.ura) and organisation.may_process_bsn


def permitted_by(code: str, holder_domain: str) -> frozenset[Category]:
    """The categories that a permission for this code opens at a holder of this domain ("" where it is not known)."""
    covered = set(CODES) if code == TREATMENT else {code}
    own = {category for category, its in CODE_OF.items() if its in covered}
    return frozenset(own if holder_domain == Domain.MENTAL_HEALTH else own - {Category.MENTAL_HEALTH})


def refused_by(code: str) -> frozenset[Category]:
    """The categories that a refusal of this code closes, whoever holds them."""
    return frozenset(category for category, its in CODE_OF.items() if code in (TREATMENT, its))
