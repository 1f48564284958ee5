"""What an answer says, read strictly.

An answer is one of three: a GenerateCovidIdResponse, a soap Fault, or something no client could use, with the
reason. All names of the service come from the contract. What the answer says is judged by the cases, not
here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

from lxml import etree

from conformance.client.parsing import MarkupError, parse, text_of
from conformance.client.transport import HttpAnswer
from mockserver.contract import Contract, ElementDeclaration
from mockserver.namespaces import SOAP

STATUS: Final = "urn:be:fgov:ehealth:2.0:status:"
"""Cookbook 5.2.2.3: what stands before Success, Requester and Responder in a Level 1 StatusCode."""

_FAULT_CHILDREN: Final = ("faultcode", "faultstring", "faultactor", "detail")


@dataclass(frozen=True, slots=True)
class CbssStatus:
    """Cookbook 5.2.2.4. An element that is absent is None."""

    value: str | None
    code: str | None
    description: str | None
    information: Sequence[tuple[str | None, str | None]]
    """FieldName and FieldValue of each Information."""


@dataclass(frozen=True, slots=True)
class Response:
    """A GenerateCovidIdResponse (cookbook 5.2.1.2). An element or attribute that is absent is None."""

    id: str | None
    in_response_to: str | None
    issue_instant: str | None
    level_1: str | None
    """Value of the outer StatusCode."""
    level_2: str | None
    """Value of the StatusCode inside it."""
    status_message: str | None
    cbss_status: CbssStatus | None
    identifier: str | None
    """CovidDossierIdentifier."""
    violations: Sequence[str]
    """What the contract's schema says against the response; empty when it is valid."""


@dataclass(frozen=True, slots=True)
class SystemErrorEntry:
    """The SystemError in a Fault's detail (wire-facts.md D1). What is absent is None."""

    id: str | None
    """The ticket: what to quote to the platform, and where to look in the mock's journal."""
    origin: str | None
    code: str | None
    message: str | None
    environment: str | None
    violations: Sequence[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """A soap Fault."""

    faultcode: str
    """The QName with its prefix resolved, `{namespace}Local`; as written when the prefix is not declared."""
    faultstring: str
    system_error: SystemErrorEntry | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No answer a client could use."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer over HTTP and what it says."""

    http: HttpAnswer
    content: Response | Fault | Unreadable = field(repr=False)

    def summary(self) -> str:
        """The answer in one line for people: the identifier, the status or the SOA code."""
        if isinstance(self.content, Unreadable):
            return self.content.reason
        if isinstance(self.content, Response):
            return _in_words(self.content)
        error = self.content.system_error
        if error is None:
            return f"Fault {self.content.faultcode} without SystemError: {self.content.faultstring}"
        return f"{error.code or 'no Code'}: {error.message or 'no Message'}"


def _in_words(response: Response) -> str:
    status = (response.level_1 or "no StatusCode").removeprefix(STATUS)
    if response.cbss_status is not None:
        cbss = response.cbss_status
        fields = ", ".join(name or "?" for name, _ in cbss.information)
        return f"{status}, {cbss.value} {cbss.code}: {cbss.description}" + (f" ({fields})" if fields else "")
    if response.identifier is not None:
        return f"{status}, CovidDossierIdentifier {response.identifier}"
    return f"{status}: {response.status_message}" if response.status_message else status


class _NotAnAnswer(Exception):
    """Carries the reason up to `read_answer`."""


def read_answer(http: HttpAnswer, contract: Contract) -> Answer:
    """What `http` says. Raises for nothing an endpoint can send: an unreadable answer is a value too."""
    try:
        return Answer(http, _content(http, contract))
    except _NotAnAnswer as reason:
        return Answer(http, Unreadable(str(reason)))


def _content(http: HttpAnswer, contract: Contract) -> Response | Fault:
    if http.broken is not None:
        raise _NotAnAnswer(http.broken)
    _expect_text_xml(http)
    try:
        root = parse(http.body)
    except MarkupError as error:
        raise _NotAnAnswer(f"HTTP {http.status} with a body that cannot be read: {error}") from error
    encoding = root.getroottree().docinfo.encoding or "UTF-8"
    if encoding.upper() != "UTF-8":
        raise _NotAnAnswer(f"HTTP {http.status} with a body that declares encoding {encoding}, not UTF-8 (R1012)")
    entry = _only_entry(_body(root))
    if entry.tag == f"{{{SOAP}}}Fault":
        return _fault(entry, contract)
    if entry.tag == contract.response.name:
        return _response(entry, contract)
    raise _NotAnAnswer(f"the Body holds {etree.QName(entry).text}, neither {contract.response.name} nor a Fault")


def _expect_text_xml(http: HttpAnswer) -> None:
    """SOAP 1.1 section 6 and Simple SOAP Binding Profile 1.0 (R9702, R9703): text/xml, and UTF-8."""
    came = f"HTTP {http.status} {http.reason}".strip()
    values = http.values("Content-Type")
    if len(values) != 1:
        raise _NotAnAnswer(f"{came} with {len(values) or 'no'} Content-Type fields")
    header = Message()
    header["Content-Type"] = values[0]
    if header.get_content_type() != "text/xml":
        raise _NotAnAnswer(f"{came} with Content-Type {values[0]}, not a SOAP 1.1 answer")
    charset = header.get_content_charset("utf-8")
    if charset != "utf-8":
        raise _NotAnAnswer(f"{came} with charset {charset}, not utf-8")
    if http.values("Content-Encoding"):
        raise _NotAnAnswer(f"{came} with a Content-Encoding that was not asked for")
    try:
        http.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _NotAnAnswer(f"{came} with a body that is not UTF-8 at byte {error.start}") from error


def _body(root: etree._Element) -> etree._Element:
    if root.tag != f"{{{SOAP}}}Envelope":
        raise _NotAnAnswer(f"the document element is {etree.QName(root).text}, not a SOAP 1.1 Envelope")
    names = _names(root)
    if names not in ([f"{{{SOAP}}}Body"], [f"{{{SOAP}}}Header", f"{{{SOAP}}}Body"]):
        raise _NotAnAnswer(f"the Envelope holds {', '.join(names) or 'nothing'}, not an optional Header and a Body")
    return next(root.iterchildren(f"{{{SOAP}}}Body"))


def _names(parent: etree._Element) -> list[str]:
    return [etree.QName(child).text for child in parent.iterchildren("*")]


def _only_entry(body: etree._Element) -> etree._Element:
    entries = list(body.iterchildren("*"))
    if len(entries) != 1:
        raise _NotAnAnswer(f"the Body holds {len(entries)} elements, not one (R9981)")
    return entries[0]


def _response(element: etree._Element, contract: Contract) -> Response:
    declared = contract.response
    code_name = declared["Status/StatusCode"].name
    status = element.find(declared["Status"].name)
    level_1 = None if status is None else status.find(code_name)
    level_2 = None if level_1 is None else level_1.find(code_name)
    cbss = None
    if status is not None:
        cbss = status.find(f"{declared['Status/StatusDetail'].name}/{contract.cbss_status.name}")
    return Response(
        id=element.get("Id"),
        in_response_to=element.get("InResponseTo"),
        issue_instant=element.get("IssueInstant"),
        level_1=None if level_1 is None else level_1.get("Value"),
        level_2=None if level_2 is None else level_2.get("Value"),
        status_message=None if status is None else _child(status, declared["Status/StatusMessage"]),
        cbss_status=None if cbss is None else _cbss_status(cbss, contract.cbss_status),
        identifier=_child(element, declared["CovidDossierIdentifier"]),
        violations=contract.violations(element),
    )


def _cbss_status(element: etree._Element, declared: ElementDeclaration) -> CbssStatus:
    return CbssStatus(
        value=_child(element, declared["Value"]),
        code=_child(element, declared["Code"]),
        description=_child(element, declared["Description"]),
        information=[
            (
                _child(information, declared["Information/FieldName"]),
                _child(information, declared["Information/FieldValue"]),
            )
            for information in element.iterchildren(declared["Information"].name)
        ],
    )


def _fault(element: etree._Element, contract: Contract) -> Fault:
    """Reads a Fault. An xml:lang on faultstring is let pass: receivers must accept it (R1016)."""
    names = _names(element)
    if names != [name for name in _FAULT_CHILDREN if name in names] or not {"faultcode", "faultstring"} <= {*names}:
        raise _NotAnAnswer(
            f"the Fault holds {', '.join(names) or 'nothing'}, not unqualified faultcode, faultstring, "
            "faultactor and detail in this order (R1000, R1001)"
        )
    children = {child.tag: child for child in element.iterchildren("*")}
    detail = children.get("detail")
    entry = None if detail is None else detail.find(contract.system_error.name)
    return Fault(
        faultcode=_resolved(children["faultcode"]),
        faultstring=text_of(children["faultstring"]),
        system_error=None if entry is None else _system_error(entry, contract),
    )


def _system_error(element: etree._Element, contract: Contract) -> SystemErrorEntry:
    declared = contract.system_error
    return SystemErrorEntry(
        id=element.get("Id"),
        origin=_child(element, declared["Origin"]),
        code=_child(element, declared["Code"]),
        message=_child(element, declared["Message"]),
        environment=_child(element, declared["Environment"]),
        violations=contract.violations(element),
    )


def _resolved(faultcode: etree._Element) -> str:
    written = text_of(faultcode).strip()
    prefix, colon, local = written.rpartition(":")
    namespace = faultcode.nsmap.get(prefix if colon else None)
    return f"{{{namespace}}}{local}" if namespace else written


def _child(element: etree._Element, declared: ElementDeclaration) -> str | None:
    child = element.find(declared.name)
    return None if child is None else text_of(child)
