"""Why the program cannot begin."""

from __future__ import annotations

from i2v.errors.tree import I2VError


class StartFailed(I2VError):
    """Something must be mended before the program can run."""

    exit_code = 2


class SettingInvalid(StartFailed):
    """values: key, value, allowed, source (file:line, variable or flag)."""

    code = "setting_invalid"


class SettingUnknown(StartFailed):
    """values: key, source, nearest."""

    code = "setting_unknown"


class SettingTwice(StartFailed):
    """One key on two lines. values: key, first (file:line), second (file:line)."""

    code = "setting_twice"


class SettingsUnreadable(StartFailed):
    """values: path, reason."""

    code = "settings_unreadable"


class FolderUnusable(StartFailed):
    """values: path, reason."""

    code = "folder_unusable"
    http_status = 507


class FolderOwned(StartFailed):
    """Another server owns the data folder. values: path, pid, url."""

    code = "folder_owned"


class FolderBusy(StartFailed):
    """A command owns the data folder and answers nowhere. values: path, pid."""

    code = "folder_busy"


class PortBusy(StartFailed):
    """values: port, host, program (name and process number, or "?")."""

    code = "port_busy"


class PortForbidden(StartFailed):
    """The system does not let this account have the port. values: port, reason."""

    code = "port_forbidden"


class DatabaseNewer(StartFailed):
    """values: path, found, known."""

    code = "database_newer"


class ServerUnproven(StartFailed):
    """The process that the folder's note names is not proven to be ours to end. values: path, pid, host."""

    code = "server_unproven"
    exit_code = 1


class ServerUnready(StartFailed):
    """A server in the background ended, or was not ready in time. values: seconds, path (what it said)."""

    code = "server_unready"
    exit_code = 1


class ServerUnreachable(StartFailed):
    """The lock says a server runs, but it does not answer. values: url, reason."""

    code = "server_unreachable"
    exit_code = 1
