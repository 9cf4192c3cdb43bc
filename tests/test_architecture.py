"""The invariants of ARCHITECTURE.md that are about imports and about who knows what."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("torch", "transformers", "vllm", "peft")


def loaded_by(statement: str) -> set[str]:
    """Top-level modules in memory after running `statement` in a fresh interpreter."""
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_components_meet_only_in_the_protocol() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_the_protocol_loads_nothing_but_the_standard_library_and_msgspec() -> None:
    modules = [path.stem for path in (ROOT / "server" / "understudy_protocol").glob("[a-z]*.py")]
    loaded = loaded_by("import " + ", ".join(f"understudy_protocol.{name}" for name in modules))
    ours = {
        name for name in loaded if not name.startswith("_") and name not in sys.stdlib_module_names
    }
    bare = loaded_by("import msgspec")
    assert ours - bare == {"understudy_protocol"}


def test_help_loads_no_component() -> None:
    loaded = loaded_by("import understudy.command_line")
    assert not loaded & {*HEAVY, "starlette", "sqlalchemy", "understudy_server"}


def test_the_gateway_loads_no_torch() -> None:
    loaded = loaded_by("import understudy_server.commands.serve")
    assert "understudy_server" in loaded
    assert not loaded & set(HEAVY)


def test_one_module_knows_the_api_of_vllm() -> None:
    knowing = {
        path.name
        for path in (ROOT / "server").rglob("*.py")
        if "understudy_vllm" not in path.parts
        and any(word in path.read_text() for word in ("load_lora_adapter", "vllm.entrypoints"))
    }
    assert knowing == {"engine.py", "engine_launch.py"}


@pytest.mark.parametrize(("name", "told"), [("serve", "embedded model"), ("lsp", "editor")])
def test_a_hostile_folder_cannot_have_its_code_run_by_a_command(
    tmp_path: Path, name: str, told: str
) -> None:
    planted = ("msgspec", "click", "rich", "understudy", "understudy_lsp", "starlette", "pygls")
    for module in planted:
        (tmp_path / f"{module}.py").write_text("raise SystemExit('the folder ran')\n")
    command = str(Path(sys.executable).with_name("understudy"))
    done = subprocess.run(
        [command, name, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert told in done.stdout


def test_control_tokens_stand_only_where_prompts_are_made() -> None:
    token = "<|fim_" + "prefix|>"
    knowing = {
        path.relative_to(ROOT / "server").as_posix()
        for path in (ROOT / "server").rglob("*.py")
        if token in path.read_text()
    }
    assert knowing <= {"understudy_protocol/fim_formats.py"}


def test_lsp_types_stay_at_the_door() -> None:
    folder = ROOT / "lsp" / "understudy_lsp"
    knowing = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if re.search(r"^\s*(from|import) (lsprotocol|pygls)", path.read_text(), re.MULTILINE)
    }
    outside = {name for name in knowing if not name.startswith("features/")}
    assert outside <= {"server.py", "client.py", "lsp_types.py", "wire.py"}
