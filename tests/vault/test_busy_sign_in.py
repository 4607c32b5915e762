"""More sign-ins at once than the machine can check: the rest are told to come back."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.vault.world import PIN, World
from vault.credentials import HASHED_AT_ONCE, WAITING_AT_MOST
from vault.errors import SignInFailed, TooBusy
from vault.identity import sign_in_holder, sign_in_staff


def test_a_flood_is_turned_away_at_the_door(world: World) -> None:
    def knock(number: int) -> str:
        try:
            sign_in_staff(world.vault, f"nobody-{number}", "not a password at all")
        except (SignInFailed, TooBusy) as error:
            return type(error).__name__
        return "in"

    with ThreadPoolExecutor(60) as crowd:
        answers = Counter(crowd.map(knock, range(60)))
    assert answers["in"] == 0
    assert answers["TooBusy"] > 0
    assert answers["SignInFailed"] >= HASHED_AT_ONCE + WAITING_AT_MOST
    assert sign_in_holder(world.vault, world.seed.hoa.card_code, PIN).token
