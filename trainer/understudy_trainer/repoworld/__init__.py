"""RepoWorld: holes of many kinds in repositories that nobody has learned from, and who fills them.

The discipline is Meta-World's (Yu et al. 2019): one interface, many kinds of tasks, training and
held-out kinds and worlds, success decided by a verifier, adapt first and evaluate then.
"""
