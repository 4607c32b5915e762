"""The two servers that bench_handover.py measures beside each other, each a process of its own.

    python -m tests.benchmarks.handover_servers vault FILE    the vault; at its end FILE holds the bytes it opened
    python -m tests.benchmarks.handover_servers plain PORT    GET /NAME is the object NAME, and nothing else

Both take the store from the vault's settings in the environment.
"""

import sys
from pathlib import Path
from typing import Any

import boto3
import uvicorn
from botocore.client import Config
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from api.cli import main as run
from api.settings import Settings
from vault.blobs import READ_PIECE
from vault.crypto import age_range, age_stream


class CountingCipher:
    """The cipher of a payload, counting what it opens."""

    opened = 0

    def __init__(self, cipher: Any) -> None:
        self._cipher = cipher

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cipher, name)

    def decrypt_into(self, nonce: bytes, sealed: memoryview, context: None, out: memoryview) -> int:
        """As the cipher's own."""
        CountingCipher.opened += len(sealed)
        return int(self._cipher.decrypt_into(nonce, sealed, context, out))


def serve_vault(count: Path) -> None:
    """The vault itself. All that opens payloads asks `payload_cipher` for its cipher."""
    make = age_stream.payload_cipher

    def counting(file_key: bytes, payload_nonce: bytes) -> Any:
        return CountingCipher(make(file_key, payload_nonce))

    for module in (age_stream, age_range):
        module.payload_cipher = counting  # type: ignore[attr-defined]
    try:
        run(["serve"])
    finally:
        count.write_text(str(CountingCipher.opened))


def serve_plain(port: int) -> None:
    """What a proxy in front of a bucket does: boto3 as it comes, in pieces of the size that was measured best."""
    settings, app = Settings(), FastAPI()
    store = boto3.client(
        "s3",
        endpoint_url=settings.store_endpoint,
        region_name=settings.store_region,
        aws_access_key_id=settings.store_access_key,
        aws_secret_access_key=settings.store_secret_key.get_secret_value(),
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, max_pool_connections=32),
    )

    @app.get("/{name}")
    def get(name: str) -> StreamingResponse:
        found = store.get_object(Bucket=settings.store_bucket, Key=name)
        headers = {"Content-Length": str(found["ContentLength"])}
        return StreamingResponse(
            found["Body"].iter_chunks(READ_PIECE), headers=headers, media_type="application/age"
        )

    uvicorn.run(app, host=settings.host, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    if sys.argv[1] == "vault":
        serve_vault(Path(sys.argv[2]))
    else:
        serve_plain(int(sys.argv[2]))
