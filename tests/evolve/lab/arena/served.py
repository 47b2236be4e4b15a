"""A scripted model that an arena treats as a real one: paid for, and in real time."""

from evolve.models.scripted import Scripted


class Served(Scripted):
    """Replies from a script, as an endpoint would."""

    @property
    def simulated(self) -> bool:
        """Never."""
        return False
