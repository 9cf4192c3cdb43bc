"""The night's learner: examples of a repository become an adapter of the base model.

| | |
| --- | --- |
| `mer` | the learner itself, from the first line to the last |
| `rendering`, `packing`, `attention` | examples as token ids, in full rows, each on its own |
| `replay` | what is kept of earlier nights, and general code |
| `settings`, `schedule` | what can be set; the learning rate, and how many steps the time allows |
| `base_model`, `adapter`, `full` | weights read and written |
| `checkpoint`, `whole_file` | what a killed run goes on from |
| `losses` | how probable the true middles are: what releases are compared by |
| `matmul`, `flops`, `memory` | what this machine can multiply, and what a step asks for |
"""
