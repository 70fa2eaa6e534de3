"""``python -m bench NAME …`` runs the measurement of that name."""

import runpy
import sys

if len(sys.argv) < 2 or not sys.argv[1].isidentifier():
    sys.exit("usage: python -m bench NAME [--size small|region]")
name = sys.argv.pop(1)
runpy.run_module(f"bench.{name}", run_name="__main__", alter_sys=True)
