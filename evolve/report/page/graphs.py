"""A system's topology as plain data: agents, edges, and the answer mode."""

from typing import Any

from search_spaces.config import SystemConfig

_STOPS = {
    "never": "",
    "consensus": "until all agree",
    "approved": "until {by} approves",
}


def graph_of(config: SystemConfig) -> dict[str, Any]:
    """The topology; agents are identified by their positions, in upstream-first order."""
    place = {agent.name: position for position, agent in enumerate(config.agents)}
    answer = config.answer
    return {
        "agents": [
            {
                "name": agent.name,
                "role": agent.role,
                "model": agent.model,
                "samples": agent.samples,
                "tools": list(agent.tools),
                "memory": agent.memory,
            }
            for agent in config.agents
        ],
        "edges": [
            {
                "source": place[edge.source],
                "target": place[edge.target],
                "kind": edge.kind,
                "when": edge.when,
            }
            for edge in config.edges
        ],
        "answer": {
            "mode": answer.mode,
            "sources": [place[name] for name in config.sources],
            "by": None if answer.by is None else place[answer.by],
        },
        "rounds": config.rounds,
        "stop": _STOPS.get(config.stop.rule, config.stop.rule).format(by=config.stop.by),
    }
