"""The STS's messages against their schemas, in our own writing (`schemas/`), as far as the mock uses them."""

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from lxml import etree

SCHEMA_FILES: Final = Path(str(resources.files("mockserver.sts"))) / "schemas"


def message_violation(message: etree._Element) -> str | None:
    """The validator's first complaint about the element in a Body; None if it is a valid message of the STS.

    It names elements and quotes no text: a request holds numbers of persons.
    """
    schema = _schema()
    if schema.validate(message):
        return None
    error = schema.error_log[0]
    return f"{error.type_name} at {error.path}"


@cache
def _schema() -> etree.XMLSchema:
    # A file and not bytes: the schemas include each other by relative path.
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    return etree.XMLSchema(etree.parse(SCHEMA_FILES / "sts-messages.xsd", parser))
