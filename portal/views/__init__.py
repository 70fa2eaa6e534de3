"""The citizen's pages, by noun: record, consent, mandates, acting for another, and changes."""
