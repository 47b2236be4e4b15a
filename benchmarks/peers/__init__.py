"""Other projects' optimisers in the same arena, at the same spend; the product imports none of it.

    pip install gepa
    python -m benchmarks.peers topology strong_single --with gepa,optuna --seeds 3 --out arena

``purse``    the budget of a peer: evaluations and a meta-agent, booked until a cap is reached
``gepa``     the package ``gepa``, whose candidates are whole systems and whose reflection is ours
``optuna``   Optuna's TPE over the choices that a configuration is built from
"""
