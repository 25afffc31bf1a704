"""A Gradio page with the kinds of components the real one has."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI

from .server import CallLog

_TRANSLATIONS = gr.I18n(**{"en": {"go": "Generate"}, "zh-CN": {"go": "生成"}})

# As the progress card does: a template, a script of its own, and a poll of our REST route.
_CARD_TEMPLATE = '<p id="card">${value}</p>'
_CARD_SCRIPT = """
fetch("/api/v1/jobs").then((answer) => answer.json()).then((jobs) => {
  element.querySelector("#card").textContent = `${jobs.length} jobs`;
});
"""


def mount_page(app: FastAPI, calls: CallLog) -> None:
    """Mounts the page at `/`; its handler leaves `go` in `calls` whenever it runs."""

    def go(
        picture: str | None, file: str | None, video: str | None, sentence: str
    ) -> tuple[str, str | None, str | None]:
        calls.add("go")
        return f"{picture}|{file}|{video}|{sentence}", file, picture

    with gr.Blocks(title="Sample", analytics_enabled=False) as demo:
        picture = gr.Image(type="filepath", elem_id="picture", sources=["upload", "clipboard"])
        with gr.Accordion("More", open=True):
            file = gr.File(type="filepath", elem_id="file")
            video = gr.Video(elem_id="video", sources=["upload"])
            gr.Slider(1, 10, label="Steps")
            gr.Radio(["fast", "standard"], label="Preset")
        sentence = gr.Textbox(elem_id="sentence")
        button = gr.Button(_TRANSLATIONS("go"), elem_id="go")
        told = gr.Textbox(elem_id="told")
        returned = gr.File(elem_id="returned")
        shown = gr.Image(elem_id="shown")
        gr.HTML("waiting", html_template=_CARD_TEMPLATE, js_on_load=_CARD_SCRIPT)
        gr.Markdown("$x^2$ and **bold**", latex_delimiters=[{"left": "$", "right": "$", "display": False}])
        button.click(go, [picture, file, video, sentence], [told, returned, shown], api_name="go")

    gr.mount_gradio_app(
        app,
        demo,
        path="/",
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        show_error=False,
        footer_links=[],
        i18n=_TRANSLATIONS,
    )
    # Without it Gradio takes any path on this machine for an uploaded file.
    demo.has_launched = True
