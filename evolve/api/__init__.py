"""Searches from programs and notebooks; `evolve` itself offers what is here.

``searching``  start a search, plain or async
``archives``   look at runs that there are, and resume them
``finding``    what a run found, as plain values
``showing``    the same for people, in a notebook
``given``      functions, classes and tasks of the program, as a run file names them
``background`` work on a thread of its own, so that a program's event loop does not matter
"""
