# Gate for Python: runs as sitecustomize, before the runtime client, which it delays until the function's code is here.
import os
import sys
import time


def _open_gate():
    import json

    gate, token = os.environ["FC_GATE"], os.environ["FC_TOKEN"]
    task, opt = os.environ.get("FC_TASK", "/var/task"), os.environ.get("FC_OPT", "/opt")
    own = os.path.dirname(os.path.abspath(__file__))
    for name in ("GATE", "TOKEN", "KIND", "TASK", "OPT", "TMP", "SOURCE", "ENTRY"):
        os.environ.pop("FC_" + name, None)
    _hide(own)
    _send_lines_at_once()
    _preload()
    try:
        with _fetch(gate, token, "GET pack") as answer:
            pack = _Pack(answer)
            meta = json.loads(pack.read(int.from_bytes(pack.read(4), "big")))
            _unpack(meta["files"], pack, task, opt)
            pack.check()
    except Exception as error:
        _refuse(gate, token, error)
        raise
    _forget_missing_folders()
    for name, value in meta["defaults"].items():
        os.environ.setdefault(name, value)
    os.environ.update(meta["env"])
    time.tzset()
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
        _forget_client()
    if meta["extensions"]:
        _fetch(gate, token, "GET extensions").close()  # answered when all have registered
    handler = meta["env"]["_HANDLER"]
    for argv in (getattr(sys, "orig_argv", []), getattr(sys, "argv", [])):
        if argv and argv[-1] == "gate":
            argv[-1] = handler


def _forget_client():
    """AWS's client reads the log format when it is loaded: what was loaded ahead has the wrong one."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "awslambdaric"]:
        del sys.modules[name]


def _forget_missing_folders():
    """Like importlib.invalidate_caches, which would first load importlib.metadata: a tenth of a second."""
    for entry, finder in list(sys.path_importer_cache.items()):
        if finder is None:
            del sys.path_importer_cache[entry]
        elif hasattr(finder, "invalidate_caches"):
            finder.invalidate_caches()


def _send_lines_at_once():
    """The output is a TCP connection to the server: a line must not wait for the one before to be acknowledged."""
    import socket
    import stat

    if stat.S_ISSOCK(os.fstat(1).st_mode):
        with socket.socket(fileno=os.dup(1)) as output:
            output.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _hide(own):
    """Leaves no trace of this module for the function: not on the path, not on the disk."""
    sys.path[:] = [entry for entry in sys.path if entry != own]
    rest = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry not in ("", own)]
    if rest:
        os.environ["PYTHONPATH"] = os.pathsep.join(rest)
    else:
        os.environ.pop("PYTHONPATH", None)
    import shutil

    shutil.rmtree(own, ignore_errors=True)


def _preload():
    """Loads what the runtime client will need while there is nothing else to do."""
    runtime = os.environ.get("LAMBDA_RUNTIME_DIR", "/var/runtime")
    added = runtime not in sys.path
    if added:
        sys.path.insert(0, runtime)
    try:
        import concurrent.futures.thread, hashlib, http.client, json, logging, runpy  # noqa: E401, F401

        import awslambdaric.bootstrap  # noqa: F401
        import awslambdaric.lambda_config  # noqa: F401
        import awslambdaric.lambda_runtime_client  # noqa: F401
        import runtime_client  # noqa: F401
    except ImportError:
        pass  # another runtime client, which will load what it needs
    if added:
        sys.path.remove(runtime)


def _fetch(gate, token, operation):
    """Asks the server: a file of the answer's body. Closing it tells the server that everything is here."""
    import socket

    method, _, what = operation.partition(" ")
    host, _, port = gate.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port))) as connection:
        connection.sendall(("%s /gate/%s/%s HTTP/1.1\r\nHost: gate\r\n\r\n" % (method, token, what)).encode())
        answer = connection.makefile("rb", 1 << 18)
    status = answer.readline().decode("latin-1").strip()
    if " 200 " not in status and " 204 " not in status:
        raise RuntimeError("The gate answered %s" % status)
    while answer.readline() not in (b"\r\n", b""):
        pass
    return answer


def _refuse(gate, token, error):
    """Tells the server that what came is not what it sent, or cannot be written: nothing runs of it."""
    from urllib.parse import quote

    try:
        _fetch(gate, token, "POST refused/" + quote(str(error), safe="")).close()
    except Exception:
        pass  # then the process's end tells


class _Pack:
    """What comes, with a checksum of it."""

    def __init__(self, answer):
        import hashlib

        self._answer, self._hash = answer, hashlib.sha256()

    def read(self, size):
        content = self._whole(size)
        self._hash.update(content)
        return content

    def check(self):
        if self._whole(self._hash.digest_size) != self._hash.digest():
            raise RuntimeError("the code arrived damaged: its checksum is another one")

    def _whole(self, size):
        content = self._answer.read(size)
        if len(content) != size:
            raise RuntimeError("the code did not arrive whole")
        return content


def _unpack(files, pack, task, opt):
    """Writes the files while they come."""
    folders = set()
    umask = os.umask(0)
    os.umask(umask)
    for path, mode, size, *link in files:
        for prefix, root in (("/var/task/", task), ("/opt/", opt)):
            if path.startswith(prefix):
                path = os.path.join(root, path[len(prefix):])
                break
        folder = os.path.dirname(path)
        if folder not in folders:
            os.makedirs(folder, exist_ok=True)
            folders.add(folder)
        if link:
            os.symlink(link[0], path)
            continue
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        content = memoryview(pack.read(size))
        while content:
            content = content[os.write(file, content):]
        if mode & umask:
            os.fchmod(file, mode)
        os.close(file)


def _gate_or_exit():
    try:
        _open_gate()
    except BaseException:  # `site` would swallow it and start the runtime without the function
        import traceback

        traceback.print_exc()
        os._exit(70)


if "FC_GATE" in os.environ:
    _gate_or_exit()
del _open_gate, _forget_client, _forget_missing_folders, _hide, _send_lines_at_once, _preload, _fetch, _refuse, _Pack, _unpack, _gate_or_exit
