"""The corpus: permissively licensed packages, cleaned, without anything that is held out.

    python -m models.recipe.corpus build       fetch what packages.toml pins, filter, write
    python -m models.recipe.corpus pin a==1    pin more packages, printed as packages.toml entries

`build` writes `corpus.jsonl`, one source file a line, and `corpus.json`, which says how many bytes
it must have and their hash: without it, or with another hash, nothing reads the corpus.
"""

import email
import json
import os
import random
import re
import tarfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import click
from models.recipe import compiled, filters
from models.recipe.archives import (
    LANGUAGES,
    Pin,
    RecipeError,
    download,
    fetch,
    read_pins,
    sha256,
    sources,
)
from models.recipe.whole import ending_in_a_sentence, teaching, whole

CACHE = Path(os.environ.get("UNDERSTUDY_MODEL_CACHE", "~/.cache/understudy-model")).expanduser()
PACKAGES = Path(__file__).with_name("packages.toml")
OVERLAP = 0.15
"""A file that shares more of its shingles with held-out packages counts as a copy of them."""
NEAR = 0.55
"""A file that shares more of its shingles with what is kept already counts as a near duplicate."""
TEST_SHARE = 0.1
"""Share of test files that is kept, because people write tests too."""
HEADER_SHARE = 0.25
"""Share of licence headers that is kept, so that the model can still read past one."""
PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|BlueOak|Unlicense|CC0|0BSD|Zlib|PSF|Python|HPND|PostgreSQL|Artistic|Biopython)",
    re.I,
)

COPYLEFT = re.compile(
    r"GPL|MPL|EUPL|SSPL|BUSL|CeCILL|Commons Clause|BY-(NC|SA)|Non-?Commercial|Share-?Alike|"
    r"(General|Mozilla|Eclipse) Public|Proprietary",
    re.I,
)


@dataclass(frozen=True)
class Source:
    """One source file that is kept."""

    package: str
    path: str
    language: str
    text: str


def build(pins: list[Pin], cache: Path, out: Path) -> dict[str, object]:
    """Writes the corpus into `out`; returns what `corpus.json` says about it."""
    held = [pin for pin in pins if pin.held_out]
    names: defaultdict[str, set[str]] = defaultdict(set)
    avoided: set[int] = set()
    for pin in held:
        names[pin.index].add(plain_name(pin.name))
        for path, text in texts(fetch(pin, cache)):
            avoided |= filters.shingles(text)
            if pin.index == "pypi":  # attrs is imported as attr
                names[pin.index].add(plain_name(path.split("/")[0].lstrip("_")))
    kept = kept_sources([pin for pin in pins if not pin.held_out], cache, names, avoided)
    return write(out, kept, pins)


def kept_sources(
    pins: Iterable[Pin], cache: Path, held_names: Mapping[str, set[str]], avoided: set[int]
) -> Iterator[Source | str]:
    """Every file that is kept, and for every other one the reason why not.

    `held_names` are those of each index: a folder `requests` is something else in an npm package.
    """
    seen: set[int] = set()
    near: set[int] = set()
    for pin in pins:
        dice = random.Random(f"{pin.name} {pin.version}")
        files = list(texts(fetch(pin, cache)))
        dice.shuffle(files)
        stems = compiled.typescript_stems(path for path, _ in files)
        room = pin.megabytes * 1e6
        for path, text in files:
            reason = (
                reason_to_drop(path, text, held_names[pin.index], dice)
                or compiled.reason_to_drop(path, text, stems)
                or (None if room > 0 else "the package has its share")
            )
            if reason:
                yield reason
                continue
            print_ = filters.fingerprint(text)
            lines = filters.shingles(text)
            if print_ in seen:
                yield "exact duplicate"
            elif share(lines, avoided) > OVERLAP:
                yield "held out: shares text with a held-out package"
            elif share(lines, near) > NEAR:
                yield "near duplicate"
            else:
                seen.add(print_)
                near |= lines
                room -= len(text)
                if dice.random() > HEADER_SHARE:
                    text = filters.without_license_header(text)
                language = LANGUAGES[PurePosixPath(path).suffix]
                yield Source(plain_name(pin.name), path, language, text)


def reason_to_drop(path: str, text: str, held_names: set[str], dice: random.Random) -> str | None:
    if held_names & {plain_name(part.lstrip("_")) for part in path.split("/")[:-1]}:
        return "held out: a vendored copy by its path"
    reason = filters.reason_to_drop_path(path)
    elsewhere = re.sub(r"(?<![^/])tests?/|(?<![^/])test_(?=\w+\.py$)", "", path)
    is_only_a_test = "data" not in path and not filters.reason_to_drop_path(elsewhere)
    if reason and not (is_only_a_test and dice.random() < TEST_SHARE):
        return reason
    return filters.reason_to_drop_text(path, text)


def texts(archive: Path) -> Iterator[tuple[str, str]]:
    """(path, scrubbed text) of every source file of an archive that is UTF-8."""
    for path, content in sources(archive):
        if len(content) > 4 * filters.LONGEST:
            continue
        try:
            yield path, filters.scrubbed(content.decode())
        except UnicodeDecodeError:
            continue


def write(out: Path, kept: Iterable[Source | str], pins: list[Pin]) -> dict[str, object]:
    """Writes `corpus.jsonl` under another name first, and `corpus.json` last."""
    final, note = out / "corpus.jsonl", out / "corpus.json"
    note.unlink(missing_ok=True)
    dropped: Counter[str] = Counter()
    packages: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    remedy = "Make room (about 1 GB) or choose another folder with --out, and run it again."
    with whole(final, remedy) as partial, partial.open("w") as file:
        for item in kept:
            if isinstance(item, str):
                dropped[item] += 1
                continue
            if not packages[item.package]:
                click.echo(f"{len(packages):4} packages, {file.tell() / 1e6:6.1f} MB", err=True)
            packages[item.package] += len(item.text)
            languages[item.language] += len(item.text)
            file.write(json.dumps(vars(item), ensure_ascii=False) + "\n")
    about: dict[str, object] = {
        "bytes": final.stat().st_size,
        "sha256": sha256(final),
        "characters": sum(packages.values()),
        "languages": dict(languages),
        "packages": dict(packages.most_common()),
        "dropped": dict(dropped.most_common()),
        "licenses": {f"{pin.name} {pin.version}": pin.license for pin in pins},
    }
    with whole(note, remedy) as partial:
        partial.write_text(json.dumps(about, indent=1))
    return about


def read(folder: Path) -> list[Source]:
    """The corpus in `folder`. Raises RecipeError unless it is whole."""
    final, note = folder / "corpus.jsonl", folder / "corpus.json"
    try:
        about = json.loads(note.read_text())
        whole = final.stat().st_size == about["bytes"] and sha256(final) == about["sha256"]
    except (OSError, ValueError, KeyError) as error:
        raise RecipeError(
            f"There is no whole corpus in {folder}: {error}.",
            "Build it: python -m models.recipe.corpus build.",
        ) from error
    if not whole:
        raise RecipeError(
            f"{final} is not the file that {note.name} describes (cut short, or changed).",
            "Build it again: python -m models.recipe.corpus build.",
        )
    with final.open() as lines:
        return [Source(**json.loads(line)) for line in lines]


def held_out_sources(pins: list[Pin], cache: Path, names: Iterable[str]) -> dict[str, list[Source]]:
    """Code of the first pinned archive of each held-out package, for evaluation.

    What npm carries is mostly made by programs of what people wrote; only the latter is asked.
    """
    found: dict[str, list[Source]] = {}
    for name in names:
        pin = next(pin for pin in pins if pin.held_out and pin.name == name)
        files = sorted(texts(fetch(pin, cache)))
        if pin.index == "npm":
            stems = compiled.typescript_stems(path for path, _ in files)
            files = [
                (path, text)
                for path, text in files
                if not filters.reason_to_drop_path(path)
                and not filters.reason_to_drop_text(path, text)
                and not compiled.reason_to_drop(path, text, stems)
            ]
        found[name] = [
            Source(name, path, LANGUAGES[PurePosixPath(path).suffix], text)
            for path, text in files
            if 200 <= len(text) <= 200_000 and "unicode" not in path and "emoji_codes" not in path
        ]
    return found


def pinned(index: str, spec: str, cache: Path) -> Pin:
    """Downloads `name==version` and describes it. Raises RecipeError if it is not permissive."""
    name, _, version = spec.rpartition("==" if "==" in spec else "@")
    path = download(index, name, version, cache)
    said = licence_of(path)
    if not is_permissive(said):
        raise RecipeError(f"{spec} has the licence {said!r}.", "Pin permissive packages only.")
    return Pin("npm" if index == "npm" else "pypi", name, version, path.name, sha256(path), said)


def licence_of(path: Path) -> str:
    """What an archive's metadata says, expression first, then classifiers, then free text."""
    if path.suffix == ".tgz":
        with tarfile.open(path) as archive:
            member = archive.extractfile("package/package.json")
            about = json.load(member) if member else {}
        said = about.get("license") or about.get("licenses") or ""  # older: an object, or several
        several = said if isinstance(said, list) else [said]
        return " AND ".join(s["type"] if isinstance(s, dict) else str(s) for s in several)
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
    classifiers = metadata.get_all("Classifier") or []
    kinds = [c.split(" :: ")[-1] for c in classifiers if c.startswith("License ::")]
    free = str(metadata.get("License") or "").strip().splitlines()
    return metadata.get("License-Expression") or "; ".join(kinds) or (free[0] if free else "")


def is_permissive(licence: str) -> bool:
    return bool(PERMISSIVE.search(licence)) and not COPYLEFT.search(licence)


def plain_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def share(part: set[int], whole: set[int]) -> float:
    return len(part & whole) / len(part) if part else 0.0


@click.group(help=teaching(__doc__))
def main() -> None: ...


folder = click.Path(path_type=Path)


@main.command("build")
@click.option("--packages", type=folder, default=PACKAGES, help="The list of pinned packages.")
@click.option("--archives", type=folder, default=CACHE / "archives", help="Where downloads stay.")
@click.option("--out", type=folder, default=CACHE / "corpus", help="Where the corpus is written.")
def build_command(packages: Path, archives: Path, out: Path) -> None:
    """Fetch, check, filter, write. Some minutes and 1 GB; runs again from what it has."""
    about = build(read_pins(packages), archives, out)
    click.echo(json.dumps({k: about[k] for k in ("characters", "languages", "dropped")}, indent=1))


@main.command("pin")
@click.option("--index", type=click.Choice(["pypi", "npm"]), default="pypi")
@click.option("--archives", type=folder, default=CACHE / "archives", help="Where downloads stay.")
@click.option("--held-out", is_flag=True, help="Keep it from training.")
@click.argument("specs", nargs=-1, required=True)
def pin_command(index: str, archives: Path, specs: tuple[str, ...], held_out: bool) -> None:
    """Download NAME==VERSION (npm: NAME@VERSION) and print its entry for packages.toml."""
    for spec in specs:
        pin = pinned(index, spec, archives)
        click.echo("[[package]]")
        for key in ("index", "name", "version", "file", "sha256", "license"):
            click.echo(f"{key} = {json.dumps(getattr(pin, key))}")
        click.echo("held_out = true\n" if held_out else "")


if __name__ == "__main__":
    ending_in_a_sentence(main)
