"""Which kinds of options do several commands share?

Only light imports in this folder's files of options: `social-rl --help` reads them and nothing else.
"""

from pathlib import Path
from typing import Annotated

import tyro

Name = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SCENARIO")]
Choices = Annotated[tuple[str, ...], tyro.conf.arg(name="set", metavar="[CHOICE=VALUE ...]")]
Cast = Annotated[tuple[str, ...], tyro.conf.arg(metavar="[NAME=POLICY ...]")]
Texts = Annotated[tuple[str, ...], tyro.conf.arg(metavar="[TEXT ...]")]
Levels = Annotated[Path | None, tyro.conf.arg(metavar="CURRICULUM")]
Level = Annotated[str, tyro.conf.arg(metavar="NUMBER|ID|NAME")]
File = Annotated[Path | None, tyro.conf.arg(metavar="FILE")]
RunPath = Annotated[Path | None, tyro.conf.arg(metavar="RUN")]
Checkpoint = Annotated[Path | None, tyro.conf.arg(metavar="CHECKPOINT")]
