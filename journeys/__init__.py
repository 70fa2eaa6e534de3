"""Care journeys (klantreizen) as configuration: their steps, what includes a citizen, and who is included."""
