"""The jail from inside: what tries to get out, against each layer alone, and against all of them."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ocr.jail.layers import ALL, HOLDS, WITHOUT, Layer
from ocr.jail.nursery import Nursery
from tests.ocr.nurseries import attempt, hostile_nursery

Nurseries = Callable[[Layer], Nursery]
NONE = Layer(0)
KILLED = "SIGSYS"

# deed: what it is told, and by which layer alone it fails, in which way. Under no layer at all each succeeds.
ESCAPES: dict[str, tuple[str, dict[Layer, str]]] = {
    "read a file that all may read": (
        "open_file /etc/passwd",
        {
            Layer.LIMITS: "EMFILE",
            Layer.EMPTY_ROOT: "ENOENT",
            Layer.LANDLOCK: "EACCES",
            Layer.SYSTEM_CALLS: "EACCES",
        },
    ),
    "read its own environment": (
        "open_file /proc/self/environ",
        {
            Layer.LIMITS: "EMFILE",
            Layer.EMPTY_ROOT: "ENOENT",
            Layer.LANDLOCK: "EACCES",
            Layer.SYSTEM_CALLS: "EACCES",
        },
    ),
    "read what the vault keeps": (
        "open_file {folder}/vault.db",
        {
            Layer.LIMITS: "EMFILE",
            Layer.EMPTY_ROOT: "ENOENT",
            Layer.LANDLOCK: "EACCES",
            Layer.SYSTEM_CALLS: "EACCES",
        },
    ),
    "look around": (
        "list_folder /",
        {Layer.LIMITS: "EMFILE", Layer.LANDLOCK: "EACCES", Layer.SYSTEM_CALLS: "EACCES"},
    ),
    "look at the vault's process": (
        "list_folder /proc/{vault}",
        {
            Layer.LIMITS: "EMFILE",
            Layer.EMPTY_ROOT: "ENOENT",
            Layer.LANDLOCK: "EACCES",
            Layer.SYSTEM_CALLS: "EACCES",
        },
    ),
    "leave a file": (
        "write_file {folder}/left",
        {
            Layer.LIMITS: "EMFILE",
            Layer.EMPTY_ROOT: "ENOENT",
            Layer.LANDLOCK: "EACCES",
            Layer.SYSTEM_CALLS: "EACCES",
        },
    ),
    "call over TCP": (
        "connect_tcp {port}",
        {
            Layer.LIMITS: "EMFILE",
            Layer.NETWORK: "ENETUNREACH",
            Layer.SCOPE: "EACCES",
            Layer.SYSTEM_CALLS: KILLED,
        },
    ),
    "call a socket in a folder": (
        "connect_unix {folder}/socket",
        {Layer.LIMITS: "EMFILE", Layer.EMPTY_ROOT: "ENOENT", Layer.SYSTEM_CALLS: KILLED},
    ),
    "call a socket without a place": (
        "connect_unix @{abstract}",
        {
            Layer.LIMITS: "EMFILE",
            Layer.NETWORK: "ECONNREFUSED",
            Layer.SCOPE: "EPERM",
            Layer.SYSTEM_CALLS: KILLED,
        },
    ),
    "fork": ("fork", {Layer.LIMITS | Layer.ACCOUNT: "EAGAIN", Layer.SYSTEM_CALLS: "EAGAIN"}),
    "start a thread": ("thread", {Layer.LIMITS | Layer.ACCOUNT: "EAGAIN", Layer.SYSTEM_CALLS: "EAGAIN"}),
    "run a program": (
        "execute /bin/echo",
        {Layer.EMPTY_ROOT: "ENOENT", Layer.LANDLOCK: "EACCES", Layer.SYSTEM_CALLS: KILLED},
    ),
    "take more memory than it may": ("allocate", {Layer.LIMITS: "ENOMEM"}),
    "make memory that can be run": ("executable_memory", {Layer.SYSTEM_CALLS: "EACCES"}),
    "signal the vault": (
        "signal_process {vault}",
        {
            Layer.PROCESSES: "ESRCH",
            Layer.SCOPE: "EPERM",
            Layer.SYSTEM_CALLS: KILLED,
        },
    ),
    "make one more descriptor": ("more_descriptors", {Layer.LIMITS: "EMFILE", Layer.SYSTEM_CALLS: KILLED}),
}
CASES = [(name, layer) for name, (_, stopped) in ESCAPES.items() for layer in (NONE, *stopped)]


@pytest.fixture(scope="module")
def nurseries() -> Iterator[Nurseries]:
    made: dict[Layer, Nursery] = {}
    with ExitStack() as stack:

        def of(layers: Layer) -> Nursery:
            if layers not in made:
                made[layers] = stack.enter_context(hostile_nursery(layers))
            return made[layers]

        yield of


@contextmanager
def surroundings(folder: Path) -> Iterator[dict[str, object]]:
    """What there is to be reached: a file, listening sockets, this process."""
    folder.chmod(0o777)
    (folder / "vault.db").write_text("papers")
    abstract = f"jail-test-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as placed,
        socket.socket(socket.AF_UNIX) as nowhere,
    ):
        placed.bind(str(folder / "socket"))
        (folder / "socket").chmod(0o777)
        nowhere.bind("\0" + abstract)
        placed.listen(200)
        nowhere.listen(200)
        yield {
            "folder": folder,
            "port": tcp.getsockname()[1],
            "abstract": abstract,
            "vault": os.getpid(),
        }


@pytest.mark.parametrize(("name", "layer"), CASES, ids=lambda value: str(value).replace("Layer.", ""))
def test_each_layer_alone_stops_what_it_is_there_for(
    nurseries: Nurseries, tmp_path: Path, name: str, layer: Layer
) -> None:
    deed, stopped = ESCAPES[name]
    with surroundings(tmp_path) as around:
        outcome = attempt(nurseries(layer), deed.format(**around))
    assert outcome.layers in layer, "it claims a layer that was not asked for"
    # Where the kernel does not give this layer, the child must not claim it, and is as free as without.
    assert outcome.what == (stopped[layer] if layer and outcome.layers == layer else "done")


@pytest.mark.parametrize("name", ESCAPES)
def test_all_layers_together_leave_no_way_out(nurseries: Nurseries, tmp_path: Path, name: str) -> None:
    with surroundings(tmp_path) as around:
        outcome = attempt(nurseries(ALL), ESCAPES[name][0].format(**around))
    assert outcome.what in (KILLED, "EACCES", "EAGAIN", "ENOMEM")


def test_what_is_left_of_an_account_can_take_nothing_back(nurseries: Nurseries) -> None:
    for layers in (Layer.ACCOUNT, ALL):
        outcome = attempt(nurseries(layers), "become_root")
        if Layer.ACCOUNT in outcome.layers:
            assert outcome.what in ("EPERM", KILLED)


def test_a_child_inherits_no_descriptor_and_no_environment(nurseries: Nurseries) -> None:
    os.environ["JAIL_TEST_SECRET"] = "of the vault"
    try:
        with hostile_nursery(NONE) as nursery, open(os.devnull) as inherited:
            os.set_inheritable(inherited.fileno(), True)
            assert attempt(nursery, "descriptors").what == "[0, 1, 2]done"
            names, folder = attempt(nursery, "environment").what.split("] ")
    finally:
        del os.environ["JAIL_TEST_SECRET"]
    assert names in ("[", "['LC_CTYPE'")  # Python sets that one itself
    assert folder == "/done"


def test_a_child_that_spins_has_its_processor_time_and_no_more(nurseries: Nurseries) -> None:
    assert attempt(nurseries(Layer.LIMITS), "spin").what == "SIGXCPU"


def test_threads_are_for_those_who_need_them_and_forking_for_nobody(nurseries: Nurseries) -> None:
    walled = nurseries(Layer.SYSTEM_CALLS)
    if Layer.SYSTEM_CALLS in attempt(walled, "nothing").layers:
        assert attempt(walled, "thread", threads=True).what == "done"
        assert attempt(walled, "fork", threads=True).what == "EAGAIN"


def test_who_may_start_threads_may_not_start_them_without_end(nurseries: Nurseries) -> None:
    for layers in (Layer.LIMITS | Layer.ACCOUNT, ALL):
        outcome = attempt(nurseries(layers), "threads_without_end 6000", threads=True)
        if outcome.layers == layers:
            assert outcome.what == "EAGAIN"
            assert attempt(nurseries(layers), "threads_without_end 40", threads=True).what == "done"


def test_a_child_cannot_harm_its_zygote(nurseries: Nurseries) -> None:
    for layer in (Layer.PROCESSES, Layer.SCOPE, ALL):
        nursery = nurseries(layer)
        if layer in attempt(nursery, "nothing").layers:
            before = nursery.zygote_id
            assert attempt(nursery, "signal_process 0").what in ("done", "EPERM", KILLED)
            assert attempt(nursery, "nothing").layers
            assert layer is ALL or nursery.zygote_id == before


def test_every_layer_says_what_it_is_for_and_what_it_costs_to_lack_it() -> None:
    assert set(HOLDS) == set(WITHOUT) == set(ALL)
