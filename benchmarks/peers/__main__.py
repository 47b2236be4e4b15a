"""Matches of peers, kept beside those of `evolve arena`, and the table of all in the folder.

python -m benchmarks.peers topology --with gepa,optuna --seeds 3 --share 0.1 --out arena

The package `dspy` is not among the extras; `pip install dspy` before `--with dspy.bootstrap`.
"""

from contextlib import closing
from importlib import import_module
from pathlib import Path

from benchmarks.matches import read_matches, show_table
from benchmarks.peers.purse import Purse
from evolve.data.output_files import replace_file
from evolve.engine.stopping import EndReason
from evolve.lab.arena.contestants import Contestant, Terms, settings_for
from evolve.lab.arena.matches import Match, Step
from evolve.lab.arena.tournament import Pairing, pairings
from evolve.lab.arena.truth import Truth
from evolve.report.arena import ended
from search_spaces.errors import EvolveError

PEERS = ("gepa", "optuna", "dspy.labeled", "dspy.bootstrap")


def play(peer: str, landscape: str, seed: int, terms: Terms, truths: Path) -> Match:
    """One search of a peer with one seed, as `evolve.lab.arena.matches.play` does it for our own.

    Args:
        peer: A module of this package, perhaps with a method of it after a dot.
        landscape: A run file, or a shipped one's name.
        seed: The seed of everything random in it.
        terms: The terms that are equal for all contestants.
        truths: The folder of true scores.
    """
    settings = settings_for(landscape, Contestant.named("random"), seed, terms)
    truth = Truth(settings, terms, truths)
    module, _, method = peer.partition(".")
    with closing(Purse(settings)) as purse:
        import_module(f"benchmarks.peers.{module}").search(purse, *filter(None, [method]))
    steps = [Step(share=s.share, score=truth.of(s.config), config=s.config.id) for s in purse.stood]
    winner = purse.stood[-1].config
    return Match(
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
        ended=EndReason.SPENT.value,
    )


def main() -> None:
    wanted = read_matches("benchmarks.peers", __doc__, PEERS)
    landscapes, peers, seeds, terms, out = wanted
    pairings(landscapes, [], [], terms, out)  # refuses a folder with other terms
    for seed in seeds:
        for landscape in landscapes:
            for peer in peers:
                _play_once(peer, landscape, seed, terms, out)
    matches = [
        Match.model_validate_json(path.read_text("utf-8"))
        for landscape in landscapes
        for path in sorted(_place("x", landscape, 0, terms, out).parents[1].glob("*/*.json"))
    ]
    show_table(wanted, matches)


def _place(name: str, landscape: str, seed: int, terms: Terms, folder: Path) -> Path:
    return Pairing(landscape, Contestant(name, {}), seed, terms, folder).path


def _play_once(peer: str, landscape: str, seed: int, terms: Terms, folder: Path) -> None:
    path = _place(f"{peer} (package)", landscape, seed, terms, folder)
    if path.is_file():
        return
    try:
        match = play(peer, landscape, seed, terms, folder / "truths")
    except EvolveError as error:
        print(f"{peer} on {landscape} with seed {seed}: {error}")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, match.model_dump_json(indent=1))
    print(ended(match))


if __name__ == "__main__":
    main()
