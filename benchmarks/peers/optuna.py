"""Optuna's TPE over the choices that a configuration is built from, each trial on every task.

It differs from the strategy `tpe` in having neither an allocator nor posterior means: this is what
Optuna does when it is used as its manual says.
"""

from optuna import create_study, logging, samplers

from benchmarks.peers.purse import Purse, SpentError, mean
from evolve.strategies.tpe import Suggested


def search(purse: Purse) -> None:
    """Searches until nothing is left."""
    logging.set_verbosity(logging.WARNING)
    study = create_study(
        direction="maximize", sampler=samplers.TPESampler(seed=purse.settings.seed)
    )
    try:
        best = mean(purse.evaluate(purse.best_seed(), purse.tasks))
        while True:
            trial = study.ask()
            config = purse.settings.space.build(Suggested(trial))
            score = mean(purse.evaluate(config, purse.tasks))
            study.tell(trial, score)
            if score > best:
                best = score
                purse.stand_on(config)
    except SpentError:
        return
