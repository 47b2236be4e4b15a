"""The meta-agent: a model that designs systems.

``templates``    the prompts, which are files, and how they are filled
``showing``      the system, its standing, the limits and the objective in words
``examples``     tasks that a system failed or solved, with its agents' replies
``history``      which edits were tried, and what they did
``schemas``      what a reply has to look like, in the subset that strict endpoints take
``reading``      a reply back into edits or a system; unverified
``checks``       whether what is proposed works, is new and allowed, and quotes no task
``assignments``  what is asked: edits, a whole system, or a cross of two
``designing``    the conversation: ask, check, report what is wrong, ask again
"""
