"""Are methods found by what is typed, and is nonsense refused with the way out?"""

import pytest

from social_rl.methods.names import WAYS, make_methods, read_methods
from tests.social import circle, mind


def test_every_name_makes_a_method_of_that_name():
    assert [method.name for method in make_methods(list(WAYS))] == list(WAYS)


def test_methods_are_for_all_or_for_one():
    found = read_methods(["prediction", "bob=influence:0.5/2"], ["Ann", "Bob"])
    assert found == {"Ann": ("prediction",), "Bob": ("prediction", "influence:0.5/2")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("influense", "did you mean 'influence'"),
        ("cleo=team", "no learner is called 'cleo'"),
        ("influence:much", "holds what is no number: give weights of the reward and of the model's loss"),
        ("influence:1/2/3", "too much, or not finite"),
        ("svo:nan", "too much, or not finite: give angle in degrees, as in svo:45"),
        ("inequity:5/inf", "as in inequity:5/0.05"),
        ("team:2", "team takes no numbers: leave out '2'"),
        ("central:1", "central takes no numbers"),
        ("influence@mesages", "no channel is called 'mesages'; did you mean 'messages'"),
        ("influence:2@", "no channel is called ''"),
        ("svo:30@acts", "svo has none: leave out @acts"),
    ],
)
def test_what_is_no_method_is_refused(text, said):
    with pytest.raises(ValueError, match=said):
        read_methods([text], ["Ann", "Bob"])


def test_a_channel_is_named_behind_the_numbers():
    """Heads tell which one it is: by messages, minds that make no calls have none."""
    for text in ("influence@messages", "influence:2@messages", "influence:2/3@messages"):
        assert read_methods([text], ["Ann"]) == {"Ann": (text,)}
        (method,) = make_methods([text])
        with pytest.raises(ValueError, match="needs agents that make calls"):
            method.heads(mind(circle()))
    (method,) = make_methods(["influence:2@acts"])
    assert method.heads(mind(circle())).keys() == {"others"}


def test_a_method_is_asked_for_once():
    with pytest.raises(ValueError, match="Ann has it twice"):
        read_methods(["team", "ann=team"], ["Ann", "Bob"])
