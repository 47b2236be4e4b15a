"""The worst case of one evaluation: an upper bound on what `run_system` consumes.

UTF-8 bytes bound a prompt's tokens, ``max_tokens`` bounds a reply's, and forwarded texts are cut at
their authors' byte limits. The bound follows the scheduler: it uses the same plan and the same
prompt functions, around one-byte texts whose lengths are corrected for. An agent with tools or
subordinates may be called once more after each round of calls, with its replies and their results
added to the prompt; every delegated request counts as the most costly one. All routes count as
open. Unanswered calls are booked separately; see `evolve.budget.unanswered`.
"""

from collections.abc import Iterable, Iterator

from archive.records import Usage
from evolve.models.base import Message, Models
from evolve.prompts.headings import BOARD, MEMORY
from evolve.prompts.lengths import (
    BYTES_OF_TOOLS,
    BYTES_PER_TOOL_CALL,
    TOKENS_PER_CALL,
    TOKENS_PER_MESSAGE,
)
from evolve.runtime.memory import POSTED, RECALLED, shown_examples
from evolve.runtime.messages import REQUESTED, Inbound, selection, turn
from evolve.runtime.plan import Node, Plan, make_plan
from evolve.tasks.base import TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import Agent, SystemConfig

_STAND_IN = "x"


def worst_case(
    config: SystemConfig, task_input: TaskInput, models: Models, toolbox: Toolbox | None = None
) -> Usage:
    """Bounds what one evaluation consumes: calls, tokens and USD; seconds are unbounded and stay 0.

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
    for node in plan.nodes:
        if node.silent:
            continue
        if node.index == plan.by:
            total += _turns(plan, node, task_input, _concluding(plan, node, task_input), 1)
        if node.index in plan.first.works:
            total += _turns(plan, node, task_input, _first_turn(plan, node, task_input), 1)
        if later := plan.later_turns(node.index):
            total += _turns(plan, node, task_input, _later_turn(plan, node, task_input), later)
    if total.usd is None:
        return total
    # Floats may add up to a little more in another order.
    return total.model_copy(update={"usd": total.usd * (1 + 1e-9)})


def _turns(plan: Plan, node: Node, task: TaskInput, prompt_tokens: int, turns: int) -> Usage:
    """What an agent's turns and the delegated requests in them consume."""
    total = _own_turns(node, prompt_tokens, turns)
    if node.colleagues:
        requests = plan.config.delegation.calls * node.agent.samples * turns
        total += _times(_most_costly_request(plan, node, task), requests)
    return total


def _own_turns(node: Node, prompt_tokens: int, turns: int) -> Usage:
    """What an agent's turns consume, each with as long a prompt at first."""
    if node.functions is None:
        return _calls(node, prompt_tokens, turns)
    limits = node.limits
    prompt_tokens += node.functions.definitions + BYTES_OF_TOOLS
    results = limits.calls * (node.functions.output + BYTES_PER_TOOL_CALL + TOKENS_PER_MESSAGE)
    total = _calls(node, prompt_tokens, turns)
    for rounds in range(1, limits.rounds + 1):
        replies = rounds * (node.limit + TOKENS_PER_MESSAGE)
        total += _calls(node, prompt_tokens + replies + results, turns)
    return total


def _most_costly_request(plan: Plan, node: Node, task: TaskInput) -> Usage:
    """The most that one delegated request consumes, each quantity separately."""
    highest = Usage()
    for asking, asked in _below(plan, node):
        wanted = Inbound(asking.agent.role, _STAND_IN)
        messages = turn(_shown(asked.agent), task, closing=REQUESTED, request=wanted)
        tokens = _tokens(messages, [asking]) + _remembering(plan, asked)
        one = _own_turns(asked, tokens, 1)
        unknown = highest.usd is None or one.usd is None
        highest = Usage(
            calls=max(highest.calls, one.calls),
            prompt_tokens=max(highest.prompt_tokens, one.prompt_tokens),
            completion_tokens=max(highest.completion_tokens, one.completion_tokens),
            usd=None if unknown else max(highest.usd or 0.0, one.usd or 0.0),
        )
    return highest


def _below(plan: Plan, node: Node) -> Iterator[tuple[Node, Node]]:
    """The (asking, asked) pairs below a turn."""
    seen, frontier = set[int](), [node]
    while frontier:
        asking = frontier.pop()
        for each in asking.colleagues:
            asked = plan.nodes[each.node]
            yield asking, asked
            if each.node not in seen:
                seen.add(each.node)
                frontier.append(asked)


def _times(usage: Usage, count: int) -> Usage:
    return Usage(
        calls=usage.calls * count,
        prompt_tokens=usage.prompt_tokens * count,
        completion_tokens=usage.completion_tokens * count,
        usd=None if usage.usd is None else usage.usd * count,
    )


def _remembering(plan: Plan, node: Node) -> int:
    """What a memory adds to a prompt, besides worked examples."""
    if node.agent.memory == "own":
        return RECALLED * (len(f"{MEMORY}\n\n\n") + node.limit)
    if node.agent.memory == "shared":
        posts = (
            len(f"{BOARD} {each.agent.role or 'a colleague'}\n\n\n".encode()) + each.limit
            for each in plan.nodes
            if each.agent.memory == "shared"
        )
        return POSTED * max(posts)
    return 0


def _calls(node: Node, prompt_tokens: int, turns: int) -> Usage:
    """What an agent's calls consume, each with a prompt of that length."""
    price, calls = node.model.price, node.agent.samples * turns
    return Usage(
        calls=calls,
        prompt_tokens=prompt_tokens * calls,
        completion_tokens=node.max_tokens * calls,
        usd=None if price is None else price.usd(prompt_tokens, node.max_tokens) * calls,
    )


def _shown(agent: Agent) -> Agent:
    """The agent with the longest worked examples that it may be shown in a turn."""
    longest = sorted(agent.demonstrations, key=lambda each: -each.bytes)
    return agent.model_copy(update={"demonstrations": tuple(longest[: shown_examples(agent)])})


def _first_turn(plan: Plan, node: Node, task: TaskInput) -> int:
    authors = [plan.nodes[heard.source] for heard in node.inputs if heard.message]
    messages = turn(_shown(node.agent), task, _heard(authors), "", node.closing(task))
    return _tokens(messages, authors) + _remembering(plan, node)


def _later_turn(plan: Plan, node: Node, task: TaskInput) -> int:
    authors = []
    for source, message, feedback in node.inputs:
        # An unchanged output is received once, even over two edges.
        twice = message and feedback and source in plan.again.works
        authors += [plan.nodes[source]] * (1 + twice)
    messages = turn(_shown(node.agent), task, _heard(authors), _STAND_IN, node.closing(task))
    return _tokens(messages, [*authors, node]) + _remembering(plan, node)


def _concluding(plan: Plan, node: Node, task: TaskInput) -> int:
    sources = [plan.nodes[source] for source in plan.sources]
    if plan.config.answer.mode == "summarise":
        messages = turn(_shown(node.agent), task, _heard(sources))
        return _tokens(messages, sources) + _remembering(plan, node)
    authors = [source for source in sources for _ in range(source.agent.samples)]
    return _tokens(selection(node.agent, task, [_STAND_IN] * len(authors)), authors)


def _heard(authors: Iterable[Node]) -> list[Inbound]:
    return [Inbound(author.agent.role, _STAND_IN) for author in authors]


def _tokens(messages: tuple[Message, ...], authors: Iterable[Node]) -> int:
    """The tokens of a conversation with a placeholder for each author's text."""
    written = sum(len(message.content.encode()) for message in messages)
    made_up = sum(author.limit - len(_STAND_IN) for author in authors)
    return written + made_up + TOKENS_PER_MESSAGE * len(messages) + TOKENS_PER_CALL
