"""A volume straight from a micrograph: no particle is ever picked.

    python volume_without_picking.py [figure.png]

The micrograph holds projections of a volume with four-fold symmetry in unknown orientations at
unknown places. Stochastic EM sums over both, first at a low resolution, then at higher ones.
"""

import sys

import mtdbench


def main(figure: str | None = None) -> None:
    """Simulate a micrograph, reconstruct the volume, say down to which detail it is right."""
    data = mtdbench.simulate(
        "ball", 7, basis="degree:4", target="volume:c4", size=450, snr=4, density=0.14, seed=1
    )
    space = data.space
    print(f"{data.facts['copies']} projections, {space.size} unknown coefficients")

    iterations: list[mtdbench.Estimate] = []
    found = mtdbench.estimate(
        data.measurement, "em", n_init=1, poses=100, iterations=8, callback=iterations.append
    )
    x = mtdbench.align(space, found.x, data.truth)
    curve = mtdbench.fsc(space.render(x), space.render(data.truth))
    print(f"error after {len(iterations)} iterations: {mtdbench.error(space, x, data.truth):.3f}")
    shells = ", ".join(f"{value:.2f}" for value in curve.values)
    print(f"shell correlation: {shells}, right down to {curve.resolution:.1f} samples")

    if figure:
        mtdbench.plot(space, x, data.truth).savefig(figure)


if __name__ == "__main__":
    main(*sys.argv[1:])
