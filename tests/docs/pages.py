"""Pages of the documentation that can be run: files to write, commands to type, output to expect.

What a page says is found by convention:

* A code block whose first line is a comment with a file name (``# app.py``) is that file, or what is added to it
  (``# app.py, at the end``). So is one with the option ``:caption: app.py``.
* In a ``console`` block a line that begins with ``$`` and a blank is a command, the lines below it are its output.
  ``…`` in a line of output stands for any text, alone in a line for any number of lines. When no output is shown,
  none is compared. A revision id stands for whatever id that revision gets, in commands too.
* A command has to succeed, unless its output shows a line that begins with ``Error:``.
"""

from __future__ import annotations

import dataclasses
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

#: Commands that prepare a machine, or never end.
NOT_RUN = ("pip install", "make", "git ", "python -m venv", "python3 -m venv", ". ", "source ", "flask run")
FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+)(?P<info>.*)$")
NAMED = re.compile(r"^(?:#|//|;|--) (?P<name>[\w./-]+\.[\w.]+)(?P<rest>, at the end)?:?$")
REVISION = re.compile(r"\b[0-9a-f]{12}\b")
ANY = "…"


@dataclasses.dataclass(frozen=True)
class Block:
    """One fenced code block.

    :param language: the word behind the fence, as in ``{code-block} python``.
    :param caption: the file name that its option ``:caption:`` gives, or an empty string.
    :param lines: the content, without the options.
    """

    language: str
    caption: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The content, ended by a line feed."""
        return "\n".join([*self.lines, ""])


@dataclasses.dataclass(frozen=True)
class Command:
    """One command of a ``console`` block, and the output that the page shows for it."""

    line: str
    output: tuple[str, ...]

    @property
    def is_run(self) -> bool:
        """Whether the command can be tried anywhere."""
        return not self.line.startswith(NOT_RUN)

    @property
    def fails(self) -> bool:
        """Whether the page shows it failing."""
        return any(line.startswith("Error:") for line in self.output)


def read_blocks(text: str) -> Iterator[Block]:
    """The fenced code blocks of a Markdown text, in order."""
    lines = iter(text.splitlines())
    for line in lines:
        opened = FENCE.match(line)
        if opened:
            indent, fence = len(opened["indent"]), opened["fence"]
            content = []
            for inner in lines:
                if inner.strip() == fence:
                    break
                content.append(inner[indent:] if inner[:indent].isspace() else inner)
            yield make_block(opened["info"].strip(), content)


def make_block(info: str, content: list[str]) -> Block:
    """A block from what stands behind its fence and the lines in it."""
    caption = ""
    while info.startswith("{") and content and content[0].startswith(":"):
        name, _, value = content.pop(0).strip(":").partition(":")
        caption = value.strip() if name == "caption" else caption
    return Block(info.split()[-1] if info else "", caption, tuple(content))


def read_commands(block: Block) -> list[Command]:
    """The commands of a ``console`` block."""
    found: list[Command] = []
    for line in block.lines:
        if line.startswith("$ "):
            found.append(Command(line[2:], ()))
        elif found:
            found[-1] = Command(found[-1].line, (*found[-1].output, line.rstrip()))
    return [dataclasses.replace(command, output=trimmed(command.output)) for command in found]


def trimmed(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines without empty ones at the end."""
    return tuple("\n".join(lines).rstrip().splitlines())


class Player:
    """Does in a folder what a page says.

    :param folder: where the files are written and the commands run.
    :param environ: the environment of the commands; ``export`` adds to a copy.
    """

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self.environ = dict(environ)
        self.revisions: dict[str, str] = {}

    def play(self, text: str) -> int:
        """Do all that a page says and compare what it shows; return the number of commands that were run."""
        count = 0
        for block in read_blocks(text):
            self.write(block)
            for command in read_commands(block) if block.language == "console" else ():
                if command.is_run:
                    self.run(command)
                    count += 1
        return count

    def write(self, block: Block) -> None:
        """Write the file that a block is, if it is one."""
        named = NAMED.match(block.lines[0]) if block.lines else None
        name = block.caption or (named["name"] if named else "")
        if name:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            is_added = bool(named and named["rest"])
            before = path.read_text(encoding="utf-8") + "\n" if is_added else ""
            path.write_text(before + block.text, encoding="utf-8")

    def run(self, command: Command) -> None:
        """Run a command and compare its output; ``cd`` and ``export`` hold for the commands after it."""
        line = REVISION.sub(lambda found: self.revisions.get(found[0], found[0]), command.line)
        word, _, rest = line.partition(" ")
        if word == "cd":
            self.folder = self.folder / rest
        elif word == "export":
            name, _, value = rest.partition("=")
            self.environ[name] = value.strip("\"'")
        else:
            self.check(command, self.execute(line))

    def execute(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line in a shell, standard error among the output as on a terminal."""
        return subprocess.run(
            line,
            shell=True,
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    def check(self, command: Command, done: subprocess.CompletedProcess[str]) -> None:
        """Compare how a command ended, and what it printed, with the page."""
        shown = f"$ {command.line}\n{done.stdout}(exit code {done.returncode})"
        assert (done.returncode != 0) == command.fails, shown
        assert "Traceback" not in done.stdout, shown
        if command.output:
            printed = "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())
            found = re.fullmatch(self.pattern(command.output), printed)
            assert found, f"The page shows\n{command.output}\nbut this is what happens:\n{shown}"
            self.revisions.update({name.removeprefix("r"): value for name, value in found.groupdict().items()})

    def pattern(self, expected: tuple[str, ...]) -> str:
        """A regular expression for the output that a page shows; revision ids that are new become groups."""
        seen = dict(self.revisions)
        lines = [r"(?:.*\n)*?" if line.strip() == ANY else self.line_pattern(line, seen) for line in expected]
        return "".join(lines)

    def line_pattern(self, line: str, seen: dict[str, str]) -> str:
        """A regular expression for one line; ``seen`` has the ids that have a value or a group already."""
        pieces = []
        for piece in re.split(rf"({ANY}|{REVISION.pattern})", line):
            if piece == ANY:
                pieces.append(".*?")
            elif REVISION.fullmatch(piece):
                pieces.append(re.escape(seen[piece]) if seen.get(piece) else self.group(piece, seen))
            else:
                pieces.append(re.escape(piece))
        return "".join([*pieces, r"\n"])

    @staticmethod
    def group(revision: str, seen: dict[str, str]) -> str:
        """The group that catches a new id, or a reference to it when it was named before."""
        if revision in seen:
            return f"(?P=r{revision})"
        seen[revision] = ""
        return f"(?P<r{revision}>[0-9a-f]{{12}})"
