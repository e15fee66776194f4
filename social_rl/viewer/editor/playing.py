"""How is a painted level played? In the scenario of the editor, by its cast, exactly as any command plays its file."""

from dataclasses import replace
from functools import partial

from social_rl.episodes.casting import policies_of, read_cast
from social_rl.episodes.levels import drawn_from
from social_rl.viewer.editor.draft import EditError
from social_rl.viewer.editor.model import EditorState
from social_rl.viewer.model import ViewerState, open_state
from worlds.checks import count
from worlds.levels.level import Level
from worlds.scenario import Scenario, make_scenario, own_choices


def play_of(state: EditorState) -> ViewerState:
    """The window on the level that is painted.

    Raises:
        EditError: it is no level yet, or the scenario is not for so many agents.
        ValueError: the cast is wrong.
    """
    level = state.judged.level
    if level is None:
        raise EditError(f"it cannot be played yet: {state.judged.problem}")
    scenario = scenario_for(level, state.scenario)
    mine = {name.lower() for name in scenario.agents}
    texts = [text for text in state.cast if text.partition("=")[0].lower() in mine]
    usual = [(name, policy) for name, policy in scenario.cast if name in scenario.agents]
    policies = policies_of(read_cast(texts, scenario.agents, usual), state.seed)
    viewer = open_state(scenario, policies, seed=state.seed, levels=1)
    viewer.size, viewer.scale, viewer.is_dark, viewer.origin = (
        state.size,
        state.scale,
        state.is_dark,
        "the editor",
    )
    return viewer


def scenario_for(level: Level, scenario: Scenario) -> Scenario:
    """A scenario with this level and no other.

    Raises:
        EditError: it is for another number of agents.
    """
    names = tuple(agent.name for agent in level.agents)
    if len(names) != len(scenario.agents):
        if not scenario.source or "agents" not in own_choices(scenario.source):
            raise EditError(
                f"{scenario.name} is for {count(len(scenario.agents), 'agent')}, here are {len(names)}"
            )
        try:
            scenario = make_scenario(scenario.source, **{**dict(scenario.choices), "agents": len(names)})
        except ValueError as error:
            raise EditError(str(error)) from None
    return replace(scenario, agents=names, draw=partial(drawn_from, levels=(level,)))
