"""Referrals by notified pull (TA Notified Pull, FHIR STU3): a thin notification, and who is asked comes and gets the rest."""
