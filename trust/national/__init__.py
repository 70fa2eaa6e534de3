"""The national consent service (Mitz): its question, its notifications and its words; another service replaces this package alone."""
