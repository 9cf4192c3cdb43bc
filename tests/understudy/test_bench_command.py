"""`understudy bench`, without measuring anything."""

import importlib

import pytest
from click.testing import CliRunner

from understudy.commands.bench import BENCHES, bench, cells
from understudy_protocol.bench import AtLeast
from understudy_protocol.errors import ConfigError


@pytest.mark.parametrize("name", BENCHES)
def test_each_benchmark_can_be_run_and_says_what_is_to_be_reached(name: str) -> None:
    module = importlib.import_module(BENCHES[name][0])
    assert callable(module.run)
    assert isinstance(module.LIMITS, dict)


def test_an_unknown_benchmark_is_refused_with_the_names_of_those_there_are() -> None:
    result = CliRunner().invoke(bench, ["nothing"])
    assert result.exit_code == 2
    assert "gateway" in result.output


def test_a_benchmark_without_a_quick_version_says_so() -> None:
    result = CliRunner().invoke(bench, ["gateway", "--quick"])
    assert result.exit_code == 2
    assert "no quick version" in result.output


@pytest.mark.parametrize("option", ["--suite=mini", "--agents=oracle", "--out=report", "--tests"])
def test_a_benchmark_that_compares_no_agents_refuses_their_options(option: str) -> None:
    result = CliRunner().invoke(bench, ["gateway", option])
    assert result.exit_code == 2
    assert f"has no {option.partition('=')[0]}" in result.output


def test_comparing_no_agent_at_all_is_refused_with_their_names() -> None:
    result = CliRunner().invoke(bench, ["repoworld", "--agents", " , "])
    assert isinstance(result.exception, ConfigError)
    assert "oracle" in result.exception.remedy


def test_a_suite_that_there_is_not_is_refused() -> None:
    result = CliRunner().invoke(bench, ["repoworld", "--suite", "huge"])
    assert result.exit_code == 2
    assert "standard" in result.output


@pytest.mark.parametrize(
    ("value", "limit", "expected"),
    [
        (1.5, None, ("1.5", "")),
        (1.5, 2, ("[green]1.5[/]", "≤ 2")),
        (2.5, 2, ("[red]2.5[/]", "≤ 2")),
        (0.5, AtLeast(0.6), ("[red]0.5[/]", "≥ 0.6")),
        (0.6, AtLeast(0.6), ("[green]0.6[/]", "≥ 0.6")),
    ],
)
def test_a_figure_is_green_on_the_right_side_of_its_limit(
    value: float, limit: float | AtLeast | None, expected: tuple[str, str]
) -> None:
    assert cells(value, limit) == expected
