import subprocess
import sys
from pathlib import Path

import pytest

from mtdbench.run.landlock import beside, landlock_version

TRY = """
import os, sys
from pathlib import Path
from mtdbench.run.landlock import confine, rule_set

root = Path(sys.argv[1])
confine(rule_set([root / "hidden"], [root / "hidden" / "named"], [root / "own"]))
for name in ("beside/file", "hidden/file", "hidden/named", "own/new"):
    for flags in (os.O_RDONLY, os.O_WRONLY | os.O_CREAT):
        try:
            os.close(os.open(root / name, flags))
            print(name, "may", flags > 0)
        except PermissionError:
            print(name, "may not", flags > 0)
print(sorted(os.listdir(root)), "numpy" in sys.modules)
import json.tool
try:
    os.kill(os.getppid(), 0)
except PermissionError:
    print("no signals")
"""


@pytest.mark.skipif(landlock_version() < 6, reason="the kernel's Landlock has no scopes")
def test_all_may_be_read_but_what_is_hidden_and_nothing_written(tmp_path: Path) -> None:
    for name in ("beside", "hidden", "own"):
        (tmp_path / name).mkdir()
    for name in ("beside/file", "hidden/file", "hidden/named", "own/new"):
        (tmp_path / name).touch()
    command = [sys.executable, "-c", TRY, str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said == [
        "beside/file may False",
        "beside/file may not True",
        "hidden/file may not False",
        "hidden/file may not True",
        "hidden/named may False",
        "hidden/named may not True",
        "own/new may False",
        "own/new may True",
        "['beside', 'hidden', 'own'] False",
        "no signals",
    ]


def test_beside_what_is_hidden_is_all_else(tmp_path: Path) -> None:
    for name in ("a/b/c", "a/d", "e"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a" / "way").symlink_to(tmp_path / "a" / "b")
    open_ = set(beside([tmp_path / "a" / "b", tmp_path / "a" / "b" / "c"]))
    assert {path for path in open_ if path.is_relative_to(tmp_path)} == {
        tmp_path / "a" / "d",
        tmp_path / "e",
    }
    assert not any((tmp_path / "a" / "b").is_relative_to(path) for path in open_)
    assert Path("/usr") in open_
