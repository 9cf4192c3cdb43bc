from pathlib import Path

import pytest

from understudy_server.engine_launch import (
    EngineSettings,
    engine_command,
    engine_environment,
    gpu_memory,
    why_it_ended,
)


def settings(model: str, **fields: object) -> EngineSettings:
    return EngineSettings(model=model, name="m", **fields)  # pyright: ignore[reportArgumentType]


def test_a_local_model_is_given_by_its_absolute_path_and_the_hub_is_not_asked(
    tmp_path: Path,
) -> None:
    command = engine_command(settings(str(tmp_path)), Path("/s"))
    assert command[command.index("--model") + 1] == str(tmp_path)
    assert engine_environment(settings(str(tmp_path)), {})["HF_HUB_OFFLINE"] == "1"


def test_a_hub_model_is_given_by_its_name_and_may_be_fetched() -> None:
    command = engine_command(settings("Qwen/Qwen2.5-Coder-1.5B"), Path("/s"))
    assert command[command.index("--model") + 1] == "Qwen/Qwen2.5-Coder-1.5B"
    assert "HF_HUB_OFFLINE" not in engine_environment(settings("Qwen/Qwen2.5-Coder-1.5B"), {})


def test_the_working_directory_cannot_pass_for_vllm_and_nobody_is_told_of_its_use() -> None:
    assert "-P" in engine_command(settings("a/b"), Path("/s"))
    environment = engine_environment(settings("a/b"), {"VLLM_NO_USAGE_STATS": "0", "PATH": "/bin"})
    assert environment["VLLM_NO_USAGE_STATS"] == "1"
    assert environment["PATH"] == "/bin"


@pytest.mark.parametrize(
    "name", ["VLLM_CPU_KVCACHE_SPACE", "OMP_NUM_THREADS", "VLLM_ENABLE_V1_MULTIPROCESSING"]
)
def test_what_the_person_set_for_the_cpu_wins(name: str) -> None:
    assert engine_environment(settings("a/b"), {name: "9"})[name] == "9"


@pytest.mark.parametrize("eager", [True, False])
def test_eager_compiles_nothing(eager: bool) -> None:
    chosen = settings("a/b", eager=eager)
    assert ("--enforce-eager" in engine_command(chosen, Path("/s"))) is eager
    assert ("TORCH_COMPILE_DISABLE" in engine_environment(chosen, {})) is eager


def test_the_engine_leaves_room_on_a_gpu_if_it_is_told_to() -> None:
    assert gpu_memory(settings("a/b", gpu_share=0.6)) == ("--gpu-memory-utilization", "0.6")
    assert gpu_memory(settings("a/b")) == ()


def test_an_old_line_of_a_long_log_is_not_taken_for_the_cause(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text("MemoryError\n" + "all is well\n" * 1000 + "the end\n")
    assert "the end" in why_it_ended(3, log).problem


@pytest.mark.parametrize(("status", "line"), [(0, "EngineDeadError: gone"), (137, "")])
def test_a_killed_engine_is_said_to_have_run_out_of_memory_and_where_its_log_is(
    tmp_path: Path, status: int, line: str
) -> None:
    log = tmp_path / "engine.log"
    log.write_text(line)
    error = why_it_ended(status, log)
    assert "memory" in error.problem
    assert str(log) in error.remedy


def test_an_engine_that_left_no_log_is_still_explained(tmp_path: Path) -> None:
    assert "status 5" in why_it_ended(5, tmp_path / "none.log").problem
