"""Studies from simulation to report; every rule is one verb of the command line.

snakemake --cores 96                                        the quick study
snakemake --cores 96 --config study=config/families.yaml    another one
snakemake --cores 96 paper                                  the papers: all studies, all figures
snakemake --cores 96 paper_gan                              and those of distribution matching
snakemake --cores 96 figure_em2_2                           one figure of theirs
snakemake --cores 2 paper --config scale=reduced            smaller grids, for a laptop
snakemake --cores 2 --config study=config/apoferritin.yaml data=FOLDER    files in a folder
"""

import sys
from pathlib import Path

from mtdbench.errors import InputError
from mtdbench.study.recipes import weight
from mtdbench.commands.cluster import ClusterJobs, amount
from mtdbench.commands.slurm import choose_status_command
from mtdbench.commands.workflow import Studies

PAPERS = {
    "paper_1d": ["paper-1d", "paper-1d-spacing", "heterogeneity"],
    "paper_2d": ["paper-2d", "paper-2d-spacing"],
    "paper_3d": ["paper-3d", "paper-picking", "moments-3d"],
}
APART = {"paper_gan": ["families", "volumes-matching"]}
try:
    STUDIES = Studies(
        config.get("study"), config.get("scale", "full"), workflow, config.get("data")
    )
    CHOSEN = STUDIES.chosen
    FIGURES = {
        target: {study: STUDIES.figures(study) for study in map(STUDIES.folder, names)}
        for target, names in {**PAPERS, **APART}.items()
    }
except InputError as error:
    print(f"mtdbench: {error}", file=sys.stderr)
    sys.exit(2)


# On a cluster, see `profiles/slurm`, jobs that would be short share one: a pack.
JOBS = ClusterJobs(STUDIES)
PACKED = "packs" in workflow.global_resources


def plan(wildcards):
    return STUDIES.plan(wildcards.study)


def scores(study, cells):
    if PACKED:
        return JOBS.awaited(study, cells)
    return [f"results/{study}/scores/{cell.id}.json" for cell in cells]


wildcard_constraints:
    study="[^/]+",
    cell="[^/]+",
    block="trials-[0-9]+-[0-9]+",
    batch="[^/]+",
    pack="[^/]+",
    figure="[^/.]+",


localrules:
    all,
    paper,


onstart:
    choose_status_command(workflow.executor_settings)


rule all:
    input:
        f"results/{CHOSEN}/report.html",


rule paper:
    input:
        [
            [f"results/{study}/report.html"]
            + [f"results/{study}/drawn/{figure}.png" for figure in figures]
            for target in PAPERS
            for study, figures in FIGURES[target].items()
        ],


for target, studies in FIGURES.items():

    rule:
        name:
            target
        input:
            [
                [f"results/{study}/report.html"]
                + [f"results/{study}/drawn/{figure}.png" for figure in figures]
                for study, figures in studies.items()
            ],
        localrule: True

    for study, figures in studies.items():
        for figure in figures:

            rule:
                name:
                    f"figure_{figure.replace('-', '_')}"
                input:
                    f"results/{study}/drawn/{figure}.png",
                localrule: True


rule simulate:
    output:
        "results/{study}/data/{cell}/{block}.json",
    log:
        "results/{study}/logs/simulate/{cell}-{block}.log",
    priority: lambda w: weight(plan(w).cell(w.cell))
    conda:
        "environment.yaml"
    resources:
        mem_mb=amount(JOBS.simulate, "mem_mb"),
        runtime=amount(JOBS.simulate, "runtime"),
    shell:
        "mtdbench simulate --study {wildcards.study:q} --cell {wildcards.cell:q}"
        " --block {wildcards.block:q} --out {output:q} > {log:q} 2>&1"


rule estimate:
    input:
        ancient(
            lambda w: f"results/{w.study}/data/{w.cell}/"
            f"{plan(w).batch(f'{w.cell}/{w.batch}').block.name}.json"
        ),
    output:
        "results/{study}/runs/{cell}/{batch}.json",
    log:
        "results/{study}/logs/runs/{cell}/{batch}.log",
    priority: lambda w: weight(plan(w).cell(w.cell))
    conda:
        "environment.yaml"
    threads: JOBS.estimate_cores
    resources:
        mem_mb=amount(JOBS.estimate, "mem_mb"),
        runtime=amount(JOBS.estimate, "runtime"),
    shell:
        "mtdbench estimate --study {wildcards.study:q} --batch {wildcards.cell:q}/{wildcards.batch:q}"
        " --log {log:q} --out {output:q}"


rule score:
    input:
        ancient(
            lambda w: [f"results/{w.study}/runs/{b.id}.json" for b in plan(w).batches_of(w.cell)]
        ),
    output:
        "results/{study}/scores/{cell}.json",
    log:
        "results/{study}/logs/score/{cell}.log",
    conda:
        "environment.yaml"
    resources:
        mem_mb=amount(JOBS.score, "mem_mb"),
        runtime=amount(JOBS.score, "runtime"),
    shell:
        "mtdbench score --study {wildcards.study:q} --cell {wildcards.cell:q} --out {output:q}"
        " > {log:q} 2>&1"


rule pack:
    input:
        lambda w: [] if workflow.remote_exec else JOBS.upstream(w),
    output:
        temp("results/{study}/packs/{pack}.json"),
    log:
        "results/{study}/logs/packs/{pack}.log",
    conda:
        "environment.yaml"
    threads: JOBS.pack_cores
    resources:
        mem_mb=amount(JOBS.pack, "mem_mb"),
        runtime=amount(JOBS.pack, "runtime"),
        attempt=lambda w, attempt: attempt,
    shell:
        "mtdbench work --study {wildcards.study:q} --pack {wildcards.pack:q} --out {output:q}"
        " --allocated {resources.mem_mb} {resources.runtime} {resources.attempt} > {log:q} 2>&1"


rule table:
    input:
        ancient(lambda w: scores(w.study, plan(w).cells)),
    output:
        "results/{study}/table.parquet",
        "results/{study}/table.csv",
        "results/{study}/history.parquet",
        "results/{study}/study.json",
    log:
        "results/{study}/logs/table.log",
    group:
        "publish-{study}"
    conda:
        "environment.yaml"
    resources:
        mem_mb=amount(JOBS.publish, "mem_mb"),
        runtime=amount(JOBS.publish, "runtime"),
    shell:
        "mtdbench table --study {wildcards.study:q} > {log:q} 2>&1"


rule figure:
    input:
        ancient(lambda w: scores(w.study, plan(w).cells_of(plan(w).drawing(w.figure)))),
    output:
        multiext("results/{study}/drawn/{figure}", ".png", ".svg", ".pdf", ".json"),
    log:
        "results/{study}/logs/drawn/{figure}.log",
    group:
        "publish-{study}"
    conda:
        "environment.yaml"
    resources:
        mem_mb=amount(JOBS.publish, "mem_mb"),
        runtime=amount(JOBS.publish, "runtime"),
    params:
        folder=lambda w: f"results/{w.study}",
    shell:
        "mtdbench figures {params.folder:q} --study {wildcards.study:q} --only {wildcards.figure:q}"
        " --out {params.folder:q}/drawn > {log:q} 2>&1"


rule figures:
    input:
        table=ancient("results/{study}/table.parquet"),
        history=ancient("results/{study}/history.parquet"),
        study=ancient("results/{study}/study.json"),
    output:
        directory("results/{study}/figures"),
    log:
        "results/{study}/logs/figures.log",
    group:
        "publish-{study}"
    conda:
        "environment.yaml"
    threads: 1 if PACKED else 2
    resources:
        mem_mb=amount(JOBS.publish, "mem_mb"),
        runtime=amount(JOBS.publish, "runtime"),
    params:
        folder=lambda w, input: Path(input.table).parent,
    shell:
        "mtdbench figures {params.folder:q} --out {output:q} --threads {threads}" " > {log:q} 2>&1"


rule report:
    input:
        table=ancient("results/{study}/table.parquet"),
        history=ancient("results/{study}/history.parquet"),
        study=ancient("results/{study}/study.json"),
        figures=ancient("results/{study}/figures"),
    output:
        "results/{study}/report.html",
    log:
        "results/{study}/logs/report.log",
    group:
        "publish-{study}"
    conda:
        "environment.yaml"
    resources:
        mem_mb=amount(JOBS.publish, "mem_mb"),
        runtime=amount(JOBS.publish, "runtime"),
    params:
        folder=lambda w, input: Path(input.table).parent,
    shell:
        "mtdbench report {params.folder:q} --out {output:q} > {log:q} 2>&1"
