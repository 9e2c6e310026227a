"""The repository of a history, and another branch of it."""

from __future__ import annotations

import os
import typing as t

from ..errors import HistoryError
from .git import Answer, NoGit, git

#: For how many seconds git may look: the files of a big history are read in one go.
SECONDS = 60.0

#: The ids of files by their paths from the top of the repository.
Files = t.Mapping[str, str]


class Repository:
    """The repository that ``folder`` is in, and what ``ref`` stands for there.

    :raises HistoryError: when there is no git or no repository, when git does not know ``ref``, or when the clone is
        too shallow to tell where the two branches parted.
    """

    def __init__(self, folder: str, ref: str) -> None:
        self.ref = ref
        self.top = os.path.realpath(folder)
        answer = self._ask("rev-parse", "--show-toplevel")
        if not answer.is_good:
            raise HistoryError(
                f"git can't compare {os.path.relpath(folder)} with {ref}: {_plain(answer.complaint)}.",
                "Trust the folder: git config --global --add safe.directory '*'"
                if "dubious ownership" in answer.complaint
                else "Run the command in a clone of the repository.",
            )
        self.top = os.path.realpath(answer.text)
        self.is_shallow = self._ask("rev-parse", "--is-shallow-repository").text == "true"
        self.commit = self._commit()
        self.base = self._base()

    def merge(
        self, location: str, paths: t.Iterable[str], *, is_recursive: bool = False
    ) -> tuple[set[str], dict[str, bytes]]:
        """What a merge does to the files of one folder.

        :param paths: the files in it on disk.
        :returns: the paths of those that are gone after it, and the content of those that it brings or changes.
        """
        folder = os.path.relpath(os.path.realpath(location), self.top)
        if folder.split(os.sep)[0] == os.pardir:
            return set(), {}  # of an installed package
        prefix = "" if folder == os.curdir else folder.replace(os.sep, "/") + "/"
        theirs, base = self._files(self.commit, prefix, is_recursive), self._files(self.base, prefix, is_recursive)
        ours = self._on_disk([path for path in paths if self._is_inside(path)])
        taken = {
            path for path in {*ours, *theirs, *base} if _is_taken(ours.get(path), base.get(path), theirs.get(path))
        }
        gone = {self._path(path) for path in taken if path in ours and path not in theirs}
        wanted = [path for path in sorted(taken) if path in theirs]
        contents = self._contents([theirs[path] for path in wanted])
        return gone, {self._path(path): content for path, content in zip(wanted, contents, strict=True)}

    def _commit(self) -> str:
        if self.ref and not self.ref.startswith("-"):
            answer = self._ask("rev-parse", "--verify", "--quiet", f"{self.ref}^{{commit}}")
            if answer.is_good:
                return answer.text
        remotes = self._ask("remote").text.split()
        remote, _, branch = self.ref.partition("/")
        way = f"git fetch {remote} {branch}" if remote in remotes and branch else "git branch --all"
        remote_ref = next((f"{name}/{self.ref}" for name in remotes if self._knows(f"{name}/{self.ref}")), None)
        lead = "Fetch it" if way.startswith("git fetch") else "These are known"
        shallow = ", and the clone is shallow" if self.is_shallow else ""
        raise HistoryError(
            f"git knows no branch, tag or commit {self.ref!r}{shallow}.",
            f"Write {remote_ref}." if remote_ref else f"{lead}: {way}",
        )

    def _knows(self, ref: str) -> bool:
        return self._ask("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").is_good

    def _base(self) -> str:
        """The commit at which the two branches parted; empty when they have nothing in common."""
        found = self._ask("merge-base", "HEAD", self.commit).text
        if not found and self.is_shallow:
            raise HistoryError(
                f"The clone is shallow, so git does not know where this branch and {self.ref} parted.",
                "Fetch the whole history: git fetch --unshallow (in GitHub Actions, fetch-depth: 0 for checkout)",
            )
        return found

    def _files(self, commit: str, prefix: str, is_recursive: bool) -> Files:
        """The revision files in one folder of a commit."""
        if not commit:
            return {}
        answer = self._ask("ls-tree", "-r", "-z", "--full-tree", commit, *(["--", prefix] if prefix else []))
        files = {}
        for entry in filter(None, answer.output.decode("utf-8", "surrogateescape").split("\0")):
            facts, _, path = entry.partition("\t")
            mode, _, found = facts.split(" ")
            file = path.rpartition("/")[2]
            is_here = path.startswith(prefix) and (is_recursive or "/" not in path[len(prefix) :])
            is_plain = mode in ("100644", "100755")
            if is_plain and is_here and file.endswith(".py") and not file.startswith((".#", "__init__")):
                files[path] = found
        return files

    def _on_disk(self, paths: list[str]) -> Files:
        """The ids that git would give to files on disk, by their paths from the top."""
        names = [os.path.relpath(path, self.top).replace(os.sep, "/") for path in paths]
        if not names:
            return {}
        answer = self._ask("hash-object", "--stdin-paths", given="\n".join(names).encode("utf-8", "surrogateescape"))
        return dict(zip(names, answer.text.split("\n"), strict=True)) if answer.is_good else dict.fromkeys(names, "")

    def _contents(self, ids: list[str]) -> t.Iterator[bytes]:
        if not ids:
            return
        output = self._ask("cat-file", "--batch", given="\n".join(ids).encode()).output
        for name in ids:
            header, _, output = output.partition(b"\n")
            if header.endswith(b" missing") or header.count(b" ") != 2:
                raise HistoryError(
                    f"git has not fetched the files of {self.ref} ({name[:10]} is missing).",
                    "Clone the repository without a filter, or fetch them: git fetch --refetch --no-filter",
                )
            size = int(header.rpartition(b" ")[2])
            yield output[:size]
            output = output[size + 1 :]

    def _is_inside(self, path: str) -> bool:
        return os.path.realpath(path).startswith(os.path.join(self.top, ""))

    def _path(self, name: str) -> str:
        return os.path.join(self.top, *name.split("/"))

    def _ask(self, *arguments: str, given: bytes = b"") -> Answer:
        try:
            return git(self.top, *arguments, seconds=SECONDS, given=given)
        except NoGit as error:
            raise HistoryError(
                f"git is needed to read {self.ref}, and it is not installed or does not answer.",
                "Install git, or compare the branches where it is.",
            ) from error


def _is_taken(ours: str | None, base: str | None, theirs: str | None) -> bool:
    """Whether a merge takes a file from the other side; where both have changed it, what is here counts."""
    if theirs in (ours, base):
        return False
    return ours in (base, None)


def _plain(complaint: str) -> str:
    return complaint.removeprefix("fatal: ").rstrip(".") or "it says nothing"
