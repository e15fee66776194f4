"""Where does chance come from? Counter-based streams: every draw is a pure function of its key and counters.

An episode's key comes from (seed, world, episode); a draw from (key, step, number of the draw). So a result never
depends on threads, batch size or the order in which worlds are stepped. The mixing is SplitMix64's finaliser
(Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
"""

import numpy as np

from worlds.compiler.compile import COMPILED, rule

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_STEP = np.uint64(0xD1342543DE82EF95)
_S30, _S27, _S31, _S32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
_MASK32 = np.uint64(0xFFFFFFFF)
_UNIT = 1.0 / 9007199254740992.0  # 2 ** -53
_S11 = np.uint64(11)

if not COMPILED:
    np.seterr(over="ignore")  # the mixing wraps around on purpose


@rule
def mix(x):
    """A well-mixed uint64 of a uint64."""
    x = (x ^ (x >> _S30)) * _MIX_1
    x = (x ^ (x >> _S27)) * _MIX_2
    return x ^ (x >> _S31)


@rule
def episode_key(seed, world, episode):
    """The stream of one episode of one world, uint64 each."""
    return mix(mix(mix(seed + _GOLDEN) + world * _GOLDEN + _GOLDEN) + episode * _STEP + _GOLDEN)


@rule
def draw(key, step, number):
    """64 random bits: draw `number` of step `step` in the stream `key`."""
    return mix(key + np.uint64(step) * _STEP + np.uint64(number) * _GOLDEN + _GOLDEN)


@rule
def below(bits, n):
    """An integer in 0..n-1 of 64 random bits, by multiplication (bias under n / 2**32)."""
    return np.int64(((bits >> _S32) * np.uint64(n)) >> _S32)


@rule
def unit(bits):
    """A float in [0, 1) of 64 random bits."""
    return np.float64(bits >> _S11) * _UNIT
