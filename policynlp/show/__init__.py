"""What a person looks at: a report as a page or in a notebook, panels, plots.

`policynlp.show.report_view` says in plain values what a page shows, `policynlp.show.report_page` makes HTML of it with
the templates. Plots need the extra ``policynlp[plot]``.
"""
