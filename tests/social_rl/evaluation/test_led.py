"""Are rows that a language model leads evaluated like all others, and is it told how often it needed the grammar?"""

import json

import pytest

from agents.language.model.language_model import ModelConfig, new_model, write_model
from agents.language.model.tokenizer import train_tokenizer
from social_rl.cli import main
from social_rl.evaluation.splits import LED, ROWS, policy_of
from tests.agents.language.model.small_models import TEXTS


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("language") / "model"
    tokenizer = train_tokenizer(TEXTS, 300)
    shape = ModelConfig(layers=1, width=32, heads=2, context=256, vocabulary=tokenizer.get_vocab_size())
    write_model(folder, new_model(shape, tokenizer))
    return folder


def test_a_language_model_has_a_row_and_its_parse_rate(model, tmp_path, capsys):
    out = tmp_path / "led.json"
    words = [
        "evaluate",
        "--split",
        "S0",
        "--episodes",
        "4",
        "--seeds",
        "1",
        "--no-cannot",
        "--set",
        "step_limit=4",
    ]
    assert main([*words, "--rows", "seeing", "--language", str(model), "--json", str(out)]) == 0
    found = json.loads(out.read_text())
    assert set(found["splits"]["S0"]) == {"seeing", "lm"}
    language = found["language"]
    assert language["model"] == str(model) and language["answers"] > 0 and 0 <= language["parse_rate"] <= 1
    assert "parse as they are" in capsys.readouterr().out


def test_one_language_model_is_evaluated_at_a_time(model, capsys):
    assert main(["evaluate", "--language", str(model), str(model), "--episodes", "2"]) == 2
    assert "--language names 2 language models: name one" in capsys.readouterr().err


def test_rows_that_are_led_need_a_language_model():
    assert set(LED.values()) <= set(ROWS)
    with pytest.raises(ValueError, match="--rows lm: name the language model with --language"):
        policy_of("lm", None, 0)  # type: ignore[arg-type]
