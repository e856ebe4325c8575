"""Limits that the worker puts on itself before any of the task's code runs. Standard library, Python 3.9 or newer."""

import ctypes
import os
import resource
import struct
import sys

# System calls that are refused, per machine: making processes, and kernel doors that no task needs. Threads are made
# by `clone` too, and are let through by their flag; `clone3` is reported as unknown, so that libc uses `clone`.
_REFUSED = {
    "x86_64": (
        0xC000003E,
        {"clone": 56, "clone3": 435},
        # fork vfork ptrace mount unshare setns shmget msgget semget add_key request_key keyctl bpf userfaultfd
        # perf_event_open memfd_create io_uring_setup process_vm_readv process_vm_writev execveat pidfd_open
        [57, 58, 101, 165, 272, 308, 29, 68, 64, 248, 249, 250, 321, 323, 298, 319, 425, 310, 311, 322, 434],
    ),
    "aarch64": (
        0xC00000B7,
        {"clone": 220, "clone3": 435},
        [117, 40, 97, 268, 194, 186, 190, 217, 218, 219, 280, 282, 241, 279, 425, 270, 271, 281, 434],
    ),
}
_CLONE_THREAD = 0x00010000
_ALLOW = 0x7FFF0000
_EPERM = 0x00050000 | 1
_ENOSYS = 0x00050000 | 38
_KILL = 0x80000000


def _program(machine):
    """The classic BPF program (see the kernel's seccomp_filter document) for this machine, as bytes."""
    arch, special, refused = _REFUSED[machine]
    load, equal, above, has_bits, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    lines = [
        (load, 0, 0, 4),
        (equal, 1, 0, arch),
        (answer, 0, 0, _KILL),
        (load, 0, 0, 0),
        # The x32 numbers are other names of the same calls.
        (above, 0, 1, 0x40000000),
        (answer, 0, 0, _EPERM),
        (equal, 0, 1, special["clone3"]),
        (answer, 0, 0, _ENOSYS),
        (equal, 0, 3, special["clone"]),
        (load, 0, 0, 16),
        (has_bits, 1, 0, _CLONE_THREAD),
        (answer, 0, 0, _EPERM),
        (load, 0, 0, 0),
    ]
    for number in refused:
        lines.append((equal, 0, 1, number))
        lines.append((answer, 0, 0, _EPERM))
    lines.append((answer, 0, 0, _ALLOW))
    return len(lines), b"".join(struct.pack("<HBBI", *line) for line in lines)


def _refuse_processes():
    """No more processes: a filter in the kernel, since RLIMIT_NPROC does not bind root. True where it took hold."""
    machine = os.uname().machine
    if machine not in _REFUSED or sys.maxsize < 2**32:
        return False
    count, program = _program(machine)
    held = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxP", count, ctypes.addressof(held))
    place = ctypes.create_string_buffer(head, len(head))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    set_no_new_privileges, set_seccomp, mode_filter = 38, 22, 2
    if libc.prctl(set_no_new_privileges, 1, 0, 0, 0) != 0:
        return False
    return libc.prctl(set_seccomp, mode_filter, ctypes.addressof(place), 0, 0) == 0


def limit_self(limits):
    """Sets the limits; returns what could not be set, in words (an empty list where all is well)."""
    missing = []

    def bound(name, soft, hard=None):
        hard = soft if hard is None else hard
        kind = getattr(resource, name)
        most = resource.getrlimit(kind)[1]
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        try:
            resource.setrlimit(kind, (soft, hard))
        except (ValueError, OSError) as problem:
            missing.append("%s (%s)" % (name, problem))

    bound("RLIMIT_CORE", 0)
    bound("RLIMIT_AS", limits["memory_bytes"])
    # The second stroke comes a little later, for code that ignores the first.
    bound("RLIMIT_CPU", limits["cpu_s"], limits["cpu_s"] + 2)
    bound("RLIMIT_FSIZE", limits["file_bytes"])
    bound("RLIMIT_NOFILE", limits["files"])
    bound("RLIMIT_NPROC", limits["threads"])
    if limits["sandbox"]:
        try:
            held = _refuse_processes()
        except (OSError, AttributeError, ValueError, ctypes.ArgumentError):
            held = False
        if not held:
            missing.append("the system call filter")
    return missing


