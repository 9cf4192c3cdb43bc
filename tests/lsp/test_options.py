"""What an editor sends becomes settings, or a sentence about what is wrong with it."""

import pytest

from understudy_lsp.eagerness import Eagerness
from understudy_lsp.options import GatewayOptions, Settings, settings_from
from understudy_protocol.errors import ConfigError


def test_nothing_sent_is_the_defaults() -> None:
    assert settings_from(None) == settings_from({}) == Settings()
    assert settings_from({"eagerness": None, "gateway": {"url": None}}) == Settings()


def test_settings_are_read_by_the_names_that_editors_use() -> None:
    settings = settings_from(
        {
            "eagerness": "low",
            "inComments": True,
            "languages": {"markdown": False},
            "gateway": {"url": "http://box:1"},
        }
    )
    assert settings.eagerness is Eagerness.LOW
    assert settings.in_comments
    assert settings.gateway == GatewayOptions(url="http://box:1")
    assert not settings.speaks("markdown")
    assert settings.speaks("python")


def test_a_star_stands_for_the_languages_that_are_not_named() -> None:
    settings = settings_from({"languages": {"*": False, "go": True}})
    assert settings.speaks("go")
    assert not settings.speaks("rust")


def test_a_language_may_be_named_as_the_editor_names_it() -> None:
    settings = settings_from({"languages": {"cs": False, "sh": False, "C++": False}})
    assert not any(map(settings.speaks, ("csharp", "shellscript", "cpp")))


def test_how_the_editor_starts_the_server_is_its_own_business() -> None:
    assert settings_from({"server": {"command": "/usr/bin/understudy"}}) == Settings()


@pytest.mark.parametrize(
    "wrong",
    [
        *({"eagernes": "low"}, {"eagerness": "wild"}, {"languages": ["go"]}, {"enabled": "yes"}),
        *({"\ud83d": True}, {"eagerness": "\ude00"}),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"The settings are enabled, eagerness, languages"):
        settings_from(wrong)
