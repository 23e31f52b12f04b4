"""Starts the sandbox: ``python -m mobilize.sandbox``."""

import errno
import json
import os
import signal
import sys
import threading
import time
from types import FrameType

from mobilize.sandbox.app import create_app
from mobilize.sandbox.options import Options, parse_options
from mobilize.sandbox.server import Server
from mobilize.sandbox.world import World


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; 0 after an orderly end, 2 when it could not start."""
    options = parse_options(arguments)
    try:
        server = Server(options.host, options.port)
    except OSError as error:
        return _complain(_why(error, options))
    try:
        world = World(options)
    except (OSError, ValueError) as error:
        server.server_close()
        return _complain(str(error))
    server.app = create_app(world)
    signal.signal(signal.SIGTERM, _interrupt)
    if options.end_with_parent:
        threading.Thread(target=_watch, args=[os.getppid()], daemon=True).start()
    _announce(server, world)
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    return 0


def _watch(parent: int) -> None:
    """End when whoever started this is gone, however it ended: no port stays taken behind it."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


def _announce(server: Server, world: World) -> None:
    host = world.options.host
    shown = f"[{host}]" if ":" in host else host
    ready = {
        "ready": True,
        "port": server.port,
        "url": f"http://{shown}:{server.port}",
        "sendgrid_public_key": world.signer.public_key,
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


def _why(error: OSError, options: Options) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {options.port} on {options.host} is in use. Stop what listens there, or choose "
            "another with --port (0 takes any free one)."
        )
    return f"Cannot listen on {options.host} port {options.port}: {error.strerror}"


def _complain(sentence: str) -> int:
    sys.stderr.write(f"mobilize sandbox: {sentence}\n")
    return 2


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
