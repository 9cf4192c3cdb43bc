"""The sub-commands of `understudy` that belong to the gateway."""
