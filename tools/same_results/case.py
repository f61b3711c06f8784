"""A command line that is run."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    name: str
    arguments: str  # as in a shell, without `peel`; pictures and folders that it names are there
    stdin: str = ""  # a file
    files: dict = field(default_factory=dict)  # {name: text} that are there too
    environment: dict = field(default_factory=dict)
