"""The simulator measured: what its replies give, beside what was published of real models.

``evolve sim calibrate`` prints it, ``docs/simulator.md`` shows it, a test holds each figure within
its tolerance. Everything comes from sampled replies, except where `population` says otherwise.
"""

from collections.abc import Callable, Mapping, Sequence

from evolve.models.simulated.calibration.figures import Figure
from evolve.models.simulated.calibration.population import phase_transition
from evolve.models.simulated.calibration.timing import latency
from evolve.models.simulated.calibration.topologies import five_systems, saturation
from evolve.models.simulated.calibration.voting import (
    repeated_errors,
    votes_of_peers,
    votes_of_samples,
)
from search_spaces.errors import unknown

GROUPS: Mapping[str, Callable[[bool], list[Figure]]] = {
    "votes": votes_of_samples,
    "errors": repeated_errors,
    "peers": votes_of_peers,
    "phase": phase_transition,
    "teams": five_systems,
    "saturation": saturation,
    "latency": latency,
}
"""What can be measured, by name; each is told whether to be fast."""


def measure(only: Sequence[str] = (), *, fast: bool = False) -> list[Figure]:
    """Measures groups of figures, all of them unless some are named.

    Args:
        only: Names of `GROUPS`.
        fast: Whether to draw fewer samples.

    Raises:
        ConfigError: There is no group of that name.
    """
    for name in only:
        if name not in GROUPS:
            raise unknown("group of figures", name, GROUPS)
    return [figure for name in only or GROUPS for figure in GROUPS[name](fast)]
