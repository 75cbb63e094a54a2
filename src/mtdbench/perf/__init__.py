"""How fast the kernels are, beside the bare operations that they consist of."""
