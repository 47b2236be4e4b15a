"""`python -m evolve` is the `evolve` command."""

from evolve.cli.main import main

if __name__ == "__main__":
    main()
