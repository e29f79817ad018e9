"""The table of `attention`: a pandas table that shows itself in a notebook."""

from __future__ import annotations

import pandas as pd

# What stands behind the columns of the groups.
COLUMNS = (
    "topic",
    "words_on_topic",
    "words",
    "word_share",
    "sentences_on_topic",
    "sentences",
    "sentence_share",
    "characters_on_topic",
    "characters",
    "character_share",
)


class AttentionTable(pd.DataFrame):
    """A pandas table in everything but its look in a notebook; what is made of it is a plain table."""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def _repr_html_(self) -> str | None:
        # With columns added or taken away it is the user's table, and looks like one.
        if "topic" not in self.columns or list(self.columns[-len(COLUMNS) :]) != list(COLUMNS):
            return pd.DataFrame(self)._repr_html_()
        from policynlp.show.notebook import attention_notebook

        return attention_notebook(pd.DataFrame(self))
