"""A PostgreSQL server of a test's own: on loopback, in a folder that is gone afterwards."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

OWNER, PASSWORD = "owner", "own3r:p@ss/word#1"


def programs():
    """The folder with Debian's newest server, which is on no PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    if not found:
        pytest.skip("no PostgreSQL server here: Debian's package postgresql has one")
    return found[-1].parent


def _account():
    """The server refuses to be run by root."""
    if os.geteuid():
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def server():
    """Start a server and give its address, `127.0.0.1:PORT`."""
    psycopg = pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    there, account = programs(), _account()
    # Not below pytest's own folders, into which nobody else may look.
    folder = Path(tempfile.mkdtemp(prefix="workbench-postgres-"))
    password = folder / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    if account:
        for path in (folder, password):
            os.chown(path, account["user"], account["group"])
    process = None
    try:
        initialise = [
            there / "initdb",
            "-D",
            folder / "data",
            "-U",
            OWNER,
            "--no-locale",
            "-E",
            "UTF8",
        ]
        subprocess.run(
            [*initialise, "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
            **account,
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"]
        options = [part for setting in settings for part in ("-c", setting)]
        process = subprocess.Popen(
            [there / "postgres", "-D", folder / "data", "-p", str(port), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            **account,
        )
        _wait(process, psycopg, port)
        yield f"127.0.0.1:{port}"
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait(30)
        shutil.rmtree(folder)


def _wait(process, psycopg, port):
    for _try in range(300):
        assert process.poll() is None, "the server ended"
        try:
            psycopg.connect(
                host="127.0.0.1", port=port, user=OWNER, password=PASSWORD, dbname="postgres"
            ).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not start within 30 seconds")


def change(address, statements):
    """Run statements as the database's owner."""
    import psycopg  # noqa: PLC0415 - `server` has made sure of it

    host, port = address.split(":")
    with psycopg.connect(
        host=host, port=port, user=OWNER, password=PASSWORD, dbname="postgres"
    ) as connection:
        connection.execute(statements)
