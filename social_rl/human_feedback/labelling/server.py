"""What does the server of the labelling page answer? The page, questions, clips, and "stored" when a label is stored.

    GET  /, and what it loads: PAGE, /icon.png
    POST /api/enter            {"token"}: a cookie with it
    GET  /api/questions        who asks, how far they are, and what is to be answered next
    GET  /api/clip/ID/ITEM     a clip as JSON; with .png its sheet of tiles
    POST /api/label            a label (`answers.Sent`): 200 {"stored": id} when it is on the disk

A page never names a file: clips are found by the comparison that has them. Nothing tells a page which policy made what,
or whether an answer is known.
"""

import functools
import io
import logging
import threading
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from PIL import Image
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from social_rl.human_feedback.labelling.answers import check_sent, object_of, sent_of
from social_rl.human_feedback.labelling.clips import Clip, clip_json
from social_rl.human_feedback.labelling.desk import DAMAGED, Desk
from social_rl.human_feedback.labelling.guard import (
    RATER,
    App,
    Refusal,
    cookie_name,
    guarded,
    rater_of,
)
from social_rl.human_feedback.preferences.comparison import Comparison
from worlds.objects import COLOURS, FLOOR, KIND, look
from worlds.render.draw import Cell, draw_cell

PAGE = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/label.js": ("label.js", "text/javascript; charset=utf-8"),
    "/player.js": ("player.js", "text/javascript; charset=utf-8"),
    "/outbox.js": ("outbox.js", "text/javascript; charset=utf-8"),
    "/keys.js": ("keys.js", "text/javascript; charset=utf-8"),
    "/label.css": ("label.css", "text/css; charset=utf-8"),
}
KEPT_CLIPS = 64  # in memory


def label_app(
    desk: Desk,
    load_clip: Callable[[str], Clip],
    tokens: Mapping[str, str],
    authorities: frozenset[str],
    port: int,
) -> App:
    """The server as an ASGI app, behind its guard.

    Args:
        desk: gives questions and keeps answers.
        load_clip: the clip of a replay, by its name in the store; raises ValueError where there is none.
        tokens: the token of each rater.
        authorities: what the header Host may say.
        port: of the server, in the name of its cookie.
    """
    cookie, clips = cookie_name(port), _kept(load_clip)

    async def enter(request: Request) -> Response:
        token = _read(object_of, await request.body()).get("token")
        if not rater_of(tokens, token):
            raise Refusal(401, "this address is not complete: open the one that the program printed")
        answer = JSONResponse({})
        answer.set_cookie(cookie, str(token), path="/api", httponly=True, samesite="strict")
        return answer

    async def questions(request: Request) -> Response:
        rater = getattr(request.state, RATER)
        found = await run_in_threadpool(desk.upcoming, rater)
        done, everything = await run_in_threadpool(desk.progress, rater)
        return JSONResponse(
            {"rater": rater, "done": done, "all": everything, "questions": [*map(question_json, found)]}
        )

    async def clip(request: Request) -> Response:
        name, is_sheet = (
            request.path_params["item"].removesuffix(".png"),
            request.path_params["item"].endswith(".png"),
        )
        question = await run_in_threadpool(desk.find, request.path_params["comparison"])
        if question is None or name not in map(str, range(len(question.items))):
            raise Refusal(404, "there is nothing here")
        replay = question.items[int(name)].replay
        if not replay:
            raise Refusal(404, "there is nothing here")
        try:
            found = await run_in_threadpool(clips, replay)
        except (ValueError, OSError):
            raise Refusal(409, DAMAGED) from None
        return Response(found.sheet, media_type="image/png") if is_sheet else JSONResponse(clip_json(found))

    async def label(request: Request) -> Response:
        sent = _read(sent_of, await request.body())
        question = await run_in_threadpool(desk.find, sent.comparison)
        if question is None:
            raise Refusal(404, "there is no such comparison")
        try:
            check_sent(sent, question.kind, len(question.items))
            await run_in_threadpool(desk.keep, sent, getattr(request.state, RATER))
        except ValueError as error:
            raise Refusal(422, str(error)) from None
        return JSONResponse({"stored": sent.id})

    async def skip(request: Request) -> Response:
        key = _read(object_of, await request.body()).get("comparison")
        question = await run_in_threadpool(desk.find, key) if isinstance(key, str) else None
        if question is None:
            raise Refusal(404, "there is no such comparison")
        try:
            await run_in_threadpool(desk.skip, question.id, getattr(request.state, RATER))
        except ValueError as error:
            raise Refusal(422, str(error)) from None
        return JSONResponse({"skipped": question.id})

    routes = [Route(path, _shown(*PAGE[path]), methods=["GET"]) for path in PAGE]
    routes += [
        Route("/icon.png", _given(icon(), "image/png"), methods=["GET"]),
        Route("/api/enter", enter, methods=["POST"]),
        Route("/api/questions", questions, methods=["GET"]),
        Route("/api/clip/{comparison}/{item}", clip, methods=["GET"]),
        Route("/api/label", label, methods=["POST"]),
        Route("/api/skip", skip, methods=["POST"]),
    ]
    app = Starlette(
        routes=routes, exception_handlers={Refusal: _refused, HTTPException: _no_route, OSError: _failed}
    )
    app.router.redirect_slashes = False
    return guarded(app, authorities, tokens, cookie)


def question_json(question: Comparison) -> dict[str, Any]:
    """What a page is told of a comparison: what to judge, not whose it is."""
    prompts = [item.prompt for item in question.items]
    is_common = len(set(prompts)) == 1
    return {
        "id": question.id,
        "kind": question.kind,
        "prompt": prompts[0] if is_common else "",
        "shown": list(question.shown),
        "items": [
            {
                "clip": bool(item.replay),
                "text": "" if item.replay else item.text,
                "prompt": "" if is_common else item.prompt,
            }
            for item in question.items
        ],
    }


def icon() -> bytes:
    """The icon of the page: a red cup on a floor, as PNG."""
    data = io.BytesIO()
    cup = look(KIND["cup"], COLOURS.index("red"))
    Image.fromarray(draw_cell(Cell(FLOOR, item=cup), 64)).save(data, "PNG")
    return data.getvalue()


# ---- parts ---------------------------------------------------------------------------------------------
def _kept(load_clip: Callable[[str], Clip]) -> Callable[[str], Clip]:
    """Clips, the last ones kept; they are made one at a time, so that none is made twice side by side."""
    alone, kept = threading.Lock(), functools.lru_cache(maxsize=KEPT_CLIPS)(load_clip)

    def clip(replay: str) -> Clip:
        with alone:
            return kept(replay)

    return clip


def _read(read: Callable[[bytes], Any], body: bytes) -> Any:
    try:
        return read(body)
    except ValueError as error:
        raise Refusal(400, str(error)) from None


def _shown(file: str, kind: str) -> Callable[[Request], Any]:
    return _given(files("social_rl.human_feedback.labelling").joinpath("page", file).read_bytes(), kind)


def _given(data: bytes, kind: str) -> Callable[[Request], Any]:
    async def given(request: Request) -> Response:
        return Response(data, headers={"content-type": kind})

    return given


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return JSONResponse({"error": error.reason}, error.status)


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    reason = "this is asked in another way" if error.status_code == 405 else "there is nothing here"
    return JSONResponse({"error": reason}, error.status_code, error.headers)


async def _failed(request: Request, error: Exception) -> Response:
    logging.getLogger(__name__).error("%s", error)
    return JSONResponse({"error": "nothing was stored: the program says why"}, 503)
