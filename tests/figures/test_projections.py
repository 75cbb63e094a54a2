"""Copies as the measurement has them, one row for each SNR; and figures that say what stood in."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtdbench.figures.automatic import plan
from mtdbench.figures.layout.panels import panels, stand_in, with_axes
from mtdbench.figures.named import named_plots
from mtdbench.results.reader import Results
from mtdbench.simulation import Recipe, write_dataset
from mtdbench.study.schema import Drawing

DRAWING = Drawing(name="one", title="Copies", kind="projections", sweeps=("a",), caption="Paper.")
SNRS = (0.01, 1.0, 100.0)


def made(folder: Path, **more: object) -> Results:
    """A study of three SNRs, of which only the data were made, and its table."""
    rows = []
    for snr in SNRS:
        cell = f"a-snr{snr:g}"
        recipe = Recipe(**{"space": "disc", "window": 5, "size": 60, "snr": snr, "density": 0.1,
                           "seed": 3, **more})  # fmt: skip
        facts = write_dataset(recipe, folder / "data" / cell / "0")
        shared = {key: facts[key] for key in ("space", "window", "size", "snr", "density")}
        rows.append({"study": "s", "sweep": "a", "cell": cell, "trial": 0, "ndim": 2, **shared,
                     "estimator": "zero", "method": "zero", "status": "ok"})  # fmt: skip
    return Results(folder, pd.DataFrame(rows), pd.DataFrame(), {}, {})


@pytest.mark.parametrize("micrographs", [1, 3])
@pytest.mark.parametrize(("space", "ndim"), [("line", 1), ("disc", 2), ("ball", 2)])
def test_copies_are_cut_where_they_lie(
    tmp_path: Path, space: str, ndim: int, micrographs: int
) -> None:
    size = 600 if ndim == 1 else 60
    results = made(tmp_path, space=space, size=size, micrographs=micrographs, density=0.15)
    where = tmp_path / "data" / "a-snr1" / "0"
    samples = np.load(where / "measurement.npy").reshape(micrographs, *(size,) * ndim)
    with np.load(where / "placement.npz") as placement:
        corners, numbers = placement["corners"], placement["micrographs"]
    found = results.copies("a-snr1", 0, 5, len(corners))
    assert found is not None
    assert len(found) == len(corners) >= micrographs
    for window, corner, number in zip(found, corners, numbers, strict=True):
        part = tuple(slice(start, start + 5) for start in corner)
        np.testing.assert_array_equal(window, samples[number][part])
    (plot,) = named_plots(DRAWING, results)
    plot.draw().draw_without_rendering()


def test_a_row_for_each_snr_the_clearest_first(tmp_path: Path) -> None:
    results = made(tmp_path)
    (plot,) = named_plots(DRAWING, results)
    assert (plot.name, plot.title) == ("one", "Copies")
    assert plot.caption.startswith("Paper. ")
    figure = plot.draw()
    assert len(figure.axes) == 27
    titles = [part.get_suptitle() for part in figure.subfigs]
    assert titles == ["SNR 100", "SNR 1", "SNR 0.01"]
    shown = [[np.asarray(axis.images[0].get_array()) for axis in figure.axes[i : i + 9]]
             for i in (0, 9, 18)]  # fmt: skip
    for row, snr in zip(shown, SNRS[::-1], strict=True):
        np.testing.assert_array_equal(row, results.copies(f"a-snr{snr:g}", 0, 5, 9))
    clear, middle, _ = (np.ravel(row) for row in shown)  # the same copies, more noise
    assert np.corrcoef(clear, middle)[0, 1] > 0.3


def test_data_that_were_not_kept_cost_no_figure(tmp_path: Path) -> None:
    results = made(tmp_path)
    for path in tmp_path.glob("data/*/0/measurement.npy"):
        path.unlink()
    assert results.copies("a-snr1", 0, 5, 9) is None
    assert list(named_plots(DRAWING, results)) == []


def test_panels_name_what_stood_in(tmp_path: Path) -> None:
    table = with_axes(made(tmp_path).table)
    assert [panel.title for panel in panels(table, None)] == ["SNR 0.01", "SNR 1", "SNR 100"]
    used = ["emdb:8117", "volume:c4", ""]  # had, stood in, not simulated
    table = table.assign(target="emdb:8117 or volume:c4", target_used=used)
    titles = [panel.title for panel in panels(table, None)]
    assert titles == ["SNR 0.01", "SNR 1\nstand-in: volume:c4", "SNR 100"]
    assert stand_in(table) == "stand-in: volume:c4"
    assert stand_in(table.assign(target=table["target_used"])) == ""


def test_pictures_of_volumes_name_what_stood_in(make_study) -> None:  # type: ignore[no-untyped-def]
    folder = make_study(trials=1, sweeps=[("volumes", "ball", 9, 100)])
    table = pd.read_parquet(folder / "table.parquet")
    table = table[(table["size"] == 100) & (table["snr"] == 1)]
    table = table.assign(target="emdb:8117 or volume:c4", target_used="volume:c4")
    both = [table, table.assign(sweep="others", target_used="emdb:8117")]
    table.to_parquet(folder / "table.parquet")
    plots = {plot.name: plot for plot in plan(Results.load(folder))}
    for name in ("volumes-estimates", "volumes-volume-isosurface"):
        words = [axis.get_ylabel() for axis in plots[name].draw().axes]
        assert any("stand-in: volume:c4" in word for word in words), name
    (axis,) = plots["volumes-fsc"].draw().axes
    assert axis.get_title() == "stand-in: volume:c4"

    pd.concat(both).to_parquet(folder / "table.parquet")  # two sweeps with the same SNR and size
    for kind in ("estimates", "fsc"):
        drawing = Drawing(name="x", title="", kind=kind, sweeps=("volumes", "others"))
        (plot,) = named_plots(drawing, Results.load(folder))
        axes = plot.draw().axes
        words = [f"{axis.get_ylabel()} {axis.get_title()}" for axis in axes]
        assert sum("others" in word for word in words) == 1, kind
        marked = [word for word in words if "stand-in" in word]
        assert len(marked) == 1, kind
        assert "volumes" in marked[0]
