"""Runs one configuration on one task input, in rounds.

Within a round an agent starts as soon as the messages it waits for are there; branches that do not
hear each other run at once. In later rounds an agent works again if it has heard something new
(feedback, or the message of one that works again); otherwise its word stands. When no further round
can follow, only those work whom the answer's sources still hear. Whatever the timing, the result is
the same: who hears whom, in which order and as which draw is fixed by the plan.

What a model does wrong (refuses, is cut off, says nothing) ends in the trace; only what is not the
system's doing, such as an outage, is raised.
"""

import asyncio
from collections.abc import Sequence

from archive.records import Trace
from evolve.errors import OutageError
from evolve.models.base import Embedder, Message, Models, Reply, Request
from evolve.runtime.conclusions import conclude
from evolve.runtime.limits import cut
from evolve.runtime.messages import Heard, turn
from evolve.runtime.outputs import Output, hear
from evolve.runtime.plan import Plan, Seat, make_plan
from evolve.runtime.policies import Policy, RoundEnd, stop_rules
from evolve.runtime.recording import Call, record
from evolve.runtime.tool_use import Said, converse
from evolve.tasks.base import TaskInput
from evolve.tools.base import Function
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig
from search_spaces.text import whole

SILENT = Output(text="", answer="", key="", opinions=(), approves=False)
"""The output of an agent that has not spoken."""


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
        task_input: What it is to solve.
        models: What its agents run on.
        embedder: Needed by the answer mode ``centroid`` alone.
        toolbox: The tools that its agents may name.
        trial: Which repetition this is; each draws anew.
        policies: Who looks on, before the configuration's own stop rule.
        plan: What `make_plan` says of the configuration, if that is known already.

    Raises:
        OutageError: A model's endpoint does not serve.
        ConfigError: An agent's model or tool is none of the run.
    """
    work = _Work(plan or make_plan(config, models, toolbox), task_input, trial, policies)
    try:
        return await work.run(embedder)
    except BaseExceptionGroup as group:
        error = _decisive(group)
        raise error from error.__cause__


class _Work:
    """One system at work on one task."""

    def __init__(self, plan: Plan, task: TaskInput, trial: int, policies: Sequence[Policy]) -> None:
        self.plan = plan
        self.task = task
        self.trial = trial
        self.policies = (*policies, *stop_rules(plan.config))
        self.round = 0
        self.outputs = [SILENT] * len(plan.seats)
        self.before = self.outputs
        self.calls: list[Call] = []
        self.functions: dict[str, tuple[Function, ...]] = {}

    async def run(self, embedder: Embedder | None) -> Trace:
        """All rounds, then the answer."""
        if tools := [tool for agent in self.plan.config.agents for tool in agent.tools]:
            self.functions = await self.plan.toolbox.functions(tools)
        while self.round < self.plan.config.rounds:
            self.round += 1
            self.before = self.outputs.copy()
            await _Round(self).run()
            if self.policies and await self._stops():
                break
        final = await conclude(self.plan, self.outputs, self.task, self._conclude_by, embedder)
        trace = record(self.plan, self.calls, final, self.round)
        for policy in self.policies:
            await policy.on_task_end(trace)
        return trace

    async def take_turn(self, seat: Seat) -> None:
        """An agent hears what there is to hear, and speaks."""
        messages = turn(
            seat.agent,
            self.task,
            self._heard(seat),
            self.before[seat.index].text,
            seat.closing(self.task),
        )
        output = hear(seat, await self._ask(seat, messages, self.round))
        if self.policies and output.text:
            text = output.text
            for policy in self.policies:
                text = await policy.on_message(seat.agent, text)
            output = output._replace(text=cut(whole(text), seat.limit))
        self.outputs[seat.index] = output

    def _heard(self, seat: Seat) -> list[Heard]:
        """Others' messages in canonical order, last round's before this round's of the same one."""
        heard = []
        for source, message, feedback in seat.inputs:
            earlier, latest = self.before[source], self.outputs[source]
            role = self.plan.seats[source].agent.role
            # A word that stands is heard once, even over two edges.
            if feedback and earlier.text and not (message and latest is earlier):
                heard.append(Heard(role, earlier.text))
            if message and latest.text:
                heard.append(Heard(role, latest.text))
        return heard

    async def _ask(
        self, seat: Seat, messages: tuple[Message, ...], draws_of_round: int
    ) -> list[Reply]:
        agent = seat.agent
        first = seat.draws.first(self.trial, draws_of_round)
        requests = [
            Request(
                messages=messages,
                max_tokens=seat.max_tokens,
                temperature=agent.temperature,
                top_p=agent.top_p,
                effort=agent.effort,
                sample=first + sample,
            )
            for sample in range(agent.samples)
        ]
        if len(requests) == 1:
            spoken = [await self._say(seat, requests[0])]
        else:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._say(seat, request)) for request in requests]
            spoken = [task.result() for task in tasks]
        for sample, said in enumerate(spoken):
            self.calls += [Call(self.round, seat.index, sample, *each) for each in said]
        return [said[-1].reply for said in spoken]

    async def _say(self, seat: Seat, request: Request) -> list[Said]:
        """One sample of a turn: a reply, or several with tools in between."""
        complete = seat.model.complete
        if not seat.agent.tools:
            return [Said(await complete(request))]
        functions = [each for tool in seat.agent.tools for each in self.functions[tool]]
        limits = self.plan.toolbox.limits
        return await converse(complete, request, functions, limits, seat.limit)

    async def _conclude_by(self, seat: Seat, messages: tuple[Message, ...]) -> list[Reply]:
        # It speaks once, after however many rounds: always as the draws of a first round.
        return await self._ask(seat, messages, 1)

    async def _stops(self) -> bool:
        names = [seat.agent.name for seat in self.plan.seats]
        now, before = dict(zip(names, self.outputs, strict=True)), {}
        if self.round > 1:
            before = dict(zip(names, self.before, strict=True))
        end = RoundEnd(self.plan.config, self.round, now, before)
        return any([await policy.on_round(end) for policy in self.policies])


class _Round:
    """One round: a task for each branch, which goes on along it as far as it can."""

    def __init__(self, work: _Work) -> None:
        self.work = work
        self.seats = work.plan.seats
        self.schedule = work.plan.schedule(work.round)
        self.waiting = list(self.schedule.waiting)
        self.group = asyncio.TaskGroup()

    async def run(self) -> None:
        if len(self.schedule.works) == 1:
            await self.work.take_turn(self.seats[self.schedule.works[0]])
            return
        async with self.group:
            await self._follow(self._branch(self.schedule.ready))

    async def _follow(self, seat: int | None) -> None:
        while seat is not None:
            await self.work.take_turn(self.seats[seat])
            ready = []
            for listener in self.seats[seat].listeners:
                self.waiting[listener] -= 1
                if not self.waiting[listener]:
                    ready.append(listener)
            seat = self._branch(ready)

    def _branch(self, ready: Sequence[int]) -> int | None:
        """Starts all but the first of those who can work; the first needs no task of its own."""
        for seat in ready[1:]:
            self.group.create_task(self._follow(seat))
        return ready[0] if ready else None


def _decisive(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error to report of several that happened at once: an outage, else the first."""
    errors: list[BaseException] = []
    for error in group.exceptions:
        errors.append(_decisive(error) if isinstance(error, BaseExceptionGroup) else error)
    return next((error for error in errors if isinstance(error, OutageError)), errors[0])
