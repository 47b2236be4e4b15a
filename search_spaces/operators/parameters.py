"""Operators on models, sampling parameters, memory and rounds."""

from random import Random

from search_spaces.config import Answer, AnswerMode, Stop, SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import Edits
from search_spaces.operators.landing import changed, first_landed, landed
from search_spaces.space import SearchSpace

VOTES: tuple[AnswerMode, ...] = ("vote", "weighted_vote", "centroid")
WEIGHTS = (0.5, 1.0, 1.5, 2.0, 3.0)


def change_model(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Runs an agent on another model."""
    agent = rng.choice(config.agents)
    others = [model for model in (None, *space.models) if model != agent.model]
    return changed(config, agent.name, space, model=rng.choice(others)) if others else None


def change_temperature(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Moves an agent's temperature a little, or anywhere if it was not set."""
    agent, span = rng.choice(config.agents), space.temperature
    if agent.temperature is None or rng.random() < 0.25:
        drawn = rng.uniform(span.min, span.max)
    else:
        drawn = rng.gauss(agent.temperature, (span.max - span.min) / 5)
    return changed(config, agent.name, space, temperature=span.clamp(round(drawn, 2)))


def change_max_tokens(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Doubles or halves the limit of an agent's replies."""
    span = space.max_tokens
    if span is None:
        return None
    agent = rng.choice(config.agents)
    if agent.max_tokens is None:
        tokens = rng.randint(span.min, span.max)
    else:
        tokens = span.clamp(max(1, int(agent.max_tokens * rng.choice((0.5, 2)))))
    return changed(config, agent.name, space, max_tokens=tokens)


def change_effort(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Changes the reasoning effort of an agent."""
    agent = rng.choice(config.agents)
    others = [effort for effort in (None, *space.efforts) if effort != agent.effort]
    return changed(config, agent.name, space, effort=rng.choice(others)) if others else None


def change_memory(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Changes the memory of an agent."""
    agent = rng.choice(config.agents)
    others = [memory for memory in (None, *space.memories) if memory != agent.memory]
    return changed(config, agent.name, space, memory=rng.choice(others)) if others else None


def change_samples(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Changes the samples of a source; several need an answer mode that combines them."""
    name = rng.choice(config.sources)
    before, span = config.agent(name).samples, space.samples
    others = [count for count in range(span.min, span.max + 1) if count != before]
    if not others:
        return None
    draft = Draft.of(config)
    samples = rng.choice(others)
    draft.agents[name] = draft.agents[name].model_copy(update={"samples": samples})
    if config.answer.mode == "last" and samples > 1:
        votes = [mode for mode in VOTES if mode in space.answer_modes]
        if not votes:
            return None
        draft.answer = Answer(mode=votes[0], sources=config.answer.sources)
    return landed(config, draft, space)


def change_weight(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Changes the weight of a voter."""
    if config.answer.mode != "weighted_vote":
        return None
    name = rng.choice(config.sources)
    others = [weight for weight in WEIGHTS if weight != config.agent(name).weight]
    return changed(config, name, space, weight=rng.choice(others))


def change_rounds(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Changes the number of rounds, or the stop rule."""
    if config.rounds == 1:
        return None
    rounds = range(max(2, space.rounds.min), space.rounds.max + 1)
    stops = [Stop(rule=rule) for rule in space.stops if rule != "approved"]
    if "approved" in space.stops:
        workers = Draft.of(config).workers
        reviewers = [name for name in workers if name not in config.sources]
        stops += [Stop(rule="approved", by=name) for name in reviewers or workers]
    drafts = []
    for count in rounds:
        for stop in stops:
            if (count == config.rounds) != (stop == config.stop):
                draft = Draft.of(config)
                draft.rounds, draft.stop = count, stop
                drafts.append(draft)
    rng.shuffle(drafts)
    return first_landed(config, drafts, space)
