"""Who plays whom? `NAME=POLICY` texts become a cast, and a cast Policies.

A policy is one of POLICIES, one that an installed package offers, or MODULE:NAME, such as my_lab.policies:Greedy.
Scripts of a scenario are expert, decoy and script:NAME; where it has no expert or decoy of its own, planners are meant.
A language model is lm or lm:CHECKPOINT; its subgoals are carried out by the shipped mind, or by any other policy that
is named after a plus: lm+expert, lm:runs/sft+mind:runs/first. What the grammar understands it is not asked about.
pool:RUN,RUN draws for each episode one of the minds of these runs, as each was early, in the middle and at its end.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from worlds.checks import suggest

if TYPE_CHECKING:
    from agents.types import Policy
    from worlds.scenario import Scenario

EXPERT = "expert"
POLICIES = ("expert", "seeing", "mind", "lm", "random", "wander", "noisy", "decoy", "still", "script", "pool")


def read_cast(
    texts: Sequence[str], names: Sequence[str], usual: Iterable[tuple[str, str]] = ()
) -> dict[str, str]:
    """Each agent's policy, by name; where nothing is said, who usually plays, such as a scenario's `cast`, or experts.

    Raises:
        ValueError: no such agent or policy, or an agent is cast twice.
    """
    cast = {**dict.fromkeys(names, EXPERT), **dict(usual)}
    spelt = {name.lower(): name for name in names}
    said = set()
    for text in texts:
        name, equals, policy = text.partition("=")
        if not equals:
            raise ValueError(f"--cast {text}: write it as NAME=POLICY, such as {names[0].lower()}=expert")
        if name.lower() not in spelt:
            raise ValueError(f"--cast {text}: no agent is called {name!r}; {suggest(name, names)}")
        if name.lower() in said:
            raise ValueError(f"--cast {text}: {spelt[name.lower()]} is cast twice; keep one of them")
        check_policy(text, policy)
        said.add(name.lower())
        cast[spelt[name.lower()]] = policy
    return cast


def named_scripts(cast: Mapping[str, str], scenario: "Scenario") -> dict[str, str]:
    """The same cast, but who is played by a script of the scenario is said to be, and not by a planner."""
    own = {script.__name__ for script in scenario.scripts}
    return {
        name: f"script:{policy}" if policy in ("expert", "decoy") and policy in own else policy
        for name, policy in cast.items()
    }


def check_policy(text: str, policy: str, option: str = "--cast", policies: Sequence[str] = POLICIES) -> None:
    """Raise a ValueError that names the option, unless there is such a policy."""
    if is_led(policy) and "lm" in policies:
        checkpoint, carrier = parts_of(policy)
        check_policy(text, carrier, option, [name for name in policies if name != "lm"])
        from social_rl.runs.shipped import find_language_model

        find_language_model(checkpoint)
        return
    kind, colon, rate = policy.partition(":")
    if kind not in policies:
        from agents.policies.outside import find_policy, is_outside, offered_policies

        if not is_outside(policy):
            remedy = suggest(kind, [*policies, *offered_policies()])
            raise ValueError(
                f"{option} {text}: no policy is called {kind!r}; {remedy}; one of your own is MODULE:NAME, such as "
                "my_lab.policies:Greedy"
            )
        try:
            find_policy(policy)
        except ValueError as error:
            raise ValueError(f"{option} {text}: {error}") from error
        return
    if kind == "mind":
        from social_rl.runs.shipped import find_checkpoint

        find_checkpoint(Path(rate) if rate else None)
        return
    if kind == "pool":
        if not rate:
            raise ValueError(f"{option} {text}: name runs or checkpoints, as in pool:runs/one,runs/two")
        pool_checkpoints(rate)
        return
    if kind == "script":
        if not rate:
            raise ValueError(f"{option} {text}: name a script of the scenario, as in script:expert")
        return
    if colon and kind != "noisy":
        raise ValueError(f"{option} {text}: {kind} takes no rate; only noisy does, as in noisy:0.3")
    if colon:
        read_rate(text, rate, option)


def pool_checkpoints(named: str) -> "list[Path]":
    """The checkpoints of a pool: those that are named, and of each run its first, its middle and its last one.

    Early ones are partners that err, of whom fictitious co-play (Strouse et al. 2021, arXiv 2110.08176) has some, too.

    Raises:
        ValueError: one is neither a run nor a checkpoint, or nothing was saved yet.
    """
    from agents.training.checkpoint import MANIFEST
    from social_rl.runs.run_folder import checkpoints_of
    from social_rl.runs.shipped import find_checkpoint

    found: list[Path] = []
    for path in map(Path, named.split(",")):
        last = find_checkpoint(path)
        saved = [last] if (path / MANIFEST).exists() else checkpoints_of(path)
        found += [saved[i] for i in sorted({0, len(saved) // 2, len(saved) - 1})]
    return found


def is_led(policy: str) -> bool:
    """Is it led by a language model?"""
    return policy.partition("+")[0].partition(":")[0] == "lm"


def parts_of(policy: str) -> tuple[Path | None, str]:
    """The language model of a policy that is led by one, None the shipped one, and who carries out."""
    leader, _, carrier = policy.partition("+")
    checkpoint = leader.partition(":")[2]
    return (Path(checkpoint) if checkpoint else None), carrier or "mind"


def read_rate(text: str, rate: str, option: str = "--cast") -> float:
    """How often a noisy policy errs.

    Raises:
        ValueError: not a number from 0 to 1.
    """
    try:
        value = float(rate)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ValueError(f"{option} {text}: the rate is {rate!r}, allowed are 0 to 1, as in noisy:0.3")
    return value


def policies_of(cast: Mapping[str, str], seed: int = 0) -> "dict[str, Policy]":
    """A Policy for each agent of `read_cast`; agents of one kind share theirs, so that they are asked together.

    Of minds that learned side by side, each agent is played by the one that learned in its place.
    """
    made: dict[tuple[str, str], Policy] = {}
    policies = {}
    for name, text in cast.items():
        key = text, mind_named(text, name) or name * text.startswith("pool:")
        if key not in made:
            made[key] = make_policy(text, seed, name)
        policies[name] = made[key]
    return policies


def mind_named(text: str, name: str) -> str:
    """The file of the mind that a checked text means for an agent; "" where it means none."""
    kind, _, path = text.partition(":")
    if kind != "mind" or not path:
        return ""
    from agents.training.checkpoint import mind_of
    from social_rl.runs.shipped import find_checkpoint

    return mind_of(find_checkpoint(Path(path)), name)


def checkpoint_digest(text: str, name: str) -> str:
    """12 hex digits of the mind that a checked text means for an agent, "" where no mind of ours plays."""
    kind, _, path = text.partition(":")
    if kind != "mind":
        return ""
    from agents.training.checkpoint import MIND, read_manifest
    from social_rl.runs.shipped import find_checkpoint

    folder = find_checkpoint(Path(path) if path else None)
    return read_manifest(folder)["sha256"][mind_named(text, name) or MIND][:12]


def make_policy(text: str, seed: int, name: str = "") -> "Policy":
    """The Policy that a checked text names, for an agent of this name."""
    from agents.policies.planner import Planner
    from agents.policies.scripted import Scripted, decoy, expert
    from agents.policies.simple import Noisy, Random, Still, Wanderer

    if is_led(text):
        return _led(*parts_of(text), seed)
    kind, _, rate = text.partition(":")
    match kind:
        case "mind":
            from agents.policies.learned import Learned
            from agents.training.checkpoint import MIND, read_network
            from social_rl.runs.shipped import find_checkpoint

            folder = find_checkpoint(Path(rate) if rate else None)
            return Learned(read_network(folder, name=mind_named(text, name) or MIND), seed=seed)
        case "pool":
            from agents.policies.pool import Pool

            return Pool(
                [make_policy(f"mind:{folder}", seed, name) for folder in pool_checkpoints(rate)], seed
            )
        case "expert":
            return expert()
        case "seeing":
            return Planner("seen")
        case "random":
            return Random(seed)
        case "wander":
            return Wanderer(seed)
        case "noisy":
            return Noisy(expert(), float(rate), seed) if rate else Noisy(expert(), seed=seed)
        case "decoy":
            return decoy(seed)
        case "still":
            return Still()
        case "script":
            return Scripted(rate)
    from agents.policies.outside import outside_policy

    return outside_policy(text, seed)


def _led(checkpoint: Path | None, carrier: str, seed: int) -> "Policy":
    from agents.language.model.language_model import read_model
    from agents.language.responding import Responder
    from social_rl.runs.shipped import find_language_model

    respond = Responder(read_model(find_language_model(checkpoint)))
    return respond.leading(make_policy(carrier, seed), grammar=True)
