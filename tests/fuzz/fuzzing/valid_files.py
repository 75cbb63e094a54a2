"""Small files of every format that the package reads, as it writes them itself."""

import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from mtdbench.files import write_mrc
from mtdbench.run.batch_file import PlannedRun, batch_file, write_batch
from mtdbench.run.job import Conduct, Record, Snapshot, encode
from mtdbench.run.status import Status
from mtdbench.simulation.mrc import write_mrc_images
from mtdbench.study.plan import Plan, make_plan
from mtdbench.study.schema import parse_study
from mtdbench.study.stamp import Stamp, stamp_comment, write_stamped

ROOT = Path(__file__).parents[3]
STUDY = """\
name: fuzzed
seed: 3
limits: {seconds: 60, memory_mib: 2000}
sweeps:
  - name: lines
    space: line
    window: 5
    size: [100, 200]
    snr: [0.5, 4.0]
    density: 0.2
    trials: 2
    instrument: {background: 0.5}
    options: {em: {stopping_rule: converged}}
    reduced: {size: 50, trials: 1}
estimators:
  - name: zero
  - name: em
    label: em
    options: {n_init: [1, 2]}
    halves: true
figures:
  - {name: errors, title: Errors, sweeps: [lines], only: {snr: [4.0]}, published: {em: {1: 0.5}}}
"""
ALIASES = """\
name: aliases
sweeps:
  - &a {name: a, space: disc, window: 5, size: 30, snr: &s [1, 2], density: saturation}
  - {<<: *a, name: b, snr: *s, target: "picture:camera", spacing: arbitrary}
estimators: [{name: zero}, {name: oracle}]
"""


def bytes_of(write: Callable[[Path], object], suffix: str) -> bytes:
    """What a function writes into a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        write(path)
        return path.read_bytes()


def npy(array: np.ndarray) -> bytes:
    """A `.npy` file."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def npz(arrays: dict[str, np.ndarray], compressed: bool = False) -> bytes:
    """A `.npz` file."""
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def measurements() -> list[bytes]:
    """Signals of `.npy`, one and several, in the types that they come in."""
    y = np.random.default_rng(0).normal(size=60)
    arrays = (y, y.astype(np.float32), (100 * y).astype(np.int16), y.reshape(3, 20))
    return [npy(array) for array in arrays]


def images() -> list[bytes]:
    """An image and a stack of images, `.mrc`."""
    y = np.random.default_rng(0).normal(size=(2, 12, 12)).astype(np.float32)
    return [bytes_of(partial(write_mrc_images, samples=a), ".mrc") for a in (y[0], y)]


def tiffs() -> list[bytes]:
    """Micrographs, `.tif`: mapped, compressed, in a colour format, with Pillow's compression."""
    import tifffile
    from PIL import Image

    y = np.arange(288, dtype=np.uint8).reshape(2, 12, 12)
    grey = np.repeat(y[0][..., None], 3, axis=2)
    hows: list[tuple[np.ndarray, dict[str, Any]]] = [
        (y.astype(np.float32), {"photometric": "minisblack"}),
        (y, {"photometric": "minisblack", "compression": "zlib"}),
        (grey, {"photometric": "rgb", "resolution": (1e8, 1e8), "resolutionunit": 3}),
    ]
    made = [bytes_of(partial(tifffile.imwrite, data=a, **how), ".tif") for a, how in hows]
    save = partial(Image.fromarray(y[0]).save, compression="tiff_lzw")
    return [*made, bytes_of(save, ".tif")]


def star_lists() -> list[bytes]:
    """A STAR file that lists a micrograph, with optics and without."""
    listing = "data_micrographs\n\nloop_\n_rlnMicrographName #1\n_rlnOpticsGroup #2\na.mrc 1\n"
    optics = "data_optics\n\nloop_\n_rlnOpticsGroup #1\n_rlnMicrographPixelSize #2\n1 1.34\n\n"
    return [listing.encode(), (optics + listing).encode()]


def maps() -> list[bytes]:
    """A volume, `.mrc`."""
    return [bytes_of(partial(write_mrc, volume=np.ones((3, 3, 3))), ".mrc")]


def truth() -> dict[str, np.ndarray]:
    """What `truth.npz` of a signal holds."""
    return {"x": np.arange(5.0), "target": np.zeros(5)}


def placements() -> list[bytes]:
    """`placement.npz` of copies in one micrograph and in two."""
    corners, poses = np.array([[1], [20], [40]]), np.zeros((3, 0))
    one = {"corners": corners, "poses": poses}
    several = {**one, "micrographs": np.array([0, 0, 1])}
    return [npz(one), npz(several), npz(several, compressed=True)]


def instruments() -> list[bytes]:
    """`instrument.json`."""
    contents: tuple[dict[str, object], ...] = (
        {}, {"background": 1.5}, {"kernels": [[0.25, 0.5, 0.25]], "groups": [0]},
    )  # fmt: skip
    return [json.dumps(content, indent=2).encode() for content in contents]


def tables() -> list[pd.DataFrame]:
    """Some rows of a published table, and all their columns."""
    table = pd.read_parquet(ROOT / "results" / "published" / "losses" / "table.parquet")
    return [table.head(8), table.iloc[::40]]


def parquet(table: pd.DataFrame, compression: Literal["snappy", "gzip"] = "snappy") -> bytes:
    """A `.parquet` file."""
    write = partial(table.to_parquet, index=False, compression=compression)
    return bytes_of(lambda path: write(path), ".parquet")


def csv(table: pd.DataFrame) -> bytes:
    """A `.csv` file."""
    return table.to_csv(index=False).encode()


def planned() -> Plan:
    """A small study, written out."""
    return make_plan(parse_study(STUDY))


def batches() -> list[bytes]:
    """The records of a batch of that study."""
    plan = planned()
    batch = plan.batches[0]
    snapshot = Snapshot(1.5, 1.0, 3, encode(np.ones(5)), density=0.2, note="fine")
    good = Record(Status.OK, "", 2.0, 1.5, 0.5, 90.0, "cpu", [snapshot, snapshot])
    lost = Record(Status.LOST, "killed", conduct=Conduct("landlock 4", printed_bytes=3))
    runs = {t: PlannedRun(r, 1, {"threads": 1}) for t, r in enumerate((good, lost))}
    with tempfile.TemporaryDirectory() as folder:
        out = batch_file(Path(folder), batch)
        write_batch(plan.study, batch, Path(folder), out, "0123456789", runs)
        return [out.read_bytes()]


def listings() -> list[bytes]:
    """Stamped files such as lists of data sets and scores."""
    stamp = Stamp("0123456789", "abc").facts(
        digests={"0": "abc"}, failed={"1": {"error": "disk", "lost": True}}, files={"a.npy": 9}
    )
    content = {"datasets": {"1": {"error": "disk"}}, "table": [], "history": []}
    return [bytes_of(lambda path: write_stamped(path, stamp, content), ".json")]


def reports() -> list[bytes]:
    """The end of a page of HTML."""
    return [f"<p>\n{stamp_comment(Stamp('0123456789', 'abc'))}".encode()]


def cards() -> list[bytes]:
    """`submission.json`."""
    facts = {"estimator": "new", "package": "p", "version": "1", "commit": "0123456789"}
    return [json.dumps({**facts, "repository": "https://example.org/p"}).encode()]


def facts_of_results() -> list[bytes]:
    """`study.json` beside a table."""
    study = planned().study.model_dump(mode="json")
    origin = {"references": ["zero"], "source": STUDY, "versions": {}, "commit": "", "host": "h"}
    return [json.dumps({"study": study, "provenance": origin}).encode()]


def events() -> list[bytes]:
    """Lines that a run says."""
    end = {"status": "ok", "reason": "", "device": "cpu", "wall_seconds": 1, "cpu_seconds": 1,
           "setup_seconds": 0, "peak_rss_mib": 9}  # fmt: skip
    snapshot = asdict(Snapshot(1.0, 1.0, 2, encode(np.ones(5)), density=0.1, note="n"))
    contents: tuple[tuple[str, dict[str, object]], ...] = (
        ("end", end), ("snapshot", {"snapshot": snapshot, "keep": True, "device": "cpu"}),
        ("asks", {"names": ["truth"]}), ("looked", {"name": "truth.npz"}), ("setup", {"on": True}),
    )  # fmt: skip
    return [json.dumps({"event": event, "run": 0, **facts}).encode() for event, facts in contents]


def calibrations() -> list[bytes]:
    """The laws of a study's cost."""
    law = {"log_scale": 1.0, "exponent": 1.0, "rows": 3}
    content = {"provenance": {}, "laws": {"seconds": {"em": law}}}
    return [json.dumps(content).encode()]


def molecules() -> list[bytes]:
    """A molecule of two atoms, in PDB format."""
    line = "ATOM  {0:5d}  C   ALA A{0:4d}    {0:8.3f}   0.000   0.000  1.00  0.00           C  \n"
    return ["".join(map(line.format, (1, 2))).encode() + b"END\n"]


def pictures() -> list[bytes]:
    """Small images in the formats of photographs."""
    from PIL import Image

    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    made = (Image.fromarray(grey), Image.fromarray(np.stack([grey] * 3, axis=2)))
    return [bytes_of(image.save, suffix) for image in made for suffix in (".png", ".tif", ".jpg")]


def datasets() -> list[bytes]:
    """`dataset.json` of a data set of lines."""
    facts = {"space": "line", "window": 5, "basis": "auto", "sigma": 1.0}
    return [json.dumps({**facts, "spacing": "arbitrary", "snr": 1.0}).encode()]
