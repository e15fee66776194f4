"""Is the faster precision chosen, as it is measured?"""

import pytest

from agents.network import precision
from agents.network.precision import fastest_precision, settled_precision


@pytest.mark.parametrize(
    ("small", "large", "chosen"),
    [(1.0, 4.0, "bfloat16"), (4.0, 1.0, "float32"), (1.0, 1.0, "float32"), (0.95, 1.0, "float32")],
)
def test_the_faster_one_is_chosen_and_float32_where_it_makes_no_difference(monkeypatch, small, large, chosen):
    monkeypatch.setattr(precision, "_seconds", lambda kind, device: small if "bfloat" in str(kind) else large)
    fastest_precision.cache_clear()
    assert settled_precision("auto") == fastest_precision() == chosen
    assert settled_precision("bfloat16") == "bfloat16" and settled_precision("float32") == "float32"
    fastest_precision.cache_clear()


def test_it_is_measured_once(monkeypatch):
    asked = []
    monkeypatch.setattr(precision, "_seconds", lambda kind, device: asked.append(kind) or 1.0)
    fastest_precision.cache_clear()
    fastest_precision(), fastest_precision()
    assert len(asked) == 2
    fastest_precision.cache_clear()
