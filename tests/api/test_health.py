"""Anybody may ask how the vault is: however many do, its parts are asked once, and rarely."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from api.routes.health import Watch
from tests.running import RunningVault
from vault.upkeep import PartsUp

UP, DOWN = PartsUp(database=True, store=True, keyring=True), PartsUp(database=True, store=False, keyring=True)


class Parts:
    """Parts that answer in turn what they are told to, each time only when they may."""

    def __init__(self, *answers: PartsUp | Exception) -> None:
        self.asked, self._answers, self.may_answer = 0, iter(answers), threading.Event()

    def __call__(self) -> PartsUp:
        self.asked += 1
        assert self.may_answer.wait(30)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def begun(parts: Parts, times: int = 1) -> None:
    while parts.asked < times:
        await asyncio.sleep(0.001)


def test_many_first_callers_wait_for_one_and_the_same_probe() -> None:
    async def run() -> None:
        parts = Parts(DOWN)
        watch = Watch(parts)
        callers = [asyncio.create_task(watch.parts()) for _ in range(200)]
        await begun(parts)
        callers[0].cancel()  # whoever hangs up takes the result from nobody
        await asyncio.sleep(0)
        assert not any(caller.done() for caller in callers[1:])
        parts.may_answer.set()
        assert await asyncio.gather(*callers[1:]) == [DOWN] * 199
        assert parts.asked == 1

    asyncio.run(run())


def test_the_last_result_is_told_until_it_is_time_to_ask_again() -> None:
    async def run() -> None:
        parts = Parts(UP, DOWN)
        parts.may_answer.set()
        watch = Watch(parts, every=3600)
        assert [await watch.parts() for _ in range(50)] == [UP] * 50
        assert parts.asked == 1

    asyncio.run(run())


def test_the_last_result_is_told_while_the_parts_hang() -> None:
    async def run() -> None:
        parts = Parts(UP, DOWN)
        parts.may_answer.set()
        watch = Watch(parts, every=0)
        assert await watch.parts() == UP
        parts.may_answer.clear()
        patient = asyncio.create_task(watch.parts())
        await begun(parts, 2)
        assert [await watch.parts() for _ in range(50)] == [UP] * 50
        parts.may_answer.set()
        assert await patient == DOWN
        assert parts.asked == 2

    asyncio.run(run())


def test_after_a_probe_that_broke_the_next_call_asks_again() -> None:
    async def run() -> None:
        parts = Parts(OSError("broke"), UP)
        parts.may_answer.set()
        watch = Watch(parts, every=3600)
        with pytest.raises(OSError, match="broke"):
            await watch.parts()
        assert await watch.parts() == UP

    asyncio.run(run())


@pytest.fixture
def hanging(running_vault: RunningVault) -> Iterator[Parts]:
    parts = Parts(UP, DOWN)
    running_vault.app.state.health = Watch(parts)
    yield parts
    parts.may_answer.set()


def test_calls_for_health_take_nothing_from_others(running_vault: RunningVault, hanging: Parts) -> None:
    answers: list[int] = []

    def ask() -> None:
        answers.append(running_vault.nobody().get("/health").status_code)

    threads = [threading.Thread(target=ask) for _ in range(60)]  # more than there are threads for calls
    for thread in threads:
        thread.start()
    assert running_vault.nobody().get("/v1/problems/no-grant").status_code == 200
    assert answers == []
    hanging.may_answer.set()
    for thread in threads:
        thread.join(30)
    assert answers == [200] * 60
    assert hanging.asked == 1
