"""What a person looks at: a report as a page or in a notebook, and plots.

Pages need no library (`policynlp.show.page`); plots need the extra ``policynlp[plot]``.
"""
