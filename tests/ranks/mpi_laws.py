"""What every rank checks; a failed assertion ends all."""

import numpy as np

from mtdbench.errors import InputError
from mtdbench.ranks.communicator import RankError, share_of
from mtdbench.ranks.mpi_ranks import world_ranks

ranks = world_ranks()
rank, size = ranks.rank, ranks.size
last = size - 1
parts = [np.random.default_rng(r).normal(size=(40, 50)) for r in range(size)]

total, count = ranks.total(lambda: [parts[rank], np.array(1.0)])
assert total.shape == (40, 50)
assert count.shape == () and count == size
np.testing.assert_allclose(total, np.sum(parts, axis=0), rtol=0, atol=1e-13)
bits = ranks.stacked(lambda: total.reshape(1, -1))
assert (bits == bits[0]).all()  # the same on all ranks

mine = share_of(ranks, 7)
rows = ranks.stacked(lambda: np.arange(14.0).reshape(7, 2)[mine.start : mine.stop])
np.testing.assert_array_equal(rows, np.arange(14.0).reshape(7, 2))
assert ranks.stacked(lambda: np.ones((2 * (rank == last), 3))).shape == (2, 3)

np.testing.assert_array_equal(ranks.from_first(lambda: parts[rank]), parts[0])
assert ranks.from_first(lambda: np.array(3.5)) == 3.5
assert ranks.agree(lambda: rank) == rank

for error, kind, text in (
    (InputError("window -1: expected 2"), InputError, f"rank {last}: window -1: expected 2"),
    (MemoryError("too much"), MemoryError, f"rank {last}: too much"),
    (OSError("gone"), RankError, f"rank {last}: OSError('gone')"),
):

    def share(error: Exception = error) -> list[np.ndarray]:
        if rank == last:
            raise error
        return [np.ones(1)]

    try:
        ranks.total(share)
    except Exception as raised:
        assert raised is error if rank == last else (type(raised), str(raised)) == (kind, text)
    else:
        raise AssertionError("a rank failed and no other heard of it")
ranks.leave(5)
