"""Orders that clues fix, and liars to be found; each is unique, by trying every possibility."""

from itertools import permutations
from random import Random

from configs.puzzle_tasks.words import NAMES

_SCENES = (
    ("ran a race without ties", "finished before", "finished"),
    ("stand in a queue", "stands ahead of", "stands"),
    ("were born in different years", "was born before", "was born"),
)
_PLACES = ("first", "second", "third", "fourth", "fifth")

_Clue = tuple[str, str, bool]
"""Two people, and whether they are merely neighbours (True) or the first comes before (False)."""


def make(random: Random) -> tuple[str, str]:
    """Returns a question and its answer."""
    return random.choice((_order, _order, _liar))(random)


def _order(random: Random) -> tuple[str, str]:
    people = random.sample(NAMES, random.choice((4, 5)))
    scene, before, verb = random.choice(_SCENES)
    clues = _clues(people, random)
    told = [
        f"Nobody comes between {one} and {other}" if close else f"{one} {before} {other}"
        for one, other, close in clues
    ]
    place = random.randrange(len(people))
    *others, last = sorted(people)
    return (
        f"{', '.join(others)} and {last} {scene}. {'. '.join(told)}. Who {verb} {_PLACES[place]}?"
    ), people[place]


def _clues(people: list[str], random: Random) -> list[_Clue]:
    """Adds clues that exclude something until only the true order fits."""
    clues: list[_Clue] = []
    orders = list(permutations(people))
    while len(orders) > 1:
        one, other = sorted(random.sample(range(len(people)), 2))
        close = other == one + 1 and random.random() < 0.4
        clue = people[one], people[other], close
        fitting = [order for order in orders if _fits(order, clue)]
        if len(fitting) < len(orders):
            clues.append(clue)
            orders = fitting
    random.shuffle(clues)
    return clues


def _fits(order: tuple[str, ...], clue: _Clue) -> bool:
    one, other, close = clue
    gap = order.index(other) - order.index(one)
    return abs(gap) == 1 if close else gap > 0


def _liar(random: Random) -> tuple[str, str]:
    people = random.sample(NAMES, 3)
    while True:
        says = [
            (random.choice([other for other in range(3) if other != me]), random.random() < 0.5)
            for me in range(3)
        ]
        liars = [liar for liar in range(3) if _consistent(liar, says)]
        if len(liars) == 1:
            break
    told = [
        f"{people[me]} says that {people[who]} {'tells the truth' if honest else 'is lying'}"
        for me, (who, honest) in enumerate(says)
    ]
    return (
        f"Exactly one of {people[0]}, {people[1]} and {people[2]} is lying, and the other two "
        f"tell the truth. {'. '.join(told)}. Who is lying?"
    ), people[liars[0]]


def _consistent(liar: int, says: list[tuple[int, bool]]) -> bool:
    """Whether just the liar's claim (who, and whether that one is honest) is false."""
    return all((honest == (who != liar)) == (me != liar) for me, (who, honest) in enumerate(says))
