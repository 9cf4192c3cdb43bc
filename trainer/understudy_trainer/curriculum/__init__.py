"""What a night learns from: a repository and its history, as holes with their true text.

| module | what it holds |
| --- | --- |
| `curriculum` | all units together, in their shares, without duplicates |
| `example` | one hole to learn from, and where it is from |
| `design`, `implementation`, `evolution` | the units, after SWE-Spot |
| `runtime`, `tracer` | the unit of what passing tests called; what runs in the sandbox |
| `experience` | the places where people asked |
| `events`, `event_log`, `places` | what events say, where they come from, where their text stands |
| `gather` | the repository at a commit, and its history since another |
| `commits` | what each commit did to which file |
| `reading`, `rules`, `redact` | which files may be learned from, and what must not be in them |
| `definitions` | what is defined where, for snippets and module cards |
| `calls` | calls that a commit wrote in another way |
| `dedupe` | leaves out what is there already |
"""
