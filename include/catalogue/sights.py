"""The list of who may see what on the board: a YAML file outside the definitions, as it names people."""

from pathlib import Path

from include.catalogue.problem import Problem
from include.catalogue.strict import build_many, compose, read_text
from include.domain.sight import Sight
from include.exceptions import BrokenDefinition


def sights(file: Path | None) -> tuple[Sight, ...]:
    """Read the file that BAOSONG_BOARD_USERS names; without one nobody sees anything. BrokenDefinition with every problem of a broken one."""
    if file is None:
        return ()
    problems: list[Problem] = []
    text = read_text(file, problems)
    node = compose(text, file, problems) if text is not None else None
    if node is None:
        raise BrokenDefinition([str(problem) for problem in problems])
    parsed = build_many(Sight, node, file)
    if parsed.problems:
        raise BrokenDefinition([str(problem) for problem in parsed.problems])
    return parsed.value
