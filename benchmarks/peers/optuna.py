"""Optuna's TPE over the choices that a configuration is built from, each trial on every task.

Unlike the strategy `tpe` it has neither an allocator nor posterior means: Optuna as its manual
describes it.
"""

from optuna import create_study, logging, samplers

from benchmarks.peers.purse import Purse, SpentError, mean
from evolve.strategies.tpe import Suggested


def search(purse: Purse) -> None:
    """Searches until the budget is used up."""
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
