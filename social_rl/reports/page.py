"""What does a page of levels look like? Cards with pictures, of which each tells the command that plays it."""

import base64
import html
import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image


class Card(NamedTuple):
    """A level on the page."""

    number: int  # in its file, from 1
    pixels: np.ndarray  # uint8[H, W, 3]
    facts: list[str]  # a few words each
    told: list[str]  # to agents
    edit: str  # what it was made by, "" if it was drawn
    command: str  # that plays it


def page(title: str, introduction: str, parts: Sequence[str]) -> str:
    """A whole page, with all that belongs to it in one file."""
    return _PAGE.format(
        title=html.escape(title), introduction=html.escape(introduction), body="\n".join(parts)
    )


def section(title: str, about: str, body: str) -> str:
    """A part of a page, with a sentence about it."""
    return f"<section><h2>{html.escape(title)}</h2>\n<p>{html.escape(about)}</p>\n{body}</section>"


def cards(shown: Sequence[Card]) -> str:
    """Levels side by side."""
    return f'<div class="cards">{"".join(map(_card, shown))}</div>'


def charts(drawn: Sequence[str]) -> str:
    """Charts side by side."""
    return f'<div class="charts">{"".join(drawn)}</div>'


def _card(card: Card) -> str:
    facts = " ".join(f"<span>{html.escape(fact)}</span>" for fact in card.facts)
    told = "".join(f"<em>{html.escape(line)}</em>" for line in card.told)
    edit = f'<small title="{html.escape(card.edit)}">{html.escape(card.edit)}</small>' if card.edit else ""
    return (
        f'<button data-number="{card.number}" data-command="{html.escape(card.command)}">'
        f'<img alt="level {card.number}" src="{_as_text(card.pixels)}">'
        f"<div><b>{card.number}</b>{facts}</div>{told}{edit}</button>\n"
    )


def _as_text(pixels: np.ndarray) -> str:
    """A picture as a part of the page itself."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
* {{ box-sizing: border-box }}
body {{ font: 15px/1.5 system-ui, "Noto Sans", sans-serif; color: #2b2f36; background: #f7f5f1; margin: 0 auto;
  max-width: 1200px; padding: 40px 28px 120px }}
h1 {{ font-size: 26px; font-weight: 600; margin: 0 0 4px }}
h2 {{ font-size: 18px; font-weight: 600; margin: 44px 0 2px }}
p {{ color: #5b6772; margin: 0 0 16px; max-width: 46em }}
.cards {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(172px, 1fr)); gap: 14px }}
button {{ font: inherit; font-size: 12.5px; line-height: 1.45; color: #5b6772; text-align: left;
  cursor: pointer; display: flex; flex-direction: column; background: #fff;
  border: 1px solid #e4dfd6; border-radius: 9px; padding: 9px }}
button:hover, button:focus-visible {{ border-color: #2f6db5; outline: none }}
button.chosen {{ border-color: #2f6db5; box-shadow: 0 0 0 1px #2f6db5 }}
button img {{ display: block; width: 100%; border: 1px solid #efece6; margin-bottom: 7px }}
button b {{ color: #2b2f36; font-size: 14px; font-weight: 600; margin-right: 7px }}
button span {{ white-space: nowrap; margin-right: 7px }}
button em {{ font-style: normal; color: #2b2f36; margin-top: 3px }}
button small {{ font-size: 11.5px; color: #969ca4; margin-top: 3px; overflow: hidden; display: -webkit-box;
  -webkit-box-orient: vertical; -webkit-line-clamp: 2 }}
.charts {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); gap: 14px; align-items: start }}
.chart {{ margin: 0; background: #fff; border: 1px solid #e4dfd6; border-radius: 9px; padding: 14px 14px 8px }}
.chart svg {{ display: block; width: 100% }}
.chart text {{ font-size: 11.5px; fill: #5b6772 }}
.chart text.name {{ font-size: 12.5px; fill: #2b2f36 }}
.chart .grid {{ stroke: #efece6; stroke-width: 1 }}
.chart polyline {{ fill: none; stroke-width: 1.8; stroke-linejoin: round }}
.chart ul {{ list-style: none; margin: 2px 0 4px; padding: 0; font-size: 12.5px; color: #5b6772 }}
.chart li {{ display: inline-block; margin-right: 18px }}
.chart i {{ display: inline-block; width: 14px; height: 3px; border-radius: 2px;
  margin-right: 6px; vertical-align: 3px }}
#told {{ position: fixed; left: 0; right: 0; bottom: 0; background: #fff; border-top: 1px solid #e4dfd6;
  padding: 12px 28px; font-size: 13px; color: #5b6772 }}
#told code {{ display: block; font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; color: #2b2f36;
  overflow-wrap: anywhere; user-select: all }}
</style>
<h1>{title}</h1>
<p>{introduction}</p>
{body}
<div id="told" role="status" hidden><span></span><code></code></div>
<script>
const told = document.getElementById("told");
const copied = async (text) => {{
  try {{ await navigator.clipboard.writeText(text); return true }} catch {{}}
  getSelection().selectAllChildren(told.querySelector("code"));
  return document.execCommand("copy");
}};
for (const level of document.querySelectorAll("button[data-command]")) level.addEventListener("click", async () => {{
  document.querySelectorAll("button.chosen").forEach((other) => other.classList.remove("chosen"));
  level.classList.add("chosen");
  told.hidden = false;
  told.querySelector("code").textContent = level.dataset.command;
  const done = await copied(level.dataset.command);
  told.querySelector("span").textContent = `Level ${{level.dataset.number}} is played by this command` +
    (done ? ", which is copied:" : ":");
}});
</script>
</html>
"""
