"""A command's main function goes in; an exit code comes out, whatever the terminal does meanwhile."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable

from corpus.shown import Shown


def run_command(main: Callable[[], int]) -> int:
    """Run `main`: a closed pipe ends quietly, Ctrl-C gives 130, a full disk a line, and no letter is unprintable.

    What is printed meanwhile, and after, gives the terminal no orders, whoever wrote it.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = Shown(sys.stdout, bars=False)
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = Shown(sys.stderr, bars=True)
    try:
        code = main()
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as exc:
        print(f"The output cannot be written ({exc.strerror}).", file=sys.stderr)  # noqa: T201
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 2
