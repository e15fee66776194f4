"""Can every scenario be made, and does each say what may be chosen?"""

import pytest

from worlds.scenario import house_choices, make_scenario, own_choices, scenario_choices, scenario_names


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_is_made_with_its_defaults(name):
    scenario = make_scenario(name)
    assert scenario.name == name
    assert make_scenario(name, **own_choices(name)).agents == scenario.agents


@pytest.mark.parametrize("name", scenario_names())
@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"viw": 7}, "scenario {name} has no choice 'viw': did you mean 'view'?"),
        ({"view": "two"}, "scenario {name}: view is 'two': give a whole number, such as "),
        ({"view": 7.0}, "scenario {name}: view is 7.0: give a whole number"),
        ({"view": None}, "scenario {name}: view is None: give a whole number, such as "),
    ],
)
def test_a_choice_that_is_not_there_or_of_another_type_is_refused(name, choices, message):
    with pytest.raises(ValueError) as refusal:
        make_scenario(name, **choices)
    assert str(refusal.value).startswith(message.format(name=name))


@pytest.mark.parametrize(
    ("name", "choices", "message"),
    [
        ("house", {"occluded": "no"}, "occluded is 'no': give True or False, such as True"),
        ("house", {"rooms": 3}, "rooms is 3: give a tuple, such as (1, 3)"),
        ("house", {"rooms": (1, 2, 3)}, "rooms is (1, 2, 3): give the lowest and the highest"),
        ("house", {"split": 1}, "split is 1: give a text, such as 'S0'"),
        ("house", {"shut": "x"}, "shut is 'x': give a number, such as 0.25"),
        ("house", {"split": "S9"}, "split is 'S9', allowed are S0"),
        ("tidy_up", {"kinds": ("clos",)}, "did you mean 'close'?"),
        ("berry_bush", {"agents": 17}, "agents is 17, allowed are 1 to 16"),
        ("berry_bush", {"side": 4}, "side is 4, allowed are 5 to 256"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused(name, choices, message):
    with pytest.raises(ValueError) as refusal:
        make_scenario(name, **choices)
    assert message in str(refusal.value)


def test_an_unknown_scenario_is_refused():
    with pytest.raises(ValueError, match=r"is called 'berrybush': did you mean 'berry_bush'\?"):
        make_scenario("berrybush")
    with pytest.raises(
        ValueError, match=f"no scenario is called 'x': there are {', '.join(scenario_names())}"
    ):
        make_scenario("x")


def test_scenarios_of_houses_take_what_houses_take():
    assert house_choices().items() <= {**scenario_choices("tidy_up"), "agents": 2, "split": "S0"}.items()
    assert "rooms" not in scenario_choices("maze")


def test_the_smallest_orchard_has_room_for_the_most_agents():
    assert make_scenario("berry_bush", agents=16, side=5).draw(1, 0).agent_cell.shape == (1, 16)
