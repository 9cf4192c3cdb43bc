"""What a night learns from right and wrong answers to the same hole, besides the right ones alone.

| module | what it holds |
| --- | --- |
| `mel` | the learner itself, from asking to a step; what can be set is in `reinforcement` |
| `policy`, `objectives` | the model that learns as one that writes; the gradient of a round |
| `through_engines` | fresh answers drawn by the gateway's vLLM |
| `practised_lessons` | lessons made, tried and used on the way |
| `reward` | what a candidate for a hole is worth |
| `grounding`, `builtin_names` | whether it parses where it stands, and its names exist |
| `tested` | whether it passes the repository's tests, if they may be run |
| `groups` | candidates for one hole, compared with each other |
| `pairs` | what is preferred to what |
| `policy_gradient` | the loss of groups: GRPO with DAPO's clip |
| `preference` | the losses of preferences: DPO and KTO |
| `verdicts`, `lives`, `served` | groups and pairs from the events of the store |
| `outcome`, `shown_lives`, `hiding`, `logistic` | which suggestions should not be shown |

Only the first three rows, `policy_gradient` and `preference` load torch.
"""
