"""Calibration of lengths and latencies of replies."""

from math import log
from statistics import correlation, mean, median, stdev

from evolve.models.base import Request
from evolve.runtime.messages import turn
from evolve.simulator.calibration.figures import Figure
from evolve.simulator.calibration.laboratory import Laboratory, profile
from evolve.simulator.landscape import Domain
from search_spaces.config import Agent

_MODELS = ("alder-small", "alder-medium", "birch-small", "birch-medium")
_ROOM = 100_000


def latency(fast: bool) -> list[Figure]:
    """The tail of latency and its correlation with length, over models and instructions."""
    questions = 300 if fast else 1000
    laboratory = Laboratory({"plain": Domain()}, questions)
    plain, longer = Agent(name="a"), Agent(name="a", prompt="Think step by step.")
    seconds: dict[str, list[float]] = {}
    tokens: dict[str, list[int]] = {}
    for model in _MODELS:
        subject = laboratory.mind(profile(model))
        for way, agent in (("plain", plain), ("longer", longer)):
            requests = [Request(turn(agent, task), _ROOM) for task in laboratory.tasks]
            replies = list(map(subject.reply, requests))
            seconds[f"{model} {way}"] = [reply.latency_s for reply in replies]
            tokens[f"{model} {way}"] = [reply.completion_tokens for reply in replies]
    each = [sorted(row) for row in seconds.values()]
    tail = mean(row[int(0.99 * questions)] / median(row) for row in each)
    spread = mean(stdev(map(log, row)) for row in each)
    lengths = [log(count) for row in tokens.values() for count in row]
    together = mean(
        correlation(list(map(log, seconds[kind])), list(map(log, tokens[kind]))) for kind in tokens
    )
    length, count = stdev(lengths), len(lengths)
    return [
        Figure("latency", "99th percentile ÷ median", "4.8", tail, 3.8, 5.8, count),
        Figure("latency", "log-σ of latency", ".54", spread, 0.44, 0.74, count),
        Figure(
            "latency",
            "correlation of log latency and log tokens",
            ".85",
            together,
            0.8,
            0.95,
            count,
        ),
        Figure("latency", "log-σ of output tokens", ".74", length, 0.55, 0.9, count),
    ]
