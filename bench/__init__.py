"""Load and scale measurements: each module measures one thing, ``python -m bench NAME`` with the environment of bin/bench."""
