"""Repeatable properties, one thread for linear algebra, and a record of known runs of their own."""

import os
import tempfile

from hypothesis import settings

# Several processes with two threads each mostly wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="evolve-tests-")

# Whoever changes nothing sees the same result; `--hypothesis-profile=default` draws new examples.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")
