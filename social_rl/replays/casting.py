"""Who of a replay's cast can be asked again? Policies by agent, and what is to be said of those who cannot."""

from collections.abc import Sequence

from agents.types import Policy
from social_rl.episodes.casting import check_policy, checkpoint_digest, make_policy, read_cast
from worlds.replay import Replay


def cast_of(
    replay: Replay, names: Sequence[str], texts: Sequence[str] = (), seed: int = 0
) -> tuple[dict[str, Policy], list[str]]:
    """Policies of those who played, by agent, and remarks.

    Args:
        names: of the agents.
        texts: who plays instead, as `read_cast` takes them.

    Raises:
        ValueError: a text is wrong.
    """
    instead = {text.partition("=")[0].lower() for text in texts}
    asked = read_cast(texts, names) if texts else {}
    policies: dict[str, Policy] = {}
    remarks = []
    for a, name in enumerate(names):
        text = asked[name] if name.lower() in instead else (replay.cast[a] if a < len(replay.cast) else "")
        try:
            check_policy(f"{name}={text}", text)
            policies[name] = make_policy(text, seed, name)
        except (ValueError, OSError, ImportError) as error:
            if name.lower() in instead:
                raise
            remarks.append(f"{name} was played by {text or 'somebody'}, who is not here: {error}")
            continue
        known = replay.minds[a] if a < len(replay.minds) else ""
        if known and name.lower() not in instead and checkpoint_digest(text, name) != known:
            remarks.append(f"{name} was played by checkpoint {known}; {text} is another one here")
    return policies, remarks
