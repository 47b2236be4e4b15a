"""The operator that exchanges the module in a slot of a system (AgentSquare: Shang et al., 2024).

The present module is found by its effects: the agents that prepare the task, and the prompt lines,
samples and memory of the sources of the answer.
"""

from random import Random

from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import Edits
from search_spaces.library import Module, modules, roles
from search_spaces.operators.landing import cast, first_landed
from search_spaces.operators.parameters import VOTES
from search_spaces.prompts import found_role
from search_spaces.space import SearchSpace


def exchange_module(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Puts another module into one slot and leaves the other slots unchanged."""
    able = [module for module in modules().values() if module.slot in space.modules]
    rng.shuffle(able)
    drafts = (draft for each in able if (draft := _with(config, each, space, rng)))
    return first_landed(config, drafts, space)


def _with(config: SystemConfig, module: Module, space: SearchSpace, rng: Random) -> Draft | None:
    """The draft with the module in its slot; None if the space does not allow it."""
    draft = Draft.of(config)
    if module.slot == "planning":
        return _planned(draft, module, space, rng)
    if module.memory and module.memory not in space.memories:
        return None
    if module.slot == "reasoning" and not _sampled(draft, module, space):
        return None
    others = {
        line for each in modules().values() if each.slot == module.slot for line in each.lines
    }
    for name in draft.sources:
        agent = draft.agents[name]
        kept = [line for line in agent.prompt.split("\n") if line not in others]
        prompt = "\n".join([*kept, *module.lines]).strip()
        if len(prompt) > space.prompt_characters:
            return None
        memory = module.memory if module.slot == "memory" else agent.memory
        draft.agents[name] = agent.model_copy(update={"prompt": prompt, "memory": memory})
    return draft


def _planned(draft: Draft, module: Module, space: SearchSpace, rng: Random) -> Draft | None:
    """Replaces the agents that prepare the task."""
    preparing = {
        name
        for name, agent in draft.agents.items()
        if (role := found_role(agent)) and role.kind == "prepares" and name not in draft.sources
    }
    waiting = {target for source, target in draft.flow if source not in preparing}
    for name in preparing:
        draft.remove(name)
    if module.role is None:
        return draft
    role = roles()[module.role]
    if not space.allows_role(role.title) or len(draft.agents) >= space.agents.max:
        return None
    starters = [n for n in draft.workers if n not in waiting and n not in draft.subordinates]
    planner = draft.add(cast(role, space, rng)).name
    draft.edges |= {(planner, starter, "message") for starter in starters}
    return draft


def _sampled(draft: Draft, module: Module, space: SearchSpace) -> bool:
    """Sets the samples of the sources, with a vote if there are several."""
    samples = space.samples.clamp(module.samples or 1)
    if samples > 1 and draft.answer.mode == "last":
        votes = [mode for mode in VOTES if mode in space.answer_modes]
        if not votes:
            return False
        draft.answer = draft.answer.model_copy(update={"mode": votes[0]})
    for name in draft.sources:
        draft.agents[name] = draft.agents[name].model_copy(update={"samples": samples})
    return True
