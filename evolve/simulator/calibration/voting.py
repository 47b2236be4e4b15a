"""Calibration of votes: one model's samples, different models, a strong one among weak ones."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import mean

from evolve.simulator.calibration.figures import Figure
from evolve.simulator.calibration.laboratory import Laboratory, profile
from evolve.simulator.landscape import Domain
from evolve.simulator.profile import Shares, load_profile, profile_names

_FAMILIES = ("alder", "birch", "cedar", "dogwood", "elder")


def votes_of_samples(fast: bool) -> list[Figure]:
    """Votes of forty samples that are much alike, less alike and hardly alike."""
    questions, samples = (500, 40) if fast else (2000, 40)
    count = questions * samples

    def figure(what: str, published: str, found: float, off: float, unit: str = "%") -> Figure:
        target = float(published.split(" %")[0].split(" (")[0])
        factor = 100 if unit == "%" else 1
        return Figure(
            "votes", what, published, factor * found, target - off, target + off, count, unit
        )

    usual = Shares(family=0.2, model=0.22, approach=0.1)
    single, voted, correlation = _sampled(questions, samples, 0.835, 0.86, usual)
    letters = "GPT-3.5 on last letters"
    found = [
        figure("one sample, much alike", f"78.7 % ({letters})", single, 2.0),
        figure("vote of 40, much alike", f"81.6 % ({letters})", voted, 2.0),
        figure("correlation of samples, much alike", f".75 ({letters})", correlation, 0.05, ""),
    ]
    loose = Shares(family=0.22, model=0.24, approach=0.08)
    single, voted, correlation = _sampled(questions, samples, 0.15, 0.0, loose)
    found += [
        figure("one sample, less alike", "56.5 % (PaLM 540B on GSM8K)", single, 2.5),
        figure("vote of 40, less alike", "74.4 % (PaLM 540B on GSM8K)", voted, 4.0),
    ]
    low = Shares(family=0.09, model=0.09, approach=0.07)
    single, voted, correlation = _sampled(questions, samples, 0.81, 0.0, low)
    gain = 100 * (voted - single)
    return [
        *found,
        figure(
            "correlation of samples, hardly alike", ".16 (GPT-4, Game of 24)", correlation, 0.05, ""
        ),
        Figure(
            "votes", "gain of a vote of 40, hardly alike", "above 2.9", gain, 8, 22, count, "points"
        ),
    ]


def repeated_errors(fast: bool) -> list[Figure]:
    """P(same wrong answer | both are wrong), of every shipped profile with all the others."""
    questions = 400 if fast else 1500
    laboratory = Laboratory({"hard": Domain(difficulty=0.9, variety=0.6)}, questions)
    answers = {
        name: [row[0] for row in laboratory.answers(laboratory.mind(load_profile(name)))]
        for name in profile_names()
    }
    found = []
    for name, ours in answers.items():
        same = [
            a == b
            for other, theirs in answers.items()
            if other != name
            for a, b, truth in zip(ours, theirs, laboratory.truths, strict=True)
            if a and b and truth not in (a, b)
        ]
        found.append(
            Figure(
                "errors",
                f"P(same wrong | both wrong), {name}",
                ".14 (MATH) to .40 (GSM8K)",
                mean(same),
                0.14,
                0.40,
                questions * len(answers),
            )
        )
    return found


def votes_of_peers(fast: bool) -> list[Figure]:
    """Votes of five models of different families, in the middle, above it and near the ceiling."""
    questions = 600 if fast else 3000
    found = []
    for where, published, difficulty, variety, low, high in (
        ("mid-range", "52 → 64.4 (MATH level 5)", 0.47, 0.9, 8.0, 14.0),
        ("upper range", "75 → 79 (CRUX)", -1.1, 2.6, 2.5, 6.5),
        ("near the ceiling", "94 → 96.4 (GSM8K)", -3.3, 2.3, 1.0, 3.5),
    ):
        best, voted = _peers(questions, difficulty, variety)
        what = f"gain of 5 peers, {where} (best alone {100 * best:.0f} %)"
        gain = 100 * (voted - best)
        found.append(Figure("peers", what, published, gain, low, high, 5 * questions, "points"))
    best, voted = _peers(questions, -1.0, 0.7, ability=1.1, weaker=1.2, related=True)
    what = f"a strong model among weak ones (alone {100 * best:.0f} %)"
    loss = 100 * (voted - best)
    return [
        *found,
        Figure("peers", what, "95.9 → 92.9 (CRUX)", loss, -6, -1, 5 * questions, "points"),
    ]


def _sampled(
    questions: int, samples: int, ability: float, alike: float, shares: Shares
) -> tuple[float, float, float]:
    """The accuracy of a sample, of a vote over all of them, and the samples' correlation."""
    laboratory = Laboratory({"plain": Domain(variety=0.0, alike=alike)}, questions)
    subject = laboratory.mind(profile(ability=ability, shares=shares))
    rows = laboratory.answers(subject, range(samples))
    right = [
        [given == truth for given in row]
        for row, truth in zip(rows, laboratory.truths, strict=True)
    ]
    single = mean(map(mean, right))
    return single, laboratory.accuracy(map(_most, rows)), _likeness(right, single)


def _peers(
    questions: int,
    difficulty: float,
    variety: float,
    ability: float = 0.45,
    weaker: float = 0.0,
    related: bool = False,
) -> tuple[float, float]:
    """The accuracy of the best of five models alone, and of their vote; ties go to the first."""
    laboratory = Laboratory({"plain": Domain(difficulty=difficulty, variety=variety)}, questions)
    rows = []
    for place in range(len(_FAMILIES)):
        family = _FAMILIES[min(place, 1) if related else place]
        less = weaker * (place > 0) + 0.03 * place
        subject = laboratory.mind(profile(family=family, ability=ability - less))
        rows.append([answers[0] for answers in laboratory.answers(subject)])
    best = max(map(laboratory.accuracy, rows))
    return best, laboratory.accuracy(map(_most, zip(*rows, strict=True)))


def _most(answers: Iterable[str]) -> str:
    return Counter(answers).most_common(1)[0][0]


def _likeness(right: Sequence[Sequence[bool]], single: float) -> float:
    """The intraclass correlation of repeated runs (one-way analysis of variance)."""
    runs = len(right[0])
    between = runs * sum((mean(row) - single) ** 2 for row in right) / (len(right) - 1)
    within = mean(mean(row) * (1 - mean(row)) * runs / (runs - 1) for row in right)
    return (between - within) / (between + (runs - 1) * within)
