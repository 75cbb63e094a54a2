"""What an estimator is, in words: `python -m mtdbench.estimators.description FD NAME...` writes it
to a file descriptor, one JSON line for each name, for a process that does not import it itself.
"""

import inspect
import json
import os
import sys
import time
from typing import Any

from mtdbench.errors import InputError, PluginError
from mtdbench.estimators import registry
from mtdbench.estimators.declaration import declaration_of, privileged_inputs
from mtdbench.estimators.options import Option, read_options
from mtdbench.estimators.sharing import shares_work


def estimator_facts(name: str) -> dict[str, Any]:
    """An estimator's `summary`, its `options` as lines `name: type = default`, what it is `told`,
    its `spaces`, None for all, whether it `shares_work`, and the `import_seconds` of its package.

    Raises
    ------
    PluginError
        If it cannot be used.
    """
    begin = time.perf_counter()
    estimator = registry.load(name)
    seconds = time.perf_counter() - begin
    try:
        summary = " ".join((inspect.getdoc(estimator) or "").split("\n\n")[0].split())
        options = [_line(option) for option in read_options(estimator)[0].values()]
        shares = shares_work(estimator)
        told, spaces = privileged_inputs(estimator), declaration_of(estimator).spaces
    except Exception as error:  # whatever its own objects raise when they are looked at
        raise PluginError(f"estimator '{name}' cannot be described ({error!r:.200})") from None
    return {
        "summary": summary,
        "options": options,
        "told": list(told),
        "spaces": None if spaces is None else sorted(spaces),
        "shares_work": shares,
        "import_seconds": seconds,
    }


def _line(option: Option) -> str:
    default = "required" if option.is_required else repr(option.default)
    return f"{option.name}: {inspect.formatannotation(option.kind)} = {' '.join(default.split())}"


def main() -> None:
    """Describe each name; the process ends at once, whatever threads an import has started."""
    fd, *names = sys.argv[1:]
    for name in names:
        try:
            line = json.dumps(estimator_facts(name))
        except InputError as error:
            line = json.dumps({"fault": " ".join(str(error).split())})
        os.write(int(fd), line.encode() + b"\n")
    os._exit(0)


if __name__ == "__main__":
    main()
