"""The process that reads files. It holds the grammars, does one job at a time, and ends with the
builder that started it: `python -P -m understudy_lsp.index.worker FOLDER SEGMENTS`.

Grammars and sorting are C code that is given whatever lies in a folder. Here they can crash.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from understudy_lsp.index.definitions import facts_of
from understudy_lsp.index.jobs import Answer, Failed, Gone, Job, Known, Save, Saved
from understudy_lsp.index.reading import read
from understudy_lsp.index.urgency import be_nice
from understudy_protocol.languages import language_of


def main(folder: Path, segments: Path) -> None:
    be_nice()
    decoder, encoder = msgspec.json.Decoder[Job](Job), msgspec.json.Encoder()
    for line in sys.stdin.buffer:
        job = decoder.decode(line)
        answer = save(folder, segments, job) if isinstance(job, Save) else see(folder, job.path)
        sys.stdout.buffer.write(encoder.encode(answer) + b"\n")
        sys.stdout.buffer.flush()


def see(folder: Path, path: str) -> Answer:
    try:
        reading = read(folder, path)
    except OSError:
        return Gone()
    if reading.text is None:
        return Known(reading.file, None)
    return Known(reading.file, facts_of(path, language_of(path) or "", reading.text))


def save(folder: Path, segments: Path, job: Save) -> Answer:
    # It brings numpy, which jobs of the other kind do without.
    from understudy_lsp.copying.segment import write_segment

    try:
        write_segment(segments / job.segment, _texts(folder, job.paths))
    except OSError:
        return Failed(died=False)
    return Saved()


def _texts(folder: Path, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        try:
            yield path, read(folder, path).text or ""
        except OSError:
            yield path, ""


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
