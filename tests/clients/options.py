"""What every client of this folder is told on its command line. An empty value leaves the element out."""

import argparse
from pathlib import Path

from conformance.client.message import Person, Requester

COMMAND = (
    "--endpoint {endpoint} --persona {persona} --credentials {credentials} --lastname {lastname} "
    "--firstnames {firstnames} --gender {gender} --phone {phone} --person-identifier {person_identifier} "
    "--nihii {nihii} --cbe {cbe}"
)
"""The options as `drive` and `provoke` fill them in."""

IDENTIFIER = 0
REFUSED = 10
"""Exit statuses of the contract with `drive` and `provoke`."""


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--persona", required=True)
    parser.add_argument("--credentials", type=Path, required=True)
    parser.add_argument("--timeout", type=float, default=300.0)
    for name in ("lastname", "firstnames", "gender", "phone", "person-identifier", "nihii", "cbe"):
        parser.add_argument(f"--{name}", default="")
    return parser


def person_of(arguments: argparse.Namespace) -> Person:
    return Person(
        last_name=arguments.lastname or None,
        first_names=arguments.firstnames or None,
        gender=arguments.gender or None,
        phone_number=arguments.phone or None,
    )


def requester_of(arguments: argparse.Namespace) -> Requester:
    return Requester(
        person_identifier=arguments.person_identifier or None,
        nihii=arguments.nihii or None,
        cbe=arguments.cbe or None,
    )
