"""Buckets of a test's own in the shared object store, removed when the test ends.

Each bucket takes at least one of SeaweedFS's volumes, of which a disk has as many as it has free gigabytes: buckets
that stayed would use them up on a machine with little room.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import boto3
from botocore.exceptions import ClientError

from api.embedded_store import RunningStore
from vault.blobs import Blobs, StoreAddress


@contextmanager
def bucket_in(store: RunningStore) -> Iterator[StoreAddress]:
    """The address of a new bucket, empty and of an unused name."""
    address = replace(store.address, bucket=f"own-{secrets.token_hex(6)}")
    Blobs(address).ensure_bucket()
    try:
        yield address
    finally:
        _remove(address)


def _remove(address: StoreAddress) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=address.endpoint,
        aws_access_key_id=address.access_key,
        aws_secret_access_key=address.secret_key,
        region_name="us-east-1",
    )
    blobs = Blobs(address)
    for stored in blobs.names():
        # One by one: a list of names is XML, which cannot say every name that a test has chosen.
        blobs.delete(stored.name)
    # SeaweedFS takes the folders of the names away a moment later. A bucket left behind costs a volume, no more.
    for _ in range(20):
        with suppress(ClientError):
            client.delete_bucket(Bucket=address.bucket)
            return
        time.sleep(0.1)
