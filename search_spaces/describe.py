"""Edits and answers in words for people."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from search_spaces.config import Answer, Delegation, Stop, SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import (
    AddAgent,
    AddEdge,
    AddTool,
    Edit,
    RemoveAgent,
    RemoveEdge,
    RemoveTool,
    SetAnswer,
    SetDelegation,
    SetDemonstrations,
    SetLabel,
    SetModel,
    SetParameter,
    SetPrompt,
    SetRole,
    SetRounds,
    SetRoute,
    change,
)
from search_spaces.errors import EditError
from search_spaces.routes import opening

QUOTED = 60
"""How many characters of a text are shown."""


def describe(edits: Sequence[Edit], before: SystemConfig) -> list[str]:
    """One line for each edit, with the value that each one replaces."""
    draft = Draft.of(before)
    lines = []
    for edit in edits:
        lines.append(describe_edit(edit, draft))
        with suppress(EditError):
            change(draft, edit)
    return lines


def describe_edit(edit: Edit, before: Draft) -> str:
    """One edit to a draft, in words such as ``solver: temperature 0.2 → 0.7``."""
    match edit:
        case AddAgent(agent=agent):
            role = f" ({shown(agent.role)})" if agent.role not in ("", agent.name) else ""
            return f"+ {agent.name}{role}"
        case RemoveAgent(agent=name):
            return f"− {name}"
        case AddEdge():
            return f"+ {_arrow(edit)}"
        case RemoveEdge():
            return f"− {_arrow(edit)}"
        case SetRoute(source=source, target=target, when=when):
            was = condition_in_words(before.condition((source, target, "route")))
            return f"{source} ⇢ {target}: {was} → {condition_in_words(when)}"
        case SetDelegation(delegation=delegation):
            was = delegation_in_words(before.delegation)
            return f"delegation: {was} → {delegation_in_words(delegation)}"
        case SetRounds(rounds=rounds, stop=stop):
            return f"rounds: {_rounds(before.rounds, before.stop)} → {_rounds(rounds, stop)}"
        case SetAnswer(answer=answer):
            after = replace(before, answer=answer)
            was = answer_in_words(before.answer, before.sources)
            return f"answer: {was} → {answer_in_words(answer, after.sources)}"
        case SetLabel(name=name, description=text):
            renamed = f"name: {quoted(before.name)} → {quoted(name)}"
            return renamed if name != before.name else f"description: {quoted(text)}"
    return f"{edit.agent}: {_agent_edit(edit, before)}"


def _agent_edit(
    edit: SetRole | SetPrompt | SetModel | SetParameter | SetDemonstrations | AddTool | RemoveTool,
    before: Draft,
) -> str:
    agent = before.agents.get(edit.agent)
    match edit:
        case SetPrompt(prompt=prompt):
            return f"prompt {_line_changes(agent.prompt if agent else '', prompt)}"
        case SetRole(role=role):
            return f"role {quoted(agent.role if agent else '')} → {quoted(role)}"
        case SetModel(model=model):
            return f"model {_value(agent and agent.model)} → {_value(model)}"
        case SetParameter(parameter=parameter, value=value):
            old = getattr(agent, parameter) if agent else None
            if parameter == "memory":
                return f"memory {old or 'none'} → {value or 'none'}"
            return f"{parameter} {_value(old)} → {_value(value)}"
        case SetDemonstrations(demonstrations=shown_now):
            count = len(agent.demonstrations) if agent else 0
            other = " others" if count == len(shown_now) else ""
            return f"demonstrations {count} → {len(shown_now)}{other}"
        case AddTool(tool=tool):
            return f"+ tool {tool}"
        case RemoveTool(tool=tool):
            return f"− tool {tool}"


def answer_in_words(answer: Answer, sources: Iterable[str] = ()) -> str:
    """How the answer is made, such as ``vote of first, second``.

    Args:
        answer: What is to be told.
        sources: Whose outputs count, where it is known better than the answer itself says.
    """
    names = ", ".join(sources or answer.sources) or "whoever nobody listens to"
    match answer.mode:
        case "last":
            return f"output of {names}"
        case "vote":
            return f"vote of {names}"
        case "weighted_vote":
            return f"weighted vote of {names}"
        case "centroid":
            return f"most central output of {names}"
        case "judge":
            return f"{answer.by} chooses among {names}"
        case "summarise":
            return f"{answer.by} summarises {names}"


def stop_in_words(stop: Stop) -> str:
    """When rounds end early, such as ``until critic approves``; empty if never."""
    match stop.rule:
        case "never":
            return ""
        case "consensus":
            return "until they agree"
        case "approved":
            return f"until {stop.by} approves"


def condition_in_words(condition: str) -> str:
    """What opens a route, such as ``if the task has 'sum' or 'total'``."""
    way = opening(condition)
    words = _alternatives(way.words)
    match way.kind:
        case "task":
            return f"if the task has {words}"
        case "output":
            return f"if it says {words}"
        case "choice":
            return "if it chooses so"
        case "score":
            return "if its learned score is highest"
        case "else":
            return "otherwise"


def _alternatives(words: Sequence[str]) -> str:
    told = [f"'{shown(word, 20)}'" for word in words[:2]]
    if len(words) > 2:
        told.append(f"{len(words) - 2} more")
    return " or ".join(told)


def delegation_in_words(delegation: Delegation) -> str:
    """The bounds on delegation, such as ``at most 8 requests in 4 turns``."""
    calls = f"{delegation.calls} request{'s' * (delegation.calls > 1)}"
    return f"at most {calls} in {delegation.turns} turn{'s' * (delegation.turns > 1)}"


def shown(text: str, length: int = QUOTED) -> str:
    """Text that nobody vouches for as one short printable line."""
    line = " ".join(text.split())
    line = "".join(char if char.isprintable() else "·" for char in line)
    return line if len(line) <= length else f"{line[: length - 1]}…"


def quoted(text: str) -> str:
    """The text in quotes, shortened; none as a dash."""
    return f"'{shown(text)}'" if text else "—"


def _arrow(edit: AddEdge | RemoveEdge) -> str:
    kind = "" if edit.kind == "message" else f" {edit.kind}"
    when = ""
    if isinstance(edit, AddEdge) and edit.kind == "route":
        when = f" {condition_in_words(edit.when)}"
    return f"{edit.source} → {edit.target}{kind}{when}"


def _rounds(rounds: int, stop: Stop) -> str:
    return f"{rounds} {stop_in_words(stop)}".strip()


def _value(value: object) -> str:
    if value is None:
        return "default"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:g}"
    return shown(str(value))


def _line_changes(old: str, new: str) -> str:
    was, now = old.split("\n") if old else [], new.split("\n") if new else []
    changes = [f"− {quoted(line)}" for line in was if line and line not in now]
    changes += [f"+ {quoted(line)}" for line in now if line and line not in was]
    return ", ".join(changes) or "in another order"
