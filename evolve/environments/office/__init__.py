"""An office of this project's own: a calendar, mail and a list of tasks, all made up.

``world`` is its state and where it starts, ``actions`` what can be looked up and done, ``problems``
makes requests together with the calls that fulfil them. The tool ``office`` lets agents act in it;
the scorer ``office`` compares how they leave it with how it should be. To score requests by the
state they lead to is WorkBench's idea (Styles et al., 2024, arXiv:2405.00823).
"""
