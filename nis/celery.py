"""The Celery application: wakes and spreads work; the database knows every duty."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nis.settings")

app = Celery("nis")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
