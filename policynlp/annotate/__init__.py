"""Annotation: labelled or pre-labelled reports to and from annotation programs, and what to label next."""
