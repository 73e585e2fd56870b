"""Scripts and styles of the pages, and what serves them. Kept libraries lie in `static/vendor`,
brought by `npm run vendor`.
"""
