"""How long a browser may keep an answer."""

NO_STORE = {"Cache-Control": "no-store"}
FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
