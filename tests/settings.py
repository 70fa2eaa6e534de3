"""The settings of the tests: those of the product, with the test's own environment and a login that may make databases."""

import os
from urllib.parse import urlsplit

os.environ["NIS_ENV"] = "test"
os.environ.setdefault("NIS_TEST_APP_URL", os.environ.get("DATABASE_URL", ""))
os.environ["DATABASE_URL"] = os.environ.get("DATABASE_OWNER_URL", "")

from nis.settings import *  # noqa: F403

# A test that empties the cache must not empty the counts of a test that runs beside it.
_BESIDE = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8 + 8
CACHES["default"]["LOCATION"] = urlsplit(REDIS_URL)._replace(path=f"/{_BESIDE}").geturl()  # noqa: F405
STATIC_ROOT = BASE_DIR / "static"  # noqa: F405
STATICFILES_DIRS = []
