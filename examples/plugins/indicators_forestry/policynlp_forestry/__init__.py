"""Indicators of forestry: a catalogue is a file, and the entry point leads to where it lies."""

from pathlib import Path

CATALOGUE = Path(__file__).with_name("forestry.tsv")
