"""No sandbox: limits on time, memory and output hold, everything else is open to the program."""

from evolve.sandbox.base import PACKAGE, Launch, Sandbox, this_python


class Unsafe(Sandbox):
    """This machine as it is."""

    @property
    def safe(self) -> bool:
        """It keeps nothing in."""
        return False

    @property
    def problem(self) -> str:
        """There is none that it would notice."""
        return ""

    def launch(self, module: str) -> Launch:
        """How to run a module of `inside`."""
        return Launch(self.interpreter(module, str(this_python()), str(PACKAGE)))
