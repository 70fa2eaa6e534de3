"""Who may see what, on which basis, and the proof of it."""
