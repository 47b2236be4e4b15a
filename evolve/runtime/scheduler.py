"""Runs one configuration on one task input, in rounds.

Within a round an agent starts as soon as its inputs are there; independent branches run
concurrently. In later rounds an agent works again if it receives something new (feedback, or the
message of an agent that works again); otherwise its output stands. In the last possible round only
agents that still reach the answer's sources work. An agent whose routes are all closed gives no
output, nor does one that could only receive from such agents. Subordinates work during the turns
of the agents that ask them. The result does not depend on timing: inputs, their order and sample
numbers are fixed by the plan.

Model failures (a refusal, a cut-off or empty reply) are recorded in the trace; only failures that
are not the system's, such as an outage, are raised.
"""

import asyncio
from collections.abc import Sequence

from archive.records import Trace
from evolve.errors import OutageError
from evolve.models.base import Embedder, Message, Models, Reply, Request
from evolve.prompts.lengths import cut
from evolve.runtime.delegation import DelegationBudget, function
from evolve.runtime.final_answer import conclude
from evolve.runtime.memory import Memory, remembers
from evolve.runtime.messages import NOTHING, REQUESTED, Inbound, about, turn
from evolve.runtime.outputs import Output, chosen, output_of
from evolve.runtime.plan import Node, Plan, make_plan
from evolve.runtime.policies import Policy, RoundEnd, stop_rules
from evolve.runtime.routing import open_ways
from evolve.runtime.tool_use import Utterance, converse
from evolve.runtime.trace import Call, record
from evolve.tasks.base import TaskInput
from evolve.tools.base import Function
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig
from search_spaces.text import whole

SILENT = Output(text="", answer="", key="", opinions=(), approves=False)
"""The output of an agent that has not worked."""


async def run_system(
    config: SystemConfig,
    task_input: TaskInput,
    models: Models,
    *,
    embedder: Embedder | None = None,
    toolbox: Toolbox | None = None,
    trial: int = 0,
    policies: Sequence[Policy] = (),
    plan: Plan | None = None,
) -> Trace:
    """Runs one configuration on one task input.

    Args:
        config: The system.
        task_input: The task.
        models: The models of its agents.
        embedder: Needed by the answer mode ``centroid`` and for nearest examples and notes.
        toolbox: The tools that its agents may name.
        trial: The number of the repetition; each one draws new samples.
        policies: Further policies, before the configuration's own stop rule.
        plan: The configuration's plan, if it is already known.

    Raises:
        OutageError: A model's endpoint does not answer.
        ConfigError: An agent's model or tool is none of the run.
    """
    plan = plan or make_plan(config, models, toolbox)
    try:
        return await _Work(plan, task_input, trial, policies, embedder).run()
    except BaseExceptionGroup as group:
        error = _decisive(group)
        raise error from error.__cause__


class _Work:
    """One evaluation of a system on a task."""

    def __init__(
        self,
        plan: Plan,
        task: TaskInput,
        trial: int,
        policies: Sequence[Policy],
        embedder: Embedder | None,
    ) -> None:
        self.plan = plan
        self.task = task
        self.trial = trial
        self.policies = (*policies, *stop_rules(plan.config))
        self.round = 0
        self.outputs = [SILENT] * len(plan.nodes)
        self.before = self.outputs
        self.calls: list[Call] = []
        self.functions: dict[str, tuple[Function, ...]] = {}
        self.memory = Memory(plan, embedder)
        self.ways: dict[int, set[int]] = {}
        self.shut: set[int] = set()

    async def run(self) -> Trace:
        """All rounds, then the answer."""
        if tools := [tool for agent in self.plan.config.agents for tool in agent.tools]:
            self.functions = await self.plan.toolbox.functions(tools)
        while self.round < self.plan.config.rounds:
            self.round += 1
            self.before = self.outputs.copy()
            await _Round(self).run()
            self.memory.settle()
            if self.policies and await self._stops():
                break
        final = await conclude(self.plan, self.outputs, self.task, self._conclude_by, self.memory)
        if final.failure and self.shut.issuperset(self.plan.sources):
            final = final._replace(failure="no route to an answering agent was open")
        trace = record(self.plan, self.calls, final, self.round)
        for policy in self.policies:
            await policy.on_task_end(trace)
        return trace

    async def take_turn(self, node: Node) -> None:
        """Runs an agent's turn, unless its routes are closed."""
        if self._is_shut(node):
            self.shut.add(node.index)
            self.ways.pop(node.index, None)
            self.outputs[node.index] = SILENT
            return
        self.shut.discard(node.index)
        if not node.silent:
            await self._speak(node)
        if node.routes:
            uttered = self.outputs[node.index].text
            self.ways[node.index] = open_ways(node.routes, self.task.text, uttered)

    def _is_shut(self, node: Node) -> bool:
        """Whether no router opens a route to it or, without routers, all its sources are closed."""
        if node.routers:
            return not any(node.index in self.ways.get(router, ()) for router in node.routers)
        return bool(self.shut) and bool(node.waits_for) and self.shut >= node.waits_for

    async def _speak(self, node: Node) -> None:
        heard, previous = self._heard(node), self.before[node.index].text
        recalled = NOTHING
        if remembers(node.agent):
            recalled = await self.memory.recall(node, about(self.task, heard), previous)
        closing = node.closing(self.task)
        messages = turn(node.agent, self.task, heard, previous, closing, recalled)
        replies = await self._ask(node, messages)
        output = await self._passed_on(node, output_of(node, replies, self.task.form.read))
        if node.agent.memory:
            self.memory.note(node, output.text, (node.index, node.agent.samples, 0))
        self.outputs[node.index] = output

    async def _passed_on(self, node: Node, output: Output) -> Output:
        """The output that other agents receive once the policies have processed it."""
        if not self.policies or not output.text:
            return output
        text = output.text
        for policy in self.policies:
            text = await policy.on_message(node.agent, text)
        return output._replace(text=cut(whole(text), node.limit))

    async def _fulfil(
        self, asking: Node, asked: Node, request: str, number: int, delegation: DelegationBudget
    ) -> str:
        """Runs a subordinate on a request and returns its output."""
        recalled, wanted = NOTHING, Inbound(asking.agent.role, request)
        if remembers(asked.agent):
            text = about(self.task, [wanted])
            recalled = await self.memory.recall(asked, text, notes=delegation.notes)
        messages = turn(
            asked.agent, self.task, closing=REQUESTED, recalled=recalled, request=wanted
        )
        replies = await self._ask(asked, messages, number, delegation)
        output = await self._passed_on(asked, output_of(asked, replies))
        turn_of = (delegation.turn, delegation.sample, number)
        if note := self.memory.note(asked, output.text, turn_of):
            delegation.notes.append(note)
        return output.text

    def _heard(self, node: Node) -> list[Inbound]:
        """Inbound messages in canonical order; of one source, last round's before this round's."""
        heard = []
        for source, message, feedback in node.inputs:
            earlier, latest = self.before[source], self.outputs[source]
            role = self.plan.nodes[source].agent.role
            # An unchanged output is received once, even over two edges.
            if feedback and earlier.text and not (message and latest is earlier):
                heard.append(Inbound(role, earlier.text))
            if message and latest.text:
                heard.append(Inbound(role, latest.text))
        return heard

    async def _ask(
        self,
        node: Node,
        messages: tuple[Message, ...],
        number: int = 0,
        delegation: DelegationBudget | None = None,
        round_number: int | None = None,
    ) -> list[Reply]:
        """One reply for each of an agent's samples.

        Args:
            node: The node that is asked.
            messages: The prompt.
            number: The number of the delegated request; 0 in a turn of its own.
            delegation: The delegation budget of the turn that the request is part of.
            round_number: The round whose sample numbers to use, if not this one.
        """
        agent = node.agent
        place = ((round_number or self.round) - 1) * (1 + self.plan.requests) + 1 + number
        first = node.draws.first(self.trial, place)
        requests = [
            Request(
                messages=messages,
                max_tokens=node.max_tokens,
                temperature=node.temperature,
                top_p=agent.top_p,
                effort=agent.effort,
                sample=first + sample,
                labels=node.scored_labels,
            )
            for sample in range(agent.samples)
        ]
        with node.model.turn(agent.name):
            spoken = await self._spoken(node, requests, delegation)
        for sample, uttered in enumerate(spoken):
            self.calls += [Call(self.round, node.index, sample, *each, number) for each in uttered]
        return [uttered[-1].reply for uttered in spoken]

    async def _spoken(
        self, node: Node, requests: Sequence[Request], delegation: DelegationBudget | None
    ) -> list[list[Utterance]]:
        """An agent's utterances, by sample."""
        if len(requests) == 1 or delegation:
            # Within one turn one after the other, because they share the delegation budget.
            return [
                await self._say(node, request, sample, delegation)
                for sample, request in enumerate(requests)
            ]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._say(node, request, sample, None))
                for sample, request in enumerate(requests)
            ]
        return [task.result() for task in tasks]

    async def _say(
        self, node: Node, request: Request, sample: int, delegation: DelegationBudget | None
    ) -> list[Utterance]:
        """One sample of a turn: a reply, or several with tool and subordinate calls between."""
        complete = node.model.complete
        if node.scored_labels:
            return [Utterance(chosen(node.agent, await complete(request)))]
        if node.functions is None:
            return [Utterance(await complete(request))]
        functions = [each for tool in node.agent.tools for each in self.functions[tool]]
        if node.colleagues:
            functions += self._colleagues(node, delegation or self._delegation_budget(node, sample))
        return await converse(complete, request, functions, node.limits, node.limit)

    def _colleagues(self, node: Node, delegation: DelegationBudget) -> list[Function]:
        nodes = self.plan.nodes
        return [
            function(node, nodes[each.node], each, delegation, self._fulfil)
            for each in node.colleagues
        ]

    def _delegation_budget(self, node: Node, sample: int) -> DelegationBudget:
        """The delegation budget of one sample of a turn; each has its own request numbers."""
        calls = self.plan.config.delegation.calls
        before = sum(
            each.agent.samples for each in self.plan.nodes[: node.index] if each.colleagues
        )
        return DelegationBudget(node.index, sample, calls, 1 + (before + sample) * calls)

    async def _conclude_by(self, node: Node, messages: tuple[Message, ...]) -> list[Reply]:
        # It works once, after the last round: always with the sample numbers of a first round.
        return await self._ask(node, messages, round_number=1)

    async def _stops(self) -> bool:
        names = [node.agent.name for node in self.plan.nodes]
        now, before = dict(zip(names, self.outputs, strict=True)), {}
        if self.round > 1:
            before = dict(zip(names, self.before, strict=True))
        end = RoundEnd(self.plan.config, self.round, now, before)
        return any([await policy.on_round(end) for policy in self.policies])


class _Round:
    """One round: an asyncio task for each branch, followed as far as possible."""

    def __init__(self, work: _Work) -> None:
        self.work = work
        self.nodes = work.plan.nodes
        self.schedule = work.plan.schedule(work.round)
        self.waiting = list(self.schedule.waiting)
        self.group = asyncio.TaskGroup()

    async def run(self) -> None:
        if len(self.schedule.works) == 1:
            await self.work.take_turn(self.nodes[self.schedule.works[0]])
            return
        async with self.group:
            await self._follow(self._branch(self.schedule.ready))

    async def _follow(self, node: int | None) -> None:
        while node is not None:
            await self.work.take_turn(self.nodes[node])
            ready = []
            for listener in self.nodes[node].listeners:
                self.waiting[listener] -= 1
                if not self.waiting[listener]:
                    ready.append(listener)
            node = self._branch(ready)

    def _branch(self, ready: Sequence[int]) -> int | None:
        """Starts all but the first node that can work; the first continues in the current task."""
        for node in ready[1:]:
            self.group.create_task(self._follow(node))
        return ready[0] if ready else None


def _decisive(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error to report of several that happened at once: an outage, else the first."""
    errors: list[BaseException] = []
    for error in group.exceptions:
        errors.append(_decisive(error) if isinstance(error, BaseExceptionGroup) else error)
    return next((error for error in errors if isinstance(error, OutageError)), errors[0])
