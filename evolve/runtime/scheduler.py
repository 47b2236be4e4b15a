"""Runs one configuration on one task input, in rounds.

Within a round an agent starts as soon as the messages it waits for are there; branches that do not
hear each other run at once. In later rounds an agent works again if it has heard something new
(feedback, or the message of one that works again); otherwise its word stands. When no further round
can follow, only those work whom the answer's sources still hear. An agent that no router lets work
says nothing, nor does one that could only hear such agents. Subordinates work in the turns of those
who ask them. Whatever the timing, the result is the same: who hears whom, in which order and as
which draw is fixed by the plan.

What a model does wrong (refuses, is cut off, says nothing) ends in the trace; only what is not the
system's doing, such as an outage, is raised.
"""

import asyncio
from collections.abc import Sequence

from archive.records import Trace
from evolve.errors import OutageError
from evolve.models.base import Embedder, Message, Models, Reply, Request
from evolve.runtime.conclusions import conclude
from evolve.runtime.delegating import Errands, function
from evolve.runtime.limits import cut
from evolve.runtime.messages import NOTHING, REQUESTED, Heard, turn
from evolve.runtime.outputs import Output, hear
from evolve.runtime.plan import Plan, Seat, make_plan
from evolve.runtime.policies import Policy, RoundEnd, stop_rules
from evolve.runtime.recalling import Memory
from evolve.runtime.recording import Call, record
from evolve.runtime.routing import open_ways
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
        embedder: Needed by the answer mode ``centroid`` and by memories that hold much.
        toolbox: The tools that its agents may name.
        trial: Which repetition this is; each draws anew.
        policies: Who looks on, before the configuration's own stop rule.
        plan: What `make_plan` says of the configuration, if that is known already.

    Raises:
        OutageError: A model's endpoint does not serve.
        ConfigError: An agent's model or tool is none of the run.
    """
    plan = plan or make_plan(config, models, toolbox)
    try:
        return await _Work(plan, task_input, trial, policies, embedder).run()
    except BaseExceptionGroup as group:
        error = _decisive(group)
        raise error from error.__cause__


class _Work:
    """One system at work on one task."""

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
        self.outputs = [SILENT] * len(plan.seats)
        self.before = self.outputs
        self.calls: list[Call] = []
        self.functions: dict[str, tuple[Function, ...]] = {}
        self.embedder = embedder
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
        final = await conclude(self.plan, self.outputs, self.task, self._conclude_by, self.embedder)
        if final.failure and self.shut.issuperset(self.plan.sources):
            final = final._replace(failure="no route was open to anybody who answers")
        trace = record(self.plan, self.calls, final, self.round)
        for policy in self.policies:
            await policy.on_task_end(trace)
        return trace

    async def take_turn(self, seat: Seat) -> None:
        """An agent hears what there is to hear, and speaks, unless its ways are shut."""
        if self._is_shut(seat):
            self.shut.add(seat.index)
            self.ways.pop(seat.index, None)
            self.outputs[seat.index] = SILENT
            return
        self.shut.discard(seat.index)
        if not seat.silent:
            await self._speak(seat)
        if seat.routes:
            said = self.outputs[seat.index].text
            self.ways[seat.index] = open_ways(seat.routes, self.task.text, said)

    def _is_shut(self, seat: Seat) -> bool:
        """Whether no router lets it work, or, without routers, all whom it waits for are shut."""
        if seat.routers:
            return not any(seat.index in self.ways.get(router, ()) for router in seat.routers)
        return bool(self.shut) and bool(seat.waits_for) and self.shut >= seat.waits_for

    async def _speak(self, seat: Seat) -> None:
        heard, previous = self._heard(seat), self.before[seat.index].text
        recalled = NOTHING
        if seat.agent.memory:
            about = "\n".join([self.task.text, *(message.text for message in heard)])
            recalled = await self.memory.recall(seat, about, previous)
        closing = seat.closing(self.task)
        messages = turn(seat.agent, self.task, heard, previous, closing, recalled)
        output = await self._passed_on(seat, hear(seat, await self._ask(seat, messages)))
        if seat.agent.memory:
            self.memory.note(seat, output.text, (seat.index, seat.agent.samples, 0))
        self.outputs[seat.index] = output

    async def _passed_on(self, seat: Seat, output: Output) -> Output:
        """What others hear of an output once the policies have seen it."""
        if not self.policies or not output.text:
            return output
        text = output.text
        for policy in self.policies:
            text = await policy.on_message(seat.agent, text)
        return output._replace(text=cut(whole(text), seat.limit))

    async def _fulfil(
        self, asking: Seat, asked: Seat, request: str, number: int, errands: Errands
    ) -> str:
        """Lets a subordinate do what it is asked, and returns what it says."""
        recalled = NOTHING
        if asked.agent.memory:
            about = f"{self.task.text}\n{request}"
            recalled = await self.memory.recall(asked, about, notes=errands.notes)
        wanted = Heard(asking.agent.role, request)
        messages = turn(
            asked.agent, self.task, closing=REQUESTED, recalled=recalled, request=wanted
        )
        replies = await self._ask(asked, messages, number, errands)
        output = await self._passed_on(asked, hear(asked, replies))
        turn_of = (errands.turn, errands.sample, number)
        if note := self.memory.note(asked, output.text, turn_of):
            errands.notes.append(note)
        return output.text

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
        self,
        seat: Seat,
        messages: tuple[Message, ...],
        number: int = 0,
        errands: Errands | None = None,
        round_number: int | None = None,
    ) -> list[Reply]:
        """One reply for each of an agent's samples.

        Args:
            seat: Who is asked.
            messages: What.
            number: Of the request that is to be fulfilled; 0 in a turn of its own.
            errands: What may be asked for in the turn that the request is part of.
            round_number: Whose draws to take, if not this round's.
        """
        agent = seat.agent
        place = ((round_number or self.round) - 1) * (1 + self.plan.requests) + 1 + number
        first = seat.draws.first(self.trial, place)
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
        with seat.model.turn(agent.name):
            spoken = await self._spoken(seat, requests, errands)
        for sample, said in enumerate(spoken):
            self.calls += [Call(self.round, seat.index, sample, *each, number) for each in said]
        return [said[-1].reply for said in spoken]

    async def _spoken(
        self, seat: Seat, requests: Sequence[Request], errands: Errands | None
    ) -> list[list[Said]]:
        """What an agent says, by sample."""
        if len(requests) == 1 or errands:
            # Within one turn, one thing after the other: they share what may be asked for.
            return [
                await self._say(seat, request, sample, errands)
                for sample, request in enumerate(requests)
            ]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._say(seat, request, sample, None))
                for sample, request in enumerate(requests)
            ]
        return [task.result() for task in tasks]

    async def _say(
        self, seat: Seat, request: Request, sample: int, errands: Errands | None
    ) -> list[Said]:
        """One sample of a turn: a reply, or several with tools and colleagues in between."""
        complete = seat.model.complete
        if seat.functions is None:
            return [Said(await complete(request))]
        functions = [each for tool in seat.agent.tools for each in self.functions[tool]]
        if seat.colleagues:
            functions += self._colleagues(seat, errands or self._errands(seat, sample))
        return await converse(complete, request, functions, seat.limits, seat.limit)

    def _colleagues(self, seat: Seat, errands: Errands) -> list[Function]:
        seats = self.plan.seats
        return [
            function(seat, seats[each.seat], each, errands, self._fulfil)
            for each in seat.colleagues
        ]

    def _errands(self, seat: Seat, sample: int) -> Errands:
        """What a sample of a turn may ask for; each has numbers of its own."""
        calls = self.plan.config.delegation.calls
        before = sum(
            each.agent.samples for each in self.plan.seats[: seat.index] if each.colleagues
        )
        return Errands(seat.index, sample, calls, 1 + (before + sample) * calls)

    async def _conclude_by(self, seat: Seat, messages: tuple[Message, ...]) -> list[Reply]:
        # It speaks once, after however many rounds: always as the draws of a first round.
        return await self._ask(seat, messages, round_number=1)

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
