"""The professional's own pages, composed over the apps: today's work, finding a patient, the integral overview."""
