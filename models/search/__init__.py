"""Search: words to records, always inside what the member may see.

Names are folded in Python (case, accents), so that both databases answer alike. A record's words are
rows of :class:`Token`; each word of a query must begin one of them. What is typed otherwise than it is
written (initials, the end of a phone number) is a token too, and a word that begins none is corrected.
"""

from models.search.finding import MOST_FOUND, MOST_WORDS, Word, find, leading, named, rank
from models.search.folding import LONGEST_TOKEN, PARTICLES, fold, parts, typed, words
from models.search.token import (
    Facet,
    Token,
    by_company,
    by_facet,
    fragments,
    holding,
    index,
    renamed,
    tokens,
    whole,
)
from models.search.vocabulary import Vocabulary

__all__ = [
    "LONGEST_TOKEN",
    "MOST_FOUND",
    "MOST_WORDS",
    "PARTICLES",
    "Facet",
    "Token",
    "Vocabulary",
    "Word",
    "by_company",
    "by_facet",
    "find",
    "fold",
    "fragments",
    "holding",
    "index",
    "leading",
    "named",
    "parts",
    "rank",
    "renamed",
    "tokens",
    "typed",
    "whole",
    "words",
]
