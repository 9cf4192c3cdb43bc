"""The night's learner: examples of a repository become an adapter of the base model.

| | |
| --- | --- |
| `mer` | the learner itself, from the first line to the last |
| `rendering`, `packing`, `attention` | examples as token ids, in full rows, each on its own |
| `replay` | what is kept of earlier nights, and general code |
| `settings`, `schedule` | what can be set; the learning rate, and how many steps the time allows |
| `learner`, `merged`, `blocks`, `norms` | what a step changes, and what it computes, quickly |
| `abreast` | rows of a small model, each on a thread of its own |
| `base_model`, `adapter`, `full` | weights read and written |
| `checkpoint`, `whole_file` | what a killed run goes on from |
| `losses` | how probable the true middles are: what releases are compared by |
| `writing`, `memory_of_prompts`, `greedy` | what a model writes into holes, and how quickly |
| `matmul`, `flops`, `memory` | what this machine can multiply, and what a step asks for |
"""

import os

# Threads that wait for each other sleep instead of turning in circles. On a machine that does other
# things besides, and a night's does, one that turns keeps the processor from the one it waits for:
# a step beside one busy program took eight times as long. OpenMP reads it once, when torch is
# loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
