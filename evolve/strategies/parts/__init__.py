"""Parts of strategies: plug-ins of several kinds that a run file combines.

``survival``    which candidates may be parents
``selection``   which of them are drawn
``proposers``   what makes a child: chance, crossing, reuse of edits, or a meta-agent
``choice``      which proposer, or which mutation, comes next
``memory``      what is not tried again
``screening``   which of several children is worth evaluating

`evolve.strategies.composed` combines them. No part has state: everything it uses is read from the
view, so a resumed search proposes the same as an uninterrupted one.
"""
