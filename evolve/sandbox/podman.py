"""The same with Podman, which needs no daemon."""

from evolve.sandbox.docker import Docker


class Podman(Docker):
    """A container of Podman's, without network."""

    @property
    def program(self) -> str:
        """The command."""
        return "podman"
