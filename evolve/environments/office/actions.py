"""What can be looked up and done in the office: functions on its state with their schemas."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from evolve.environments.office.world import COLUMNS, ME, NOW, PEOPLE, Event, Mail, Todo, World

SHOWN = 12
"""How many finds are shown at once."""


class ActionError(ValueError):
    """An action that cannot be done; the message says why."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done."""

    description: str
    parameters: Mapping[str, str]
    """What each parameter means; all are texts but `minutes`."""
    optional: tuple[str, ...]
    do: Callable[[World, Mapping[str, Any]], str]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of what it is called with."""
        return {
            "type": "object",
            "properties": {
                name: {"type": "integer" if name == "minutes" else "string", "description": about}
                for name, about in self.parameters.items()
            },
            "required": [name for name in self.parameters if name not in self.optional],
            "additionalProperties": False,
        }


def perform(world: World, name: str, arguments: Mapping[str, Any]) -> str:
    """Does something; the world is as it was where that fails.

    Raises:
        ActionError: There is no such action, or it cannot be done.
    """
    if name not in ACTIONS:
        raise ActionError(f"there is no action {name!r:.60}; there are: {', '.join(ACTIONS)}")
    action = ACTIONS[name]
    if unknown := arguments.keys() - action.parameters.keys():
        raise ActionError(f"unknown parameters: {', '.join(sorted(map(str, unknown)))[:100]}")
    required = [each for each in action.parameters if each not in action.optional]
    if missing := [each for each in required if arguments.get(each) in (None, "")]:
        raise ActionError(f"missing parameters: {', '.join(missing)}")
    return action.do(world, arguments)


def _calendar_search(world: World, given: Mapping[str, Any]) -> str:
    day, person = _day(given, "date"), _person(given, "person")
    title = str(given.get("title") or "").casefold()
    found = {
        key: event
        for key, event in world.events.items()
        if (day is None or event.start.date() == day)
        and (person is None or event.person == person)
        and title in event.title.casefold()
        and (day is not None or event.start >= NOW)
    }
    return _listed(
        f"{key}: {e.title} with {e.person}, {_when(e.start)}, {e.minutes} minutes"
        for key, e in sorted(found.items(), key=lambda item: item[1].start)
    )


def _calendar_create(world: World, given: Mapping[str, Any]) -> str:
    person = _person(given, "person") or ME
    event = Event(str(given["title"]).strip(), person, _time(given, "start"), _minutes(given))
    world.events[key := f"e{_next(world.events)}"] = event
    return f"created {key}"


def _calendar_move(world: World, given: Mapping[str, Any]) -> str:
    key = _known(world.events, given, "event")
    world.events[key] = replace(world.events[key], start=_time(given, "start"))
    return f"moved {key}"


def _calendar_cancel(world: World, given: Mapping[str, Any]) -> str:
    key = _known(world.events, given, "event")
    del world.events[key]
    return f"cancelled {key}"


def _mail_search(world: World, given: Mapping[str, Any]) -> str:
    sender = _person(given, "sender")
    words = str(given.get("words") or "").casefold()
    found = {
        key: mail
        for key, mail in world.mails.items()
        if (sender is None or mail.sender == sender)
        and words in f"{mail.subject}\n{mail.body}".casefold()
    }
    return _listed(
        f"{key}: from {m.sender}, {_when(m.at)}: {m.subject}. {m.body}"
        for key, m in sorted(found.items(), key=lambda item: item[1].at, reverse=True)
    )


def _mail_send(world: World, given: Mapping[str, Any]) -> str:
    to = _person(given, "to") or ME
    mail = Mail(ME, to, str(given["subject"]).strip(), str(given["body"]).strip(), NOW)
    world.mails[key := f"m{_next(world.mails)}"] = mail
    return f"sent {key}"


def _mail_delete(world: World, given: Mapping[str, Any]) -> str:
    key = _known(world.mails, given, "mail")
    del world.mails[key]
    return f"deleted {key}"


def _tasks_search(world: World, given: Mapping[str, Any]) -> str:
    owner, column = _person(given, "owner"), _column(given)
    words = str(given.get("words") or "").casefold()
    found = {
        key: todo
        for key, todo in world.todos.items()
        if (owner is None or todo.owner == owner)
        and (column is None or todo.column == column)
        and words in todo.title.casefold()
    }
    return _listed(
        f"{key}: {t.title}, {t.owner}, {t.column}, due {t.due:%Y-%m-%d}"
        for key, t in sorted(found.items(), key=lambda item: item[1].due)
    )


def _tasks_create(world: World, given: Mapping[str, Any]) -> str:
    day = _day(given, "due")
    assert day is not None, "due is required"
    due = NOW.replace(year=day.year, month=day.month, day=day.day, hour=17)
    owner = _person(given, "owner") or ME
    todo = Todo(str(given["title"]).strip(), owner, "backlog", due)
    world.todos[key := f"t{_next(world.todos)}"] = todo
    return f"created {key}"


def _tasks_update(world: World, given: Mapping[str, Any]) -> str:
    key = _known(world.todos, given, "task")
    before = world.todos[key]
    owner, column = _person(given, "owner") or before.owner, _column(given) or before.column
    world.todos[key] = replace(before, owner=owner, column=column)
    return f"updated {key}"


def _known(things: Mapping[str, object], given: Mapping[str, Any], name: str) -> str:
    key = str(given[name]).strip()
    if key not in things:
        raise ActionError(f"there is no {name} {key!r:.40}; search for its id first")
    return key


def _person(given: Mapping[str, Any], name: str) -> str | None:
    person = str(given.get(name) or "").strip().casefold()
    if person and person not in (*PEOPLE, ME):
        raise ActionError(f"nobody is called {person!r:.40}; there are: {', '.join(PEOPLE)}")
    return person or None


def _column(given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - one of the columns, or None
    column = str(given.get("column") or "").strip().casefold()
    if column and column not in COLUMNS:
        raise ActionError(f"there is no column {column!r:.40}; there are: {', '.join(COLUMNS)}")
    return column or None


def _day(given: Mapping[str, Any], name: str) -> date | None:
    written = str(given.get(name) or "").strip()
    try:
        return date.fromisoformat(written[:10]) if written else None
    except ValueError:
        raise ActionError(f"{name} is {written!r:.40}; expected a day such as 2026-03-12") from None


def _time(given: Mapping[str, Any], name: str) -> datetime:
    written = str(given[name]).strip()
    try:
        return datetime.fromisoformat(written).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError:
        problem = f"{name} is {written!r:.40}; expected a time such as 2026-03-12 14:30"
        raise ActionError(problem) from None


def _minutes(given: Mapping[str, Any]) -> int:
    try:
        minutes = int(given["minutes"])
    except (TypeError, ValueError):
        minutes = 0
    if not 1 <= minutes <= 24 * 60:
        raise ActionError(f"minutes is {given['minutes']!r:.40}; expected 1 to 1440")
    return minutes


def _next(things: Mapping[str, object]) -> str:
    return f"{1 + max((int(key[1:]) for key in things), default=-1):03}"


def _when(at: datetime) -> str:
    return f"{at:%A %Y-%m-%d %H:%M}"


def _listed(lines: Any) -> str:  # noqa: ANN401 - lines of text
    lines = list(lines)
    more = [f"… and {len(lines) - SHOWN} more; search more narrowly"] if len(lines) > SHOWN else []
    return "\n".join([*lines[:SHOWN], *more]) or "nothing found"


_DAY, _TIME = "Such as 2026-03-12.", "Such as 2026-03-12 14:30."
ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "calendar_search": Action(
            "Finds my meetings, earliest first; without a date: those to come.",
            {"date": _DAY, "person": "With whom.", "title": "Words of the title."},
            ("date", "person", "title"),
            _calendar_search,
        ),
        "calendar_create": Action(
            "Books a meeting.",
            {"title": "", "person": "With whom.", "start": _TIME, "minutes": "How long."},
            (),
            _calendar_create,
        ),
        "calendar_move": Action(
            "Moves a meeting to another time.",
            {"event": "Its id.", "start": _TIME},
            (),
            _calendar_move,
        ),
        "calendar_cancel": Action("Cancels a meeting.", {"event": "Its id."}, (), _calendar_cancel),
        "mail_search": Action(
            "Finds mail in my mailbox, newest first.",
            {"sender": "Who sent it.", "words": "Words of its subject or text."},
            ("sender", "words"),
            _mail_search,
        ),
        "mail_send": Action(
            "Sends a mail.", {"to": "To whom.", "subject": "", "body": ""}, (), _mail_send
        ),
        "mail_delete": Action("Deletes a mail.", {"mail": "Its id."}, (), _mail_delete),
        "tasks_search": Action(
            "Finds tasks on the team's board, first due first.",
            {
                "owner": "Whose.",
                "column": f"One of {', '.join(COLUMNS)}.",
                "words": "Words of the title.",
            },
            ("owner", "column", "words"),
            _tasks_search,
        ),
        "tasks_create": Action(
            "Creates a task in the backlog.",
            {"title": "", "owner": "Whose.", "due": _DAY},
            (),
            _tasks_create,
        ),
        "tasks_update": Action(
            "Gives a task to somebody else, or moves it to another column.",
            {"task": "Its id.", "owner": "Whose from now on.", "column": "Where to."},
            ("owner", "column"),
            _tasks_update,
        ),
    }
)
"""Everything that can be done, by name."""
