"""Picking on a user's own measurement: from files to files."""

from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from mtdbench import provenance
from mtdbench.errors import InputError
from mtdbench.evaluate.picking_scores import particle_scores, picking_scores
from mtdbench.files import write_json
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.measurement import Measurement, Placement
from mtdbench.model.spacing import DEFAULT_SPACING
from mtdbench.picking.inputs import check_placement, micrograph_names
from mtdbench.picking.particle_files import write_particles, write_picks, write_star
from mtdbench.picking.particles import Particles, particles
from mtdbench.picking.picks import Picks, pick
from mtdbench.run.stopwatch import Stopwatch
from mtdbench.spaces import make_space


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be picked, and with what.

    Attributes
    ----------
    measurement : str
        Path of the `.npy` or `.mrc` file.
    estimate : str
        Path of the coefficients, a `.npy` file, or of a folder with `coefficients.npy` in it.
    space, window, basis, spacing, sigma
        As in `Measurement`.
    poses : int or None
        K; the space's own number where None.
    grids : int
        Shifted grids that the patches are cut from.
    placement : str or None
        Path of the true placement, for scores.
    truth : str or None
        Path of the true coefficients, `truth.npz`, with which scores tell by energy what a patch
        shows of a copy; where None, by samples, see `mtdbench.evaluate.visible_energy`.
    """

    measurement: str
    estimate: str
    space: str
    window: int
    sigma: float
    basis: str = "auto"
    spacing: str = DEFAULT_SPACING
    poses: int | None = None
    grids: int = 1
    placement: str | None = None
    truth: str | None = None


def pick_file(request: Request, out: Path, threads: int) -> dict[str, Any]:
    """Pick the copies of a measurement and write them into the folder `out`.

    Files: `picks.csv` (each patch), `particles.csv` (each copy), of images also `particles.star`,
    and, last, `pick.json`, whose content is returned.

    Raises
    ------
    InputError
        If a file or a value cannot be used; nothing is written then.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"'{out}' is a file: expected a folder")
    clock = Stopwatch()
    with clock.preparing():
        space = make_space(request.space, request.window, request.basis)
        path = Path(request.measurement)
        measurement = Measurement.load(path, space, request.sigma, request.spacing)
        x = read_coefficients(Path(request.estimate), space)
        placement, project = None, None
        if request.placement is not None:
            placement = Placement.load(Path(request.placement))
            check_placement(placement, measurement, request.placement)
        if request.truth is not None:
            if placement is None:
                raise InputError("a truth without a placement: expected both, for scores")
            project = partial(space.project, read_coefficients(Path(request.truth), space))
    if request.poses is None:
        request = replace(request, poses=space.default_poses)
    with clock.running():
        picks = pick(measurement, x, poses=request.poses, grids=request.grids)
        copies = particles(picks)
    (out / "pick.json").unlink(missing_ok=True)  # it stands for complete tables
    write_picks(out / "picks.csv", picks)
    write_particles(out / "particles.csv", copies)
    if space.kind != "signal":
        write_star(out / "particles.star", copies, micrograph_names(path, measurement))
    facts = _facts(request, picks, copies, clock, threads)
    if placement is not None:
        facts["shown"] = "samples" if project is None else "energy"
        facts["scores"] = {
            **picking_scores(picks, placement, project),
            **particle_scores(copies, placement),
        }
    write_json(out / "pick.json", facts)
    return facts


def _facts(
    request: Request, picks: Picks, copies: Particles, clock: Stopwatch, threads: int
) -> dict[str, Any]:
    """The content of `pick.json`; times in seconds."""
    return {
        **asdict(request),
        "patches": len(picks.patches),
        "called_empty": int(picks.called_empty.sum()),
        "particles": len(copies.corners),
        "prior_empty": picks.prior_empty,
        "loglik": picks.loglik,
        "seconds": clock.wall,
        "cpu_seconds": clock.cpu,
        "setup_seconds": clock.setup,
        "threads": threads,
        "shown": None,
        "scores": None,
        "versions": provenance.versions(),
        "commit": provenance.commit(),
        **provenance.machine(),
    }
