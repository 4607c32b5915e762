"""Buckets of a test's own in the shared object store, removed when the test ends.

Each bucket takes at least one of SeaweedFS's volumes, of which a disk has as many as it has free gigabytes: buckets
that stayed would use them up on a machine with little room.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import boto3

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
    bucket = boto3.resource(
        "s3",
        endpoint_url=address.endpoint,
        aws_access_key_id=address.access_key,
        aws_secret_access_key=address.secret_key,
        region_name="us-east-1",
    ).Bucket(address.bucket)
    bucket.objects.all().delete()
    bucket.delete()
