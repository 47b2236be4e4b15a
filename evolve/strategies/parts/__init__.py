"""What strategies are put together from: kinds of plug-ins of their own, combined in a run file.

``survival``    who may be a parent at all
``selection``   which of them is drawn
``proposers``   what makes a child: chance, crossing, reuse of edits, or a meta-agent
``choice``      which proposer, or which mutation, has its turn
``memory``      what is not tried again
``screening``   which of several children is worth evaluating

`evolve.strategies.composed` is where they meet. None of them has a state: whatever a part remembers
it reads from the view, so a resumed search asks as an uninterrupted one.
"""
