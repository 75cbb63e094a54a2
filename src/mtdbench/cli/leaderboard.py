def add_leaderboard(v):
    pass
