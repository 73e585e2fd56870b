"""The pages in one Gradio app: their components and events.

Gradio evaluates the *output* of an HTML template as a JavaScript template literal, so a caption
that contains ``${…}`` would run. Data of a home therefore never goes through ``gr.HTML``: its
templates are fixed shells. It reaches a page as the value of a component that escapes or sanitises
it, or through scripts of ``app/web/static`` that make text nodes of it.
"""
