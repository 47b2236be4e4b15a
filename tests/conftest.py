"""One thread for linear algebra: several processes with two each mostly wait for each other."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
