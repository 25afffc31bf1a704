"""The page at `/`: picture, sentence, Generate, and the clip beside them; everything else is folded away."""

from __future__ import annotations

from fastapi import FastAPI

from i2v.domain.options import PROMPT_LIMIT
from i2v.engines.registry import engine_specs
from i2v.services.house import House
from i2v.ui.assets import ELEMENTS, asset_routes, load_examples
from i2v.ui.controls import build_engine_controls
from i2v.ui.guide_pages import guide_routes
from i2v.ui.help_pages import help_routes
from i2v.ui.theme import room_theme
from i2v.ui.toolkit import gr
from i2v.ui.words import build_translations, page_data, script_json

TITLE = "Picture to clip"
QUEUE_SLEEP_SECONDS = 1.0
# In this order: the later ones refine the earlier.
STYLES = (
    "room", "page", "picture", "framing", "improve", "clip", "model", "shelf", "queue", "gallery", "onclip",
    "machine", "light", "log", "candidates", "way", "coach", "clip_advice",
)  # fmt: skip


def mount_page(app: FastAPI, house: House) -> None:
    """Puts the page and its files at the root of the app; every route of ours must be there already."""
    data = page_data(
        engine=house.settings.engine,
        examples=load_examples(),
        coach=house.settings.coach,
        limits={"max_resolution": house.settings.max_resolution, "max_frames": house.settings.max_frames},
    )
    translations = build_translations()
    demo = _build_page(translations, house.settings.engine)
    app.include_router(asset_routes())
    app.include_router(help_routes())
    app.include_router(guide_routes())
    gr.mount_gradio_app(
        app,
        demo,
        path="/",
        # Each of these could otherwise be turned on by an environment variable.
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        allowed_paths=[],
        show_error=False,
        footer_links=[],
        favicon_path=str(ELEMENTS / "icon.svg"),
        i18n=translations,
        theme=room_theme(),
        head=_head(data),
    )
    # Without it Gradio hands any file of this machine to whoever names its path: mounted apps are taken for unlaunched.
    demo.has_launched = True
    # Gradio's own queue, which nothing here uses, would look for work a thousand times per second: 2 % of a core.
    demo._queue.sleep_when_free = demo._queue.progress_update_sleep_when_free = QUEUE_SLEEP_SECONDS


def _head(data: dict[str, object]) -> str:
    # Named ahead, the modules come side by side instead of each after the one that asks for it.
    modules = "".join(f'<link rel="modulepreload" href="elements/{path.name}">' for path in ELEMENTS.glob("*.js"))
    # In the page itself: as files of their own each would be one more answer to wait for.
    styles = "\n".join((ELEMENTS / f"{name}.css").read_text("utf-8") for name in STYLES)
    return (
        f"{modules}<style>{styles}</style>"
        f'<script type="application/json" id="page-data">{script_json(data)}</script>'
        '<script type="module" src="elements/main.js"></script>'
    )


def _build_page(translate: gr.I18n, engine: str) -> gr.Blocks:
    """Layout and ordinary controls. No listener in Python: `elements/` sends what they hold to REST."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as demo:
        _place("top")
        with gr.Column(elem_id="room"):
            with gr.Column(elem_id="wish"):
                _place("picture")
                gr.Textbox(
                    label=translate("prompt.label"),
                    info=translate("prompt.help"),
                    placeholder=translate("prompt.placeholder"),
                    lines=3,
                    max_lines=8,
                    max_length=PROMPT_LIMIT,
                    elem_id="prompt",
                    interactive=True,
                )
                _place("coach")
                _place("builder")
                _place("edit")
                _place("light")
                _place("settings-advice")
                with gr.Row(elem_id="press"):
                    gr.Button(translate("generate"), variant="primary", elem_id="generate")
                    _place("count")
                _place("drafting")
                _place("plan")
            _place("clip")
            with gr.Accordion(translate("more"), open=False, elem_id="more"):
                gr.Radio(
                    [
                        (translate("engine.auto"), "auto"),
                        *((translate(f"engine.{name}"), name) for name in engine_specs()),
                    ],
                    value=engine,
                    label=translate("engine.label"),
                    elem_id="engine",
                    interactive=True,
                )
                _place("engine-note")
                _place("models")
                for spec in engine_specs().values():
                    with gr.Column(elem_id=f"engine--{spec.name}", elem_classes=["engine-options"]):
                        build_engine_controls(spec, translate)
                gr.Checkbox(
                    label=translate("private.label"),
                    info=translate("private.help"),
                    elem_id="private",
                    interactive=True,
                )
            _place("candidates")
            _place("queue")
            _place("shelf")
        _place("library")
        _place("log")
    return demo


def _place(name: str) -> None:
    """An empty place that `elements/` fills."""
    gr.HTML(
        f'<div id="{name}"></div>', elem_id=f"{name}-place", container=False, padding=False, apply_default_css=False
    )
