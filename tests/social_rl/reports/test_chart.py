"""Does a chart have axes whose numbers are round, hold all values, and are written as people write them?"""

import re

import pytest

from social_rl.reports.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, chart, round_numbers


@pytest.mark.parametrize(
    ("low", "high", "numbers"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (3, 26, [0, 5, 10, 15, 20, 25, 30]),  # 23 / 5 is 4.6: the next of 1, 2, 5 times a power of ten is 5
        (20_480, 532_480, [0, 200_000, 400_000, 600_000]),
        (-0.25, 0.25, [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]),
        (7, 7, [6, 6.5, 7, 7.5, 8]),  # one on either side
        (0, 0, [-1, -0.5, 0, 0.5, 1]),
    ],
)
def test_numbers_of_an_axis_are_round_and_hold_all_values(low, high, numbers):
    found = round_numbers(low, high)
    assert found == pytest.approx(numbers)
    assert found[0] <= low and high <= found[-1]


def test_axes_have_names_and_numbers_and_lines_their_names():
    drawn = chart(
        {"<one>": [(0, 0.0), (2000, 1.0)], "two": [(1000, 0.5)]},
        "env steps",
        "solved",
        ("#111", "#222"),
        True,
    )
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    assert texts == [
        "solved",
        "0 %",
        "25 %",
        "50 %",
        "75 %",
        "100 %",
        "0",
        "500",
        "1,000",
        "1,500",
        "2,000",
        "env steps",
    ]
    corners = f'points="{LEFT:.1f},{HEIGHT - BOTTOM:.1f} {WIDTH - RIGHT:.1f},{TOP:.1f}"'
    assert corners in drawn, "from the lowest left to the highest right"
    assert f'cx="{(LEFT + WIDTH - RIGHT) / 2:.1f}" cy="{(TOP + HEIGHT - BOTTOM) / 2:.1f}"' in drawn, (
        "a point in the middle"
    )
    assert re.findall(r"<li>.*?</i>(.*?)</li>", drawn) == ["&lt;one&gt;", "two"]


def test_millions_are_written_as_such():
    drawn = chart({"solved": [(0, 0.5), (30e6, 0.5)]}, "env steps", "solved", ("#111",), True)
    assert re.findall(r">([\d,]+(?: M)?)</text>", drawn) == ["0", "10 M", "20 M", "30 M"]


def test_a_line_on_its_own_needs_no_second_name():
    assert "<li>" not in chart({"walls": [(1, 10.0)]}, "cycle", "walls", ("#111",))
