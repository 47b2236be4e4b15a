"""How long replies get is learned from results; the unknown is feared, the known believed."""

from archive.records import Usage
from evolve.excess import MARGIN, UNKNOWN, Excess


def usage(completion_tokens: int, excess: int = 0) -> Usage:
    return Usage(calls=1, completion_tokens=completion_tokens, excess=excess)


def test_an_unknown_model_is_feared_and_not_believed_to_ramble() -> None:
    assert Excess().feared(["new"]) == UNKNOWN
    assert Excess().known(["new"]) == 1


def test_who_keeps_limits_is_believed_after_one_result() -> None:
    excess = Excess()
    excess.learn(["one"], usage(100))
    assert excess.feared(["one"]) == excess.known(["one"]) == 1
    assert excess.feared(["one", "new"]) == UNKNOWN


def test_who_outgrows_limits_may_do_so_again_and_further() -> None:
    excess = Excess()
    excess.learn(["one"], usage(300, excess=200))
    excess.learn(["one"], usage(150, excess=50))
    assert excess.known(["one"]) == excess.feared(["one"]) == 3 * MARGIN


def test_no_calls_tell_nothing() -> None:
    excess = Excess()
    excess.learn(["one"], Usage())
    assert excess.seen == {}
