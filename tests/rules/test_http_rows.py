"""WS-I Basic Profile 1.1 and Simple SOAP Binding Profile 1.0 on the HTTP layer of a request: rows Q01 to Q25.

What HTTP alone refuses is tested in tests/http; here is what reaches the gateway, sent over HTTP.
"""

import codecs
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from mockserver.contract import default_contract_directory, load_contract
from mockserver.examine import examine_files
from tests.conftest import Mock, Reply
from tests.forge import Forge
from tests.http.wire import ENDPOINT
from tests.rules.bench import Bench, Judgement, replaced
from tests.rules.coverage import Elsewhere, missing_rows, missing_tests, rows_of
from tests.rules.raw import Line, lines_of, send, with_lines

ROWS: Final = rows_of("1.1")

Lines = Callable[[Sequence[Line], str], Sequence[Line]]
"""Changes the fields; the second argument is the contract's soapAction."""


@dataclass(frozen=True)
class Row:
    """One request. The rules are all that refuse, or warn."""

    id: str
    case: str
    rules: tuple[str, ...] = ()
    warns: tuple[str, ...] = ()
    soa: str | None = None
    lines: Lines = lambda lines, action: lines
    body: Callable[[Forge], bytes] = Forge.octets
    version: bytes = b"1.1"

    def sent_to(self, mock: Mock) -> Reply:
        fields = self.lines(lines_of(mock), mock.contract.soap_action)
        line = b"POST " + ENDPOINT + b" HTTP/" + self.version
        return send(mock, self.body(mock.forge()), fields, line=line)


def action(*values: str) -> Lines:
    """SOAPAction with these values, where `{}` is the contract's."""

    def change(lines: Sequence[Line], contract: str) -> list[Line]:
        return with_lines(lines, b"SOAPAction", *(value.replace("{}", contract).encode() for value in values))

    return change


def content_type(value: bytes) -> Lines:
    return lambda lines, contract: with_lines(lines, b"Content-Type", value)


def added(*fields: Line) -> Lines:
    return lambda lines, contract: [*lines, *fields]


def extension(name: bytes) -> Row:
    return Row("Q02", name.decode(), ("Q02",), soa="SOA-03004", lines=added((name, b'"urn:example"; ns=16')))


def wrong_action(case: str, *values: str, rules: tuple[str, ...] = ("Q06",)) -> Row:
    return Row("Q05" if "Q05" in rules else "Q06", case, rules, soa="SOA-03004", lines=action(*values))


def text(forge: Forge) -> str:
    return forge.octets().decode()


def declared(encoding: str, codec: str = "utf-8", version: str = "1.0") -> Callable[[Forge], bytes]:
    declaration = f'<?xml version="{version}" encoding="{encoding}"?>'
    return lambda forge: (declaration + text(forge)).encode(codec)


def with_bytes(octets: bytes) -> Callable[[Forge], bytes]:
    """These bytes in an unsigned place, where no signature could be what refuses them."""
    return lambda forge: forge.octets().replace(b"<SOAP-ENV:Header>", b"<SOAP-ENV:Header><!--" + octets + b"-->", 1)


UTF_8: Final = b"text/xml; charset=utf-8"
UTF_16: Final = content_type(b"text/xml; charset=utf-16")
UTF_16_LE: Final = content_type(b"text/xml; charset=utf-16le")

EXTENSION_FRAMEWORK: Final = [extension(name) for name in (b"Man", b"C-Man", b"Opt", b"C-Opt", b"Ext", b"c-ext")]

SOAP_ACTION: Final = [
    wrong_action("bare", "{}", rules=("Q05",)),
    wrong_action("in single quotes", "'{}'", rules=("Q05", "Q06")),
    wrong_action("no value", "", rules=("Q05", "Q06")),
    wrong_action("quoted at the start alone", '"{}', rules=("Q05", "Q06")),
    wrong_action("quoted at the end alone", '{}"', rules=("Q05", "Q06")),
    wrong_action("one quote", '"', rules=("Q05", "Q06")),
    wrong_action("a quote inside", '"{}"x"', rules=("Q05", "Q06")),
    wrong_action("two quoted strings", '"{}" "{}"', rules=("Q05", "Q06")),
    Row("Q05", "blanks around the quotes", lines=action(' \t"{}"\t ')),
    wrong_action("absent"),
    wrong_action("twice the same", '"{}"', '"{}"'),
    wrong_action("twice, the second another", '"{}"', '"urn:other"'),
    wrong_action("empty string", '""'),
    wrong_action("blanks inside the quotes", '" {} "'),
    wrong_action("another operation", '"urn:be:fgov:ehealth:other:protocol:v1:Other"'),
    wrong_action("one letter in another case", '"Urn{}"'),
    wrong_action("the operation's name alone", '"GenerateCovidId"'),
    Row("Q06", "field name in another case",
        lines=lambda lines, action: [*with_lines(lines, b"SOAPAction"), (b"sOAPaCTION", f'"{action}"'.encode())]),
]  # fmt: skip

CHARSET: Final = [
    Row("Q15", "no charset", ("Q15",), soa="SOA-03004", lines=content_type(b"text/xml")),
    Row("Q15", "another parameter only", ("Q15",), soa="SOA-03004", lines=content_type(b"text/xml; type=a")),
    Row("Q15", "quoted", lines=content_type(b'text/xml; charset="utf-8"')),
    Row("Q15", "in capitals", lines=content_type(b"TEXT/XML; CHARSET=UTF-8")),
    Row("Q16", "ISO-8859-1", ("Q16",), soa="SOA-03004", lines=content_type(b"text/xml; charset=iso-8859-1"),
        body=lambda forge: text(forge).encode("latin-1")),
    Row("Q16", "US-ASCII", ("Q16",), soa="SOA-03004", lines=content_type(b"text/xml; charset=us-ascii")),
    Row("Q16", "UTF-32", ("Q16",), soa="SOA-03004", lines=content_type(b"text/xml; charset=utf-32"),
        body=lambda forge: text(forge).encode("utf-32")),
    Row("Q16", "UTF-16 of unknown byte order", ("Q16",), soa="SOA-03004", lines=UTF_16,
        body=lambda forge: text(forge).encode("utf-16-be")),
    Row("Q16", "an overlong slash", ("Q16-bytes",), soa="SOA-03001", body=with_bytes(b"\xc0\xaf")),
    Row("Q16", "a surrogate", ("Q16-bytes",), soa="SOA-03001", body=with_bytes(b"\xed\xa0\x80")),
    Row("Q16", "beyond Unicode", ("Q16-bytes",), soa="SOA-03001", body=with_bytes(b"\xf4\x90\x80\x80")),
    Row("Q16", "a stray byte", ("Q16-bytes",), soa="SOA-03001", body=with_bytes(b"\xff")),
    Row("Q16", "U+FFFE", ("Q20",), soa="SOA-03001", body=with_bytes("\ufffe".encode())),
    Row("Q16", "U+FFFF", ("Q20",), soa="SOA-03001", body=with_bytes("\uffff".encode())),
    Row("Q16", "a C0 control", ("Q20",), soa="SOA-03001", body=with_bytes(b"\x01")),
    Row("Q16", "NUL", ("Q20",), soa="SOA-03001", body=with_bytes(b"\0")),
    Row("Q17", "the declaration says ISO-8859-1, the bytes are UTF-8", warns=("Q17",), body=declared("ISO-8859-1")),
    Row("Q17", "the declaration says UTF-16, the bytes are UTF-8", warns=("Q17",), body=declared("UTF-16")),
    Row("Q17", "UTF-16 with a declaration that says UTF-8", warns=("Q17",), lines=UTF_16,
        body=declared("UTF-8", "utf-16")),
    Row("Q18", "an XML declaration", body=declared("UTF-8")),
    Row("Q18", "an XML declaration without encoding",
        body=lambda forge: b"<?xml version='1.0' standalone='yes'?>\n" + forge.octets()),
    Row("Q19", "UTF-8 with BOM", body=lambda forge: codecs.BOM_UTF8 + forge.octets()),
    Row("Q19", "UTF-8 with BOM and declaration", body=declared("UTF-8", "utf-8-sig")),
    Row("Q19", "UTF-16 little-endian with BOM", lines=UTF_16, body=lambda forge: codecs.BOM_UTF16_LE
        + text(forge).encode("utf-16-le")),
    Row("Q19", "UTF-16 big-endian with BOM and declaration", lines=UTF_16,
        body=lambda forge: codecs.BOM_UTF16_BE + declared("UTF-16", "utf-16-be")(forge)),
    Row("Q19", "charset utf-16le without BOM", lines=UTF_16_LE, body=lambda forge: text(forge).encode("utf-16-le")),
    Row("Q19", "charset utf-16be without BOM", lines=content_type(b"text/xml; charset=utf-16be"),
        body=lambda forge: text(forge).encode("utf-16-be")),
    # Not well-formed comes before what the binding profile says (decisions 2), so the BOM is found but not answered.
    Row("Q19", "UTF-16 with BOM as utf-8", ("Q16-bytes", "Q19"), soa="SOA-03001",
        body=lambda forge: text(forge).encode("utf-16")),
    Row("Q19", "a big-endian BOM as utf-16le", ("Q20", "Q19"), soa="SOA-03001", lines=UTF_16_LE,
        body=lambda forge: codecs.BOM_UTF16_BE + text(forge).encode("utf-16-be")),
    Row("Q19", "a UTF-8 BOM as utf-16", ("Q16",), soa="SOA-03004", lines=UTF_16,
        body=lambda forge: codecs.BOM_UTF8 + forge.octets()),
]  # fmt: skip

DOCUMENT: Final = [
    Row("Q14", "white space after the envelope", body=lambda forge: forge.octets() + b"\r\n \t"),
    Row("Q14", "a comment after the envelope", body=lambda forge: forge.octets() + b"<!-- end -->"),
    Row("Q14", "NUL after the envelope", ("Q20",), soa="SOA-03001", body=lambda forge: forge.octets() + b"\0"),
    Row("Q14", "text after the envelope", ("Q20",), soa="SOA-03001", body=lambda forge: forge.octets() + b"end"),
    Row("Q14", "a second envelope", ("Q20",), soa="SOA-03001", body=lambda forge: forge.octets() * 2),
    Row("Q14", "text before the envelope", ("Q20",), soa="SOA-03001", body=lambda forge: b"x" + forge.octets()),
    Row("Q14", "white space before the envelope", body=lambda forge: b"\r\n \t" + forge.octets()),
    Row("Q20", "no body at all", ("Q20",), soa="SOA-03001", body=lambda forge: b""),
    Row("Q20", "white space alone", ("Q20",), soa="SOA-03001", body=lambda forge: b" \r\n"),
    Row("Q20", "text alone", ("Q20",), soa="SOA-03001", body=lambda forge: b"GenerateCovidId"),
    Row("Q20", "cut short", ("Q20",), soa="SOA-03001", body=lambda forge: forge.octets()[:-1]),
    Row("Q20", "an undeclared prefix", ("Q20",), soa="SOA-03001",
        body=lambda forge: forge.octets().replace(b"<SOAP-ENV:Header>", b"<SOAP-ENV:Header><x:y/>", 1)),
    Row("Q20", "a bare ampersand", ("Q20",), soa="SOA-03001", body=with_bytes(b"--><x>&</x><!--")),
    Row("Q20", "an undeclared entity", ("Q20",), soa="SOA-03001", body=with_bytes(b"--><x>&nbsp;</x><!--")),
    Row("Q20", "a blank line before the XML declaration", ("Q20",), soa="SOA-03001",
        body=lambda forge: b"\n" + declared("UTF-8")(forge)),
    Row("Q20", "XML 1.1", ("Q20-version",), soa="SOA-03004", body=declared("UTF-8", version="1.1")),
    Row("Q20", "XML 1.5", ("Q20-version",), soa="SOA-03004", body=declared("UTF-8", version="1.5")),
    # The grammar of XML 1.0 (production 26) has 1. and digits: this is not well-formed, and that comes first.
    Row("Q20", "XML 2.0", ("Q20", "Q20-version"), soa="SOA-03001", body=declared("UTF-8", version="2.0")),
]  # fmt: skip

HTTP: Final = [
    Row("Q04", "HTTP/1.0", warns=("Q04",), version=b"1.0"),
    Row("Q21", "a cookie", lines=added((b"Cookie", b"session=1"))),
    Row("Q25", "Basic authentication", lines=added((b"Authorization", b"Basic dGVzdA=="))),
    Row("Q25", "an upgrade to h2c", lines=added((b"Connection", b"Upgrade, HTTP2-Settings"), (b"Upgrade", b"h2c"))),
    Row("Q25", "an unknown field", lines=added((b"X-Trace", b"1"))),
]


def named(row: Row) -> str:
    return f"{row.id} {row.case}"


TABLE: Final = [*EXTENSION_FRAMEWORK, *SOAP_ACTION, *CHARSET, *DOCUMENT, *HTTP]


@pytest.mark.parametrize("row", TABLE, ids=named)
def test_each_row_is_judged_as_the_catalogue_says(mock: Mock, row: Row) -> None:
    reply = row.sent_to(mock)
    assert (reply.rules, reply.warnings) == (list(row.rules), list(row.warns))
    if row.soa is None:
        assert (reply.http, reply.status) == (200, "Success")
    else:
        assert (reply.http, reply.soa) == (500, row.soa)
        assert b"CovidDossierIdentifier" not in reply.body
    assert "Set-Cookie" not in reply.fields


@pytest.mark.parametrize("row", [row for row in HTTP if row.id == "Q25"], ids=named)
def test_an_extension_of_http_is_noted_if_the_profile_names_it(mock: Mock, row: Row) -> None:
    reply = row.sent_to(mock)
    assert reply.report is not None
    noted = [finding["where"] for finding in reply.report["findings"] if finding["rule"] == "Q25"]
    assert noted == ([] if "unknown" in row.case else [row.lines((), "")[-1][0].decode()])


def test_q07_without_soap_action_in_the_wsdl_the_empty_string_is_asked(bench: Bench, tmp_path: Path) -> None:
    directory = tmp_path / "contract"
    shutil.copytree(default_contract_directory(), directory)
    (wsdl,) = directory.rglob("*.wsdl")
    said = f'soapAction="{load_contract().soap_action}"'
    assert said in wsdl.read_text("utf-8")
    wsdl.write_text(wsdl.read_text("utf-8").replace(said, 'soapAction=""'), "utf-8")
    own = f'"{bench.contract.soap_action}"'.encode()
    for value, refusing in ((b'""', []), (b"", ["Q05"]), (own, ["Q06"])):
        judged = bench.judge(
            bench.forge(),
            contract=directory,
            fields=lambda fields, value=value: replaced(fields, {"SOAPAction": value}),  # type: ignore[misc]
        )
        assert judged.refusing == refusing, value


@pytest.mark.parametrize("profile", ["lenient", "cookbook"])
def test_q08_only_the_lenient_profile_takes_a_bare_soap_action(bench: Bench, profile: str) -> None:
    bare = bench.contract.soap_action.encode()
    judged = bench.judge(bench.forge(), profile=profile, fields=lambda fields: replaced(fields, {"SOAPAction": bare}))
    assert judged.found - {("S52-token", "info")} == {("Q05", "warn" if profile == "lenient" else "reject")}


def test_q09_the_operation_is_what_body_says_whatever_soap_action_says(mock: Mock) -> None:
    forge = mock.forge()
    forge.operation.tag = "{urn:be:fgov:ehealth:other:protocol:v1}OtherRequest"
    right_action = mock.post(forge.sign())
    assert (right_action.soa, right_action.rules) == ("SOA-03005", ["Q45"])
    wrong_action = send(mock, mock.forge(), with_lines(lines_of(mock), b"SOAPAction", b'"urn:other"'))
    assert (wrong_action.soa, wrong_action.rules) == ("SOA-03004", ["Q06"])


HEADS: Final[list[tuple[str, int, bytes, bytes]]] = [
    ("Q01", 405, b"POST ", b"GET "),
    ("Q01", 405, b"POST ", b"post "),
    ("Q03", 505, b"HTTP/1.1", b"HTTP/2.0"),
    ("Q10", 400, b"Host: mock.example\n", b""),
    ("Q10", 400, b"From: ", b"Fr om: "),
    ("Q10", 400, b"From: ", b"Host: other.example\nFrom: "),
    ("Q11", 417, b"From: ", b"Expect: 200-ok\nFrom: "),
    ("Q12", 415, b"Content-Type: text/xml; charset=utf-8\n", b""),
    ("Q12", 415, b"text/xml", b"application/soap+xml"),
    ("Q24", 415, b"From: ", b"Content-Encoding: br\nFrom: "),
]


@pytest.mark.parametrize(("rule", "http", "old", "new"), HEADS)
def test_a_head_from_a_file_is_judged_as_the_listener_judges_it(
    bench: Bench, tmp_path: Path, rule: str, http: int, old: bytes, new: bytes
) -> None:
    """`mockserver check --headers` has no listener before it."""
    message, headers = tmp_path / "message.xml", tmp_path / "message.headers"
    octets = bench.forge().octets()
    message.write_bytes(octets)
    lines = [
        b"POST " + ENDPOINT + b" HTTP/1.1",
        *(name.encode() + b": " + value for name, value in bench.fields(octets)),
    ]
    head = b"\n".join(lines) + b"\n"
    assert old in head
    headers.write_bytes(head.replace(old, new, 1))
    report = examine_files(message, headers, "2022-08-01T10:00:00Z", lambda clock: bench.gateway())
    assert rule in Judgement(report).refusing
    assert (report.answer.http, report.answer.soa) == (http, None)
    assert dict(report.answer.fields)["Content-Type"].startswith("text/plain")
    assert b"Envelope" not in report.answer.body


REFUSALS: Final = "tests.http.test_refusals"

ELSEWHERE: Final[Elsewhere] = {
    "Q01": (f"{REFUSALS}:test_another_method_on_the_endpoint_is_405_with_allow",
            "tests.http.test_documents:test_the_wsdl_is_served_in_any_case"),
    "Q02": (f"{REFUSALS}:test_another_method_on_the_endpoint_is_405_with_allow",),  # M-POST
    "Q03": (f"{REFUSALS}:test_another_version_of_http_is_505",
            "tests.http.test_listening:test_tls_1_2_and_1_3_are_spoken_and_h2_is_never_offered"),
    "Q07": (f"{__name__}:test_q07_without_soap_action_in_the_wsdl_the_empty_string_is_asked",),
    "Q08": (f"{__name__}:test_q08_only_the_lenient_profile_takes_a_bare_soap_action",),
    "Q09": (f"{__name__}:test_q09_the_operation_is_what_body_says_whatever_soap_action_says",),
    "Q10": (f"{REFUSALS}:test_malformed_http_is_400", f"{REFUSALS}:test_a_request_that_ends_too_early_is_400"),
    "Q11": (f"{REFUSALS}:test_an_unknown_path_is_404_and_names_the_endpoint",
            f"{REFUSALS}:test_a_head_that_does_not_end_is_408",
            f"{REFUSALS}:test_an_announced_body_over_the_limit_is_413_before_it_is_read",
            f"{REFUSALS}:test_a_target_over_8_kib_is_414",
            f"{REFUSALS}:test_an_expectation_other_than_100_continue_is_417",
            f"{REFUSALS}:test_a_head_over_32_kib_is_431"),
    "Q12": (f"{REFUSALS}:test_anything_but_one_text_xml_is_415",
            f"{REFUSALS}:test_every_way_to_write_text_xml_passes"),
    "Q13": (f"{REFUSALS}:test_anything_but_one_text_xml_is_415",),
    "Q14": (f"{REFUSALS}:test_anything_but_one_text_xml_is_415",),  # multipart/related
    "Q21": ("tests.http.test_requests:test_a_cookie_changes_nothing",),
    "Q22": ("tests.http.test_requests:test_post_works_on_every_way_to_write_the_endpoint",),  # no redirect at all
    "Q23": ("tests.http.test_listening:test_tls_1_2_and_1_3_are_spoken_and_h2_is_never_offered",),
    "Q24": (f"{REFUSALS}:test_an_unknown_content_coding_is_415",
            f"{REFUSALS}:test_an_unknown_transfer_coding_is_400",
            f"{REFUSALS}:test_a_compression_bomb_is_413"),
}  # fmt: skip


def test_every_row_of_the_http_layer_is_held_by_a_test() -> None:
    assert len(ROWS) == 25
    assert missing_tests(ELSEWHERE) == []
    assert missing_rows(ROWS, (row.id for row in TABLE), ELSEWHERE) == []
