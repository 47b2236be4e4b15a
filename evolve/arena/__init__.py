"""The arena: searches on landscapes at equal total spend.

``contestants``  who takes part, and how a landscape's run file becomes theirs
``bouts``        one search with one seed, and what came of it
``incumbents``   who stood best when so much of the budget was used
``truth``        what systems score on sealed tasks, measured once each
``tournament``   all bouts, over processes, resumable
``summary``      regret, ranks, paired differences and what was needed to get near the best
"""
