"""What is KMS's own: aliases, keys that name the one before them, and keys that somebody disables."""

import json
from dataclasses import replace
from functools import partial

import pytest

from tests.kms import REGION, RunningKms
from tests.vault.keyring.test_keyring_contract import HOLDER_KEY, PLACE, refused, when_back
from vault.crypto.errors import VersionRetired, WrongPlace
from vault.errors import KeyringUnavailable
from vault.keyring import KeyringError
from vault.keyring.aws import KmsAddress, KmsKeyring, open_kms


def state(kms: RunningKms, version: str) -> str:
    return kms.owner.describe_key(KeyId=version)["KeyMetadata"]["KeyState"]


def test_a_version_is_a_key_and_the_alias_points_at_the_current_one(kms: RunningKms) -> None:
    address = kms.new_alias()
    keyring = open_kms(address)
    first = keyring.current()
    second = keyring.rotate()
    assert kms.owner.describe_key(KeyId=address.alias)["KeyMetadata"]["KeyId"] == second
    assert first != second


def test_every_earlier_key_is_disabled_and_no_other(kms: RunningKms) -> None:
    keyring, neighbour = open_kms(kms.new_alias()), open_kms(kms.new_alias())
    earlier = [keyring.current(), keyring.rotate(), keyring.rotate()]
    current = keyring.rotate()
    keyring.retire_all_but(current)
    assert [state(kms, version) for version in earlier] == ["Disabled"] * 3
    assert (state(kms, current), state(kms, neighbour.current())) == ("Enabled", "Enabled")


def test_an_earlier_key_that_is_about_to_be_deleted_is_retired_and_is_no_obstacle(kms: RunningKms) -> None:
    keyring = open_kms(kms.new_alias())
    old = keyring.wrap(HOLDER_KEY, PLACE)
    first = keyring.current()
    keyring.retire_all_but(keyring.rotate())
    kms.owner.schedule_key_deletion(KeyId=first, PendingWindowInDays=7)
    refused(VersionRetired, lambda: keyring.unwrap(old, PLACE))
    keyring.retire_all_but(keyring.rotate())


def test_a_new_key_has_the_rules_of_the_one_before(kms: RunningKms) -> None:
    keyring = open_kms(kms.new_alias())
    rules = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "ours", "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
        ],
    }
    kms.owner.put_key_policy(KeyId=keyring.current(), PolicyName="default", Policy=json.dumps(rules))
    told = kms.owner.get_key_policy(KeyId=keyring.rotate(), PolicyName="default")["Policy"]
    assert json.loads(told) == rules


def test_a_current_key_that_somebody_disables_is_not_taken_for_a_retired_one(kms: RunningKms) -> None:
    keyring = open_kms(kms.new_alias())
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    kms.owner.disable_key(KeyId=keyring.current())
    refused(KeyringUnavailable, lambda: keyring.unwrap(wrapped, PLACE))
    refused(KeyringUnavailable, lambda: keyring.wrap(HOLDER_KEY, PLACE))
    kms.owner.enable_key(KeyId=keyring.current())
    assert when_back(lambda: keyring.unwrap(wrapped, PLACE)) == HOLDER_KEY


def test_a_wrapped_secret_can_not_name_anything_but_a_key_of_ours(kms: RunningKms) -> None:
    address, other = kms.new_alias(), kms.new_alias()
    keyring = open_kms(address)
    wrapped = keyring.wrap(HOLDER_KEY, PLACE)
    body = wrapped[2 + wrapped[1] :]
    arn = kms.owner.describe_key(KeyId=address.alias)["KeyMetadata"]["Arn"]
    for version in (address.alias, arn, open_kms(other).current(), "mrk-" + "0" * 32):
        named = version.encode()
        renamed = b"\x03" + bytes([len(named)]) + named + body
        refused(WrongPlace, partial(keyring.unwrap, renamed, PLACE))


@pytest.mark.parametrize("alias", ["", "migrant-vault", "alias/", "alias/aws/s3", "alias/a b"])
def test_what_is_no_alias_of_ours_is_refused(alias: str) -> None:
    with pytest.raises(KeyringError, match="alias"):
        KmsKeyring(KmsAddress(alias, REGION))


def test_an_alias_that_is_not_there_is_told_at_the_start(kms: RunningKms) -> None:
    with pytest.raises(KeyringError, match="alias/nobodys"):
        open_kms(replace(kms.new_alias(), alias="alias/nobodys"))


def test_without_credentials_it_is_unavailable(kms: RunningKms, monkeypatch: pytest.MonkeyPatch) -> None:
    address = kms.new_alias()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(KeyringUnavailable, match="NoCredentials"):
        open_kms(address)
