"""Preparation of measured micrographs: what has to be taken off before the model holds."""

from mtdbench.preparation.preparation_settings import Settings
from mtdbench.preparation.prepare_micrographs import candidates, prepare_micrographs
from mtdbench.preparation.prepared import Prepared
from mtdbench.preparation.prepared_measurement import prepared_measurement

__all__ = ["Prepared", "Settings", "candidates", "prepare_micrographs", "prepared_measurement"]
