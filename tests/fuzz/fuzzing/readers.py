"""Every reader of the package, with what it accepts and the exceptions that it is documented to
raise beside `InputError`.
"""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from fuzzing import valid_files as valid
from fuzzing.judging import Reader
from mtdbench.comparison.submission import read_submission
from mtdbench.comparison.tables_read import read_table
from mtdbench.comparison.verification import verify
from mtdbench.cost.costs import read_calibration
from mtdbench.estimators.options import parse_options
from mtdbench.estimators.registry import load
from mtdbench.evaluate.scores_file import read_scores
from mtdbench.micrographs import read_micrographs
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.instrument import read_forward_model
from mtdbench.model.measurement import Measurement
from mtdbench.model.placed_copies import Placement
from mtdbench.picking.inputs import check_placement
from mtdbench.plugins.exchange import read_estimate
from mtdbench.results.reader import Results
from mtdbench.run.batch_file import fallen_trials, past_attempts, read_batch
from mtdbench.run.forget import recorded_statuses
from mtdbench.run.hearing import Offered, hear, usable
from mtdbench.simulation.dataset import Dataset
from mtdbench.simulation.targets.maps import read_volume
from mtdbench.simulation.targets.pictures import read_image
from mtdbench.simulation.targets.proteins import electron_density
from mtdbench.spaces import make_space
from mtdbench.study.listing import read_listing, why_missing
from mtdbench.study.recipes import checked_plan
from mtdbench.study.schema import load_study
from mtdbench.study.stamp import read_stamp, read_stamp_comment

LINE, DISC = make_space("line", 5), make_space("disc", 5)
PLAN = valid.planned()
BATCH = PLAN.batches[0]
BATCH_PATH = f"runs/{BATCH.id}.json"
LISTING_PATH = f"data/{BATCH.block.cell.id}/{BATCH.block.name}.json"


def _measurement(path: Path) -> Any:
    return Measurement.load(path, DISC if path.suffix == ".mrc" else LINE).half(1)


def _micrographs(path: Path) -> None:
    micrographs, _ = read_micrographs([str(path)], 2)
    micrographs.stacked()


def _placement(path: Path) -> None:
    y = np.zeros((2, 60))
    check_placement(Placement.load(path), Measurement(y, LINE), str(path))


def _study(path: Path) -> None:
    study, _ = load_study(path)
    for each in (study, *([study.reduced()] if study.has_reduced else [])):
        checked_plan(each)


def _results(path: Path) -> None:
    found = Results.load(path.parent)
    _ = found.name, found.whole, found.references, found.sweeps, found.drawings
    found.dataset("c", 0)


def _submission(path: Path) -> None:
    tuple(verify(read_submission(path if path.suffix == ".parquet" else path.parent, PUBLISHED)))


def _batch(path: Path) -> None:
    folder = path.parents[len(Path(BATCH_PATH).parts) - 1]
    facts = read_stamp(path)
    fallen_trials(PLAN.study, BATCH, facts, "0123456789")
    aside = folder / "aside" / BATCH_PATH
    aside.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, aside)
    past_attempts(BATCH, folder)
    recorded_statuses(BATCH, folder)
    for run in read_batch(path).values():
        for snapshot in run.record.snapshots:
            snapshot.coefficients()
        _ = run.record.iterations, f"{run.record.wall_seconds:g}"


def _listing(path: Path) -> None:
    folder = path.parents[len(Path(LISTING_PATH).parts) - 1]
    read_listing(PLAN.study, BATCH.block, folder)
    why_missing(folder, BATCH.block, 1)
    read_scores(path)


def _event(path: Path) -> None:
    event = hear(path.read_bytes(), 0)
    if isinstance(event, Offered):
        usable(event.snapshot, 5)


def _estimate(path: Path) -> Any:
    return read_estimate(path.read_text(encoding="utf-8", errors="replace"), LINE, "samples")


def _options(path: Path) -> Any:
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    return parse_options("em", load("em"), text.split(";"))


def _image(path: Path) -> Any:
    return read_image(path, DISC)


def _beside(read: Callable[[Path], Any], **files: bytes) -> Callable[[Path], Any]:
    """A reader that finds other files, `name_suffix`, beside the one that varies."""

    def reading(path: Path) -> Any:
        for name, content in files.items():
            other = path.with_name(name.replace("_", "."))
            if not other.exists():
                other.write_bytes(content)
        return read(path)

    return reading


PUBLISHED = Path()
"""The folder of published studies, see `all_readers`."""


def all_readers(published: Path) -> list[Reader]:
    """All readers.

    Parameters
    ----------
    published : Path
        An empty folder, for the published study that a submission is compared with.
    """
    global PUBLISHED
    PUBLISHED = published
    tables = [valid.parquet(table) for table in valid.tables()]
    small = [*tables, valid.parquet(valid.tables()[0], compression="gzip")]
    folder = published / str(valid.tables()[0]["study"].iloc[0])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.parquet").write_bytes(tables[1])
    return [*_of_arrays(), *_of_texts(tables), *_of_tables(small), *_of_targets()]


def _of_arrays() -> list[Reader]:
    x = valid.npy(np.arange(5.0))
    truths = [valid.npz(valid.truth()), valid.npz(valid.truth(), compressed=True)]
    signal = valid.measurements()[0]
    return [
        Reader("measurement .npy", "y.npy", _measurement, valid.measurements(), weight=14),
        Reader("measurement .mrc", "y.mrc", _measurement, valid.images(), weight=6),
        Reader("micrographs .mrc", "m.mrcs", _micrographs, valid.images(), weight=5),
        Reader("micrographs .mrc.gz", "m.mrc.gz", _micrographs,
               [gzip.compress(each, mtime=0) for each in valid.images()], weight=3),
        Reader("micrographs .tif", "m.tif", _micrographs, valid.tiffs(), weight=2),
        Reader("list of micrographs", "m.star", _beside(
            _micrographs, a_mrc=valid.images()[0]), valid.star_lists(), weight=2),
        Reader("instrument", "instrument.json", _beside(
            lambda path: read_forward_model(path.with_name("y.npy"), LINE), y_npy=signal
        ), valid.instruments(), weight=8),
        Reader("coefficients .npy", "x.npy", lambda p: read_coefficients(p, LINE), [x], weight=8),
        Reader("truth .npz", "truth.npz", lambda p: read_coefficients(p, LINE), truths, weight=6),
        Reader("placement .npz", "placement.npz", _placement, valid.placements(), weight=6),
        Reader("data set", "dataset.json", _beside(
            lambda path: Dataset.load(path.parent), measurement_npy=signal, truth_npz=truths[0],
            placement_npz=valid.placements()[0],
        ), valid.datasets(), weight=2),
    ]  # fmt: skip


def _of_texts(tables: list[bytes]) -> list[Reader]:
    unread = (OSError, ValueError, KeyError, TypeError)
    lines = [b"iterations=3 converged=true density=0.1 1 2 3 4 5", b"1 2 3 4 5"]
    options = [
        b"n_init=2;stopping_rule=converged",
        b"init=random;tolerance=1e-3;poses=3",
        b"n_grids=4",
    ]
    studies = [valid.STUDY.encode(), valid.ALIASES.encode()]
    return [
        Reader("study", "study.yaml", _study, studies, weight=6),
        Reader("batch of runs", BATCH_PATH, _batch, valid.batches(), unread, weight=8),
        Reader("list, scores", LISTING_PATH, _listing, valid.listings(), weight=4),
        Reader("report's stamp", "report.html", read_stamp_comment, valid.reports(), weight=5),
        Reader("calibration", "laws.json", read_calibration, valid.calibrations(), weight=5),
        Reader("event of a run", "event", _event, valid.events(), weight=14),
        Reader("estimate of a command", "line", _estimate, lines, (ValueError,), weight=8),
        Reader("options", "options", _options, options, weight=5),
        Reader("study.json of results", "study.json", _beside(_results, table_parquet=tables[0]),
               valid.facts_of_results(), weight=0.6),
        Reader("submission's card", "submission.json", _beside(
            _submission, table_parquet=tables[0]), valid.cards(), weight=0.1),
    ]  # fmt: skip


def _of_tables(tables: list[bytes]) -> list[Reader]:
    texts = [valid.csv(table) for table in valid.tables()]
    return [
        Reader("table .parquet", "t.parquet", read_table, tables, weight=4),
        Reader("table .csv", "t.csv", read_table, texts, weight=4),
        Reader("results' table", "table.parquet", _results, tables, weight=1),
        Reader("results' history", "history.parquet", _beside(_results, table_parquet=tables[0]),
               tables, weight=0.6),
        Reader("submission's table", "s.parquet", _submission, tables, weight=0.3),
    ]  # fmt: skip


def _of_targets() -> list[Reader]:
    maps = valid.maps()
    zipped = [gzip.compress(each, mtime=0) for each in maps]
    return [
        Reader("map", "map.mrc", read_volume, maps, weight=3),
        Reader("map, gzipped", "map.mrc.gz", read_volume, zipped, weight=2),
        Reader("picture", "p.png", _image, valid.pictures(), weight=3),
        Reader("molecule", "m.pdb", lambda path: electron_density(path, 9),
               valid.molecules(), weight=3),
    ]  # fmt: skip
