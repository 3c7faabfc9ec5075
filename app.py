"""The chat page: `python app.py`, then open the address that it prints."""

from __future__ import annotations

import argparse
import getpass
import os
import sys


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; give a number from 1 to 65535")
    return int(text)


_SHORTEST = 8  # characters of a password


def _host(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; give an address, such as 127.0.0.1, or 0.0.0.0 for all of them")
    return text.strip().removeprefix("[").removesuffix("]")


def _hash_password() -> int:
    """Print what ADVISOR_PASSWORD and ADVISOR_ADMIN_PASSWORD take in a password's place."""
    from advisor.web.passwords import hashed

    is_typed = sys.stdin.isatty()
    password = getpass.getpass("Password: ") if is_typed else sys.stdin.readline().rstrip("\r\n")
    if len(password) < _SHORTEST or (is_typed and getpass.getpass("Once more: ") != password):
        print(f"app: that was two passwords, or fewer than {_SHORTEST} characters; run it again", file=sys.stderr)
        return 2
    if any(character < " " or character == "\x7f" for character in password):
        print("app: that holds a control character, which no page's field sends; type another", file=sys.stderr)
        return 2
    print(hashed(password))
    return 0


def main() -> int:
    """Serve the page. Exit codes: 0 stopped, 2 could not start."""
    parser = argparse.ArgumentParser(description="Serve the advisor's chat page.")
    parser.add_argument(
        "--host", type=_host, default="127.0.0.1", help="address to listen on (default: this machine alone)"
    )
    parser.add_argument("--port", type=_port, default=7860, help="port to listen on (default: 7860)")
    parser.add_argument(
        "--behind-proxy", action="store_true", help="a proxy stands before the page: nobody is at this machine"
    )
    parser.add_argument(
        "--model", metavar="PROVIDER:NAME", help="chat model that writes (default: ADVISOR_MODEL's, if set)"
    )
    parser.add_argument(
        "--hash-password", action="store_true", help="ask for a password, print its hash for a setting, and end"
    )
    options = parser.parse_args()
    if options.hash_password:
        return _hash_password()
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", GRADIO_ANALYTICS_MAX_EVENTS="1")  # nobody's questions are kept
    from advisor import Advisor, AdvisorError
    from advisor.settings import load_settings
    from corpus import CorpusError

    try:
        advisor = Advisor(options.model)
        from advisor.web.page import launch
        from advisor.web.place import Place

        place = Place(options.host, options.behind_proxy, load_settings().page_hosts)
        shown = f"[{options.host}]" if ":" in options.host else options.host
        line = f"Advisor: http://{shown}:{options.port} (stop with Ctrl+C)"
        launch(advisor, place, options.port, lambda: print(line, flush=True))
    except (AdvisorError, CorpusError) as exc:
        print(f"app: {exc}", file=sys.stderr)
        return 2
    except OSError as exc:
        print(f"app: {options.host}:{options.port} cannot be used ({exc}); choose --port or --host", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    from corpus import run_command

    sys.exit(run_command(main))
