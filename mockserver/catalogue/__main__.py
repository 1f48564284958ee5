"""`python -m mockserver.catalogue`: write the generated files of the documentation."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from mockserver.catalogue.data import published
from mockserver.catalogue.requirements_page import requirements_page
from mockserver.catalogue.rules_page import rules_page


def generated_files() -> Mapping[str, str]:
    """The content of each generated file by its name in `docs/`."""
    return {
        "rules.md": rules_page(),
        "catalogue.json": json.dumps(published(), indent=2, ensure_ascii=False) + "\n",
        "requirements.md": requirements_page(),
    }


def main(folder: Annotated[Path, typer.Argument(help="The folder of the documentation.")] = Path("docs")) -> None:
    """Write rules.md, catalogue.json and requirements.md into FOLDER."""
    if not folder.is_dir():
        typer.echo(f"{folder} is no folder; run this in the root of the repository", err=True)
        raise typer.Exit(2)
    for name, text in generated_files().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        typer.echo(str(folder / name))


if __name__ == "__main__":
    typer.run(main)
