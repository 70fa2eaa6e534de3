"""The multidisciplinary question: asked of other domains, answered, concluded in the record."""
