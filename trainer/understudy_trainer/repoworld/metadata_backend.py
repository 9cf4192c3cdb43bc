"""A build backend that builds nothing: what pip asks of a source distribution before it hands it
over is answered from the file PKG-INFO in it.

`archives.py` puts copies of this file where pip looks for setuptools, hatchling and others, so that
fetching runs no code of a package and fetches nothing to build it with. It runs in pip's process,
where nothing of ours is installed.
"""

import email
import sys
from pathlib import Path

__legacy__ = sys.modules[__name__]


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: object = None
) -> str:
    about = email.message_from_bytes(Path("PKG-INFO").read_bytes())
    name, version = about["Name"], about["Version"]
    folder = Path(metadata_directory) / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (folder / "METADATA").write_text(text, encoding="utf-8")
    return folder.name
