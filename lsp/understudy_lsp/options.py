"""What an editor may set, and the settings that follow from it.

Options are what was sent: everything may be missing. Settings are what the server goes by.
"""

from typing import Any, cast

import msgspec

from understudy_lsp.eagerness import Eagerness
from understudy_lsp.language_ids import language_id
from understudy_protocol.errors import ConfigError

SECTION = "understudy"


class GatewayOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str = ""
    """Empty: the gateway that runs on this machine, found by the address it left."""
    token: str = ""
    """Empty: the local token."""


class Sources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What suggestions may be made of; the backtest switches them off one by one."""

    model: bool = True
    copies: bool = True
    snippets: bool = True


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    enabled: bool = True
    eagerness: Eagerness = Eagerness.MEDIUM
    languages: dict[str, bool] = {}
    """LSP language id → whether to suggest there; `*` stands for those not named. What an editor
    calls a language is as good."""
    in_comments: bool = False
    """Suggest inside comments without being asked."""
    gateway: GatewayOptions = GatewayOptions()
    sources: Sources = Sources()

    def speaks(self, language: str) -> bool:
        return self.languages.get(language, self.languages.get("*", True))


def settings_from(sent: Any) -> Settings:
    """Raises ConfigError that names the setting which is wrong."""
    # Editors send null for a setting that nobody made.
    given = _without_nulls(cast(dict[str, Any], sent)) if isinstance(sent, dict) else {}
    given.pop("server", None)  # how the editor starts us: its own business
    try:
        settings = msgspec.convert(given, Settings)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        # The latter is half a surrogate pair, which an editor's JSON can hold.
        is_text = isinstance(error, UnicodeEncodeError)
        what = "it holds half of a character" if is_text else error
        raise ConfigError(
            f"A setting of Understudy is wrong: {what}.",
            f"The settings are {', '.join(_NAMES)}; mend it in your editor's settings.",
        ) from error
    languages = {language_id(name): wanted for name, wanted in settings.languages.items()}
    return msgspec.structs.replace(settings, languages=languages)


_NAMES = tuple(field.encode_name for field in msgspec.structs.fields(Settings))


def _without_nulls(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_nulls(cast(dict[str, Any], value)) if isinstance(value, dict) else value
        for name, value in values.items()
        if value is not None
    }
