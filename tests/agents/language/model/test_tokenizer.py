"""Does any text come back from its tokens, and can nobody type a special token?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.language.model.tokenizer import (
    FEWEST,
    SPECIAL,
    decode,
    encode,
    read_tokenizer,
    train_tokenizer,
    write_tokenizer,
)

TEXTS = ["go to the orange", "put the orange on the bed", "put the cup on the table"] * 8
TOKENIZER = train_tokenizer(TEXTS, 300)


@given(st.text())
def test_any_text_comes_back(text):
    assert decode(TOKENIZER, encode(TOKENIZER, [text])) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  two  spaces ",
        "\x00\x07\x1b[2J",
        "\u202eright to left",
        "pu\u0301t \U0001f34a",
        "“bed”",
        "a\r\n\n\tb",
    ],
)
def test_what_people_send_by_accident_comes_back(text):
    assert decode(TOKENIZER, encode(TOKENIZER, [text])) == [text]


def test_half_a_surrogate_pair_is_replaced():
    assert decode(TOKENIZER, encode(TOKENIZER, ["a\ud83cb"])) == ["a\ufffdb"]


def test_special_tokens_come_first_and_cannot_be_typed():
    assert [TOKENIZER.token_to_id(token) for token in SPECIAL] == [0, 1, 2]
    for token in SPECIAL:
        tokens = encode(TOKENIZER, [f"a{token}b"])[0]
        assert min(tokens) > 2
        assert decode(TOKENIZER, [tokens]) == [f"a{token}b"]


def test_frequent_words_are_one_token_and_the_rest_is_bytes():
    assert len(encode(TOKENIZER, [" orange"])[0]) == 1
    assert len(encode(TOKENIZER, ["\U0001f34a"])[0]) == 4, "four bytes in UTF-8"


def test_line_breaks_and_digits_stand_alone():
    tokenizer = train_tokenizer(["a\n\n12 12 12\n\n"] * 50, 400)
    assert [tokenizer.decode([token]) for token in encode(tokenizer, ["\n\n12"])[0]] == ["\n", "\n", "1", "2"]


def test_the_same_texts_make_the_same_tokenizer_and_it_is_read_as_written(tmp_path):
    path = tmp_path / "tokenizer.json"
    write_tokenizer(TOKENIZER, path)
    assert train_tokenizer(iter(TEXTS), 300).to_str() == TOKENIZER.to_str()
    again = read_tokenizer(path)
    assert encode(again, ["pop <eos> the orange"]) == encode(TOKENIZER, ["pop <eos> the orange"])


def test_vocabularies_have_the_size_that_was_asked_for_or_fewer():
    assert train_tokenizer(TEXTS, 270).get_vocab_size() == 270
    assert train_tokenizer([], 500).get_vocab_size() == FEWEST
    with pytest.raises(ValueError, match="vocabulary is 100, allowed are 259"):
        train_tokenizer(TEXTS, 100)


def test_a_file_that_is_none_is_refused_by_name(tmp_path):
    path = tmp_path / "tokenizer.json"
    with pytest.raises(ValueError, match=r"tokenizer\.json cannot be read"):
        read_tokenizer(path)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"tokenizer\.json is no tokenizer"):
        read_tokenizer(path)
