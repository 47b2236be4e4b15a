"""A configuration as a diagram in plain text.

Agents are rows in working order, ``●`` if their output counts. Messages of a round are on the
right: ``─┐`` sends, ``◄┘`` receives. Feedback for the next round is on the left; ``⟲`` is feedback
to itself. ``◆`` makes the answer after the rounds, ``◌`` works only on request. Lines below list
delegation and what opens a route.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from search_spaces.config import SystemConfig
from search_spaces.graph import Arrow
from search_spaces.text import shown
from search_spaces.wiring import EdgeKind, subordinates
from search_spaces.wording import (
    answer_in_words,
    condition_in_words,
    delegation_in_words,
    stop_in_words,
)

WIDTH = 80
NARROWEST = 24
"""The least width of names; if arrows would leave less, they are listed instead."""


class Bus(NamedTuple):
    """A line on which some rows send and others receive."""

    speakers: frozenset[int]
    hearers: frozenset[int]

    @property
    def top(self) -> int:
        """Its first row."""
        return min(self.speakers | self.hearers)

    @property
    def bottom(self) -> int:
        """Its last row."""
        return max(self.speakers | self.hearers)


Lanes = Sequence[Sequence[Bus]]


def sketch(config: SystemConfig, width: int = WIDTH) -> list[str]:
    """The configuration as lines of at most ``width`` characters, which should be 60 or more.

    They show the agents, the edges, the rounds, and how the answer is made.
    """
    rows = [agent.name for agent in config.agents if agent.name != config.answer.by]
    left = _lanes(_buses(rows, config.arrows("feedback")))
    right = _lanes(_buses(rows, config.arrows("message")))
    room = width - 3 * (len(left) + len(right)) - 3
    listed: list[str] = []
    if room < NARROWEST:
        left, right, room = [], [], width - 3
        listed = [*_listed(config, "message"), *_listed(config, "feedback")]
    labels = [_label(config, name) for name in rows]
    column = min(max(map(len, labels)), room)
    lines = [_title(config)]
    for row, label in enumerate(labels):
        padded = f"{shown(label, column):<{column}}"
        lines.append(f"  {_mirrored(_cells(left, row))}{padded} {_cells(right, row)}")
    if config.answer.by:
        lines.append(f"  {'   ' * len(left)}{_label(config, config.answer.by)}")
    lines += listed + _directions(config) + _footer(config)
    return [line.rstrip() if len(line) <= width else f"{line[: width - 1]}…" for line in lines]


def _title(config: SystemConfig) -> str:
    count = len(config.agents)
    size = "1 agent" if count == 1 else f"{count} agents"
    return f"{shown(config.name) or config.id}: {size}"


def _label(config: SystemConfig, name: str) -> str:
    """The agent's mark, its name, and its settings that are not defaults."""
    agent = config.agent(name)
    mark = "◆" if name == config.answer.by else "●" if name in config.sources else "○"
    mark = "◌" if name in subordinates(config.edge_keys) else mark
    role = shown(agent.role)
    plain = name.rstrip("0123456789").replace("_", " ").strip()
    title = f" ({role})" if role not in ("", plain) else ""
    several = f" ×{agent.samples}" if agent.samples > 1 else ""
    model = f" on {shown(agent.model)}" if agent.model else ""
    tools = f" with {', '.join(agent.tools)}" if agent.tools else ""
    itself = " ⟲" if (name, name) in config.arrows("feedback") else ""
    recalls = {None: "", "own": " ✎ own past", "shared": " ✎ blackboard"}[agent.memory]
    return f"{mark} {name}{title}{several}{model}{tools}{itself}{recalls}"


def _directions(config: SystemConfig) -> list[str]:
    """The lines about delegation and routes."""
    asked: dict[str, list[str]] = {}
    for source, target in config.arrows("delegate"):
        asked.setdefault(source, []).append(target)
    lines = [f"  {name} may ask {', '.join(those)}" for name, those in asked.items()]
    return lines + [
        f"  {edge.source} ⇢ {edge.target} {condition_in_words(edge.when)}"
        for edge in config.edges
        if edge.kind == "route"
    ]


def _footer(config: SystemConfig) -> list[str]:
    sources = config.sources if len(config.sources) <= 3 else ("all ●",)
    lines = [f"  answer: {answer_in_words(config.answer, sources)}"]
    if config.rounds > 1:
        rule = stop_in_words(config.stop)
        count = f"at most {config.rounds}, {rule}" if rule else str(config.rounds)
        lines = [f"  rounds: {count} (left and ⟲: feedback)", *lines]
    if config.arrows("delegate"):
        lines = [f"  delegation: {delegation_in_words(config.delegation)}", *lines]
    return lines


def _listed(config: SystemConfig, kind: EdgeKind) -> list[str]:
    heard: dict[str, list[str]] = {}
    for source, target in config.arrows(kind):
        if source != target:
            heard.setdefault(source, []).append(target)
    word = "feedback " if kind == "feedback" else ""
    return [f"  {word}{source} → {', '.join(targets)}" for source, targets in heard.items()]


def _buses(names: Sequence[str], arrows: Iterable[Arrow]) -> list[Bus]:
    """Groups arrows that can share a line.

    These are senders with the same receivers, and groups in which every agent receives from all
    others.
    """
    row = {name: number for number, name in enumerate(names)}
    hearers: dict[int, set[int]] = {}
    for source, target in arrows:
        if source != target:
            hearers.setdefault(row[source], set()).add(row[target])
    groups: dict[frozenset[int], set[int]] = {}
    for speaker, heard in hearers.items():
        groups.setdefault(frozenset(heard | {speaker}), set()).add(speaker)
    buses = [Bus(group, group) for group, members in groups.items() if group == members]
    settled = {speaker for bus in buses for speaker in bus.speakers}
    alike: dict[frozenset[int], set[int]] = {}
    for speaker, heard in hearers.items():
        if speaker not in settled:
            alike.setdefault(frozenset(heard), set()).add(speaker)
    return buses + [Bus(frozenset(speakers), heard) for heard, speakers in alike.items()]


def _lanes(buses: Iterable[Bus]) -> Lanes:
    """Assigns columns, so that no two lines overlap and later ones start further out."""
    lanes: list[list[Bus]] = []
    for bus in sorted(buses, key=lambda bus: (bus.top, bus.bottom)):
        crossed = [n for n, lane in enumerate(lanes) if lane[-1].bottom >= bus.top]
        lane = max(crossed, default=-1) + 1
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append(bus)
    return lanes


def _cells(lanes: Lanes, row: int) -> str:
    """One row of the lines on the right of the names."""
    here = [next((bus for bus in lane if bus.top <= row <= bus.bottom), None) for lane in lanes]
    joined = [n for n, bus in enumerate(here) if bus and row in bus.speakers | bus.hearers]
    cells = ""
    for number, bus in enumerate(here):
        reach = "──" if joined and number < joined[-1] else "  "
        if bus is None:
            cells += reach + reach[0]
        elif number not in joined:
            cells += f"{reach}│"
        else:
            head = "─" if row not in bus.hearers else "↔" if row in bus.speakers else "◄"
            corner = "┐" if row == bus.top else "┘" if row == bus.bottom else "┤"
            cells += f"─{head}{corner}"
    return cells


def _mirrored(cells: str) -> str:
    return cells[::-1].translate(str.maketrans("◄┐┘┤", "►┌└├"))
