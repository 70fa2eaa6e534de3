"""Other systems and the post: notifications that carry nothing about anybody, and the open interface (FHIR R4)."""
