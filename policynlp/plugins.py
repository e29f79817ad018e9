"""Extension points: what other installed packages add, found by entry points and imported only when it is asked for.

A package names what it adds in its own metadata (``[options.entry_points]`` in setup.cfg), in one of these groups:

- ``policynlp.readers``: a file ending without its dot, and a function from bytes to text;
- ``policynlp.classifiers``: a name for `policynlp.load`, and a function without arguments that returns a classifier;
- ``policynlp.indicators``: a name for ``indicators=``, and the path of a catalogue file, or a `Catalogue`;
- ``policynlp.annotation_formats``: a name for ``--format``, and a `policynlp.annotate.Format`.

``examples/plugins/`` holds a worked package for each. Nothing here takes effect by being installed, but readers: a
classifier, catalogue or format must be named.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

READERS = "policynlp.readers"
CLASSIFIERS = "policynlp.classifiers"
INDICATORS = "policynlp.indicators"
ANNOTATION_FORMATS = "policynlp.annotation_formats"


class PluginError(ValueError):
    """A plug-in that cannot be used; the message names the package that it comes from and what to do.

    Example:
        >>> issubclass(PluginError, ValueError)
        True
    """


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry of one group.

    Attributes:
        name: As the user asks for it.
        group: The extension point.
        entries: The entry points with this name; more than one where two packages claim it.

    Example:
        >>> from importlib.metadata import EntryPoint
        >>> Plugin("mine", READERS, (EntryPoint("mine", "json:loads", READERS),)).load()("1")
        1
    """

    name: str
    group: str
    entries: tuple[EntryPoint, ...]

    @property
    def distribution(self) -> str:
        """Name and version of the package, or packages, that the entry comes from."""
        return " and ".join(sorted({_distribution(entry) for entry in self.entries}))

    @property
    def fingerprint(self) -> str:
        """A hash that changes with the package and its version, so that workers with another one are noticed."""
        return hashlib.sha256(f"{self.group}\0{self.name}\0{self.distribution}".encode()).hexdigest()

    def load(self) -> Any:
        """Import what the entry leads to.

        Returns:
            The object.

        Raises:
            PluginError: Where that fails, or two packages claim the name.

        Example:
            >>> import pytest
            >>> from importlib.metadata import EntryPoint
            >>> with pytest.raises(PluginError, match="cannot be loaded"):
            ...     Plugin("mine", READERS, (EntryPoint("mine", "no_such_module:read", READERS),)).load()
        """
        if len(self.entries) > 1:
            raise PluginError(f"{self.distribution} both add {self.name!r} to {self.group}; uninstall one of them")
        try:
            return self.entries[0].load()
        except Exception as error:  # whatever a stranger's module raises while it is imported
            raise self.error(f"cannot be loaded ({type(error).__name__}: {error})") from error

    def error(self, trouble: str) -> PluginError:
        """An error about this plug-in that says where it comes from.

        Args:
            trouble: What is wrong, as the rest of a sentence.

        Returns:
            The error, not raised.

        Example:
            >>> from importlib.metadata import EntryPoint
            >>> plugin = Plugin("mine", READERS, (EntryPoint("mine", "json:loads", READERS),))
            >>> str(plugin.error("gives no text")).startswith("the plug-in 'mine' (policynlp.readers)")
            True
        """
        return PluginError(
            f"the plug-in {self.name!r} ({self.group}) of {self.distribution} {trouble}; "
            "update that package, uninstall it, or tell its authors"
        )


def _distribution(entry: EntryPoint) -> str:
    dist = entry.dist
    return f"{dist.name} {dist.version}" if dist is not None else f"an unnamed package ({entry.value})"


@cache
def plugins(group: str) -> dict[str, Plugin]:
    """What installed packages add to an extension point, by name; looked up once a process.

    Args:
        group: One of this module's constants.

    Returns:
        Plug-ins by the name of their entry, sorted.

    Example:
        >>> plugins("policynlp.no_such_group")
        {}
    """
    # Not sets: entry points of two packages that read the same are equal.
    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=group):
        found.setdefault(entry.name, []).append(entry)
    return {name: Plugin(name, group, tuple(found[name])) for name in sorted(found)}
