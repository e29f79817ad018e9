"""Numbers of a report: quantities, and the facts that they state."""

from policynlp.facts.catalogue import Catalogue, catalogue_of, choose_catalogue, read_catalogue
from policynlp.facts.find import find_facts
from policynlp.facts.numerals import NumeralError, parse_numeral
from policynlp.facts.quantities import Quantity, find_numbers, find_quantities
from policynlp.facts.render import render

__all__ = [
    "Catalogue",
    "NumeralError",
    "Quantity",
    "catalogue_of",
    "choose_catalogue",
    "find_facts",
    "find_numbers",
    "find_quantities",
    "parse_numeral",
    "read_catalogue",
    "render",
]
