"""Lessons: what right and wrong answers to the same hole tell, in words (after MEL).

| module | what it holds |
| --- | --- |
| `pair` | a right and a wrong answer to one hole |
| `bifurcation` | where the two part |
| `difference`, `site` | what kind of difference it is; the nodes that differ |
| `trees`, `nodes`, `calls` | syntax trees of all languages, what is in them, and calls |
| `lesson`, `templates`, `leak` | a lesson; its sentences; whether it says the answer |
| `proving`, `exact` | whether it makes answers better; the test that decides |
| `lesson_book` | the lessons of a repository on disk |
| `spot`, `select` | a place in a file; which lessons hold there, and how they stand in a prompt |
"""
