"""Requests about the office, each with the calls that fulfil it.

``python -m evolve.environments.office.problems`` prints them as the file ``configs/office.jsonl``.

Every kind of request finds its way through the world where it starts; a request that nothing has
to be done for is one too. The calls are one way to the state that is wanted, not the only one.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from evolve.environments.office.world import COLUMNS, NOW, PEOPLE, Event, World, beginning

SEED = "office problems"
SPLITS: Mapping[str, int] = MappingProxyType({"train": 2, "validation": 5, "test": 5})
"""How many requests of each kind go into each split."""


class Call(NamedTuple):
    """Something to be done, with what."""

    name: str
    arguments: dict[str, Any]


class Problem(NamedTuple):
    """A request and what fulfils it."""

    request: str
    calls: tuple[Call, ...]


def cancel_next(world: World, rng: Random) -> Problem:
    """The next meeting with a person; there may be none."""
    person = rng.choice(PEOPLE)
    events = _coming(world, person)
    ways = ("Cancel my next meeting with {}.", "Take my next meeting with {} out of the calendar.")
    return Problem(rng.choice(ways).format(person), tuple(_cancelled(key) for key in events[:1]))


def clear_day(world: World, rng: Random) -> Problem:
    """All meetings of one day."""
    day = NOW + timedelta(days=rng.randint(1, 10))
    events = [key for key in _coming(world) if world.events[key].start.date() == day.date()]
    request = rng.choice(
        (
            "I will be away on {}: cancel all meetings that I have on that day.",
            "Clear my calendar for {}.",
        )
    )
    return Problem(request.format(f"{day:%A %d %B}"), tuple(map(_cancelled, events)))


def move_meeting(world: World, rng: Random) -> Problem:
    """A meeting that has its title to itself, to another day and time."""
    titles = [world.events[key].title for key in _coming(world)]
    key = rng.choice([k for k in _coming(world) if titles.count(world.events[k].title) == 1])
    event, start = world.events[key], _free_time(rng)
    return Problem(
        f"Move the {event.title} with {event.person} to {start:%d %B at %H:%M}.",
        (Call("calendar_move", {"event": key, "start": f"{start:%Y-%m-%d %H:%M}"}),),
    )


def book_meeting(world: World, rng: Random) -> Problem:
    """A new meeting at a given time."""
    person, start, minutes = rng.choice(PEOPLE), _free_time(rng), rng.choice((15, 30, 45, 60))
    title = f"{rng.choice(('Quarter', 'Team', 'Project', 'Annual'))} {rng.choice(_OCCASIONS)}"
    return Problem(
        f"Book a meeting called '{title}' with {person} on {start:%A %d %B} at {start:%H:%M} "
        f"for {minutes} minutes.",
        (_booked(title, person, start, minutes),),
    )


def delete_last_mail(world: World, rng: Random) -> Problem:
    """The newest mail from a person; there may be none."""
    sender = rng.choice(PEOPLE)
    mails = [key for key, mail in world.mails.items() if mail.sender == sender]
    newest = sorted(mails, key=lambda key: world.mails[key].at)[-1:]
    ways = ("Delete the last mail that {} sent me.", "Throw the newest mail from {} away.")
    return Problem(
        rng.choice(ways).format(sender),
        tuple(Call("mail_delete", {"mail": key}) for key in newest),
    )


def tell_everybody(world: World, rng: Random) -> Problem:
    """A mail to all people met on one day."""
    event = world.events[rng.choice(_coming(world))]
    people = sorted(
        {e.person for e in world.events.values() if e.start.date() == event.start.date()}
    )
    word = rng.choice(("late", "early", "remote", "brief"))
    subject, body = f"I will be {word}", f"Please expect me to be {word}."
    return Problem(
        f"Send everybody with whom I have a meeting on {event.start:%A %d %B} a mail with the "
        f"subject '{subject}' and the text '{body}'",
        tuple(_sent(person, subject, body) for person in people),
    )


def move_column(world: World, rng: Random) -> Problem:
    """All tasks of a person moved from one column to the next."""
    owner, place = rng.choice(PEOPLE), rng.randrange(3)
    old, new = COLUMNS[place], COLUMNS[place + 1]
    keys = [k for k, t in sorted(world.todos.items()) if t.owner == owner and t.column == old]
    return Problem(
        f"Move all of {owner}'s tasks that are in {old} to {new}.",
        tuple(Call("tasks_update", {"task": key, "column": new}) for key in keys),
    )


def hand_over(world: World, rng: Random) -> Problem:
    """Overdue tasks of one person assigned to another."""
    owner, other = rng.sample(PEOPLE, 2)
    late = [
        key
        for key, todo in sorted(world.todos.items())
        if todo.owner == owner and todo.column != "done" and todo.due < NOW
    ]
    return Problem(
        f"Give every overdue task of {owner}'s that is not done to {other}.",
        tuple(Call("tasks_update", {"task": key, "owner": other}) for key in late),
    )


def new_task(world: World, rng: Random) -> Problem:
    """A new task for a person with a due date."""
    owner, due = rng.choice(PEOPLE), NOW + timedelta(days=rng.randint(1, 20))
    title = f"{rng.choice(('order', 'print', 'book', 'count'))} {rng.choice(_THINGS)}"
    return Problem(
        f"Create a task '{title}' for {owner}, due on {due:%d %B}.",
        (Call("tasks_create", {"title": title, "owner": owner, "due": f"{due:%Y-%m-%d}"}),),
    )


def meet_or_write(world: World, rng: Random) -> Problem:
    """What is to be done depends on whether there is a meeting."""
    person, minutes = rng.choice(PEOPLE), rng.choice((20, 30))
    day = NOW + timedelta(days=rng.randint(1, 6))
    meets = any(world.events[k].start.date() == day.date() for k in _coming(world, person))
    title, start = f"Catching up with {person}", day.replace(hour=17, minute=30)
    calls = _sent(person, "Until then", "Looking forward to our meeting.")
    return Problem(
        f"If I have a meeting with {person} on {day:%A %d %B}, send them a mail with the subject "
        "'Until then' and the text 'Looking forward to our meeting.' Otherwise book one on that "
        f"day at 17:30 for {minutes} minutes, called '{title}'.",
        (calls if meets else _booked(title, person, start, minutes),),
    )


def chase_task(world: World, rng: Random) -> Problem:
    """The owner of a task is written to, unless it is done."""
    _, todo = rng.choice(sorted(world.todos.items()))
    subject = f"How is it going: {todo.title}"
    done = todo.column == "done"
    return Problem(
        f"Ask whoever has the task '{todo.title}' how it is going, in a mail with the subject "
        f"'{subject}' and the text 'Please tell me today.', unless the task is done already.",
        () if done else (_sent(todo.owner, subject, "Please tell me today."),),
    )


def finish_after_mail(world: World, rng: Random) -> Problem:
    """A mail about something closes the tasks about it."""
    topic = rng.choice([todo.title.split(" the ")[1] for todo in world.todos.values()])
    column = rng.choice(("done", "review"))
    wrote = any(topic in mail.subject.casefold() for mail in world.mails.values())
    early = COLUMNS[: COLUMNS.index(column)]
    open_ = [k for k, t in sorted(world.todos.items()) if topic in t.title and t.column in early]
    return Problem(
        f"If I have received any mail about the {topic}, move all tasks about it that are not that "
        f"far yet to {column}. If not, leave them as they are.",
        tuple(Call("tasks_update", {"task": k, "column": column}) for k in open_) if wrote else (),
    )


KINDS: tuple[Callable[[World, Random], Problem], ...] = (
    *(cancel_next, clear_day, move_meeting, book_meeting, delete_last_mail, tell_everybody),
    *(move_column, hand_over, new_task, meet_or_write, chase_task, finish_after_mail),
)
_OCCASIONS = ("kick-off", "outlook", "retrospective", "lunch", "interview")
_THINGS = ("the badges", "two projectors", "the train tickets", "the spare keys", "new chairs")


def rows() -> list[dict[str, str]]:
    """The task set: splits one after the other, the kinds taking turns within each."""
    made = {kind.__name__: _distinct(kind) for kind in KINDS}
    found: list[dict[str, str]] = []
    for split, count in SPLITS.items():
        for number in range(count):
            for name, problems in made.items():
                problem = next(problems)
                found.append(
                    {
                        "id": f"{name}-{split}-{number + 1}",
                        "request": problem.request,
                        "calls": json.dumps([call._asdict() for call in problem.calls]),
                        "domain": name,
                        "split": split,
                    }
                )
    return found


def text() -> str:
    """The task file: one JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows())


def _distinct(kind: Callable[[World, Random], Problem]) -> Iterator[Problem]:
    rng, seen = Random(f"{SEED}/{kind.__name__}"), set[str]()
    while True:
        problem = kind(beginning(), rng)
        if problem.request not in seen:
            seen.add(problem.request)
            yield problem


def _coming(world: World, person: str | None = None) -> list[str]:
    """The meetings to come, earliest first."""
    events: list[tuple[datetime, str]] = [
        (event.start, key)
        for key, event in world.events.items()
        if event.start >= NOW and person in (None, event.person)
    ]
    return [key for _, key in sorted(events)]


def _free_time(rng: Random) -> datetime:
    return NOW.replace(hour=rng.randint(8, 17), minute=rng.choice((10, 20, 40, 50))) + timedelta(
        days=rng.randint(1, 14)
    )


def _cancelled(key: str) -> Call:
    return Call("calendar_cancel", {"event": key})


def _sent(to: str, subject: str, body: str) -> Call:
    return Call("mail_send", {"to": to, "subject": subject, "body": body})


def _booked(title: str, person: str, start: datetime, minutes: int) -> Call:
    event = Event(title, person, start, minutes)
    arguments = {"title": title, "person": event.person, "start": f"{start:%Y-%m-%d %H:%M}"}
    return Call("calendar_create", {**arguments, "minutes": minutes})


if __name__ == "__main__":
    print(text(), end="")
