"""The state of the office, and where it starts: the same for every task."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal

NOW = datetime(2026, 3, 12, 9, 0)
"""A Thursday; nothing in the office moves on by itself."""

ME = "robin"
PEOPLE = ("ada", "bela", "chidi", "dana", "emil", "fatou", "goran")
COLUMNS = ("backlog", "doing", "review", "done")
Column = Literal["backlog", "doing", "review", "done"]

_TOPICS = (
    *("budget", "hiring plan", "site visit", "price list", "user survey", "data migration"),
    *("press kit", "lease renewal", "holiday rota", "fire drill", "supplier audit", "newsletter"),
)
_MEETINGS = ("review", "planning", "catch-up", "workshop")
_STEPS = ("draft", "check", "update", "sign off")


@dataclass(frozen=True, slots=True)
class Event:
    """A meeting of mine."""

    title: str
    person: str
    start: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Mail:
    """A message in my mailbox: received, or sent by me."""

    sender: str
    to: str
    subject: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Todo:
    """A task assigned to a person."""

    title: str
    owner: str
    column: Column
    due: datetime


@dataclass
class World:
    """Everything that there is, by ids; new things get the next ids."""

    events: dict[str, Event] = field(default_factory=dict)
    mails: dict[str, Mail] = field(default_factory=dict)
    todos: dict[str, Todo] = field(default_factory=dict)

    def contents(self) -> tuple[list[str], ...]:
        """The content of the office without the ids of new items, for comparison."""
        kinds = (self.events, self.mails, self.todos)
        return tuple(sorted(map(repr, kind.values())) for kind in kinds)

    def copy(self) -> "World":
        """A world of its own that starts as this one is."""
        return World(dict(self.events), dict(self.mails), dict(self.todos))


def beginning() -> World:
    """The world as every task finds it."""
    world, rng = World(), Random("office")
    for number, day in enumerate(sorted(rng.choices(range(-4, 12), k=36))):
        world.events[f"e{number:03}"] = _event(day, rng)
    topics = list(_TOPICS) * 3
    for number, hours in enumerate(sorted(rng.sample(range(1, 200), 30), reverse=True)):
        sender, subject = rng.choice(PEOPLE), f"{topics[number].capitalize()} {rng.choice(_STEPS)}"
        at = NOW - timedelta(hours=hours)
        world.mails[f"m{number:03}"] = Mail(sender, ME, subject, f"About the {topics[number]}.", at)
    titles = [f"{step} the {topic}" for topic in _TOPICS for step in _STEPS]
    for number, title in enumerate(rng.sample(titles, 32)):
        due = NOW.replace(hour=17) + timedelta(days=rng.randint(-6, 14))
        todo = Todo(title, rng.choice(PEOPLE), rng.choice(COLUMNS), due)  # type: ignore[arg-type]
        world.todos[f"t{number:03}"] = todo
    return world


def _event(day: int, rng: Random) -> Event:
    start = NOW.replace(hour=rng.randint(9, 16), minute=rng.choice((0, 30))) + timedelta(days=day)
    title = f"{rng.choice(_TOPICS).capitalize()} {rng.choice(_MEETINGS)}"
    return Event(title, rng.choice(PEOPLE), start, rng.choice((30, 60, 90)))
