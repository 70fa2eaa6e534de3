"""The made-up record of a citizen in each simulated source."""

from __future__ import annotations

from region.source_ais import pharmacy
from region.source_build import Builder
from region.source_ecd import home_care
from region.source_epd import hospital
from region.source_examples import Json
from region.source_his import general_practice
from region.source_profile import Profile

_MAKERS = {"his": general_practice, "epd": hospital, "ecd": home_care, "ais": pharmacy}


def facts_for(source: str, profile: Profile, patient_id: str) -> list[Json]:
    """What this source would hold on this person: R4 from the HIS and the AIS, STU3 from the EPD and the ECD."""
    builder = Builder(profile, patient_id)
    _MAKERS[source](builder)
    return builder.made
