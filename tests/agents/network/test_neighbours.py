"""Does an agent rely on neighbours by what they do, and on none that is out of sight?"""

import numpy as np
import pytest
import torch

from agents.batch import Percept
from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from worlds.objects import AGENT_MARK
from worlds.state import ACTS, AGENT_PLANE, ITEM_PLANE, TAKE

T, B, A, C = 6, 3, 4, 49
FORBIDDEN = 1 << TAKE


@pytest.fixture(scope="module")
def network() -> ActorCritic:
    torch.manual_seed(0)
    made = ActorCritic(
        NetworkConfig(encoder="plain", map=False, gate=32, hidden=32, agents=A, forbidden=FORBIDDEN)
    )
    assert made.neighbours is not None
    torch.nn.init.normal_(made.neighbours.score.weight)
    return made


def percept(where: np.ndarray, hats: np.ndarray, headings: np.ndarray) -> Percept:
    """Agents at cells where[T, B, A], -1 out of sight, with what they hold and which way they look."""
    view = np.zeros((T, B, 3, C), np.uint8)
    view[:, :, 0] = 1
    for t, b, a in np.ndindex(T, B, A):
        if where[t, b, a] >= 0:
            view[t, b, AGENT_PLANE, where[t, b, a]] = AGENT_MARK | a << 2 | headings[t, b, a]
            view[t, b, ITEM_PLANE, where[t, b, a]] = hats[t, b, a]
    own = torch.zeros(T, B, 8, dtype=torch.uint8)
    return Percept(
        torch.from_numpy(view), own, torch.zeros(T, B, 0, dtype=torch.uint8),
        torch.zeros(T, B, dtype=torch.int32), torch.ones(T, B), torch.zeros(T, B, 0, 4, dtype=torch.uint8),
    )  # fmt: skip


def drawn(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    where = np.stack([rng.permutation(C)[:A] for _ in range(T * B)]).reshape(T, B, A)
    where[rng.random((T, B, A)) < 0.4] = -1
    return where, rng.choice([121, 123, 125], (T, B, A)), rng.integers(4, size=(T, B, A))


def thought(network: ActorCritic, seen: Percept, before: torch.Tensor | None = None) -> torch.Tensor:
    reading = network.read(torch.zeros(1, 1, dtype=torch.int64), torch.zeros(1, 8, dtype=torch.uint8))
    return network.think(seen, reading, torch.zeros(B, network.width) if before is None else before)


@torch.no_grad()
def test_chances_sum_to_one_and_what_is_forbidden_has_none(network):
    logits, value = network.decide(thought(network, percept(*drawn())))
    chance = logits.exp()
    torch.testing.assert_close(chance.sum(-1), torch.ones(T, B), atol=1e-5, rtol=0)
    assert (chance[..., TAKE] == 0).all() and value.shape == (T, B) and logits.shape[-1] == len(ACTS)


@torch.no_grad()
def test_nobody_out_of_sight_is_relied_on(network):
    where, hats, headings = drawn()
    shares = network.reliance(thought(network, percept(where, hats, headings)))
    assert shares.shape == (T, B, 1 + A)
    assert (shares[..., 1:][torch.from_numpy(where) < 0] == 0).all()
    assert (shares[..., 1:][torch.from_numpy(where) >= 0] > 0).all()
    torch.testing.assert_close(shares.sum(-1), torch.ones(T, B))


@torch.no_grad()
def test_with_nobody_in_sight_it_goes_its_own_way(network):
    where, hats, headings = drawn()
    hidden = thought(network, percept(np.full_like(where, -1), hats, headings))
    own = network.head(hidden[..., : network.config.hidden])[..., :-1] + network.never
    torch.testing.assert_close(network.decide(hidden)[0], own.log_softmax(-1), atol=1e-4, rtol=0)


@torch.no_grad()
def test_who_is_which_number_does_not_matter(network):
    """Numbers swapped, reliance is swapped. Each alone in the view of its column, since eyes tell numbers apart."""
    where, hats, headings = drawn()
    order = [2, 0, 3, 1]
    assert network.neighbours is not None
    hidden = torch.randn(T, B, network.config.hidden)
    zero = torch.zeros(B, network.neighbours.width)
    one = network.neighbours(percept(where, hats, headings), hidden, zero)
    other = network.neighbours(
        percept(where[..., order], hats[..., order], headings[..., order]), hidden, zero
    )
    first, second = (network.neighbours.parts(state)[0] for state in (one, other))
    torch.testing.assert_close(first[..., 1:][..., order], second[..., 1:])
    torch.testing.assert_close(first[..., 0], second[..., 0])


@torch.no_grad()
def test_step_by_step_is_the_same_as_at_once_and_memory_is_wiped_where_an_episode_begins(network):
    seen = percept(*drawn())
    seen.keep[3] = 0
    whole = thought(network, seen)
    before = torch.zeros(B, network.width)
    for t in range(T):
        step = Percept(*(part[t : t + 1] for part in seen))
        before = thought(network, step, before)[0]
        torch.testing.assert_close(before, whole[t], atol=1e-5, rtol=1e-5)
    fresh = thought(network, Percept(*(part[3:4] for part in seen)))[0]
    torch.testing.assert_close(fresh, whole[3], atol=1e-5, rtol=1e-5)


def test_without_a_gate_nothing_is_added():
    plain = ActorCritic(NetworkConfig(encoder="plain", map=False, hidden=32))
    assert plain.width == 32 and plain.neighbours is None
    assert plain.reliance(torch.zeros(2, 32)).tolist() == [[1], [1]]
    with pytest.raises(ValueError, match="gate is 33, allowed are multiples of 32"):
        NetworkConfig(gate=33)
