"""The gateway in front of vLLM, the experience store and the releases it serves."""
