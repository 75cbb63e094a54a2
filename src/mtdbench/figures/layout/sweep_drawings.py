"""The figures of curves that a sweep has because of what it varies."""

from collections.abc import Iterator

from mtdbench.figures.layout.option_sweeps import option_sweeps
from mtdbench.figures.layout.panels import FAULT_NAMES, varied
from mtdbench.figures.layout.plot import Subject, slug
from mtdbench.study.schema import Drawing, Value

LEADS: dict[Value, str] = {
    "error": "Relative error of the aligned estimate over the samples.",
    "cpu_seconds": "CPU time without set-up; failed runs are left out of the curves.",
}
TITLES: dict[Value, str] = {"error": "Error", "cpu_seconds": "Run time"}


def sweep_drawings(subject: Subject) -> Iterator[Drawing]:
    """Error against SNR, size, density and each option; run time against size and each option."""
    changing = varied(subject.rows)
    if "snr" in changing:
        yield sweep_drawing(subject, "error", "snr", "SNR", (-0.5,))
    if "size" in changing:
        yield sweep_drawing(subject, "error", "samples", "size", (-0.5,))
        yield sweep_drawing(subject, "cpu_seconds", "samples", "size", (1.0,))
    if "target_density" in changing:
        yield sweep_drawing(subject, "error", "density", "density")
    for name in FAULT_NAMES:
        if name in changing:
            yield sweep_drawing(subject, "error", name, name)
    for found in option_sweeps(subject.rows, subject.looks):
        yield sweep_drawing(subject, "error", found.title, found.title)
        yield sweep_drawing(subject, "cpu_seconds", found.title, found.title)


def sweep_drawing(
    subject: Subject, y: Value, x: str, word: str, guides: tuple[float, ...] = ()
) -> Drawing:
    """One figure of a quantity against an axis that is called `word`.

    The estimator `zero` takes no time, which a logarithmic axis cannot show.
    """
    sweep, labels = str(subject.rows["sweep"].iloc[0]), subject.rows["estimator"].unique()
    timed = tuple(label for label in labels if subject.looks[label].method != "zero")
    return Drawing(
        name=slug(f"{TITLES[y].replace(' ', '')}-{word}"),
        title=f"{TITLES[y]} against {word}",
        sweeps=(sweep,),
        x=x,
        y=y,
        guides=guides,
        estimators=timed if y == "cpu_seconds" else None,
        caption=LEADS[y],
    )
