import os
import socket


def handler(event, context):
    """A Lambda handler that increments a key in the cache named by CACHE_ADDRESS and CACHE_PORT. It speaks RESP itself."""
    return {"language": "python", "count": command("INCR", event.get("key", "counter"))}


def command(*words):
    request = f"*{len(words)}\r\n" + "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
    with socket.create_connection((os.environ["CACHE_ADDRESS"], int(os.environ["CACHE_PORT"]))) as connection:
        connection.sendall(request.encode())
        answer = connection.makefile("rb").readline().decode().strip()
    if not answer.startswith(":"):
        raise RuntimeError(f"The cache answered {answer}")
    return int(answer[1:])
