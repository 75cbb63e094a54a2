"""Picking on a user's own measurement: from files to files."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from mtdbench import provenance
from mtdbench.commands.output_folder import try_folder
from mtdbench.commands.recorded_run import (
    known_sigma,
    recorded_run,
    with_pixel_size_of,
    with_sigma_of,
)
from mtdbench.commands.user_measurement import (
    UserFiles,
    UserMeasurement,
    read_user_measurement,
)
from mtdbench.commands.user_optics import recorded_optics
from mtdbench.errors import InputError
from mtdbench.evaluate.picking_scores import particle_scores, picking_scores
from mtdbench.files import write_json
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.placed_copies import Placement
from mtdbench.model.spacing import DEFAULT_SPACING
from mtdbench.picking.inputs import check_placement
from mtdbench.picking.particle_files import write_particles, write_picks, write_star
from mtdbench.picking.particles import Particles, particles
from mtdbench.picking.pick_particles import grids_of_particles, pick_particles
from mtdbench.picking.picks import LEAST_SHOWN, Picks, pick
from mtdbench.preparation import Settings
from mtdbench.run.stopwatch import Stopwatch
from mtdbench.spaces import Space, make_space


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be picked, and with what.

    Attributes
    ----------
    measurement : str
        Path of the file, folder, pattern or list of the measurement; the first of several.
    more : tuple of str
        The others.
    pixel_size : float or None
        Angstrom to a sample; what the files say, else what the estimate says, where None.
    estimate : str
        Path of the coefficients, a `.npy` file, or of a folder with `coefficients.npy` in it.
    space, window, basis, spacing
        As in `Measurement`.
    sigma : float or None
        Of the samples as they come; that of the estimate's `run.json` where None.
    preparation : Settings or None
        How the micrographs are prepared, with the diameter of a particle, if it is known; None
        takes them as they are.
    ctf : str or None
        File of the transfer functions of the micrographs, or `none`; where None, those that a STAR
        file lists with them, else those of the estimate's `run.json`.
    poses : int or None
        K; the space's own number where None.
    grids : int or None
        Shifted grids that the patches are cut from; where None one, or with a diameter so many that
        some patch sees nearly all of each particle.
    subsamples : int
        Fractions of a sample along each axis at which a copy may lie.
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
    sigma: float | None = None
    more: tuple[str, ...] = ()
    pixel_size: float | None = None
    basis: str = "auto"
    spacing: str = DEFAULT_SPACING
    preparation: Settings | None = None
    ctf: str | None = None
    poses: int | None = None
    grids: int | None = None
    subsamples: int = 1
    placement: str | None = None
    truth: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Inputs:
    """What the files of a request hold."""

    user: UserMeasurement
    x: np.ndarray
    placement: Placement | None
    project: Callable[[np.ndarray], np.ndarray] | None


def pick_file(
    request: Request, out: Path, threads: int, log: TextIO | None = None
) -> dict[str, Any]:
    """Pick the copies of a measurement and write them into the folder `out`.

    Files: `picks.csv` (each patch), `particles.csv` (each copy), of images also `particles.star`,
    and, last, `pick.json`, whose content is returned.

    Raises
    ------
    InputError
        If a file or a value cannot be used; nothing is written then.
    """
    try_folder(out)
    clock = Stopwatch()
    with clock.preparing():
        space = make_space(request.space, request.window, request.basis)
        recorded = recorded_run(Path(request.estimate))
        if request.preparation is None:
            request = replace(request, sigma=known_sigma(request.sigma, recorded))
        if request.poses is None:
            request = replace(request, poses=space.default_poses)
        given = _read(request, space, recorded)
        request = replace(request, sigma=given.user.measurement.sigma)
    user, across = given.user, _across(request, given.user)
    window = user.measurement.space.window
    grids = request.grids or (1 if across is None else grids_of_particles(window))
    if log is not None:
        log.writelines(f"{line}\n" for line in user.lines())
        log.flush()
    with clock.running():
        nothing = recorded.get("found") is False
        if nothing:
            given = replace(given, x=np.zeros_like(given.x))
        picks, copies = _picked(replace(request, grids=grids), given, across)
    if log is not None:
        log.write(f"{user.words()}\n{_nothing_in_words(picks, nothing)}")
    (out / "pick.json").unlink(missing_ok=True)  # it stands for complete tables
    write_picks(out / "picks.csv", picks)
    place = user.in_samples_that_came
    write_particles(out / "particles.csv", copies, place)
    if space.kind != "signal":
        pixel_size = user.pixel_size_that_came
        write_star(out / "particles.star", copies, list(user.names), pixel_size, place)
    request = replace(request, grids=grids)
    facts = _facts(request, picks, copies, clock, threads) | user.facts()
    if given.placement is not None:
        facts["shown"] = "samples" if given.project is None else "energy"
        facts["scores"] = {
            **picking_scores(picks, given.placement, given.project),
            **particle_scores(copies, given.placement),
        }
    write_json(out / "pick.json", facts)
    return facts


def _nothing_in_words(picks: Picks, nothing: bool) -> str:
    """A line for the log where nothing is listed since nothing is there; else no line."""
    if nothing:
        return "nothing found: the estimate, by its run.json, is of noise alone\n"
    if picks.prior_empty == 1:
        return "nothing found: no copy of the estimate is seen in the measurement\n"
    return ""


def _read(request: Request, space: Space, recorded: dict[str, Any]) -> _Inputs:
    sources = (request.measurement, *request.more)
    optics = request.ctf, recorded_optics(recorded)
    files = UserFiles(sources, request.pixel_size, request.preparation, *optics)
    user = read_user_measurement(files, space, request.sigma, request.spacing)
    user = with_sigma_of(with_pixel_size_of(user, recorded), recorded)
    x = read_coefficients(Path(request.estimate), space)
    placement, project = None, None
    if request.placement is not None:
        placement = Placement.load(Path(request.placement))
        check_placement(placement, user.measurement, request.placement)
    if request.truth is not None:
        if placement is None:
            raise InputError("a truth without a placement: expected both, for scores")
        project = partial(space.project, read_coefficients(Path(request.truth), space))
    return _Inputs(user, x, placement, project)


def _picked(request: Request, given: _Inputs, across: float | None) -> tuple[Picks, Particles]:
    """What the patches show, and the copies; of particles of known diameter also those that lie
    over the rim.
    """
    measurement, grids, fractions = given.user.measurement, request.grids or 1, request.subsamples
    how: dict[str, Any] = {"poses": request.poses, "grids": grids, "subsamples": fractions}
    if across is None:
        picks = pick(measurement, given.x, least=LEAST_SHOWN, **how)
        return picks, particles(picks)
    return pick_particles(measurement, given.x, across, **how)


def _across(request: Request, user: UserMeasurement) -> float | None:
    """The diameter of a particle in samples of the measurement, where that is known."""
    settings = request.preparation
    if settings is None or settings.diameter is None or user.pixel_size is None:
        return None
    return settings.diameter / user.pixel_size


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
