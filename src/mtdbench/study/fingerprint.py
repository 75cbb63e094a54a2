"""Short names for content: the same for the same content, on any machine."""

import json
from hashlib import blake2b
from typing import Any


def fingerprint(content: Any) -> str:
    """A short name for any content that JSON can hold."""
    return blake2b(canonical(content).encode(), digest_size=5).hexdigest()


def canonical(content: Any) -> str:
    """Compact JSON with sorted keys: the same text for the same content."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
