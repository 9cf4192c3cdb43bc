"""What every test runs under."""

import os

# Before torch is loaded: its threads then sleep while they wait, and tests may run beside others.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from hypothesis import settings

# Speed is measured by `understudy bench`; on a busy machine a deadline only makes tests flaky.
settings.register_profile("understudy", deadline=None)
settings.load_profile("understudy")
