"""Operators that insert or change a known building block, with its edges."""

from random import Random

from search_spaces.config import Answer, AnswerMode, Stop, StopRule, SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import Edits
from search_spaces.library import role
from search_spaces.limits import MADE_BY_AN_AGENT
from search_spaces.operators.landing import cast, give_choice, has_room, landed, newcomer
from search_spaces.operators.parameters import VOTES
from search_spaces.projection import clone
from search_spaces.prompts import found_role, in_role
from search_spaces.space import SearchSpace
from search_spaces.topologies import debate


def insert_critic(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds a critic that reviews a source after each round, until it approves."""
    able = space.allows_feedback and "message" in space.edges
    if not able or not has_room(config, space):
        return None
    draft = Draft.of(config)
    reviewed = rng.choice(draft.sources)
    # Sources are named explicitly: the critic sends no message, so it would be one.
    draft.answer_from(draft.sources)
    critic = draft.add(newcomer(space, rng, "reviews")).name
    draft.edges |= {
        (reviewed, critic, "message"),
        (critic, reviewed, "feedback"),
        (reviewed, reviewed, "feedback"),
    }
    _repeat(draft, space, rng, "approved", critic)
    return landed(config, draft, space)


def insert_verifier(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds a verifier, or another answering agent, that answers in place of a source."""
    if not has_room(config, space):
        return None
    verifiers = [each for each in space.role_options if each.name == "verifier"]
    roles = verifiers or list(space.roles_that("answers"))
    draft = Draft.of(config)
    checked = rng.choice(draft.sources)
    verifier = draft.add(cast(rng.choice(roles) if roles else None, space, rng)).name
    draft.edges.add((checked, verifier, "message"))
    if draft.answer.sources:
        draft.answer_from({*draft.answer.sources, verifier} - {checked})
    return landed(config, draft, space)


def insert_planner(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds an agent that prepares the task for all agents without inputs."""
    if not has_room(config, space):
        return None
    draft = Draft.of(config)
    hearing = {target for _, target in draft.arrows("message")}
    starters = [name for name in draft.workers if name not in hearing]
    planner = draft.add(newcomer(space, rng, "prepares")).name
    draft.edges |= {(planner, starter, "message") for starter in starters}
    return landed(config, draft, space)


def insert_voter(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds an agent beside a source, and a vote if the answer was the output of one."""
    if not has_room(config, space):
        return None
    draft = Draft.of(config)
    if draft.answer.mode == "last":
        votes = [mode for mode in VOTES if mode in space.answer_modes]
        if not votes:
            return None
        draft.answer = Answer(mode=votes[0], sources=draft.answer.sources)
    draft.replace(clone(draft, rng.choice(draft.sources)), newcomer(space, rng, "answers"))
    return landed(config, draft, space)


def insert_debate(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Gives all sources each other's outputs of the last round, until they agree."""
    draft = Draft.of(config)
    if not space.allows_feedback or len(draft.sources) < 2:
        return None
    draft.edges |= debate(draft.sources)
    _repeat(draft, space, rng, "consensus", None)
    return landed(config, draft, space)


def insert_judge(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Makes the answer by a judge that chooses among the outputs."""
    return _answered_in(config, "judge", space, rng)


def insert_summariser(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Makes the answer by a summariser of the outputs."""
    return _answered_in(config, "summarise", space, rng)


def change_answer(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Changes the answer mode."""
    others = [mode for mode in space.answer_modes if mode != config.answer.mode]
    return _answered_in(config, rng.choice(others), space, rng) if others else None


def change_sources(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds or removes a source of an answer that is made from several."""
    draft = Draft.of(config)
    if draft.answer.mode == "last" or len(draft.workers) < 2:
        return None
    name = rng.choice(draft.workers)
    sources = set(draft.sources) ^ {name}
    if not sources:
        return None
    draft.answer_from(sources)
    return landed(config, draft, space)


def _answered_in(
    config: SystemConfig, mode: AnswerMode, space: SearchSpace, rng: Random
) -> Edits | None:
    if mode not in space.answer_modes or mode == config.answer.mode:
        return None
    draft = Draft.of(config)
    maker = draft.answer.by
    if maker and mode in MADE_BY_AN_AGENT:
        _recast(draft, maker, mode, space)
    elif mode in MADE_BY_AN_AGENT and not has_room(config, space):
        return None
    draft.answer = draft.answer.model_copy(update={"mode": mode})
    if mode != "last":
        if len(draft.sources) == 1 and rng.random() < 0.5:
            draft.answer_from(draft.workers)
        if not give_choice(draft, space, rng):
            return None
    return landed(config, draft, space)


def _recast(draft: Draft, maker: str, mode: AnswerMode, space: SearchSpace) -> None:
    """Changes the role of the agent that makes the answer to fit the mode."""
    wanted = role("judge" if mode == "judge" else "summariser")
    now = found_role(draft.agents[maker])
    if now and now.kind == "decides" and space.allows_role(wanted.title):
        draft.agents[maker] = in_role(draft.agents[maker], wanted)


def _repeat(draft: Draft, space: SearchSpace, rng: Random, rule: StopRule, by: str | None) -> None:
    """Ensures several rounds, and sets the stop rule if there is none."""
    if draft.rounds == 1:
        draft.rounds = rng.randint(max(2, space.rounds.min), space.rounds.max)
    if draft.stop.rule == "never" and rule in space.stops:
        draft.stop = Stop(rule=rule, by=by)
