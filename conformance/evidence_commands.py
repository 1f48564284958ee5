"""`conformance evidence`: the bundle that cookbook 7.1.3 asks for, from the folder a run left."""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from conformance.command_line import TROUBLE, USAGE, complain, end, expect_named
from conformance.evidence.bundle import PERFORMANCE, EvidenceError, Part, bundle, lacking, standing
from conformance.evidence.waivers import WaiverError, read_waivers
from conformance.reports.folder import RESULTS
from conformance.reports.results import ResultsError, read_results

REFUSED: Final = 1
"""Exit code: something fails that is not waived."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Example: conformance evidence conformance-results conformance-client-results --waivers waivers.toml"
)
def evidence(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DIR...", help="Folders with results: of a run, of a client (watch, drive, provoke)."),
    ],
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
    expect_named(out, "evidence.zip")
    try:
        parts = _parts(folders)
        known = {*(result.case.id for part in parts for result in part.record.results), PERFORMANCE}
        today = datetime.datetime.now(datetime.UTC).date()
        waived = read_waivers(waivers, known, today) if waivers is not None else {}
        octets = bundle(parts, waived, redact=redact, name=out.name)
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
    for sentence in lacking([part.record for part in parts]):
        complain(f"please note: {sentence}")
    failing = [case for part in parts for case in standing(part.record, {})]
    for case in waived:
        if case not in failing:
            complain(f"please note: the waiver of {case} is not needed any more")
    typer.echo(f"wrote {out}")


def _parts(folders: Sequence[Path]) -> Sequence[Part]:
    """The runs in `folders`. Raises ResultsError."""
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise ResultsError("a folder is named twice; name each once")
    for folder in folders:
        if not (folder / RESULTS).is_file():
            what = f"{folder} is no folder" if not folder.is_dir() else f"{folder} holds no {RESULTS}"
            raise ResultsError(f"{what}; name what `conformance run`, watch, drive or provoke wrote with --out")
    return [Part(read_results(folder / RESULTS), folder) for folder in folders]
