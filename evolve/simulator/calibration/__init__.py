"""Calibration: figures of simulated replies beside published figures of real models.

``evolve sim calibrate`` prints it, ``docs/research/simulator.md`` shows it, and a test holds each
figure within its tolerance. Everything comes from sampled replies, except where `population` states
otherwise.
"""

from collections.abc import Callable, Mapping, Sequence

from evolve.simulator.calibration.figures import Figure
from evolve.simulator.calibration.population import phase_transition
from evolve.simulator.calibration.timing import latency
from evolve.simulator.calibration.topologies import five_systems, saturation
from evolve.simulator.calibration.voting import repeated_errors, votes_of_peers, votes_of_samples
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
"""The measurements by name; each takes ``fast``."""


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
