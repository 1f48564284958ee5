"""The one place that knows Spyne (2.14.0).

Spyne dispatches the operation and writes the envelope of the answer; that is all it is asked for. It never parses:
it gets the operation element of the very tree that the gateway digested (`rules.md` I8). Its schema validation, its
WSDL and its faults stay off, because they are not eHealth's, and a DOCTYPE crashes its validator.
"""

import importlib.util
import logging
import sys
from collections.abc import Callable
from typing import Any, Final

from lxml import etree

from mockserver.contract import Contract
from mockserver.namespaces import SOAP


def _make_importable() -> None:
    """Give the copy of `six` inside Spyne the `find_spec` that Python 3.12 and later ask of an import hook.

    It is loaded from its file first, because importing any part of Spyne already needs it.
    """
    package = importlib.util.find_spec("spyne")
    if package is None or not package.submodule_search_locations or "spyne.util.six" in sys.modules:
        return
    location = f"{package.submodule_search_locations[0]}/util/six.py"
    spec = importlib.util.spec_from_file_location("spyne.util.six", location, submodule_search_locations=[])
    if spec is None or spec.loader is None:
        raise ImportError(f"{location} cannot be loaded; Spyne 2.14.0 is expected")
    six = importlib.util.module_from_spec(spec)
    sys.modules["spyne.util.six"] = six
    spec.loader.exec_module(six)
    importer = six._SixMetaPathImporter

    def find_spec(self: Any, fullname: str, _path: object = None, _target: object = None) -> object:
        known = fullname in self.known_modules
        return importlib.util.spec_from_loader(fullname, self) if known else None

    importer.find_spec = find_spec
    importer.create_module = lambda self, spec: self.load_module(spec.name)
    importer.exec_module = lambda self, module: None


_make_importable()

from spyne import AnyXml, Application, MethodContext, Service, const, rpc  # noqa: E402
from spyne.error import ResourceNotFoundError  # noqa: E402
from spyne.protocol.soap import Soap11  # noqa: E402
from spyne.server import ServerBase  # noqa: E402

# Spyne logs requests and exceptions with their content; the gateway logs for it, without.
logging.getLogger("spyne").setLevel(logging.CRITICAL + 1)
logging.getLogger("spyne").propagate = False

# Spyne collects garbage once a second, in the middle of a request, so that uploaded files are closed soon. There are
# none, and it stops everything for tens of milliseconds; Python collects by itself.
const.MIN_GC_INTERVAL = float("inf")

Handler = Callable[[etree._Element], bytes]
"""Takes the request element, gives the response element in UTF-8."""

_BEGIN: Final = f'<soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Body>'.encode()
_END: Final = b"</soapenv:Body></soapenv:Envelope>"

_TRANSPORT: Final = "mockserver.gateway"


class _Context(MethodContext):  # type: ignore[misc]
    """One call, without what serves nobody here: it was two thirds of Spyne's share of a request."""

    TransportContext = None
    __setattr__ = object.__setattr__  # Spyne's own looks each name up, to refuse new ones once it is frozen

    def fire_event(self, event: str, *args: object, **kwargs: object) -> None:
        """Nobody listens: the journal has its own eyes."""


class _VerifiedTree(Soap11):  # type: ignore[misc]
    """SOAP 1.1 over elements that are already parsed and verified."""

    def create_in_document(self, ctx: Any, charset: object = None) -> None:
        """There is nothing to parse: `dispatch` put the request element there."""

    def decompose_incoming_envelope(self, ctx: Any, message: object = None) -> None:
        """Name the operation by the request element's expanded name (Basic Profile R1127)."""
        ctx.in_body_doc = ctx.in_document
        ctx.method_request_string = ctx.in_document.tag

    def generate_method_contexts(self, ctx: Any) -> list[Any]:
        """The context itself: Spyne would copy it for each of several methods, and there is one."""
        (ctx.descriptor,) = self.get_call_handles(ctx) or (None,)
        if ctx.descriptor is None:
            raise ResourceNotFoundError(ctx.method_request_string)
        return [ctx]

    def deserialize(self, ctx: Any, message: object = None) -> None:
        """The element is the argument; the contract types it."""
        ctx.in_object = ctx.in_body_doc

    def serialize(self, ctx: Any, message: object = None) -> None:
        """The response element, which becomes the child of Body; no header blocks (nothing says that answers are
        signed)."""
        (ctx.out_document,) = ctx.out_object

    def create_out_string(self, ctx: Any, charset: object = None) -> None:
        """UTF-8, no declaration, nothing indented."""
        ctx.out_string = [_BEGIN, ctx.out_document, _END]


class _Server(ServerBase):  # type: ignore[misc]
    transport = _TRANSPORT


class SpyneService:
    """The contract's one operation as a Spyne application."""

    def __init__(self, contract: Contract) -> None:
        self._server = _Server(_application(contract))

    def dispatch(self, request: etree._Element, handler: Handler) -> bytes:
        """Let Spyne find the operation for `request` and call `handler` with it; the answer's envelope.

        An exception of the handler comes out as it is. Raises LookupError if Spyne knows no such operation.
        """
        ctx = _Context(self._server, MethodContext.SERVER)
        ctx.in_document = request
        ctx.udc = _Call(handler)
        try:
            return self._envelope(ctx)
        finally:
            ctx.close()
            # Its parts point back at it: else the whole message would stay in memory until garbage is collected.
            ctx.__dict__.clear()

    def _envelope(self, ctx: Any) -> bytes:
        """The answer to what `ctx` holds, through Spyne's steps."""
        self._server.generate_contexts(ctx)
        if ctx.in_error is not None:
            raise LookupError(f"Spyne knows no operation {etree.QName(ctx.in_document).localname}")
        self._server.get_in_object(ctx)
        self._server.get_out_object(ctx)
        if ctx.out_error is not None:
            raise ctx.udc.error or ctx.out_error
        self._server.get_out_string(ctx)
        return b"".join(ctx.out_string)


class _Call:
    """One dispatch: the handler, and the exception it raised (Spyne would keep its text alone)."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.error: Exception | None = None

    def __call__(self, request: etree._Element) -> bytes:
        try:
            return self._handler(request)
        except Exception as error:
            self.error = error
            raise


def _application(contract: Contract) -> Application:
    """A Spyne application whose one method has the names of the contract."""
    request, response = etree.QName(contract.request.name), etree.QName(contract.response.name)

    def generate_covid_id(ctx: Any, element: etree._Element) -> bytes:
        return ctx.udc(element)  # type: ignore[no-any-return]

    operation = rpc(
        AnyXml,
        _returns=AnyXml,
        _body_style="bare",
        _in_message_name=request.localname,
        _out_message_name=response.localname,
    )(generate_covid_id)
    service = type("DossierNumberGeneration", (Service,), {"generate_covid_id": operation})
    return Application([service], tns=request.namespace, in_protocol=_VerifiedTree(), out_protocol=_VerifiedTree())
