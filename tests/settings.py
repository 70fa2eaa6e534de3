"""The settings of the tests: those of the product, with the test's own environment and a login that may make databases."""

import os

os.environ["NIS_ENV"] = "test"
os.environ.setdefault("NIS_TEST_APP_URL", os.environ.get("DATABASE_URL", ""))
os.environ["DATABASE_URL"] = os.environ.get("DATABASE_OWNER_URL", "")

from nis.settings import *  # noqa: F403

STATIC_ROOT = BASE_DIR / "static"  # noqa: F405
STATICFILES_DIRS = []
