"""The page: Gradio holds layout and ordinary controls, `elements/` what is live. It talks to REST only."""
