"""Lessons: what right and wrong answers to the same hole tell, in words (after MEL).

| module | what it holds |
| --- | --- |
| `pair` | a right and a wrong answer to one hole |
| `bifurcation` | the statement in which the two part |
| `difference`, `site` | what kind of difference that makes; the nodes in it that differ |
| `trees`, `nodes`, `calls` | syntax trees of all languages, what is in them, and calls |
| `templates`, `leak`, `merging` | its sentence; whether that says the answer; learned twice |
| `proving`, `exact` | whether it makes answers better; the test that decides |
| `reading` | practice in reading them in a prompt |
| `lesson_book`, `in_prompts` | the lessons of a repository on disk; those that are served |
| `gone`, `without_lessons` | those about nothing that is there; what was shown but for them |
| `lesson_table` | lessons for people |

What a lesson is, which hold at a place and how they stand in a prompt is in the protocol (`lesson`,
`spot`, `lesson_index`, `lesson_choice`, `lesson_prompt`), because the gateway puts them there.
"""
