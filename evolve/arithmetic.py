"""One thread for linear algebra, whatever the machine has.

The matrices of a search are small, so that more threads mostly wait for each other: they double
the processor time of a call. And sums that are added in another order differ in the last bit,
which a resumed run may not.
"""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Linear algebra within it takes one thread."""
    import numpy as np  # noqa: F401 - its library must be there to be limited
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield
