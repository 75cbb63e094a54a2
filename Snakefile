"""A study from simulation to report; every rule is one verb of the command line.

snakemake --cores 96 --config study=config/quick.yaml
"""

import sys
from math import ceil
from pathlib import Path

from mtdbench.errors import InputError
from mtdbench.study import load_study
from mtdbench.study.plan import data_name, run_name, study_name
from mtdbench.study.recipes import checked_plan, weight
from mtdbench.workflow import settle

STUDY = config.get("study", "config/quick.yaml")
try:
    PLAN = checked_plan(load_study(Path(STUDY))[0])
except InputError as error:
    print(f"mtdbench: {error}", file=sys.stderr)
    sys.exit(2)

NAME = PLAN.study.name
LIMITS = PLAN.study.limits
CELLS = {cell.id: weight(cell) for cell in PLAN.cells}
BATCHES = {batch.id: batch for batch in PLAN.batches}
BLOCKS = {(block.cell.id, block.name): block for block in PLAN.blocks}
MINUTES = ceil(PLAN.study.batch * (LIMITS.seconds + LIMITS.setup_seconds) / 60)

settle(STUDY)


wildcard_constraints:
    cell="[^/]+",
    block="trials-[0-9]+-[0-9]+",
    batch="[^/]+",


localrules:
    all,
    table,
    figures,
    report,


rule all:
    input:
        f"results/{NAME}/report.html",


rule simulate:
    output:
        f"results/{NAME}/data/{{cell}}/{{block}}.json",
    log:
        f"results/{NAME}/logs/simulate/{{cell}}-{{block}}.log",
    priority: lambda w: CELLS[w.cell]
    conda:
        "environment.yaml"
    params:
        content=lambda w: data_name(PLAN.study, BLOCKS[w.cell, w.block]),
    shell:
        'mtdbench simulate --study "$MTDBENCH_STUDY" --cell {wildcards.cell:q}'
        " --block {wildcards.block:q} --out {output:q} > {log:q} 2>&1"


rule estimate:
    input:
        lambda w: f"results/{NAME}/data/{w.cell}/{BATCHES[f'{w.cell}/{w.batch}'].block.name}.json",
    output:
        f"results/{NAME}/runs/{{cell}}/{{batch}}.json",
    log:
        f"results/{NAME}/logs/runs/{{cell}}/{{batch}}.log",
    priority: lambda w: CELLS[w.cell]
    conda:
        "environment.yaml"
    threads: PLAN.study.threads
    resources:
        mem_mb=ceil(LIMITS.memory_mib * 1.05) + 300,
        runtime=MINUTES,
    shell:
        'mtdbench estimate --study "$MTDBENCH_STUDY" --batch {wildcards.cell:q}/{wildcards.batch:q}'
        " --log {log:q} --out {output:q}"


rule score:
    input:
        lambda w: [f"results/{NAME}/runs/{b.id}.json" for b in PLAN.batches_of(w.cell)],
    output:
        f"results/{NAME}/scores/{{cell}}.json",
    log:
        f"results/{NAME}/logs/score/{{cell}}.log",
    conda:
        "environment.yaml"
    params:
        content=lambda w: run_name(PLAN, w.cell),
    shell:
        'mtdbench score --study "$MTDBENCH_STUDY" --cell {wildcards.cell:q} --out {output:q}'
        " > {log:q} 2>&1"


rule table:
    input:
        expand("results/{name}/scores/{cell}.json", name=NAME, cell=CELLS),
    output:
        f"results/{NAME}/table.parquet",
        f"results/{NAME}/table.csv",
        f"results/{NAME}/history.parquet",
        f"results/{NAME}/study.json",
    log:
        f"results/{NAME}/logs/table.log",
    conda:
        "environment.yaml"
    params:
        content=study_name(PLAN),
    shell:
        'mtdbench table --study "$MTDBENCH_STUDY" > {log:q} 2>&1'


rule figures:
    input:
        table=f"results/{NAME}/table.parquet",
        history=f"results/{NAME}/history.parquet",
    output:
        directory(f"results/{NAME}/figures"),
    log:
        f"results/{NAME}/logs/figures.log",
    conda:
        "environment.yaml"
    params:
        folder=lambda w, input: Path(input.table).parent,
    shell:
        "mtdbench figures {params.folder:q} --out {output:q} > {log:q} 2>&1"


rule report:
    input:
        table=f"results/{NAME}/table.parquet",
        history=f"results/{NAME}/history.parquet",
        study=f"results/{NAME}/study.json",
        figures=f"results/{NAME}/figures",
    output:
        f"results/{NAME}/report.html",
    log:
        f"results/{NAME}/logs/report.log",
    conda:
        "environment.yaml"
    params:
        folder=lambda w, input: Path(input.table).parent,
    shell:
        "mtdbench report {params.folder:q} --out {output:q} > {log:q} 2>&1"
