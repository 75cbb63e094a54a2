"""Estimators that try to lose a row, to win by looking, to work for nothing, or to harm others.

`EXPECTED` says of each what its run has to end as, the gist of the reason, and what `check` says
of it: a law that it breaks, or `passes`; several where that depends on what comes first.
"""

import atexit
import ctypes
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench import Estimate, Measurement, clock

Rng = np.random.Generator
Estimates = Iterator[Estimate]


def ones(measurement: Measurement, **facts: Any) -> Estimate:
    return Estimate(np.ones(measurement.space.size), **facts)


def pipes(*kinds: Callable[[int], bool]) -> list[int]:
    """Descriptors of pipes and sockets but those of the standard streams."""
    found = []
    for descriptor in range(3, 200):
        try:
            mode = os.fstat(descriptor).st_mode
        except OSError:
            continue
        if any(kind(mode) for kind in kinds or (stat.S_ISFIFO, stat.S_ISSOCK)):
            found.append(descriptor)
    return found


def say(data: bytes, descriptors: list[int] | None = None) -> None:
    """Write into everything that is open."""
    for descriptor in descriptors or pipes():
        try:
            os.write(descriptor, data)
        except OSError:
            continue


def event(kind: str, **facts: Any) -> bytes:
    return b"\n" + json.dumps({"event": kind, "run": 0, **facts}).encode() + b"\n"


def burn(seconds: float = 0.6, thread_time: Callable[[], float] = time.thread_time) -> None:
    """Use that much processor time."""
    until = thread_time() + seconds
    while thread_time() < until:
        pass


class Speechless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class Leaving(Exception):
    def __str__(self) -> str:
        sys.exit(7)


class Endless(Exception):
    def __str__(self) -> str:
        return "y" * 20_000_000


class Base(BaseException):
    pass


class Lazy(Estimate):
    """Works when it is asked for what it says, in place of in `next()`."""

    def __getattribute__(self, name: str) -> Any:
        if name == "note":
            burn()
        return super().__getattribute__(name)


# Answers of several processes, and what is left of them.


def both_answer(measurement: Measurement, rng: Rng) -> Estimates:
    os.fork()
    yield ones(measurement)
    time.sleep(0.1)
    yield ones(measurement)


def child_answers_alone(measurement: Measurement, rng: Rng) -> Estimates:
    if os.fork() != 0:
        os._exit(0)
    time.sleep(0.2)
    yield ones(measurement)


def leaves_children(measurement: Measurement, rng: Rng) -> Estimates:
    for _ in range(5):
        if os.fork() == 0:
            time.sleep(600)
    yield ones(measurement)


def daemon_in_own_session(measurement: Measurement, rng: Rng) -> Estimates:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
        os._exit(0)
    os.wait()
    yield ones(measurement)


def thread_without_end(measurement: Measurement, rng: Rng) -> Estimates:
    threading.Thread(target=time.sleep, args=(600,)).start()
    yield ones(measurement)


def hangs_at_exit(measurement: Measurement, rng: Rng) -> Estimates:
    atexit.register(time.sleep, 600)
    yield ones(measurement)


# Texts that no file, table or page can hold.


def surrogate_exception(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise ValueError("lone \ud800 surrogate")


def surrogate_note(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement, note="lone \udfff\x00\x1b[31m surrogate")


def controls_exception(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise ValueError("a\0b\x1b[31mc\x07")


def surrogate_printed(measurement: Measurement, rng: Rng) -> Estimates:
    print("\ud800")
    yield ones(measurement)


def huge_exception(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise ValueError("x" * 20_000_000)


def huge_note(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement, note="z" * 20_000_000)


def speechless_exception(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise Speechless


def endless_exception(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise Endless


def leaving_exception(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise Leaving


def speechless_note(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement, note=Speechless())  # type: ignore[arg-type]


def named_exception(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise type("\x07\n" * 100, (Exception,), {})


def prints_much(measurement: Measurement, rng: Rng) -> Estimates:
    for _ in range(72):
        print("w" * 1_000_000)
    print("the last line")
    yield ones(measurement)


# Ways to leave.


def exits(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    sys.exit(3)


def leaves_at_once(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    os._exit(0)


def base_exception(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise Base("of its own kind")


def interrupts(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise KeyboardInterrupt


def stops_iteration(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise StopIteration


def generator_exit(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise GeneratorExit


def never_closes(measurement: Measurement, rng: Rng) -> Estimates:
    while True:
        try:
            yield ones(measurement)
            yield np.ones(1)  # type: ignore[misc]  # it is asked for no more
        except GeneratorExit:
            continue


def recurses(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    yield from recurses(measurement, rng) if False else iter(deeper(0))


def deeper(level: int) -> list[Any]:
    return [*deeper(level + 1)]


def faults(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    ctypes.string_at(0)


def aborts(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    os.abort()


def out_of_memory(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise ExceptionGroup("several", [MemoryError(), ValueError("too")])


def stops_itself(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    os.kill(os.getpid(), signal.SIGSTOP)


def blocks_signals(measurement: Measurement, rng: Rng) -> Estimates:
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    yield ones(measurement)
    while True:
        time.sleep(1)


def closes_descriptors(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    os.closerange(0, 1000)
    yield ones(measurement)


def closes_and_stays(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    os.closerange(0, 1000)
    time.sleep(600)


def kills_its_parent(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    os.kill(os.getppid(), signal.SIGKILL)


# What is said in the name of the run.


def garbage(measurement: Measurement, rng: Rng) -> Estimates:
    say(b'\xff\x00 garbage \n{}\n[]\n3\n"event"\n' + b'{"event": "end"}\n')
    yield ones(measurement)


def half_a_line(measurement: Measurement, rng: Rng) -> Estimates:
    say(b'{"event": "snapshot", "run": 0, "x')
    yield ones(measurement)


def unknown_events(measurement: Measurement, rng: Rng) -> Estimates:
    say(event("party") + event("setup") + event("snapshot", snapshot=[], keep={}) + event("begin"))
    say(event("end", status="splendid", reason=3) + event("end", status="ok", reason="\ud800"))
    say(event("asks", names=["truth"]) + event("asks", names=7) + b"[" * 100_000 + b"\n")
    yield ones(measurement)


def forged_end(measurement: Measurement, rng: Rng) -> Estimates:
    numbers = dict.fromkeys(("wall_seconds", "cpu_seconds", "setup_seconds", "peak_rss_mib"), 0.0)
    say(event("end", status="converged", reason="", device="cpu", **numbers))
    time.sleep(600)
    yield ones(measurement)


def forged_snapshot(measurement: Measurement, rng: Rng) -> Estimates:
    for x in ("AAAA", "A" * 64, "not an array", "AAAAAAAA8H8=" * 6):
        shown = {"wall_seconds": 0, "cpu_seconds": 0, "iteration": 1, "x": x, "density": 0.0}
        shown |= {"objective": 0.0, "sigma": 0.0, "note": "", "pairs": ""}
        say(event("snapshot", keep=True, device="cpu", snapshot=shown))
    yield ones(measurement)


def floods(measurement: Measurement, rng: Rng) -> Estimates:
    for _ in range(200):
        say(b"{" * 50_000 + b"\n", pipes(stat.S_ISFIFO))
    yield ones(measurement)


def deafens_os(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    os.write = lambda *arguments: 0
    yield ones(measurement)


def other_descriptors(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in pipes():
        os.dup2(nothing, descriptor)
    yield ones(measurement)


def asks_for_the_truth(measurement: Measurement, rng: Rng) -> Estimates:
    say(event("asks", names=["truth", "placement"]))
    time.sleep(0.1)
    yield ones(measurement)


# Answers that are none.


def enormous(measurement: Measurement, rng: Rng) -> Estimates:
    yield Estimate(np.full(measurement.space.size, 1e300))


def complex_numbers(measurement: Measurement, rng: Rng) -> Estimates:
    yield Estimate(np.ones(measurement.space.size, complex))


def objects(measurement: Measurement, rng: Rng) -> Estimates:
    yield Estimate(np.array([object()] * measurement.space.size))


def masked(measurement: Measurement, rng: Rng) -> Estimates:
    yield Estimate(np.ma.masked_all(measurement.space.size))


def countless(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement, iterations=10**30)


def backwards(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement, iterations=-1)


def mutates(measurement: Measurement, rng: Rng) -> Estimates:
    x = np.ones(measurement.space.size)
    yield Estimate(x)
    x[:] = np.nan
    time.sleep(0.01)
    yield Estimate(np.ones(measurement.space.size))


def odd_facts(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement, density="dense")


def endless_estimates(measurement: Measurement, rng: Rng) -> Estimates:
    while True:
        yield ones(measurement)


# Harm to the data, the process, and whoever comes next.


def writes_samples(measurement: Measurement, rng: Rng) -> Estimates:
    measurement.samples.setflags(write=True)
    measurement.samples[...] = 0
    yield ones(measurement)


def pokes_samples(measurement: Measurement, rng: Rng) -> Estimates:
    ctypes.memset(measurement.samples.ctypes.data, 0, 8)
    yield ones(measurement)


def reopens_samples(measurement: Measurement, rng: Rng) -> Estimates:
    for descriptor in os.listdir("/proc/self/fd"):
        target = f"/proc/self/fd/{descriptor}"
        try:
            name = os.readlink(target)
        except OSError:
            continue
        if "samples" in name or "measurement" in name:
            with open(target, "r+b") as stream:
                stream.write(b"\0" * 4096)
    yield ones(measurement)


def patches_numpy(measurement: Measurement, rng: Rng) -> Estimates:
    np.abs = np.isfinite = lambda x: np.ones(len(x), bool)  # type: ignore[assignment]
    yield Estimate(np.full(measurement.space.size, np.nan))


def patches_modules(measurement: Measurement, rng: Rng) -> Estimates:
    for name in [*sys.modules]:
        if name.startswith(("mtdbench", "numpy", "json")):
            sys.modules[name] = None  # type: ignore[assignment]
    yield ones(measurement)


def patches_randomness(measurement: Measurement, rng: Rng) -> Estimates:
    np.random.default_rng = lambda *seed: rng  # type: ignore[assignment]
    rng.bit_generator.state = np.random.PCG64(1).state
    yield ones(measurement)


def patches_builtins(measurement: Measurement, rng: Rng) -> Estimates:
    import builtins

    builtins.isinstance = lambda *_: True  # type: ignore[assignment]
    builtins.len = lambda _: 6  # type: ignore[assignment]
    yield ones(measurement)


def false_device(measurement: Measurement, rng: Rng) -> Estimates:
    class Device:
        device_kind = "\ud800" * 1000

    class Jax:
        @staticmethod
        def devices() -> list[Device]:
            return [Device()]

    sys.modules["jax"] = Jax  # type: ignore[assignment]
    yield ones(measurement)


def moves_away(measurement: Measurement, rng: Rng) -> Estimates:
    os.environ.clear()
    os.chdir("/")
    os.umask(0o777)
    yield ones(measurement)


def closes_streams(measurement: Measurement, rng: Rng) -> Estimates:
    sys.stdout.close()
    sys.stderr = None  # type: ignore[assignment]
    yield ones(measurement)


def litters(measurement: Measurement, rng: Rng) -> Estimates:
    for number in range(50):
        Path(f"{number}.dat").write_bytes(b"0" * 10_000)
    yield ones(measurement)


def digs_deep(measurement: Measurement, rng: Rng) -> Estimates:
    for _ in range(2000):
        os.mkdir("deeper")
        os.chdir("deeper")
    yield ones(measurement)


def one_large_file(measurement: Measurement, rng: Rng) -> Estimates:
    with open("large", "wb") as stream:
        stream.truncate(2**40)
    yield ones(measurement)


# Looking at the answer. Each of them yields the truth if it finds it, else says what it met.


def _truth_beside(path: str, measurement: Measurement) -> Estimate:
    with np.load(Path(path).with_name("truth.npz")) as content:
        return Estimate(content["x"])


def looks_beside_samples(measurement: Measurement, rng: Rng) -> Estimates:
    array: Any = measurement.samples
    while array is not None:
        if name := getattr(array, "filename", None):
            yield _truth_beside(name, measurement)
        array = getattr(array, "base", None)
    yield ones(measurement)


def looks_beside_descriptors(measurement: Measurement, rng: Rng) -> Estimates:
    paths = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            paths.add(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            continue
    paths |= {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines()}
    for path in paths:
        if Path(path).with_name("truth.npz").exists():
            yield _truth_beside(path, measurement)
    yield ones(measurement)


def looks_in_memory(measurement: Measurement, rng: Rng) -> Estimates:
    import gc

    texts = [o for o in gc.get_objects() if isinstance(o, dict)]
    values = {v for d in texts for v in d.values() if isinstance(v, str) and "truth" in v}
    for path in values:
        if path.endswith("truth.npz") and Path(path).exists():
            yield _truth_beside(path, measurement)
    yield ones(measurement)


def looks_at_ancestors(measurement: Measurement, rng: Rng) -> Estimates:
    pid, found = os.getppid(), set()
    while pid > 1:
        for name in ("cwd", "fd"):
            try:
                found.add(os.readlink(f"/proc/{pid}/{name}"))
                found |= {os.readlink(p) for p in Path(f"/proc/{pid}/{name}").iterdir()}
            except OSError:
                continue
        try:
            words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            break
        found |= {word for word in words if "/results/" in word or "/data/" in word}
    for start in found:
        for path in Path(start).parent.glob("../../**/truth.npz") if len(start) > 12 else ():
            yield _truth_beside(str(path), measurement)
    yield ones(measurement)


def reads_its_option(measurement: Measurement, rng: Rng, *, start: str = "") -> Estimates:
    """May do so: the user named the file."""
    yield Estimate(np.load(start) if start else np.zeros(measurement.space.size))


def _told(folder: str) -> Path:
    """Where the data set is, of which a pattern was told."""
    return next(Path("/").glob(folder.lstrip("/")), Path(folder))


def reads_the_truth(measurement: Measurement, rng: Rng, *, folder: str = "/") -> Estimates:
    """Knows where it is."""
    yield _truth_beside(f"{_told(folder)}/measurement.npy", measurement)


def shells_out(measurement: Measurement, rng: Rng, *, folder: str = "/") -> Estimates:
    subprocess.run(["cp", str(_told(folder) / "truth.npz"), "truth.npz"], check=True)
    yield _truth_beside("measurement.npy", measurement)


def links_the_truth(measurement: Measurement, rng: Rng, *, folder: str = "/") -> Estimates:
    os.link(_told(folder) / "truth.npz", "truth.npz")
    yield _truth_beside("measurement.npy", measurement)


def spoils_the_data(measurement: Measurement, rng: Rng, *, folder: str = "/") -> Estimates:
    (_told(folder) / "measurement.npy").unlink()
    yield ones(measurement)


# Work for nothing.


def hides_in_setup(measurement: Measurement, rng: Rng) -> Estimates:
    with clock.setup():
        time.sleep(600)
    yield ones(measurement)


def nests_setup(measurement: Measurement, rng: Rng) -> Estimates:
    clock.CLOCK.depth = -5
    for _ in range(10):
        block = clock.setup()
        block.__enter__()
        time.sleep(0.06)
    yield ones(measurement)


def turns_back_the_clock(measurement: Measurement, rng: Rng) -> Estimates:
    clock.CLOCK.setup_wall += 1000
    clock.CLOCK.setup_cpu += 1000
    burn()
    yield ones(measurement)


def stops_the_clock(measurement: Measurement, rng: Rng) -> Estimates:
    from mtdbench.run import stopwatch

    for module in (time, stopwatch, clock):
        for name in ("perf_counter", "process_time", "thread_time"):
            setattr(module, name, lambda: 0.0)
    stopwatch.cpu_seconds = lambda: 0.0
    burn()
    yield ones(measurement)


def works_between(measurement: Measurement, rng: Rng) -> Estimates:
    thread = threading.Thread(target=burn)
    thread.start()
    while thread.is_alive():
        yield ones(measurement, pairs=np.ones(5_000))


def lets_a_child_work(measurement: Measurement, rng: Rng) -> Estimates:
    done = Path("done").absolute()
    if os.fork() == 0:
        burn()
        done.touch()
        time.sleep(600)
    while not done.exists():
        time.sleep(0.01)
    yield ones(measurement)


def lets_orphans_work(measurement: Measurement, rng: Rng) -> Estimates:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    done = Path("done").absolute()
    if os.fork() == 0:
        burn()
        done.touch()
        os._exit(0)
    while not done.exists():
        time.sleep(0.01)
    yield ones(measurement)


def works_when_asked(measurement: Measurement, rng: Rng) -> Estimates:
    yield Lazy(np.ones(measurement.space.size))


OK = ("ok", "^$")
WORKERS = (
    *("turns_back_the_clock", "stops_the_clock", "works_between", "lets_a_child_work"),
    *("lets_orphans_work", "works_when_asked"),
)
"""Those who use at least half a second of a processor."""
LOOKERS = (
    *("looks_beside_samples", "looks_beside_descriptors", "looks_in_memory"),
    "looks_at_ancestors",
)
KNOWERS = ("reads_the_truth", "shells_out", "links_the_truth", "spoils_the_data")
"""Those who are told the folder by an option."""

EXPECTED: dict[str, tuple[str, str, str]] = {
    "both_answer": (*OK, "processes|channel"),
    "child_answers_alone": ("crashed", "its process ended with exit code 0", "ends"),
    "leaves_children": (*OK, "processes"),
    "daemon_in_own_session": (*OK, "processes"),
    "thread_without_end": (*OK, "passes"),
    "hangs_at_exit": (*OK, "passes"),
    "surrogate_exception": ("crashed", r"^ValueError: lone \? surrogate$", "ends"),
    "surrogate_note": (*OK, "passes"),
    "controls_exception": ("crashed", r"^ValueError: a\?b\?\[31mc\?$", "ends"),
    "surrogate_printed": (*OK, "passes"),
    "huge_exception": ("crashed", r"^ValueError: x+\.\.\.$", "ends"),
    "huge_note": (*OK, "passes"),
    "speechless_exception": ("crashed", r"^Speechless: \(its text cannot be read\)$", "ends"),
    "endless_exception": ("crashed", r"^Endless: y+\.\.\.$", "ends"),
    "leaving_exception": ("crashed", r"^Leaving: \(its text cannot be read\)$", "ends"),
    "speechless_note": ("crashed", "RuntimeError: no text", "ends"),
    "named_exception": ("crashed", r"^\? \? ", "ends"),
    "prints_much": (*OK, "output"),
    "exits": ("crashed", "SystemExit: 3", "ends"),
    "leaves_at_once": ("crashed", "its process ended with exit code 0", "ends"),
    "base_exception": ("crashed", "Base: of its own kind", "ends"),
    "interrupts": ("crashed", "KeyboardInterrupt", "ends"),
    "stops_iteration": ("crashed", "RuntimeError: generator raised StopIteration", "ends"),
    "generator_exit": ("crashed", "GeneratorExit", "ends"),
    "never_closes": ("crashed", "yielded ndarray: expected an Estimate", "ends"),
    "recurses": ("crashed", "RecursionError", "ends"),
    "faults": ("crashed", "killed by SIGSEGV", "ends"),
    "aborts": ("crashed", "killed by SIGABRT", "ends"),
    "out_of_memory": ("crashed", "ExceptionGroup: several", "ends"),
    "stops_itself": ("timeout", "killed at the wall limit", "ends"),
    "blocks_signals": ("timeout", "killed at the wall limit", "ends"),
    "closes_descriptors": (
        "crashed",
        "its process ended with exit code 1|closed the descriptor",
        "ends",
    ),
    "closes_and_stays": ("crashed", "closed the descriptor on which its run is followed", "ends"),
    "kills_its_parent": ("crashed", "PermissionError|killed by SIGKILL", "ends"),
    "garbage": (*OK, "channel"),
    "half_a_line": (*OK, "channel"),
    "unknown_events": (*OK, "channel"),
    "forged_end": ("crashed", "said that it ended as converged, without an estimate", "ends"),
    "forged_snapshot": (*OK, "channel"),
    "floods": (*OK, "channel|ends"),
    "deafens_os": ("timeout", "killed at the wall limit", "ends"),
    "other_descriptors": ("crashed", "exit code 0|closed the descriptor", "ends"),
    "asks_for_the_truth": (*OK, "channel"),
    "enormous": ("diverged", "estimate 1 holds numbers beyond 1e\\+140", "ends"),
    "complex_numbers": ("crashed", "TypeError: estimate of type complex128", "ends"),
    "objects": ("crashed", "TypeError: estimate of type object", "ends"),
    "masked": ("crashed", "TypeError: estimate with a mask", "ends"),
    "countless": ("crashed", "ValueError: 1000000000000000000000000000000 iterations", "ends"),
    "backwards": ("crashed", "ValueError: -1 iterations", "ends"),
    "mutates": (*OK, "passes"),
    "odd_facts": ("crashed", "ValueError: could not convert string to float: 'dense'", "ends"),
    "endless_estimates": ("timeout", "killed at the wall limit", "passes|ends"),
    "writes_samples": ("crashed", "ValueError: cannot set WRITEABLE flag", "ends"),
    "pokes_samples": ("crashed", "killed by SIGSEGV", "ends"),
    "reopens_samples": ("crashed", "PermissionError|not permitted", "ends"),
    "patches_numpy": ("crashed", "said that it ended as ok, without an estimate", "ends"),
    "patches_modules": ("ok|crashed", "", "ends|passes"),
    "patches_randomness": (*OK, "passes"),
    "patches_builtins": ("ok|crashed", "", "ends|passes"),
    "false_device": (*OK, "passes"),
    "moves_away": (*OK, "passes"),
    "closes_streams": (*OK, "passes"),
    "litters": (*OK, "files"),
    "digs_deep": (*OK, "files"),
    "one_large_file": ("crashed", "File too large|SIGXFSZ", "ends"),
    "looks_beside_samples": (*OK, "passes"),
    "looks_beside_descriptors": (*OK, "passes"),
    "looks_in_memory": (*OK, "passes"),
    "looks_at_ancestors": (*OK, "passes"),
    "reads_its_option": (*OK, "passes"),
    "reads_the_truth": ("crashed", "PermissionError", "truth"),
    "shells_out": ("crashed", "CalledProcessError", "ends"),
    "links_the_truth": ("crashed", "PermissionError|OSError", "ends"),
    "spoils_the_data": ("crashed", "PermissionError", "ends"),
    "hides_in_setup": ("timeout", "killed in set-up at its limit", "ends"),
    "nests_setup": (*OK, "passes"),
    "turns_back_the_clock": (*OK, "clock"),
    "stops_the_clock": (*OK, "clock"),
    "works_between": (*OK, "passes|clock"),
    "lets_a_child_work": (*OK, "clock"),
    "lets_orphans_work": (*OK, "clock"),
    "works_when_asked": (*OK, "passes"),
}
