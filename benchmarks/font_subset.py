"""Make the font that ships for plots: a subset of Noto Sans CJK SC (Debian's fonts-noto-cjk), renamed.

Run: ``python benchmarks/font_subset.py NotoSansCJK-Regular.ttc`` (needs fonttools). Run it again when a table under
``policynlp/data`` gains a rare character of a place name.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection

ROOT = Path(__file__).parents[1]
OUT = ROOT / "policynlp" / "show" / "fonts" / "PolicynlpSansSC-Regular.otf"
FAMILY = "Policynlp Sans SC"
SIGNS = "−–—…“”‘’·×÷≤≥≈±％‰→←↑↓●○◆◇■□▲△▼▽★☆①②③④⑤⑥⑦⑧⑨⑩²³"
TABLES = ["vhea", "vmtx", "VORG", "GSUB", "GPOS", "BASE", "GDEF"]


def wanted() -> set[int]:
    """Latin, GB 2312, signs, and every character of our tables and of the example corpus."""
    points = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180)) | {ord(sign) for sign in SIGNS}
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            points |= {ord(letter) for letter in bytes([row, cell]).decode("gb2312", "ignore")}
    for folder in (ROOT / "policynlp" / "data", ROOT / "corpus" / "example"):
        for path in folder.glob("*.t[sx][vt]"):
            points |= {ord(letter) for letter in path.read_text(encoding="utf-8") if letter.isprintable()}
    return points


def main(source: str) -> None:
    """Subset, rename (a name of its own hides no fuller Noto on the user's machine), save."""
    font = next(f for f in TTCollection(source).fonts if f["name"].getDebugName(1) == "Noto Sans CJK SC")
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True)
    options.drop_tables += TABLES
    options.name_IDs = [*range(7), 8, 9, 11, 13, 14]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted())
    cutter.subset(font)
    names = {1: FAMILY, 3: f"{FAMILY}, a subset of Noto Sans CJK SC", 4: FAMILY, 6: "PolicynlpSansSC-Regular"}
    for record in font["name"].names:
        record.string = names.get(record.nameID, str(record))
    cff = font["CFF "].cff
    cff.fontNames = [names[6]]
    cff.topDictIndex[0].FullName = cff.topDictIndex[0].FamilyName = FAMILY
    font.save(OUT)


if __name__ == "__main__":
    main(sys.argv[1])
