import re

from understudy_trainer.page_style import SERIES, STYLE, page


def test_a_title_is_text():
    made = page("<b>\udc80</b> & more", "<p>body</p>")
    assert "<title>&lt;b&gt;?&lt;/b&gt; &amp; more</title>" in made
    assert "<p>body</p>" in made
    made.encode()


def test_every_colour_has_a_dark_one():
    light, dark = STYLE.split("@media screen and (prefers-color-scheme: dark)")
    names = set(re.findall(r"(--[\w-]+): #", light))
    assert {"--ink", "--paper", "--muted", "--line", "--accent", "--good", "--bad"} <= names
    assert {f"--series-{number}" for number in range(1, 7)} <= names
    assert set(re.findall(r"(--[\w-]+): #", dark)) == names
    assert len(SERIES) == 6


def test_letters_can_be_read_on_their_paper():
    """At least 4.5 to 1, as WCAG wants it of text."""
    light, dark = STYLE.split("@media screen and (prefers-color-scheme: dark)")
    for half in (light, dark):
        colours = dict(re.findall(r"(--[\w-]+): (#\w{6})", half))
        for name in ("--ink", "--muted", "--accent", "--good", "--bad"):
            assert contrast(colours[name], colours["--paper"]) >= 4.5, name
        for soft in ("--soft", "--good-soft", "--bad-soft"):
            assert contrast(colours["--ink"], colours[soft]) >= 4.5, soft


def test_nothing_is_fetched():
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
