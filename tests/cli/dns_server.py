"""A name server on this machine that answers TXT questions from a dictionary."""

import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

from dns import flags, message, rcode, rrset
from dns.resolver import Resolver
from typing_extensions import override

Records = Mapping[str, Sequence[str]]


class _Answering(socketserver.BaseRequestHandler):
    """Answers one question; a name that is not there does not exist."""

    @override
    def handle(self) -> None:
        packet, socket = self.request
        records = cast("_Server", self.server).records
        asked = message.from_wire(packet)
        answer = message.make_response(asked)
        answer.flags |= flags.RA
        name = asked.question[0].name
        texts = () if records is None else records.get(name.to_text(omit_final_dot=True))
        if records is None:
            answer.set_rcode(rcode.SERVFAIL)
        elif texts is None:
            answer.set_rcode(rcode.NXDOMAIN)
        elif texts:
            quoted = [f'"{text}"' for text in texts]
            answer.answer.append(rrset.from_text(name, 60, "IN", "TXT", *quoted))
        socket.sendto(answer.to_wire(), self.client_address)


class _Server(socketserver.ThreadingUDPServer):
    def __init__(self, records: Records | None) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.records = records


@contextmanager
def name_server(records: Records | None) -> Iterator[Resolver]:
    """A resolver that knows these TXT records and nothing else; with None it fails every time."""
    with _Server(records) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        resolver = Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = server.server_address[1]
        yield resolver
        server.shutdown()
        thread.join()
