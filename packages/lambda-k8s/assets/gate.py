# Gate for Python: runs as sitecustomize, before the runtime client, which it delays until the function's code is here.
import os
import sys
import time


def _open_gate():
    import json

    gate, token = os.environ["FC_GATE"], os.environ["FC_TOKEN"]
    task, opt = os.environ.get("FC_TASK", "/var/task"), os.environ.get("FC_OPT", "/opt")
    own = os.path.dirname(os.path.abspath(__file__))
    run = os.environ.get("FC_EXTENSION")
    for name in ("GATE", "TOKEN", "KIND", "TASK", "OPT", "TMP", "SOURCE", "EXTENSION", "ENTRY"):
        os.environ.pop("FC_" + name, None)
    _hide(own)
    _send_lines_at_once()
    _preload()
    body = _fetch(gate, token, "pack")
    length = int.from_bytes(body[:4], "big")
    meta, content = json.loads(body[4:4 + length]), memoryview(body)[4 + length:]
    offset = 0
    folders = set()
    for path, mode, size, *link in meta["files"]:
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
        else:
            with open(path, "wb") as file:
                file.write(content[offset:offset + size])
                os.fchmod(file.fileno(), mode)  # whatever the umask is
        offset += size
    _forget_missing_folders()
    for name, value in meta["defaults"].items():
        os.environ.setdefault(name, value)
    os.environ.update(meta["env"])
    time.tzset()
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
        _forget_client()
    if _start_extensions(meta["files"], opt, run, {"FC_GATE": gate, "FC_TOKEN": token}):
        _fetch(gate, token, "extensions")
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
        import concurrent.futures.thread, http.client, json, logging, runpy  # noqa: E401, F401

        import awslambdaric.bootstrap  # noqa: F401
        import awslambdaric.lambda_config  # noqa: F401
        import awslambdaric.lambda_runtime_client  # noqa: F401
        import runtime_client  # noqa: F401
    except ImportError:
        pass  # another runtime client, which will load what it needs
    if added:
        sys.path.remove(runtime)


def _fetch(gate, token, what):
    import socket

    host, _, port = gate.rpartition(":")
    address = (host.strip("[]"), int(port))
    # Closing tells the server that everything is here.
    with socket.create_connection(address) as connection, connection.makefile("rb", 1 << 20) as answer:
        connection.sendall(("GET /gate/%s/%s HTTP/1.1\r\nHost: gate\r\n\r\n" % (token, what)).encode())
        status = answer.readline().decode("latin-1").strip()
        expected = -1
        for line in iter(answer.readline, b"\r\n"):
            if not line:
                break
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                expected = int(value)
        if " 200 " not in status:
            raise RuntimeError("The gate answered %s" % status)
        body = answer.read(expected)
    if len(body) != expected:
        raise RuntimeError("The gate sent %d of %d bytes" % (len(body), expected))
    return body


def _start_extensions(files, opt, run, access):
    """Starts the programs in /opt/extensions. True when there are any."""
    prefix = "/opt/extensions/"
    programs = [path for path, mode, size, *link in files
                if path.startswith(prefix) and "/" not in path[len(prefix):] and mode & 0o111 and not link]
    for path in programs:
        program = os.path.join(opt, path[len("/opt/"):])
        try:
            os.posix_spawn("/bin/bash", ["bash", "-c", run, program], {**os.environ, **access})
        except OSError as error:
            print("The extension %s does not start: %s" % (program, error), file=sys.stderr)
    return bool(programs)


def _gate_or_exit():
    try:
        _open_gate()
    except BaseException:  # `site` would swallow it and start the runtime without the function
        import traceback

        traceback.print_exc()
        os._exit(70)


if "FC_GATE" in os.environ:
    _gate_or_exit()
del _open_gate, _forget_client, _forget_missing_folders, _hide, _send_lines_at_once, _preload, _fetch, _start_extensions, _gate_or_exit
