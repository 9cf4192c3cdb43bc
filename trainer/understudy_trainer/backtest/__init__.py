"""The backtest: the simulated developer walking through a repository's history."""
