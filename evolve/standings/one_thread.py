"""Limits linear algebra to one thread.

The matrices of a search are small: with more threads a call takes twice the processor time. And
the number of threads changes the order of summation, so results would differ in the last bit
between a run and its resumption on another machine.
"""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Limits BLAS to one thread within the context."""
    import numpy as np  # noqa: F401 - only loaded libraries can be limited
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield
