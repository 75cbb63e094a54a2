def add_verify(v):
    pass
