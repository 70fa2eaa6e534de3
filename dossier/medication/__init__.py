"""The actual medication overview from the building blocks of the medication process (Nictiz MP9 3.0; BgZ in STU3)."""

from dossier.medication.blocks import Block, block_of, read_block
from dossier.medication.codes import Kind, Stop, Use
from dossier.medication.compare import Comparison, Difference
from dossier.medication.labs import Lab, Result, Trend, labs_of, missing_of
from dossier.medication.lines import Dose, Line, Note, Section
from dossier.medication.overview import MedicationOverview, overview_of
from dossier.medication.treatments import Treatment

__all__ = [
    "Block",
    "Comparison",
    "Difference",
    "Dose",
    "Kind",
    "Lab",
    "Line",
    "MedicationOverview",
    "Note",
    "Result",
    "Section",
    "Stop",
    "Treatment",
    "Trend",
    "Use",
    "block_of",
    "labs_of",
    "missing_of",
    "overview_of",
    "read_block",
]
