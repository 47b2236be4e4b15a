"""Bouts of peers, kept beside those of `evolve arena`, and the table of all in the folder.

python -m benchmarks.peers topology --with gepa,optuna --seeds 3 --share 0.1 --out arena
"""

import argparse
from importlib import import_module
from pathlib import Path

from benchmarks.peers.purse import Purse
from evolve.arena.bouts import Bout, Step
from evolve.arena.contestants import Contestant, Terms, settings_for
from evolve.arena.known import known_scores
from evolve.arena.summary import summarise
from evolve.arena.tournament import Pairing, pairings
from evolve.arena.truth import Truth, write
from evolve.report.arena import report
from evolve.report.console import show
from search_spaces.errors import EvolveError

PEERS = ("gepa", "optuna")


def fight(peer: str, landscape: str, seed: int, terms: Terms, truths: Path) -> Bout:
    """One search of a peer with one seed, as `evolve.arena.bouts.fight` does it for our own.

    Args:
        peer: A module of this package.
        landscape: A run file, or a shipped one's name.
        seed: Of everything random in it.
        terms: What is the same for everybody.
        truths: Where true scores are kept.
    """
    settings = settings_for(landscape, Contestant.named("random"), seed, terms)
    truth, purse = Truth(settings, terms, truths), Purse(settings)
    import_module(f"benchmarks.peers.{peer}").search(purse)
    steps = [Step(share=s.share, score=truth.of(s.config), config=s.config.id) for s in purse.stood]
    winner = purse.stood[-1].config
    return Bout(
        landscape=landscape,
        contestant=f"{peer} (package)",
        seed=seed,
        steps=tuple(steps),
        final=truth.of(winner),
        start=max(truth.of(each) for each in purse.seeds),
        agents=len(winner.agents),
        candidates=len(purse.stood),
        proposals=0,
        invalid=0,
        usd=purse.ledger.settled.usd,
        evaluations=purse.evaluations,
        ended="the budget was spent",
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("landscapes", nargs="+")
    parser.add_argument("--with", dest="peers", default=",".join(PEERS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--tasks", type=int)
    parser.add_argument("--sealed", type=int)
    parser.add_argument("--out", type=Path, default=Path("arena"))
    chosen = parser.parse_args()
    terms = Terms(share=chosen.share, tasks=chosen.tasks, sealed=chosen.sealed)
    pairings(chosen.landscapes, [], [], terms, chosen.out)  # refuses a folder with other terms
    for seed in range(chosen.first_seed, chosen.first_seed + chosen.seeds):
        for landscape in chosen.landscapes:
            for peer in chosen.peers.split(","):
                _fight_once(peer, landscape, seed, terms, chosen.out)
    bouts = [
        Bout.model_validate_json(path.read_text("utf-8"))
        for landscape in chosen.landscapes
        for path in sorted(_place("x", landscape, 0, terms, chosen.out).parents[1].glob("*/*.json"))
    ]
    known = known_scores(chosen.landscapes, terms, chosen.out)
    show(report(summarise(bouts, known), len(bouts)), as_json=False)


def _place(name: str, landscape: str, seed: int, terms: Terms, folder: Path) -> Path:
    return Pairing(landscape, Contestant(name, {}), seed, terms, folder).path


def _fight_once(peer: str, landscape: str, seed: int, terms: Terms, folder: Path) -> None:
    path = _place(f"{peer} (package)", landscape, seed, terms, folder)
    if path.is_file():
        return
    try:
        bout = fight(peer, landscape, seed, terms, folder / "truths")
    except EvolveError as error:
        print(f"{peer} on {landscape} with seed {seed}: {error}")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, bout.model_dump_json(indent=1))
    print(f"{landscape} seed {seed}: {bout.contestant} ends at {100 * bout.final:.1f}")


if __name__ == "__main__":
    main()
