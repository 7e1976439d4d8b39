"""Looking at the computer: versions, users, the disk. What it writes there is a small file without a name."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import shutil
import stat
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import drivers
from printstation.clock import Clock
from printstation.diagnostics.view import Disk, Key, Machine, User
from printstation.seal import KEY_BYTES, Seal

#: Enough for a median; at 10 ms each of them a fifth of a second.
SYNCS = 20
BLOCK = bytes(4096)
VIRTUAL = ("vd", "xvd")
DENIED = (errno.EACCES, errno.EPERM)


def look_at_machine(clock: Clock) -> Machine:
    """Versions and clock."""
    now = clock.now()
    offset = datetime.fromtimestamp(now.timestamp()).astimezone().utcoffset()
    assert offset is not None
    try:
        library, problem = drivers.usb_library(), ""
    except drivers.TransportError as error:
        library, problem = "", str(error)
    return Machine(sys.version_info[:3], library, problem, now, offset)


def look_at_user(folder: Path, pid: int | None, proc: Path) -> User:
    """Whoever runs, or will probably run, the daemon."""
    for place in (proc / str(pid), folder):
        try:
            return user(place.stat().st_uid)
        except OSError:
            continue
    return user(os.getuid())


def user(uid: int) -> User:
    """A user with all his groups; one without a name is only his number."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return User(uid, str(uid), str(uid), frozenset())
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    return User(uid, entry.pw_name, group_name(entry.pw_gid), frozenset(groups))


def group_name(gid: int) -> str:
    """A group's name, else its number."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def look_at_disk(folder: Path, proc: Path, sys_root: Path, syncs: int) -> Disk:
    """Where the data folder lies, how much room there is, and how long a sync takes."""
    try:
        found = folder.stat()
        if not stat.S_ISDIR(found.st_mode):
            problem = f"{folder} is a file; a folder is wanted there"
            return Disk(False, problem, 0, "", "", None, ())
        free = shutil.disk_usage(folder).free // (1 << 20)
    except FileNotFoundError:
        return Disk(False, "", 0, "", "", None, ())
    except OSError as error:
        problem, denied = f"{folder} cannot be used: {error.strerror}", error.errno in DENIED
        return Disk(True, problem, 0, "", "", None, (), denied=denied)
    place = f"{os.major(found.st_dev)}:{os.minor(found.st_dev)}"
    times: tuple[float, ...] = ()
    problem, wrong = "", 0
    try:
        times = _syncs(folder, syncs)
    except OSError as error:
        problem, wrong = f"{folder} cannot be written to: {error.strerror}", error.errno or 0
    filesystem, source = _mounted(folder, proc)
    return Disk(
        True,
        problem,
        free,
        filesystem,
        source,
        _rotating(sys_root / "dev/block" / place),
        times,
        full=wrong in (errno.ENOSPC, errno.EDQUOT),
        read_only=wrong == errno.EROFS,
        # The folder's owner is who runs the daemon: that he may not write is no matter of who looks.
        denied=wrong in DENIED and found.st_uid != os.geteuid(),
    )


def _syncs(folder: Path, count: int) -> tuple[float, ...]:
    """How long each of some synced writes took; the file has no name any more while it is written."""
    times = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(count):
            file.write(BLOCK)
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - start) * 1000)
    return tuple(times)


def _mounted(folder: Path, proc: Path) -> tuple[str, str]:
    """(file system, device) of the mount that a folder lies on; the longest mount point that holds it."""
    best, found = -1, ("unknown", "unknown")
    try:
        lines = (proc / "self/mountinfo").read_text(errors="replace").splitlines()
    except OSError:
        return found
    for line in lines:
        left, _, right = line.partition(" - ")
        fields, about = left.split(), right.split()
        if len(fields) < 5 or len(about) < 2:
            continue
        point = Path(fields[4].replace("\\040", " "))
        if folder.resolve().is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), (about[0], about[1])
    return found


def _rotating(block: Path) -> bool | None:
    """Whether the disk below a device turns; None where the system does not say, or says it of a virtual disk,
    which is *rotating* unless its host was told otherwise."""
    try:
        place = block.resolve(strict=True)
    except OSError:
        return None
    if place.name.startswith(VIRTUAL):
        return None
    for folder in (place, place.parent):  # a partition has no queue, its disk has
        try:
            return (folder / "queue/rotational").read_text().strip() == "1"
        except OSError:
            continue
    return None


def look_at_key(path: Path, needed: bool) -> Key:
    """The key file; of what is in it only the id that the database knows is kept."""
    try:
        found = path.stat()
        key_id = Seal.of(path.read_bytes()).key_id if found.st_size == KEY_BYTES else ""
    except FileNotFoundError:
        return Key(False, needed)
    except OSError as error:
        return Key(False, needed, denied=error.errno in DENIED)
    return Key(True, needed, found.st_mode & 0o7777, found.st_size, key_id=key_id)
