"""The small print that makes the rest believable: how it was measured, what it would cost, and the
settings to run it again."""

from understudy_protocol.events import READ_MS
from understudy_trainer.backtest.cost import DAY_S, Cost, cores
from understudy_trainer.backtest.estimate import LEAST
from understudy_trainer.backtest.figures import Figures
from understudy_trainer.backtest.tables import facts_table
from understudy_trainer.backtest.tally import Backtest
from understudy_trainer.backtest.walk import LEAST as LEAST_CHARACTERS
from understudy_trainer.backtest.walk import MOST as MOST_CHARACTERS
from understudy_trainer.backtest.wording import arm_name, counted, date, duration, rounded
from understudy_trainer.repoworld.bootstrap import DRAWS
from understudy_trainer.repoworld.markup import Markup, element, joined


def measured(backtest: Backtest, figures: Figures) -> Markup:
    walk = backtest.walk
    span = (
        f"{counted(walk.commits, 'commit', 'commits')} of {walk.repository}, {walk.first[:8]} of "
        f"{date(walk.first_at)} to {walk.last[:8]} of {date(walk.last_at)}, gave "
        f"{counted(walk.hunks, 'hunk', 'hunks')} to type. With every arm {figures.hunks:,} of them "
        "were typed, and the figures are of these."
    )
    if figures.unpaired:
        span += f" {figures.unpaired:,} were typed with some arms only, and are not counted."
    return joined(element("p", span), _left_out(walk.left_out), *map(_paragraph, _MEASURED))


def costs(backtest: Backtest, cost: Cost | None) -> Markup:
    if cost is None:
        return element("p", "Nothing was measured that a cost could be computed from.")
    return joined(
        element(
            "p",
            element("strong", "Measured: "),
            f"the backtest took {duration(backtest.seconds)} on "
            f"{counted(cores(backtest), 'core', 'cores')}, all arms together; what the "
            "model was asked meanwhile is in the table of the arms.",
        ),
        element(
            "p",
            element("strong", "Computed: "),
            f"a developer writes code for {DAY_S // 60} minutes a day (the mean of 250,000 "
            "editors, software.com/reports/code-time-report). At the pace of the simulated one "
            f"that makes {rounded(cost.calls)} model calls a day with {arm_name(cost.arm)}, "
            f"{rounded(cost.prompt_tokens)} tokens read, {rounded(cost.output_tokens)} written, "
            f"and at most {rounded(cost.processor_seconds)} processor seconds.",
        ),
        element("p", _BOUND),
    )


def again(backtest: Backtest) -> Markup:
    walk = backtest.walk
    facts = {
        "repository": walk.repository,
        "first commit": walk.first,
        "last commit": walk.last,
        "arms": ", ".join(backtest.arms),
        "model": backtest.model or "not known",
        **backtest.settings,
    }
    return joined(
        facts_table(facts),
        element("h3", "The machine"),
        facts_table({**backtest.machine, "time it took": duration(backtest.seconds)}),
    )


_BOUND = (
    "The processor's part is an upper bound: every core counts as busy for as long as the backtest "
    "took, and that is shared among the calls, so the language server, the simulated developer and "
    "the start of the engine are in it. Of the tokens read, those that the engine still had from "
    "the call before cost next to nothing."
)

_MEASURED = (
    "A simulated developer typed these hunks in the order of the history, into the files as they "
    "were then, through the real language server, gateway and engine. Only lines that were added "
    f"between lines that stayed are typed, at least {LEAST_CHARACTERS} characters and of a hunk "
    f"no more than {MOST_CHARACTERS} to the end of a line; everything else of a commit is there at "
    "once, because nobody knows which keys made it.",
    "Time is simulated, but for what the engine takes. Pauses between keys are log-normal: short "
    "within a word, longer before one, longest where a new line has to be thought of (Roeser et "
    "al. 2021, Modelling typing disfluencies as finite mixture process). In the mean a key takes "
    "239 ms (Dhakal et al. 2018, Observations on typing from 136 million keystrokes), a new line "
    "the 1.35 s of the keystroke-level model (Card, Moran and Newell 1980). Their medians are in "
    "the settings below.",
    "A suggestion is taken only if it is what was written next, in whole, or by line or by word as "
    "far as it is right, a key for each part; and only when it has been there long enough to be "
    "noticed (a visual reaction takes 0.23 s, Woods et al. 2015). A wrong one costs no time.",
    "Every arm typed the same hunks with the same pauses. Intervals are those that 95 % of "
    f"{DRAWS:,} draws of as many hunks fall into, drawn with replacement and the same ones for "
    "each arm, so a difference between arms may be sure where their intervals overlap. Fewer than "
    f"{LEAST} hunks have none. Times have none either: they depend on the machine more than on "
    "the hunks. An arm that learns is compared on what came after its first night.",
    f"A suggestion counts as read if it stood for {READ_MS} ms, as the language server counts it, "
    "or was taken. Many are typed over sooner: they are in the share of all that were shown.",
    "What this cannot tell: whether a suggestion would have changed what somebody wrote, or "
    "distracted them. The developer here knows what comes next, writes it in the order in which "
    "it stands in the file, and is never led astray. And if the base model has read this "
    "repository before, its figures are too good.",
)

_OF_COMMITS = frozenset({"merge", "first commit"})
_OF_HUNKS = frozenset({"mass rename", "not chosen"})
"""Reasons to leave out something else than a file of a commit."""


def _paragraph(text: str) -> Markup:
    return element("p", text)


def _left_out(reasons: dict[str, int]) -> Markup:
    if not any(reasons.values()):
        return element("p", "Nothing was left out.")
    rows = [
        element(
            "tr",
            element("th", reason, scope="row"),
            element("td", counted(number, *_unit(reason)), class_="number"),
        )
        for reason, number in sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
        if number
    ]
    head = element("tr", element("th", "left out"), element("th", "how much", class_="number"))
    table = element("table", element("thead", head), element("tbody", *rows), class_="short")
    note = "" if "not chosen" not in reasons else "Hunks are chosen by chance, from the seed."
    return joined(element("div", table, class_="scroll"), element("p", note, class_="note"))


def _unit(reason: str) -> tuple[str, str]:
    if reason in _OF_COMMITS:
        return "commit", "commits"
    return ("hunk", "hunks") if reason in _OF_HUNKS else ("change of a file", "changes of files")
