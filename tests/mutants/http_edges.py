"""HTTP requests at the edges of the rules, and what the declaration of a document may hold."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mockserver.gateway.exchange import ParserRefusal
from tests.mutants.edge_kit import LONG
from tests.mutants.recorder import Message, Recorder


def http_edges(recorder: Recorder) -> Iterator[Message]:
    plain = recorder.plain(recorder.forge())

    def with_field(name: str, *values: bytes) -> Any:
        kept = [field for field in plain.fields if field[0].lower() != name.lower()]
        return replace(plain, fields=(*kept, *((name, value) for value in values)))

    for method in ("GET", "post", "M-POST"):
        yield Message(f"method {method}", replace(plain, method=method))
    for name, values in (
        ("Content-Type", ()),
        ("Content-Type", (b"application/soap+xml; charset=utf-8",)),
        ("Content-Type", (b"text/xml; charset=utf-8", b"text/xml; charset=utf-8")),
        ("Content-Type", (b"text/xml; charset=" + LONG[:80].encode(),)),
        ("Content-Type", (b'text/xml; charset=""',)),
        ("CONTENT-TYPE", (b"text/xml",)),
        ("Content-Encoding", (b"br",)),
        ("Content-Encoding", (b"gzip",)),
        ("SOAPAction", (f'"{LONG}"'.encode(),)),
        ("SOAPAction", (b'""',)),
        ("SOAPAction", (b"a",)),
        ("SOAPAction", (b'""a"',)),
        ("SOAPAction", (b'"a""',)),
        ("SOAPAction", ('"\xe9"'.encode("latin-1"),)),
        ("User-Agent", (b"XmyProduct/1.0 Technical/3.19.0X",)),
        ("User-Agent", (b"a" * 64 + b"/1 b/" + b"1" * 64,)),
        ("User-Agent", (b"a" * 65 + b"/1 b/1",)),
        ("User-Agent", (b"a/1 b/" + b"1" * 65,)),
        ("User-Agent", (b"a/b/1 c/2",)),
        ("User-Agent", (b"a/1",)),
        ("User-Agent", (b"X/1 b/1",)),
        ("User-Agent", (b"a/1 b/X",)),
        ("From", (b" \tinfo@x.be\t ",)),
        ("From", (b"X@X.be",)),
        ("From", ("info@x.be\u00a0".encode("latin-1"),)),
        ("From", (b"A <info@mycompany>",)),
        ("From", (b"A <info@x.be> ",)),
        ("From", (b"info@x.be, info@y.be",)),
    ):
        yield Message(f"{name} {b', '.join(values).decode('latin-1')[:60]}", with_field(name, *values))
    for rule, status in (("Q10", 400), ("Q11", 404), ("Q03", 505), ("other", 400)):
        refusal = ParserRefusal(status, rule, f"refused under {rule}")
        yield Message(f"the parser refuses under {rule}", replace(plain, refusal=refusal))
    yield Message("HTTP/1.0", replace(plain, version="1.0"))
    octets = recorder.forge().octets()
    for case, declaration in (
        ("a long encoding", f'<?xml version="1.0" encoding="{LONG[:60]}"?>'),
        ("a long version", '<?xml version="1.123456789"?>'),
    ):
        yield Message(f"declaration with {case}", recorder.plain(declaration.encode() + octets))
    declared = recorder.plain(f'<?xml version="1.0" encoding="{LONG[:60]}"?>'.encode() + octets)
    bare = tuple(("Content-Type", b"text/xml") if name == "Content-Type" else (name, v) for name, v in declared.fields)
    yield Message("a long encoding declared and no charset", replace(declared, fields=bare))
