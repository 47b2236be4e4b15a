"""The simulated model as a designer: it parses prompts, with the insight of its profile."""

import json
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from evolve.meta import headings
from evolve.meta.schemas import edits_schema, system_schema
from evolve.models.base import Message, Reply, Request
from evolve.simulator.landscape import Domain
from evolve.simulator.profile import Profile, load_profile, profile_names
from evolve.simulator.reader import read
from evolve.simulator.remedies import EXPERTS, LORE, REMEDIES, WORDS, Case, remedied
from evolve.simulator.simulated import Simulated
from evolve.simulator.vocabulary import Feature
from search_spaces import library
from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import EDITS, apply
from search_spaces.errors import EditError
from search_spaces.space import SearchSpace
from search_spaces.yaml_text import write_system
from tests.evolve.simulator.simulated_world import World

SPACE = SearchSpace(models=("medium", "large"))
LIMITS = """
- model null, the run's default: $0.1 for a million prompt tokens, $0.4 for completion
- model medium: $0.5 for a million prompt tokens, $2 for completion
- model large: $3 for a million prompt tokens, $12 for completion
- agents: 1 to 5; samples of each: 1 to 5; rounds: 1 to 3
"""


def prompt(
    config: SystemConfig,
    other: SystemConfig | None = None,
    tried: str = "",
    cost: str = "0.000500",
    domains: str = "- logic: 0.20 on 10 tasks\n- sums: 1.00 on 10 tasks",
) -> tuple[Message, ...]:
    system = f"```yaml\n{write_system(config)}```"
    sections = {
        headings.OBJECTIVE: "An evaluation may cost $0.002000 on average at most.",
        headings.SYSTEM: f"Score 0.5, ${cost} per evaluation.\n\n{system}",
        headings.DOMAINS: domains,
        headings.TRIED: tried,
        headings.LIMITS: LIMITS,
    }
    if other is not None:
        sections[headings.OTHER] = f"```yaml\n{write_system(other)}```"
    text = "\n\n".join(f"{heading}\n\n{section}" for heading, section in sections.items())
    return Message("system", "You design systems."), Message("user", text)


@pytest.fixture
def logic(world: World) -> Path:
    """A world in which logic rewards ruling out, and nothing else is rewarded anywhere."""
    path = world.folder / "logic.yaml"
    logic = {"rewards": {"eliminate": 0.5, "hasty": -0.5}, "roles": {"logic": 0.3}, "alike": 0.9}
    path.write_text(json.dumps({"answers": {"file": "sums.jsonl"}, "domains": {"logic": logic}}))
    return path


def designer(landscape: Path, **profile: Any) -> Simulated:
    plain = {"family": "oak", "ability": 0.0, "refusals": 0.0, "insight": 1.0, "blunders": 0.0}
    return Simulated(profile=Profile(**plain | profile), landscape=landscape)


def replied(
    model: Simulated, messages: tuple[Message, ...], sample: int, schema: Any = None
) -> Reply:
    schema = schema or edits_schema(SPACE)
    return model.reply(Request(messages, max_tokens=4_000, schema=schema, sample=sample))


def children(
    model: Simulated, config: SystemConfig, count: int = 80, **sections: Any
) -> list[SystemConfig]:
    """What it makes of a system, in so many draws."""
    found = []
    for sample in range(count):
        reply = json.loads(replied(model, prompt(config, **sections), sample).text)
        found.append(apply(config, EDITS.validate_python(reply["edits"])))
    return found


def minded(config: SystemConfig) -> set[Feature]:
    return {feature for agent in config.agents for feature in read(agent.prompt).features}


@pytest.mark.parametrize("feature", list(WORDS))
def test_its_words_are_understood_as_they_are_meant(feature: Feature) -> None:
    for line in WORDS[feature]:
        assert feature in read(line).features
        assert read(line).contradictions == 0


@pytest.mark.parametrize("role", list(EXPERTS))
def test_its_roles_are_understood_as_they_are_meant(role: str) -> None:
    assert role in read(f"You are the {EXPERTS[role]}.").roles  # type: ignore[index]


def test_insight_proposes_what_the_failing_kind_rewards(logic: Path) -> None:
    single = library.system("single")
    made = children(designer(logic), single)
    wanted = [features for child in made if (features := minded(child))]
    assert len(wanted) > 20
    # Whatever else it adds, such as a checker, it never advises what harms.
    assert sum("eliminate" in features for features in wanted) > 20
    assert not any("hasty" in features for features in wanted)
    roles = {agent.role for child in made for agent in child.agents} - {""}
    assert EXPERTS["logic"] in roles
    assert EXPERTS["language"] not in roles


def test_without_insight_proposals_are_common_advice(logic: Path) -> None:
    made = children(designer(logic, insight=0.0), library.system("single"), 200)
    wanted = {feature for child in made for feature in minded(child)}
    assert len(wanted & set(LORE)) >= 8
    assert "hasty" in wanted


def test_it_never_proposes_what_it_sees_was_tried(logic: Path) -> None:
    tried = "\n".join(f"- solver: prompt + '{line}': not known yet" for line in WORDS["eliminate"])
    made = children(designer(logic), library.system("single"), tried=tried)
    assert not any("eliminate" in minded(child) for child in made)


def test_proposals_respect_the_stated_cost_limit(logic: Path) -> None:
    single = library.system("single")
    models = {agent.model for child in children(designer(logic), single) for agent in child.agents}
    assert "medium" not in models - {None} or "large" not in models
    costly = children(designer(logic), single, cost="0.001900")
    assert {agent.model for child in costly for agent in child.agents} == {None}
    voting = library.system("self_consistency")
    cheaper = children(designer(logic), voting, cost="0.009000")
    samples = [child.agents[0].samples for child in cheaper]
    assert sum(count < voting.agents[0].samples for count in samples) > len(samples) / 3


def test_it_sees_that_votes_do_not_help_where_all_err_alike(logic: Path) -> None:
    single = library.system("single")
    knowing = children(designer(logic), single)
    guessing = children(designer(logic, insight=0.0), single)
    assert all(agent.samples == 1 for child in knowing for agent in child.agents)
    assert any(agent.samples > 1 for child in guessing for agent in child.agents)


@pytest.mark.full
def test_its_proposals_work_and_are_mostly_of_the_space(logic: Path) -> None:
    for name, config in library.systems().items():
        made = children(designer(logic, insight=0.5), SPACE.project(config), 12)
        good = [child for child in made if child.id != config.id and not SPACE.check(child)]
        assert len(good) >= 10, name


def test_a_whole_system_is_written_as_the_schema_wants(logic: Path) -> None:
    single = library.system("single")
    schema = system_schema(SPACE)
    for sample in range(20):
        reply = json.loads(replied(designer(logic), prompt(single), sample, schema).text)
        assert reply["system"].keys() == schema["properties"]["system"]["properties"].keys()
        config = SystemConfig.model_validate(reply["system"])
        assert config.id != single.id


def test_a_cross_takes_something_over(logic: Path) -> None:
    single, other = library.system("single"), library.system("chain_of_thought")
    made = children(designer(logic), single, other=other)
    assert sum("step_by_step" in minded(child) for child in made) > len(made) / 4


def test_a_blunder_is_no_valid_proposal_and_rarer_after_a_complaint(logic: Path) -> None:
    single = library.system("single")
    model = designer(logic, blunders=1.0)
    wanted = prompt(single)
    complained = (*wanted, Message("assistant", "{}"), Message("user", "That cannot be used."))

    def good(messages: tuple[Message, ...]) -> int:
        count = 0
        for sample in range(60):
            text = replied(model, messages, sample).text
            with suppress(ValueError, EditError):
                edits = EDITS.validate_python(json.loads(text)["edits"])
                count += apply(single, edits).id != single.id
        return count

    assert good(wanted) == 0
    assert 15 < good(complained) < 45


def test_a_design_is_a_pure_function_of_what_is_asked(logic: Path) -> None:
    wanted = prompt(library.system("debate"))
    first, again = (replied(designer(logic), wanted, 3) for _ in range(2))
    assert first == again
    texts = {replied(designer(logic, insight=0.3), wanted, sample).text for sample in range(10)}
    assert len(texts) > 4
    cold = [
        designer(logic).reply(
            Request(wanted, max_tokens=4_000, temperature=0.0, schema=edits_schema(SPACE), sample=n)
        )
        for n in range(3)
    ]
    assert len({reply.text for reply in cold}) == 1


@pytest.mark.parametrize(
    "messages",
    [
        (Message("user", "Design something."),),
        (Message("user", f"{headings.SYSTEM}\n\n```yaml\n[not a system\n```"),),
        (Message("user", "## The system\n" * 500),),
        (),
    ],
)
def test_what_it_cannot_read_ends_in_an_empty_proposal(
    logic: Path, messages: tuple[Message, ...]
) -> None:
    assert json.loads(replied(designer(logic), messages, 0).text)["edits"] == []


def test_a_short_limit_cuts_the_proposal(logic: Path) -> None:
    wanted = Request(prompt(library.system("single")), max_tokens=10, schema=edits_schema(SPACE))
    reply = designer(logic).reply(wanted)
    assert reply.truncated
    assert reply.completion_tokens == 10


def test_design_parameters_do_not_change_answers() -> None:
    plain = Profile(family="oak", ability=0.0)
    assert repr(plain) == repr(plain.model_copy(update={"insight": 0.9, "blunders": 0.5}))


def test_larger_profiles_know_more_and_slip_less() -> None:
    for family in ("alder", "birch"):
        sizes = [load_profile(f"{family}-{size}") for size in ("small", "medium", "large")]
        assert [p.insight for p in sizes] == sorted({p.insight for p in sizes})
        assert [-p.blunders for p in sizes] == sorted({-p.blunders for p in sizes})
    assert len(profile_names()) >= 6


def test_every_remedy_changes_something_somewhere() -> None:
    rng, used = Random(0), set()
    prices = {None: 1.0, "medium": 3.0}
    for remedy, _, _ in REMEDIES:
        for config in library.systems().values():
            for room in (0.5, 5.0):
                case = Case(Domain(rewards={"plan": 1.0}), True, frozenset(), room, prices, 5)
                draft = Draft.of(config)
                factor = remedy(draft, case, rng)
                assert bool(factor) == (draft != Draft.of(config))
                assert factor <= max(room, 1.1)
                used |= {remedy} if factor else set()
    assert used == {remedy for remedy, _, _ in REMEDIES}


def test_where_little_is_left_to_try_it_gives_another_role() -> None:
    case = Case(Domain(alike=0.9), True, frozenset(WORDS), 1.0, {}, 1)
    for seed in range(9):
        draft = Draft.of(library.system("single"))
        remedied(draft, case, Random(seed))
        assert draft.agents["solver"].role in EXPERTS.values()
        assert not draft.agents["solver"].prompt
