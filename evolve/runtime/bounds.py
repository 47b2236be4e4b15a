"""What one evaluation may consume at worst; what `run_system` consumes is never more.

UTF-8 bytes bound a prompt's tokens, ``max_tokens`` bounds a reply's, and forwarded texts are cut at
their authors' byte limits. The bound follows the scheduler: the same plan says who works in which
round and hears whom, and the same functions write the prompts, around texts of one byte whose
lengths are made up for. An agent with tools or colleagues may be asked once more after each round
of calls, with what it said and what it was told added to its prompt; every request that may be made
below its turn counts as the dearest one. All routes count as open. Calls that
are lost are booked besides; see `evolve.losses`.
"""

from collections.abc import Iterable, Iterator

from archive.records import Usage
from evolve.models.base import Message, Models
from evolve.runtime.limits import (
    BYTES_OF_TOOLS,
    BYTES_PER_TOOL_CALL,
    TOKENS_PER_CALL,
    TOKENS_PER_MESSAGE,
)
from evolve.runtime.messages import BOARD, MEMORY, REQUESTED, Heard, selection, turn
from evolve.runtime.plan import Plan, Seat, make_plan
from evolve.runtime.recalling import POSTED, RECALLED
from evolve.tasks.base import TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig

_STAND_IN = "x"


def worst_case(
    config: SystemConfig, task_input: TaskInput, models: Models, toolbox: Toolbox | None = None
) -> Usage:
    """Bounds what one evaluation consumes: calls, tokens and USD; seconds know no bound and stay 0.

    Args:
        config: The system.
        task_input: What it is to solve; the bound holds for any input of no more bytes.
        models: What its agents run on. ``usd`` is None if one of theirs has no price.
        toolbox: The tools that its agents may name.

    Raises:
        ConfigError: An agent's model or tool is none of the run.
    """
    plan = make_plan(config, models, toolbox)
    total = Usage()
    for seat in plan.seats:
        if seat.silent:
            continue
        if seat.index == plan.by:
            total += _turns(plan, seat, task_input, _concluding(plan, seat, task_input), 1)
        if seat.index in plan.first.works:
            total += _turns(plan, seat, task_input, _first_turn(plan, seat, task_input), 1)
        if later := plan.later_turns(seat.index):
            total += _turns(plan, seat, task_input, _later_turn(plan, seat, task_input), later)
    if total.usd is None:
        return total
    # Floats may add up to a little more in another order.
    return total.model_copy(update={"usd": total.usd * (1 + 1e-9)})


def _turns(plan: Plan, seat: Seat, task: TaskInput, prompt_tokens: int, turns: int) -> Usage:
    """What an agent's turns and all that is asked of others in them consume."""
    total = _own_turns(seat, prompt_tokens, turns)
    if seat.colleagues:
        requests = plan.config.delegation.calls * seat.agent.samples * turns
        total += _times(_dearest_request(plan, seat, task), requests)
    return total


def _own_turns(seat: Seat, prompt_tokens: int, turns: int) -> Usage:
    """What an agent's turns consume, each with as long a prompt at first."""
    if seat.functions is None:
        return _calls(seat, prompt_tokens, turns)
    limits = seat.limits
    prompt_tokens += seat.functions.definitions + BYTES_OF_TOOLS
    results = limits.calls * (seat.functions.output + BYTES_PER_TOOL_CALL + TOKENS_PER_MESSAGE)
    total = _calls(seat, prompt_tokens, turns)
    for rounds in range(1, limits.rounds + 1):
        said = rounds * (seat.limit + TOKENS_PER_MESSAGE)
        total += _calls(seat, prompt_tokens + said + results, turns)
    return total


def _dearest_request(plan: Plan, seat: Seat, task: TaskInput) -> Usage:
    """What one request below a turn consumes at most, each figure by itself."""
    dearest = Usage()
    for asking, asked in _below(plan, seat):
        wanted = Heard(asking.agent.role, _STAND_IN)
        messages = turn(asked.agent, task, closing=REQUESTED, request=wanted)
        tokens = _tokens(messages, [asking]) + _remembering(plan, asked)
        one = _own_turns(asked, tokens, 1)
        unknown = dearest.usd is None or one.usd is None
        dearest = Usage(
            calls=max(dearest.calls, one.calls),
            prompt_tokens=max(dearest.prompt_tokens, one.prompt_tokens),
            completion_tokens=max(dearest.completion_tokens, one.completion_tokens),
            usd=None if unknown else max(dearest.usd or 0.0, one.usd or 0.0),
        )
    return dearest


def _below(plan: Plan, seat: Seat) -> Iterator[tuple[Seat, Seat]]:
    """Who may ask whom in a turn."""
    seen, frontier = set[int](), [seat]
    while frontier:
        asking = frontier.pop()
        for each in asking.colleagues:
            asked = plan.seats[each.seat]
            yield asking, asked
            if each.seat not in seen:
                seen.add(each.seat)
                frontier.append(asked)


def _times(usage: Usage, count: int) -> Usage:
    return Usage(
        calls=usage.calls * count,
        prompt_tokens=usage.prompt_tokens * count,
        completion_tokens=usage.completion_tokens * count,
        usd=None if usage.usd is None else usage.usd * count,
    )


def _remembering(plan: Plan, seat: Seat) -> int:
    """What a memory adds to a prompt; worked examples only become fewer by it."""
    if seat.agent.memory == "own":
        return RECALLED * (len(f"{MEMORY}\n\n\n") + seat.limit)
    if seat.agent.memory == "shared":
        posts = (
            len(f"{BOARD} {each.agent.role or 'a colleague'}\n\n\n".encode()) + each.limit
            for each in plan.seats
            if each.agent.memory == "shared"
        )
        return POSTED * max(posts)
    return 0


def _calls(seat: Seat, prompt_tokens: int, turns: int) -> Usage:
    """What an agent is asked in each of its turns, each time with as long a prompt."""
    price, calls = seat.model.price, seat.agent.samples * turns
    return Usage(
        calls=calls,
        prompt_tokens=prompt_tokens * calls,
        completion_tokens=seat.max_tokens * calls,
        usd=None if price is None else price.usd(prompt_tokens, seat.max_tokens) * calls,
    )


def _first_turn(plan: Plan, seat: Seat, task: TaskInput) -> int:
    authors = [plan.seats[heard.source] for heard in seat.inputs if heard.message]
    messages = turn(seat.agent, task, _heard(authors), "", seat.closing(task))
    return _tokens(messages, authors) + _remembering(plan, seat)


def _later_turn(plan: Plan, seat: Seat, task: TaskInput) -> int:
    authors = []
    for source, message, feedback in seat.inputs:
        # A word that stands is heard once, even over two edges.
        twice = message and feedback and source in plan.again.works
        authors += [plan.seats[source]] * (1 + twice)
    messages = turn(seat.agent, task, _heard(authors), _STAND_IN, seat.closing(task))
    return _tokens(messages, [*authors, seat]) + _remembering(plan, seat)


def _concluding(plan: Plan, seat: Seat, task: TaskInput) -> int:
    sources = [plan.seats[source] for source in plan.sources]
    if plan.config.answer.mode == "summarise":
        return _tokens(turn(seat.agent, task, _heard(sources)), sources)
    authors = [source for source in sources for _ in range(source.agent.samples)]
    return _tokens(selection(seat.agent, task, [_STAND_IN] * len(authors)), authors)


def _heard(authors: Iterable[Seat]) -> list[Heard]:
    return [Heard(author.agent.role, _STAND_IN) for author in authors]


def _tokens(messages: tuple[Message, ...], authors: Iterable[Seat]) -> int:
    """The tokens of a conversation in which a stand-in takes the place of each author's text."""
    written = sum(len(message.content.encode()) for message in messages)
    made_up = sum(author.limit - len(_STAND_IN) for author in authors)
    return written + made_up + TOKENS_PER_MESSAGE * len(messages) + TOKENS_PER_CALL
