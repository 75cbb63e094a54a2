"""The generators of inputs, which `tools/fuzz.py` shares."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
