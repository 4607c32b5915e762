"""The root key in AWS KMS: it never leaves there, and CloudTrail logs every use.

A version is a KMS key of its own, and the alias points at the current one; KMS's own rotation would keep old material
for ever. Each key names the one before it in a tag, so that the old ones can be found and disabled. Written against
AWS's documentation and tried on moto's server only, never on AWS itself.

CloudTrail shows the encryption context in clear: ids of holders and names of the vault's own secrets, never a name.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from boto3.session import Session
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from vault.crypto.context import encode_context
from vault.crypto.envelope import SECRET_LABEL
from vault.crypto.errors import VersionRetired, WrongPlace
from vault.errors import KeyringUnavailable
from vault.keyring.breaker import Breaker
from vault.keyring.protocol import KeyringError
from vault.keyring.reasons import logged
from vault.keyring.wrapped import AWS_KMS, decode_wrapped, encode_wrapped

AT_ONCE = 8
"""Calls under way for one `unwrap_many`: KMS takes one secret at a time."""
BEFORE_TAG = "migrant-vault-before"

_KEY_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
_WRONG = ("InvalidCiphertextException", "IncorrectKeyException", "NotFoundException")
_ENDED = ("DisabledException", "KMSInvalidStateException")
_FORBIDDEN = ("AccessDeniedException", "MalformedPolicyDocumentException", "TagException")
_RETIRED_STATES = ("Disabled", "PendingDeletion")

T = TypeVar("T")


@dataclass(frozen=True)
class KmsAddress:
    """Which alias names the root key, and where. Credentials come from where AWS's own tools find them."""

    alias: str
    region: str
    endpoint: str = ""


class KmsKeyring:
    """A Keyring on a KMS alias."""

    def __init__(self, address: KmsAddress) -> None:
        """Connects lazily. Timeouts and retries are bounded: about 15 s in the worst case.

        Raises:
            KeyringError: the alias is not an alias's name.
        """
        if not re.fullmatch(r"alias/[A-Za-z0-9/_-]+", address.alias) or address.alias.startswith(
            "alias/aws/"
        ):
            raise KeyringError(
                'the alias of the root key is written "alias/..." and is not one of AWS\'s own'
            )
        self._alias = address.alias
        # A session of its own: boto3's default one is not safe to use while threads start.
        self._kms = Session().client(
            "kms",
            region_name=address.region,
            endpoint_url=address.endpoint or None,
            config=Config(
                connect_timeout=2,
                read_timeout=5,
                retries={"total_max_attempts": 2, "mode": "standard"},
                max_pool_connections=32,
            ),
        )
        self._breaker = Breaker()

    def current(self) -> str:
        """See Keyring: the id of the key that the alias points at."""
        return self._told(lambda: self._kms.describe_key(KeyId=self._alias)["KeyMetadata"]["KeyId"])

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        """See Keyring."""
        answer = self._told(
            lambda: self._kms.encrypt(
                KeyId=self._alias, Plaintext=secret, EncryptionContext=self._context(context)
            )
        )
        return _wrapped(answer["KeyId"], answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """See Keyring."""
        version, body = _opened(wrapped)
        answer = self._under(
            version,
            lambda: self._kms.decrypt(
                KeyId=version, CiphertextBlob=body, EncryptionContext=self._context(context)
            ),
        )
        return answer["Plaintext"]

    def unwrap_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See Keyring."""
        return _side_by_side(self.unwrap, items)

    def rewrap_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See Keyring. The secrets do not leave KMS."""
        return _side_by_side(self._rewrap, items)

    def version_of(self, wrapped: bytes) -> str:
        """See Keyring."""
        return _opened(wrapped)[0]

    def rotate(self) -> str:
        """A new key with the same key policy; the alias then points at it. Killed in between, an unused key is left.

        KMS needs some seconds until everybody sees the new alias: `current` and `wrap` may still name the key before.
        """
        before = self.current()
        return self._managed(lambda: self._make_after(before))

    def retire_all_but(self, version: str) -> None:
        """Disables the earlier keys. They can be enabled again until their deletion is scheduled and over."""
        if version != self.current():
            raise KeyringError(
                f"version {version} of the root key is not the current one: nothing was retired"
            )
        self._managed(lambda: self._disable_before(version))

    def require_usable(self) -> None:
        """Looks the alias up.

        Raises:
            KeyringError: there is none, or it is not for us.
            KeyringUnavailable: KMS does not answer, or we have no credentials.
        """
        try:
            self._asked(lambda: self._kms.describe_key(KeyId=self._alias))
        except ClientError as error:
            raise KeyringError(f"{self._alias} cannot be used in AWS KMS: {_code(error)}") from None

    def _rewrap(self, wrapped: bytes, context: bytes) -> bytes:
        version, body = _opened(wrapped)
        bound = self._context(context)
        answer = self._under(
            version,
            lambda: self._kms.re_encrypt(
                SourceKeyId=version,
                CiphertextBlob=body,
                SourceEncryptionContext=bound,
                DestinationKeyId=self._alias,
                DestinationEncryptionContext=bound,
            ),
        )
        return _wrapped(answer["KeyId"], answer["CiphertextBlob"])

    def _make_after(self, before: str) -> str:
        policy = self._kms.get_key_policy(KeyId=before, PolicyName="default")["Policy"]
        made = self._kms.create_key(
            Description="root key of a document vault",
            Policy=policy,
            Tags=[{"TagKey": BEFORE_TAG, "TagValue": before}],
        )["KeyMetadata"]["KeyId"]
        self._kms.update_alias(AliasName=self._alias, TargetKeyId=made)
        return made

    def _disable_before(self, version: str) -> None:
        seen = {version}
        while (before := self._before(version)) and before not in seen:
            self._kms.disable_key(KeyId=before)
            seen.add(before)
            version = before

    def _before(self, version: str) -> str | None:
        """The key before this one; None at the first, and where an older one has been deleted."""
        tags = self._kms.list_resource_tags(KeyId=version)["Tags"]
        before = next((tag["TagValue"] for tag in tags if tag["TagKey"] == BEFORE_TAG), None)
        if before is None or not _KEY_ID.fullmatch(before):
            return None
        return before if self._state(before) in ("Enabled", "Disabled") else None

    def _state(self, version: str) -> str:
        try:
            return str(self._kms.describe_key(KeyId=version)["KeyMetadata"].get("KeyState", ""))
        except ClientError as error:
            if _code(error) == "NotFoundException":
                return ""
            raise

    def _told(self, ask: Callable[[], T]) -> T:
        """The answer to what KMS can only refuse because something is wrong with the keyring itself."""
        try:
            return self._asked(ask)
        except ClientError as error:
            raise logged(KeyringUnavailable(f"AWS KMS refused: {_code(error)}")) from None

    def _under(self, version: str, ask: Callable[[], T]) -> T:
        """The answer to what opens something under this version."""
        try:
            return self._asked(ask)
        except ClientError as error:
            code = _code(error)
        if code in _WRONG:
            raise WrongPlace("not wrapped for this context, or damaged")
        # The current key may be disabled too, by somebody who wants everything to stop: that is no retirement.
        if (
            code in _ENDED
            and version != self.current()
            and self._told(lambda: self._state(version)) in _RETIRED_STATES
        ):
            raise VersionRetired("wrapped under a version of the root key that was retired")
        raise logged(KeyringUnavailable(f"AWS KMS refused: {code}"))

    def _managed(self, change: Callable[[], T]) -> T:
        try:
            return self._asked(change)
        except ClientError as error:
            raise KeyringError(f"AWS KMS did not let this role change the root key: {_code(error)}") from None

    def _asked(self, ask: Callable[[], T]) -> T:
        """One call. A refusal of KMS's comes out as it is; what is no answer is a KeyringUnavailable."""
        with self._breaker.attempt():
            try:
                return ask()
            except ClientError as error:
                if _code(error) in (*_WRONG, *_ENDED, *_FORBIDDEN):
                    raise
                raise logged(KeyringUnavailable(f"AWS KMS is in trouble: {_code(error)}")) from None
            except BotoCoreError as error:
                raise logged(KeyringUnavailable(f"AWS KMS does not answer: {type(error).__name__}")) from None

    def _context(self, context: bytes) -> dict[str, str]:
        # The alias keeps apart vaults that share an account, and a policy can ask for it (kms:EncryptionContext:vault).
        place = b64encode(encode_context(SECRET_LABEL, context)).decode()
        return {"vault": self._alias, "place": place}


def open_kms(address: KmsAddress) -> KmsKeyring:
    """A keyring whose alias was looked up.

    Raises:
        KeyringError: there is no such alias, or it is not for us.
        KeyringUnavailable: KMS does not answer, or we have no credentials.
    """
    keyring = KmsKeyring(address)
    keyring.require_usable()
    return keyring


def _side_by_side(each: Callable[[bytes, bytes], bytes], items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    if len(items) < 2:
        return [each(*item) for item in items]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda item: each(*item), items))


def _wrapped(arn: str, body: bytes) -> bytes:
    return encode_wrapped(AWS_KMS, arn.rpartition("/")[2], body)


def _opened(wrapped: bytes) -> tuple[str, bytes]:
    version, body = decode_wrapped(AWS_KMS, wrapped)
    # A key's id and nothing else that KMS would take for one, such as an alias or another account's key.
    if not _KEY_ID.fullmatch(version) or not body:
        raise WrongPlace("not wrapped by this keyring, or damaged")
    return version, body


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
