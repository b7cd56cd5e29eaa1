"""Our own faults and the world's. What is wrong with a submission is a finding, never an exception."""


class BaosongError(Exception):
    """Something a person must mend; its text says what to do."""


class TryAgain(BaosongError):
    """The world's fault (share away, database locked): the same call may succeed later, so tasks retry on it and on nothing else."""


class BrokenDefinition(BaosongError):
    """Definitions that cannot be used; carries every problem of every file, one a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UnknownName(BaosongError):
    """A campaign, form, unit or obligation that no definition names; the text offers the nearest one."""


class EngineFault(BaosongError):
    """Our engine failed on data it should have judged (a crashed expectation, a dead reader pool): the batch stops, no unit is blamed."""
