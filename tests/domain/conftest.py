"""One profile for all properties: the same examples everywhere, and no clock decides."""

from hypothesis import settings

settings.register_profile(
    "domain", deadline=None, derandomize=True, max_examples=50, print_blob=False
)
settings.load_profile("domain")
