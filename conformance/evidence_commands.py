"""`conformance evidence`: the bundle that cookbook 7.1.3 asks for, from the folder a run left."""

import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from conformance.command_line import TROUBLE, USAGE, complain, end
from conformance.evidence.bundle import PERFORMANCE, EvidenceError, bundle, lacking, standing
from conformance.evidence.waivers import WaiverError, read_waivers
from conformance.reports.folder import RESULTS
from conformance.reports.results import ResultsError, read_results

REFUSED: Final = 1
"""Exit code: something fails that is not waived."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Example: conformance evidence conformance-results --redact --waivers waivers.toml")
def evidence(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with the results of a run or of a client.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The zip to write.")] = Path("evidence.zip"),
    redact: Annotated[
        bool, typer.Option("--redact", help="Leave out persons' data, numbers, tokens and signatures.")
    ] = False,
    waivers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="TOML: a table [CASE] with reason, owner and expires for each waived case."),
    ] = None,
) -> None:
    """Make the bundle to send before a release: results, performance, a sample, versions, exceptions, an e-mail.

    The end tells: 0 it is written, 1 a case fails that is not waived or there is no sample, 2 wrong usage, 3 it cannot
    be written.
    """
    try:
        record = read_results(folder / RESULTS)
        known = {*(result.case.id for result in record.results), PERFORMANCE}
        today = datetime.datetime.now(datetime.UTC).date()
        waived = read_waivers(waivers, known, today) if waivers is not None else {}
        octets = bundle(record, folder, waived, redact=redact, name=out.name)
    except (ResultsError, WaiverError) as error:
        end(USAGE, str(error))
    except EvidenceError as error:
        end(REFUSED, str(error))
    except OSError as error:
        end(TROUBLE, f"{error.filename} cannot be read: {error.strerror or error}")
    try:
        out.write_bytes(octets)
    except OSError as error:
        end(TROUBLE, f"{out} cannot be written: {error.strerror or error}")
    for sentence in lacking(record):
        complain(f"please note: {sentence}")
    failing = standing(record, {})
    for case in waived:
        if case not in failing:
            complain(f"please note: the waiver of {case} is not needed any more")
    typer.echo(f"wrote {out}")
