"""Forms with questions: their definitions (FHIR R4 Questionnaire), how they are asked, judged and read."""
