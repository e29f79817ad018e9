"""Chinese glyphs in plots without the user's doing: a font that ships with the library.

The font is a subset (GB 2312 and what our tables hold) of Noto Sans CJK SC under the SIL Open Font License; see
``fonts/OFL.txt`` beside it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from importlib.resources import as_file, files
from typing import Any

FAMILY = "Policynlp Sans SC"


@cache
def register() -> str:
    """Make the shipped font known to matplotlib, once a process.

    Returns:
        The name of its family.

    Raises:
        ImportError: Without matplotlib; says which extra brings it.

    Example:
        >>> register()
        'Policynlp Sans SC'
    """
    _matplotlib()
    from matplotlib import font_manager

    with as_file(files("policynlp.show") / "fonts" / "PolicynlpSansSC-Regular.otf") as path:
        font_manager.fontManager.addfont(path)
    return FAMILY


def chinese_style(**settings: Any) -> AbstractContextManager[None]:
    """A context in which matplotlib draws with the shipped font and in this library's plain style.

    Nothing outside the context changes. A figure must be saved or shown with the style it was made in for its text
    to be laid out well, but its glyphs are fixed when the text is made.

    Args:
        **settings: Further matplotlib settings (``rcParams``), with ``_`` for ``.``.

    Returns:
        The context manager.

    Raises:
        ImportError: Without matplotlib; says which extra brings it.

    Example:
        >>> with chinese_style(font_size=11):
        ...     pass
    """
    matplotlib = _matplotlib()
    style = {
        # DejaVu Sans, which matplotlib ships, has what our subset lacks.
        "font.family": [register(), "DejaVu Sans"],
        "font.size": 10,
        # The subset has the true minus sign; PDF readers can search and copy embedded TrueType or CFF text only.
        "axes.unicode_minus": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 12,
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
        "savefig.bbox": "tight",
    }
    style |= {key.replace("_", ".", 1): value for key, value in settings.items()}
    return matplotlib.rc_context(style)


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'policynlp[plot]'") from error
    return matplotlib
