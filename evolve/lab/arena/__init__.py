"""The arena: searches on landscapes at equal total spend.

``contestants``  the strategies that take part, and their run files
``matches``      one search with one seed, and its result
``calls``        replies of real models, shared by all matches
``incumbents``   the best candidate at each share of the budget
``truth``        scores of systems on sealed tasks, measured once each
``tournament``   all matches, over processes, resumable
``summary``      regret, ranks, paired differences and the spend to get near the best
"""
