"""Random draws as pure functions of their names: no stream, no state, equal in every process."""

from functools import cached_property
from hashlib import blake2b
from math import erfc, sqrt
from statistics import NormalDist

_STANDARD = NormalDist()


def uniform(*names: str | int) -> float:
    """A draw strictly between 0 and 1 that its names determine."""
    return _uniform(b"", "\x1f".join(map(str, names)))


def normal(*names: str | int) -> float:
    """A standard normal draw that its names determine."""
    return quantile(uniform(*names))


def quantile(share: float) -> float:
    """The standard normal's quantile: Φ⁻¹."""
    return _STANDARD.inv_cdf(share)


def share_below(z: float) -> float:
    """The standard normal's distribution function: Φ."""
    return 0.5 * erfc(-z / sqrt(2))


class Noise:
    """The random draws of one call, by purpose.

    Args:
        conversation: An identifier of the seed, the model and the messages; at most 64 bytes.
        sample: The index of the sample.
        heat: The share of a draw's variance that is new with each sample, 0 to 1: at 0 every
            sample of a conversation is the same, at 1 they are independent.
    """

    def __init__(self, conversation: bytes, sample: int, heat: float) -> None:
        self._conversation = conversation
        self._sample = sample
        self._heat = heat

    @cached_property
    def _of_sample(self) -> bytes:
        name = f"sample {self._sample}".encode()
        return blake2b(name, digest_size=32, key=self._conversation).digest()

    def normal(self, purpose: str) -> float:
        """A standard normal draw."""
        if self._heat >= 1:
            return quantile(_uniform(self._of_sample, purpose))
        common = quantile(_uniform(self._conversation, purpose))
        if self._heat <= 0:
            return common
        fresh = quantile(_uniform(self._of_sample, purpose))
        return sqrt(1 - self._heat) * common + sqrt(self._heat) * fresh

    def uniform(self, purpose: str) -> float:
        """A draw between 0 and 1."""
        if self._heat >= 1:
            return _uniform(self._of_sample, purpose)
        return share_below(self.normal(purpose))


def _uniform(key: bytes, name: str) -> float:
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest()
    return ((int.from_bytes(digest, "little") >> 12) + 0.5) * 2.0**-52
