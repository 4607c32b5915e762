"""The object store: sealed payloads under random names, through boto3 and nothing else.

Works against any S3 with conditional writes (SeaweedFS, AWS, Ceph, MinIO). Nothing here knows what an object means.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from vault.errors import DiskFull, NotFound, StoreUnavailable

READ_PIECE = 1 << 20
"""Bytes per piece handed out by `get`: a piece per 64 KiB costs twice the processor time."""


@dataclass(frozen=True)
class StoreAddress:
    """Where the store is and what opens it. `public_endpoint` is the same store as centres reach it, if they do."""

    endpoint: str
    region: str
    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    public_endpoint: str | None = None


@dataclass(frozen=True)
class StoredName:
    """One object as the store lists it."""

    name: str
    size: int
    modified: datetime


class LinksUnavailable(Exception):
    """Centres cannot reach the store, so there are no links to its objects."""


class Blobs:
    """A bucket of sealed payloads. Every failure of the store is a StoreUnavailable; nothing is half-done by it."""

    def __init__(self, address: StoreAddress) -> None:
        """Connects lazily. Timeouts and retries are bounded: about 20 s in the worst case."""
        self.bucket = address.bucket
        self._client = _client(address, address.endpoint)
        self._public = _client(address, address.public_endpoint) if address.public_endpoint else None

    def put(self, name: str, payload: bytes) -> None:
        """Stores `payload` under a name that must be new; the store checks its SHA-256 on the way in.

        Raises:
            StoreUnavailable: it was not stored, or the store did not say that it was.
            DiskFull: the store has no room.
        """
        digest = b64encode(hashlib.sha256(payload).digest()).decode()
        try:
            self._client.put_object(
                Bucket=self.bucket, Key=name, Body=payload, IfNoneMatch="*", ChecksumSHA256=digest
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("InsufficientStorage", "NoSpaceLeft"):
                raise DiskFull from None
            raise StoreUnavailable from None
        except BotoCoreError:
            raise StoreUnavailable from None

    def get(self, name: str) -> Iterator[bytes]:
        """The payload, in pieces of about 1 MiB.

        Raises:
            NotFound: there is no such object.
            StoreUnavailable: it could not be read, or not to its end.
        """
        try:
            body = self._client.get_object(Bucket=self.bucket, Key=name)["Body"]
            yield from body.iter_chunks(READ_PIECE)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
                raise NotFound from None
            raise StoreUnavailable from None
        except BotoCoreError:
            raise StoreUnavailable from None

    @property
    def has_links(self) -> bool:
        """Whether centres can reach the store."""
        return self._public is not None

    def link(self, name: str, lives: timedelta) -> str:
        """A URL that gives this one object to whoever has it, until it has lived this long.

        Raises:
            LinksUnavailable: centres cannot reach the store.
        """
        if self._public is None:
            raise LinksUnavailable
        return str(
            self._public.generate_presigned_url(
                "get_object",
                Params={"Bucket": self.bucket, "Key": name},
                ExpiresIn=int(lives.total_seconds()),
            )
        )

    def delete(self, name: str) -> None:
        """Removes an object with every version the store has kept of it; removing what is not there is no error.

        Raises:
            StoreUnavailable: the store did not answer, or kept something.
        """
        try:
            self._client.delete_object(Bucket=self.bucket, Key=name)
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=self.bucket, Prefix=name
            )
            for page in pages:
                for kept in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                    if kept["Key"] == name:
                        self._client.delete_object(Bucket=self.bucket, Key=name, VersionId=kept["VersionId"])
        except (ClientError, BotoCoreError):
            raise StoreUnavailable from None

    def names(self, prefix: str = "") -> Iterator[StoredName]:
        """Every object in the bucket whose name begins so.

        Raises:
            StoreUnavailable: the listing broke off.
        """
        try:
            for page in self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            ):
                for item in page.get("Contents", []):
                    yield StoredName(item["Key"], item["Size"], item["LastModified"])
        except (ClientError, BotoCoreError):
            raise StoreUnavailable from None

    def ensure_bucket(self) -> None:
        """Creates the bucket unless it is there.

        Raises:
            StoreUnavailable: the store did not answer, or refused.
        """
        try:
            self._client.create_bucket(Bucket=self.bucket)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in (
                "BucketAlreadyOwnedByYou",
                "BucketAlreadyExists",
            ):
                raise StoreUnavailable from None
        except BotoCoreError:
            raise StoreUnavailable from None

    def ping(self) -> None:
        """Asks whether the bucket answers.

        Raises:
            StoreUnavailable: it does not.
        """
        try:
            self._client.head_bucket(Bucket=self.bucket)
        except (ClientError, BotoCoreError):
            raise StoreUnavailable from None


def _client(address: StoreAddress, endpoint: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=address.region,
        aws_access_key_id=address.access_key,
        aws_secret_access_key=address.secret_key,
        config=Config(
            # The default presigner and older servers disagree on anything but v4.
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=3,
            read_timeout=10,
            retries={"total_max_attempts": 2, "mode": "standard"},
            # Whoever reads here checks a digest or a signature of the vault's own: the store's word for it would be
            # checked by hashing everything once more, as long as fetching it takes.
            response_checksum_validation="when_required",
            max_pool_connections=32,
        ),
    )
