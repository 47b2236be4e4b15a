"""Searches from programs and notebooks; the package `evolve` offers what is here.

``search``      start a search, plain or async
``archives``    runs that an archive holds, and resuming them
``finding``     what a run found, as plain values
``display``     a finding as text, HTML and Markdown
``inputs``      functions, classes and tasks of a program, as a run file names them
``background``  work on a thread with an event loop of its own
"""
