"""The dark-room look for Gradio's own components: its theme variables follow the colours of `elements/room.css`."""

from __future__ import annotations

import inspect

from i2v.ui.toolkit import gr

FONTS = ["system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
MONO_FONTS = ["ui-monospace", "Menlo", "Consolas", "monospace"]

# Literal, not variables: they stand in the HTML before any style sheet is there and keep the first frame from flashing.
_BODY = {
    "body_background_fill": "#f6f4f0",
    "body_background_fill_dark": "#14161a",
    "body_text_color": "#23252a",
    "body_text_color_dark": "#e8e6e1",
}

_VARIABLES = {
    "background_fill_primary": "var(--panel)",
    "background_fill_secondary": "var(--well)",
    "block_background_fill": "transparent",
    "block_border_color": "transparent",
    "block_border_width": "0px",
    "block_info_text_color": "var(--soft)",
    "block_info_text_size": "0.8125rem",
    "block_label_text_color": "var(--soft)",
    "block_padding": "0px",
    "block_radius": "var(--round)",
    "block_shadow": "none",
    "block_title_text_color": "var(--ink)",
    "block_title_text_size": "0.9375rem",
    "block_title_text_weight": "600",
    "body_text_color_subdued": "var(--soft)",
    "border_color_accent": "var(--lamp)",
    "border_color_primary": "var(--line)",
    "button_primary_background_fill": "var(--lamp)",
    "button_primary_background_fill_hover": "var(--lamp-near)",
    "button_primary_border_color": "transparent",
    "button_primary_border_color_hover": "transparent",
    "button_primary_text_color": "var(--on-lamp)",
    "button_primary_text_color_hover": "var(--on-lamp)",
    "button_large_radius": "var(--round)",
    "button_large_text_size": "1.0625rem",
    "checkbox_background_color": "var(--well)",
    "checkbox_background_color_selected": "var(--lamp)",
    "checkbox_border_color": "var(--edge)",
    "checkbox_border_color_focus": "var(--lamp)",
    "checkbox_border_color_selected": "var(--lamp)",
    "checkbox_label_background_fill": "var(--well)",
    "checkbox_label_background_fill_hover": "var(--well)",
    "checkbox_label_background_fill_selected": "var(--well)",
    "checkbox_label_border_color": "var(--edge)",
    "checkbox_label_border_color_selected": "var(--lamp)",
    "checkbox_label_border_width": "1px",
    "checkbox_label_text_color": "var(--ink)",
    "checkbox_label_text_color_selected": "var(--ink)",
    "color_accent": "var(--lamp)",
    "form_gap_width": "0px",
    "input_background_fill": "var(--well)",
    "input_background_fill_focus": "var(--well)",
    "input_border_color": "var(--edge)",
    "input_border_color_focus": "var(--lamp)",
    "input_border_width": "1px",
    "input_placeholder_color": "var(--soft)",
    "input_radius": "var(--round)",
    "input_shadow": "none",
    "input_shadow_focus": "none",
    "input_text_size": "1rem",
    "shadow_drop": "none",
}


def room_theme() -> gr.themes.Base:
    """Quiet, one accent, system fonts only, so that nothing is fetched. Light and dark differ in `room.css` alone."""
    theme = gr.themes.Base(font=FONTS, font_mono=MONO_FONTS)
    known = inspect.signature(theme.set).parameters
    dark = {f"{name}_dark": value for name, value in _VARIABLES.items() if f"{name}_dark" in known}
    return theme.set(**_BODY, **_VARIABLES, **dark)
