"""How a reader process is shut in: limits on memory, time and files, no network, no new rights, and death with its parent. Linux; elsewhere less."""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct

from include.settings import Limits

_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_FILTER = 1, 38, 22, 2
_SOCKET_CALL = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_AF_UNIX, _EPERM = 1, 1


def shut_in(limits: Limits) -> str:
    """Limit this process for good and return how it is kept off the network: "namespace", "filter", or "open" where neither can be had."""
    _limit(resource.RLIMIT_AS, limits.memory_bytes, max(limits.memory_bytes, 4_000_000_000))
    _limit(resource.RLIMIT_CORE, 0, 0)
    _limit(resource.RLIMIT_NOFILE, 256, 256)
    _limit(resource.RLIMIT_FSIZE, max(limits.file_bytes * 4, 200_000_000), max(limits.file_bytes * 4, 200_000_000))
    try:
        library = ctypes.CDLL(None, use_errno=True)
        library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        network = "namespace" if _own_network(library) else "open"
        library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if network == "open" and _no_sockets(library):
            network = "filter"
    except (OSError, AttributeError):
        return "open"
    return network


def give_time(seconds: float) -> None:
    """Let this process use at most so many further seconds of CPU; beyond that the system kills it (its parent's clock is the first guard)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds * 2) + 2
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _limit(which: int, soft: int, hard: int) -> None:
    """Lower a limit; one that is lower already stays."""
    _, present = resource.getrlimit(which)
    if present != resource.RLIM_INFINITY:
        hard = min(hard, present)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (min(soft, hard), hard))


def _own_network(library: ctypes.CDLL) -> bool:
    """A network of its own without any device. As root first without a user space of its own, which would hide other users' files."""
    if not hasattr(library, "unshare"):
        return False
    if os.geteuid() == 0 and library.unshare(_CLONE_NEWNET) == 0:
        return True
    return os.geteuid() != 0 and bool(library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def _no_sockets(library: ctypes.CDLL) -> bool:
    """A seccomp filter: socket() fails with EPERM for everything but local sockets."""
    if platform.machine() not in _SOCKET_CALL:
        return False
    architecture, call = _SOCKET_CALL[platform.machine()]

    def step(code: int, yes: int, no: int, value: int) -> bytes:
        return struct.pack("<HBBL", code, yes, no, value)

    load, equal, leave = 0x20, 0x15, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | _EPERM
    steps = (
        step(load, 0, 0, 4)  # architecture
        + step(equal, 0, 5, architecture)
        + step(load, 0, 0, 0)  # number of the call
        + step(equal, 0, 3, call)
        + step(load, 0, 0, 16)  # first argument: the family
        + step(equal, 1, 0, _AF_UNIX)
        + step(leave, 0, 0, refuse)
        + step(leave, 0, 0, allow)
    )

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    held = ctypes.create_string_buffer(steps, len(steps))
    program = Program(len(steps) // 8, ctypes.cast(held, ctypes.c_void_p))
    return bool(library.prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, ctypes.byref(program), 0, 0) == 0)
