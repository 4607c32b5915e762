"""Form bodies, kept in memory: the framework's own parser writes uploads past 1 MB to a file on disk, in clear."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import to_thread
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from api.errors import HttpProblem

P = ParamSpec("P")
R = TypeVar("R")

ARRIVES_WITHIN = 600.0
"""Seconds for a whole body to arrive: 50 MB at 85 KB/s. Longer, and stalled uploads would fill every place."""

_MOST_FIELDS = 100
_LONGEST_FIELD = 64 * 1024


class _InMemory(MultiPartParser):
    # The body as a whole is bounded before it gets here (security.BodyLimit), so nothing has to go to disk.
    spool_max_size = 1 << 40


@dataclass(frozen=True)
class Form:
    """A parsed form: text fields by name, and file contents by name in the order they came."""

    fields: dict[str, str]
    lists: dict[str, tuple[str, ...]]
    files: dict[str, tuple[bytes, ...]]

    def value(self, name: str) -> str:
        """The field's text without white space around it; empty if it is not there."""
        return self.fields.get(name, "").strip()


async def read_form(request: Request, most_files: int = 0) -> Form:
    """Reads a form of either encoding. Empty file inputs count as no file.

    Raises:
        HttpProblem: the body is not a form, has too many parts, or takes too long to arrive.
    """
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    try:
        async with asyncio.timeout(ARRIVES_WITHIN), aclosing(request.stream()) as stream:
            if content_type == "multipart/form-data":
                parser: MultiPartParser | FormParser = _InMemory(
                    request.headers,
                    stream,
                    max_files=most_files,
                    max_fields=_MOST_FIELDS,
                    max_part_size=_LONGEST_FIELD,
                )
            elif content_type == "application/x-www-form-urlencoded":
                parser = FormParser(
                    request.headers, stream, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD
                )
            else:
                raise HttpProblem(415, "not-a-form")
            return await _form(await parser.parse())
    except TimeoutError:
        raise HttpProblem(408, "upload-too-slow") from None
    except MultiPartException:
        raise HttpProblem(400, "not-a-form") from None


async def _form(data: FormData) -> Form:
    texts: dict[str, list[str]] = {}
    files: dict[str, list[bytes]] = {}
    for name, value in data.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            if content or value.filename:
                files.setdefault(name, []).append(content)
        else:
            texts.setdefault(name, []).append(value)
    await data.close()
    return Form(
        fields={name: values[-1] for name, values in texts.items()},
        lists={name: tuple(values) for name, values in texts.items()},
        files={name: tuple(contents) for name, contents in files.items()},
    )


class UploadGate:
    """Bounds what uploads take: so many in memory at once, so many being decoded; the others wait at the door.

    The two are apart so that a slow connection, which holds its place in memory for minutes, keeps nobody's finished
    upload from being decoded.
    """

    def __init__(self, at_once: int) -> None:
        """`at_once` uploads are decoded together, four times as many may be arriving."""
        self._arriving = asyncio.Semaphore(4 * at_once)
        self._decoding = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place in memory for one upload, from its first byte until it is deposited."""
        async with self._arriving:
            yield

    async def deposit(self, do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a deposit in a thread, when its turn has come."""
        async with self._decoding:
            return await to_thread.run_sync(partial(do, *args, **kwargs))
