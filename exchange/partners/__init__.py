"""Participants that work with their own software: who their system is, what it brings and hears as FHIR, and steps of referrals."""
