"""The health square: what is on offer in the region, for whom, where, and with which wait."""
