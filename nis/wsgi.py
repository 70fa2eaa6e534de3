"""The entry of the application server."""

import gc
import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nis.settings")

application = get_wsgi_application()

# What is loaded by now stays for as long as the process: who looks for rubbish need not go through it while a page waits.
import_module("nis.urls")
gc.collect()
gc.freeze()
