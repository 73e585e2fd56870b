"""The mark of the app: an eye that is also a play button."""

ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<rect width="64" height="64" rx="18" fill="#0f6b5c"/>
<path d="M8 32c6-11 14-16 24-16s18 5 24 16c-6 11-14 16-24 16S14 43 8 32z" fill="#fffdf9"/>
<circle cx="32" cy="32" r="12" fill="#0f6b5c"/>
<path d="M28 25.5v13L39 32z" fill="#fffdf9"/></svg>"""
