"""Template tags of the whole product: how dates, numbers, icons and figures are shown."""
