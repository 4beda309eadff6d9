"""Bulletins whose figures can be traced: template, figures, pages, the signed site.

Read in this order: `template` (what a writer gives), `syntax` and `literals` (what is text, and
what in it looks like a figure), `figure` and the sources (queries and what they gave), `compose`
(a template with its figures read), `html` and `pdf` (two renderings), `approve`, `site` and
`manifest` (the published folder), `rerun` (still true, or what changed), `inventory` (the source,
item by item).
"""
