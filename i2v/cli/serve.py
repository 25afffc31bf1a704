"""`python main.py [serve]`: the page and the REST face."""

from __future__ import annotations

import argparse
import json
import socket
import sys
from collections.abc import Sequence

from i2v import __version__
from i2v.app.serve import EVERYWHERE, LOOPBACK, address_of, listen, serve
from i2v.app.token import read_or_make_token
from i2v.cli.console import tell
from i2v.cli.flags import add_device_flags, add_folder_flags, settings_explained, settings_from
from i2v.errors import FolderOwned
from i2v.logs import start_log
from i2v.services.folders import prepare_folders
from i2v.settings import SettingInForce, Settings
from i2v.storage.ownership import Ownership

_ABOUT_INSTANCES = ("--background", "--restart", "--systemd")
_OTHER_COMMANDS = """commands (each has --help of its own):
  serve     the page and the REST face; also without a name
  generate  one picture and one sentence become an MP4, without a page
  explore   several drafts on a contact sheet, the picked one refined, and made large
  jobs      the queue and its history: list, show, cancel, delete, restore, move, next, retry, edit
  models    the models' files: list, download, verify, path, remove
  reproduce makes a clip again from the recipe inside it, and compares the two
  coach     what is worth changing in a sentence before a clip is made from it
  doctor    what is in the way of a clip on this computer, and the way out
  bench     how long a clip takes here, beside diffusers' own pipeline
  logs      what the app did, also while it goes on
  help      what an error code or a message means, and what to do"""


def run_serve(arguments: Sequence[str]) -> int:
    """Serves until it is stopped. One line per stage tells the console where things are."""
    parser = argparse.ArgumentParser(
        "main.py [serve]",
        description="Serves the page at http://localhost:7860.",
        epilog=_OTHER_COMMANDS,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--port", type=int, help="port of the page (7860)")
    parser.add_argument("--listen", action="store_const", const=True, help="answer other machines too, with a token")
    parser.add_argument("--public-url", metavar="URL", help="where a reverse proxy shows the app, with a token")
    add_folder_flags(parser)
    add_device_flags(parser)
    parser.add_argument("--show-config", action="store_true", help="print every setting and where it comes from")
    parser.add_argument("--json", action="store_true", help="with --show-config: as one JSON object")
    parser.add_argument("--background", action="store_true", help="return once it is ready; it goes on by itself")
    parser.add_argument("--stop", action="store_true", help="end the one that runs with the same outputs folder")
    parser.add_argument("--restart", action="store_true", help="the same, then start anew")
    if sys.platform == "linux":
        parser.add_argument("--systemd", action="store_true", help="print a unit that starts it with these arguments")
    parsed = parser.parse_args(arguments)
    if parsed.show_config:
        _show(settings_explained(parsed), as_json=parsed.json)
        return 0
    settings = settings_from(parsed)
    if any(getattr(parsed, flag, False) for flag in ("background", "stop", "restart", "systemd")):
        code = _about_instances(settings, parsed, arguments)
        if code is not None:
            return code
    prepare_folders(settings)
    try:
        ownership: Ownership | None = Ownership(settings.state_dir)
    except FolderOwned:
        from i2v.cli.instance import take_or_visit

        ownership = take_or_visit(settings)
    return 0 if ownership is None else _serve(settings, ownership)


def _about_instances(settings: Settings, parsed: argparse.Namespace, arguments: Sequence[str]) -> int | None:
    """What the flags ask that are about other servers than this process; None where it is to serve after that."""
    from i2v.cli.instance import start_in_background, stop

    plain = [argument for argument in arguments if argument not in _ABOUT_INSTANCES]
    if getattr(parsed, "systemd", False):
        from i2v.cli.systemd import systemd_unit

        unit, left_out = systemd_unit(plain)
        print(unit, end="")
        if left_out:
            tell("systemd.left_out", names=", ".join(left_out))
        tell("systemd.use")
        return 0
    if parsed.stop or parsed.restart:
        stop(settings)
    if parsed.background and not parsed.stop:
        prepare_folders(settings)
        return start_in_background(settings, plain)
    return 0 if parsed.stop else None


def _serve(settings: Settings, ownership: Ownership) -> int:
    token = read_or_make_token(settings.state_dir) if settings.asks_for_token else None
    listener = listen(settings.port, EVERYWHERE if settings.listen else LOOPBACK)
    port = listener.getsockname()[1]
    tell("stage.port", port=port)
    if port != settings.port:
        from i2v.machine.ports import program_on

        tell("stage.port_taken", port=settings.port, program=program_on(settings.port) or "?", taken=port)
    tell("stage.folders", outputs=settings.output_dir)
    tell("stage.log", path=start_log(settings.logs_dir, [token] if token else []) or "-")

    def on_ready() -> None:
        own_address = _own_address(listener, token)
        # With the token: inside a container this is the address that its owner can open, the host's name is not.
        tell("stage.address", address=own_address)
        from i2v.cli.instance import show_page, tell_ways_in

        if token is not None:
            tell_ways_in(settings, port, token)
        show_page(settings, address_of(listener), own_address)

    try:
        serve(settings, ownership, listener, on_ready, token)
    except KeyboardInterrupt:
        tell("stage.stopped")
    return 0


def _show(settings: Sequence[SettingInForce], *, as_json: bool) -> None:
    if as_json:
        told = {setting.key: {"value": setting.value, "source": setting.source} for setting in settings}
        print(json.dumps(told, ensure_ascii=False))
        return
    values = [each.value if isinstance(each.value, str) else json.dumps(each.value) for each in settings]
    width = max(map(len, values))
    for setting, value in zip(settings, values, strict=True):
        print(f"{setting.key:<16} {value:<{width}}  {setting.source}")


def _own_address(listener: socket.socket, token: str | None) -> str:
    """What this machine's own browser opens: the first visit brings the token, which the guard turns into a cookie."""
    return address_of(listener) + (f"/?token={token}" if token else "")
