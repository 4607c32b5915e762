"""ASCII armor, strictly: only where a person must paste a file as text (SPEC.md A.6, C2SP age, RFC 7468).

Never in storage: armor is bigger, and it exists in two spellings (line ends) of the same bytes.
"""

import base64
import binascii

from vault.crypto.errors import ArmorError

_BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----"
_END = "-----END AGE ENCRYPTED FILE-----"
_COLUMNS = 64
_WHITE_SPACE = " \t\r\n"


def encode(data: bytes) -> str:
    """Return the one canonical text: lines of 64 columns, a shorter last one, LF after each."""
    text = base64.b64encode(data).decode("ascii")
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def decode(text: str) -> bytes:
    """Read what `encode` writes, with LF or CRLF throughout and any white space before and after.

    Raises:
        ArmorError: Anything else: other text around it or in it, lines of other lengths, base64 that is not
            canonical, another label, a missing line.
    """
    pasted = text.strip(_WHITE_SPACE)
    if pasted.count("\r\n") not in (0, pasted.count("\n")):
        raise ArmorError("line ends of two kinds")
    inner = pasted.replace("\r\n", "\n")
    if not inner.startswith(_BEGIN + "\n") or not inner.endswith("\n" + _END):
        raise ArmorError("not an armored age file: its first or last line is missing or different")
    try:
        data = base64.b64decode(inner[len(_BEGIN) : -len(_END)].replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        raise ArmorError("not base64") from None
    # Accepting only what we would write leaves nothing malleable: lengths, padding, spare bits, empty lines.
    if encode(data) != inner + "\n":
        raise ArmorError("lines of other lengths, or base64 that is not canonical")
    return data
