"""What every test runs under."""

from hypothesis import settings

# Speed is measured by `understudy bench`; on a busy machine a deadline only makes tests flaky.
settings.register_profile("understudy", deadline=None)
settings.load_profile("understudy")
