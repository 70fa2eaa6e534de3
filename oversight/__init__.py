"""Keeping to the agreements: the auditor's view of the log, signals, emergencies to review, policies, role needs and the privacy register."""
