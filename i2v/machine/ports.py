"""Who listens on a port of this machine."""

from __future__ import annotations


def program_on(port: int) -> str:
    """Name and process number of the program that listens there; "" where the system does not tell this account."""
    import psutil  # only here: the port of a start must not wait for it

    try:
        links = psutil.net_connections("tcp")
    except (psutil.Error, OSError):
        return ""
    for link in links:
        if link.status == psutil.CONN_LISTEN and link.laddr and link.laddr.port == port and link.pid:
            try:
                return f"{psutil.Process(link.pid).name()} ({link.pid})"
            except psutil.Error:
                return f"({link.pid})"
    return ""
