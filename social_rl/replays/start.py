"""What do `social-rl replay view` and `page` do? Read a replay, and write it in another form."""

from social_rl.commands.checks import check_file
from social_rl.commands.replay import Page, View
from social_rl.replays.agent_view import agent_view, save_view
from worlds.checks import count
from worlds.replay_files import load


def write_view(command: View) -> int:
    """Write what one agent perceived.

    Raises:
        ValueError: the replay or the agent is wrong, or the file cannot be written.
    """
    check_file("--to", command.to)
    view = agent_view(load(command.file), command.agent)
    save_view(view, command.to)
    print(f"Wrote {command.to}: {count(len(view.glimpses) - 1, 'step')} as {view.agent} saw them")
    return 0


def write_page(command: Page) -> int:
    """Write a page that plays the replay.

    Raises:
        ValueError: the replay is wrong, or the file cannot be written.
    """
    from social_rl.replays.showing import show

    check_file("--to", command.to)
    page = show(load(command.file))
    command.to.write_text(page.html, encoding="utf-8")
    print(f"Wrote {command.to}, {command.to.stat().st_size / 1e6:.1f} MB: open it in a browser")
    return 0
