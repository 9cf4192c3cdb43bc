"""The frame of every page that we write: one file that opens anywhere, with nothing fetched.

What a body may use besides plain elements: `class="lede"` for the sentence below the headline,
`notice` for what must not be overlooked, `note` for small print, `scroll` around a wide table,
`number` for cells, `bar` around a share (`style="--share:12%"`), `card`, `columns` (side by side
where there is room), `good`, `bad`, `muted`, `legend` with `<i class="swatch s1">`, and in drawings
`axis`, `grid`, `line s1`, `dot s1`, `band s1` (`s1` to `s6` are the colours of a series).
"""

from html import escape

SERIES = ("#6a737d", "#0b6bcb", "#c25700", "#1a7f4b", "#8a3ffc", "#b4156b")
"""Colours on white paper, as `s1` to `s6`; for drawings that are no HTML."""


def page(title: str, body: str) -> str:
    """The document around a body; `title` is text, `body` is HTML with its texts escaped."""
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        # Nothing of a page that quotes other people's code may run, or call anybody.
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        # Names of files need not be text.
        f"<title>{escape(title.encode(errors='replace').decode())}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


STYLE = (
    ":root { "
    + " ".join(f"--series-{number}: {colour};" for number, colour in enumerate(SERIES, 1))
    + """ }
:root {
  color-scheme: light dark;
  --ink: #1c2128; --paper: #ffffff; --muted: #59636e; --line: #d7dce2; --soft: #f4f6f8;
  --accent: #0b5cad; --good: #176f3d; --bad: #b3261e; --good-soft: #dcf2e3; --bad-soft: #fbe4e1;
}
/* Paper is always white. */
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ed; --paper: #14181d; --muted: #9aa5b1; --line: #333b45; --soft: #1d232a;
    --accent: #6cb0f5; --good: #6bd093; --bad: #ff8f85; --good-soft: #163824; --bad-soft: #45201d;
    --series-1: #9aa5b1; --series-2: #5aa9f7; --series-3: #f09a4a; --series-4: #58c98a;
    --series-5: #b79bff; --series-6: #f27bb5;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: break-word;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: clamp(1.5rem, 1.1rem + 2vw, 2.3rem); line-height: 1.2; margin: 0 0 .75rem;
  text-wrap: balance; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 3rem 0 .75rem; padding-top: 1rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
p, ul, ol, dl { margin: .6rem 0; max-width: 46rem; }
a { color: var(--accent); }
.lede { font-size: 1.1rem; color: var(--muted); }
.note, figcaption, footer { font-size: .875rem; color: var(--muted); }
.notice { border-left: 4px solid var(--bad); background: var(--bad-soft); padding: .6rem 1rem;
  border-radius: 0 .4rem .4rem 0; }
.muted { color: var(--muted); } .good { color: var(--good); } .bad { color: var(--bad); }
.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .925rem; width: 100%; }
caption { text-align: left; color: var(--muted); font-size: .875rem; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .9rem .4rem 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; } thead th { vertical-align: bottom; color: var(--muted); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td small, th small { display: block; color: var(--muted); font-size: .8rem; font-weight: 400; }
.bar { display: inline-block; vertical-align: middle; width: 6rem; height: .6rem;
  border-radius: .3rem; background: var(--line); overflow: hidden; }
.bar::before { content: ""; display: block; width: var(--share); height: 100%;
  background: var(--accent); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { font-size: .9em; }
pre { font-size: .825rem; line-height: 1.5; margin: 0; padding: .7rem .85rem; overflow-x: auto;
  background: var(--soft); border-radius: .4rem; tab-size: 4; }
mark { background: var(--good-soft); color: inherit; border-radius: .2rem; }
mark.bad { background: var(--bad-soft); color: inherit; }
.card { border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1rem; margin: 1rem 0; }
.card > :first-child { margin-top: 0; } .card > :last-child { margin-bottom: 0; }
.columns { display: grid; gap: .75rem 1.25rem; margin: .75rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); }
.columns > * { min-width: 0; }
figure { margin: 1rem 0; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0;
  font-size: .925rem; }
.swatch { display: inline-block; width: 1rem; height: .3rem; border-radius: .15rem;
  margin-right: .45rem; vertical-align: middle; background: var(--series); }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--muted); font-size: 14px; font-family: inherit; }
svg text.strong { fill: var(--ink); font-weight: 600; }
.axis { stroke: var(--muted); } .grid { stroke: var(--line); }
.line { fill: none; stroke: var(--series); stroke-width: 2.5; stroke-linejoin: round; }
.dot { fill: var(--series); } .band { fill: var(--series); opacity: .15; }
.whisker { stroke: var(--ink); stroke-width: 1.5; fill: none; }
.s1 { --series: var(--series-1); } .s2 { --series: var(--series-2); }
.s3 { --series: var(--series-3); } .s4 { --series: var(--series-4); }
.s5 { --series: var(--series-5); } .s6 { --series: var(--series-6); }
@media (max-width: 36rem) {
  main { padding: 1.25rem 1rem 3rem; }
  th, td { padding-right: .7rem; }
}
@media print {
  main { max-width: none; padding: 0; } h2, h3 { break-after: avoid; }
  .card, figure, tr { break-inside: avoid; } .scroll { overflow: visible; }
  pre { white-space: pre-wrap; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
)
"""Variables for light and dark, and what the docstring above names."""
