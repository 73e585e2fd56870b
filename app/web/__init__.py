"""The pages: Ask, Timeline and Library in one Gradio app, with scripts and styles of our own.

Gradio evaluates the *output* of an HTML template as a JavaScript template literal, so a caption
that contains ``${…}`` would run. Data therefore never goes through ``gr.HTML``: its templates are
fixed shells, and the scripts in ``static/`` fill them with text nodes from our JSON routes.
"""
