"""A keyboard of a Wayland compositor's, with the American layout, by its protocols
`wl_registry` and `virtual-keyboard-unstable-v1`.

Programs that type, like wtype, make a keyboard with a layout of its own for each text, and a window
misses keys as one follows the other. This one stays.
"""

import os
import socket
import struct
import time
from pathlib import Path

LAYOUT = b"""xkb_keymap {
    xkb_keycodes { include "evdev+aliases(qwerty)" };
    xkb_types { include "complete" };
    xkb_compat { include "complete" };
    xkb_symbols { include "pc+us+inet(evdev)" };
};\0"""
_ROWS = {16: "qwertyuiop", 30: "asdfghjkl", 44: "zxcvbnm"}
CODES = {letter: code + n for code, row in _ROWS.items() for n, letter in enumerate(row)} | {
    "Tab": 15,
    "Return": 28,
    "space": 57,
    "End": 107,
}
"""Of the keys that there are, by Linux's `input-event-codes.h`."""
MODIFIERS = {"ctrl": 1 << 2, "alt": 1 << 3}

_DISPLAY, _REGISTRY, _ROUND, _SEAT, _MANAGER, _KEYBOARD = range(1, 7)
"""Objects, which have to come to be in this order."""


class Keyboard:
    def __init__(self, place: Path) -> None:
        """At the compositor whose socket it is."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(place))
        self._send(_DISPLAY, 1, _word(_REGISTRY))
        self._send(_DISPLAY, 0, _word(_ROUND))
        announced = self._announced()
        self._send(_REGISTRY, 0, announced[b"wl_seat"] + _word(1, _SEAT))
        self._send(_REGISTRY, 0, announced[b"zwp_virtual_keyboard_manager_v1"] + _word(1, _MANAGER))
        self._send(_MANAGER, 0, _word(_SEAT, _KEYBOARD))
        layout = os.memfd_create("layout")
        os.write(layout, LAYOUT)
        self._send(_KEYBOARD, 0, _word(1, len(LAYOUT)), layout)
        os.close(layout)

    def press(self, key: str) -> None:
        """What is held stands before a plus: `Return`, `ctrl+space`, …"""
        *held, last = key.split("+")
        self._send(_KEYBOARD, 2, _word(sum(MODIFIERS[name] for name in held), 0, 0, 0))
        for down in (1, 0):
            now = time.monotonic_ns() // 1_000_000 % (1 << 32)
            self._send(_KEYBOARD, 1, _word(now, CODES[last], down))
        self._send(_KEYBOARD, 2, _word(0, 0, 0, 0))

    def close(self) -> None:
        self._socket.close()

    def _announced(self) -> dict[bytes, bytes]:
        """What the compositor has, by interface, each as a request to bind it begins."""
        found: dict[bytes, bytes] = {}
        with self._socket.makefile("rb") as events:
            while True:
                sender, size = struct.unpack("=II", events.read(8))
                event = events.read((size >> 16) - 8)
                if sender == _ROUND:  # it comes behind the last
                    return found
                if sender == _REGISTRY:
                    [length] = struct.unpack_from("=I", event, 4)
                    found[event[8 : 8 + length - 1]] = event[:-4]

    def _send(self, receiver: int, request: int, arguments: bytes, *files: int) -> None:
        head = _word(receiver, (8 + len(arguments)) << 16 | request)
        socket.send_fds(self._socket, [head + arguments], files)


def _word(*numbers: int) -> bytes:
    return struct.pack(f"={len(numbers)}I", *numbers)
