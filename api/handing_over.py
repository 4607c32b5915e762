"""One page handed over as the answer to a call, for JSON and pages alike: sealed, streamed, never opened."""

from collections.abc import Iterator
from itertools import chain, islice

from anyio import to_thread
from starlette.responses import Response, StreamingResponse

from access_policies.request import StaffPrincipal
from vault.handover import hand_over, stream
from vault.permits import Ask
from vault.vault import Vault

_AHEAD = 2
"""Pieces fetched before the answer begins: the header and up to 1 MiB. A small page is checked whole by then."""


async def sealed_page(vault: Vault, staff: StaffPrincipal, ask: Ask) -> Response:
    """The page that `ask` names, as a complete age file.

    What goes wrong before the first byte is raised, and answered as a problem. What goes wrong later breaks the
    transfer off: the caller has fewer bytes than were announced, and no age tool takes them for whole.

    Raises:
        VaultError, CryptoError: as for `vault.handover.hand_over` and `stream`.
    """
    return await to_thread.run_sync(_begun, vault, staff, ask)


def _begun(vault: Vault, staff: StaffPrincipal, ask: Ask) -> Response:
    handover = hand_over(vault, staff, ask)
    page = handover.pages[0]
    pieces: Iterator[bytes] = iter(stream(vault, handover, page))
    # One write for both: a write of the header alone would be a packet and a turn of the event loop of its own.
    beginning = b"".join(islice(pieces, _AHEAD))
    headers = {
        "Content-Disposition": f'attachment; filename="{page.name}"',
        "Content-Length": str(len(page.header) + page.size),
        "Release-Id": handover.release_id,
    }
    return StreamingResponse(chain((beginning,), pieces), headers=headers, media_type="application/age")
