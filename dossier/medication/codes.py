"""Codes of the Dutch medication process: which building block a resource is, how it stops, and what names a product."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """A building block of the medication process (Nictiz MP9 3.0), by its Dutch abbreviation."""

    MA = "ma"
    WDS = "wds"
    VV = "vv"
    TA = "ta"
    MVE = "mve"
    MGB = "mgb"
    MTD = "mtd"
    OTHER = "other"


AGREEMENTS = (Kind.MA, Kind.TA, Kind.WDS)
"""Blocks that say how a medicine is to be used; the others tell of its supply, its use and its administration."""


class Stop(StrEnum):
    """How a building block with a stop type ends what it is about; ``UNKNOWN`` is a code that is not in the list."""

    NONE = ""
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Use(StrEnum):
    """Whether the person uses the medicine, as a statement of use says."""

    UNSAID = ""
    YES = "yes"
    NO = "no"
    ON_HOLD = "on_hold"


SNOMED = "http://snomed.info/sct"
BY_CATEGORY = {
    "33633005": Kind.MA,
    "16076005": Kind.MA,
    "395067002": Kind.WDS,
    "52711000146108": Kind.VV,
    "422037009": Kind.TA,
    "373784005": Kind.MVE,
    "422979000": Kind.MGB,
    "18629005": Kind.MTD,
    "6": Kind.MGB,
}
"""Category codes of MP9 3.0 (R4), with those of MP 9.0.7 and the BgZ (STU3): 16076005 for an agreement, 6 for use."""
BY_PROFILE = {
    "MedicationAgreement": Kind.MA,
    "VariableDosingRegimen": Kind.WDS,
    "DispenseRequest": Kind.VV,
    "AdministrationAgreement": Kind.TA,
    "MedicationDispense": Kind.MVE,
    "MedicationUse": Kind.MGB,
    "MedicationUse2": Kind.MGB,
    "MedicationAdministration": Kind.MTD,
    "MedicationAdministration2": Kind.MTD,
}
BY_TYPE = {
    "MedicationRequest": Kind.MA,
    "MedicationDispense": Kind.MVE,
    "MedicationStatement": Kind.MGB,
    "MedicationAdministration": Kind.MTD,
}

STOPS = {
    "385655000": Stop.SUSPENDED,
    "410546004": Stop.STOPPED,
    "89925002": Stop.CANCELLED,
    "113381000146106": Stop.SUSPENDED,
    "113371000146109": Stop.STOPPED,
    "112171000146100": Stop.SUSPENDED,
    "112161000146106": Stop.STOPPED,
    "1": Stop.SUSPENDED,
    "2": Stop.STOPPED,
}
"""Stop types of MP9 3.0 (onderbroken, stopgezet, geannuleerd), of MP9 2.0 and 9.1, and of 9.0.7 and the BgZ (1 and 2)."""

PRK, GPK, HPK = (
    "urn:oid:2.16.840.1.113883.2.4.4.10",
    "urn:oid:2.16.840.1.113883.2.4.4.1",
    "urn:oid:2.16.840.1.113883.2.4.4.7",
)
ARTICLE, ATC = "urn:oid:2.16.840.1.113883.2.4.4.8", "http://www.whocc.no/atc"
PRODUCT_SYSTEMS = frozenset({PRK, GPK, HPK, ARTICLE})
"""Systems of the G-Standaard of which an equal code means: the same medicine in the same strength and form."""
