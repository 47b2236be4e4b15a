"""Shows that the sandbox works."""

from evolve.sandbox.inside.limits import close_in

close_in()
print("works")
