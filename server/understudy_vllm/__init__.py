"""LoRA at full speed on a CPU: a plug-in that vLLM loads in its own processes."""
