"""The generator of the region: the same organisations, people and three years of history for the same seed and day."""

from region.generate.make import is_empty, make

__all__ = ["is_empty", "make"]
