"""The web application: REST and page, and the guard in front of everything."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from i2v.api.problems import install_problem_handlers
from i2v.api.routes import all_routes
from i2v.errors import AddressUnknown
from i2v.guard import Guard, own_path, realm_of
from i2v.services.house import House
from i2v.ui.page import mount_page

GRACE_SECONDS = 2


class HeadAsGet:
    """ASGI layer: our addresses answer HEAD as they answer GET; the server below leaves the body away."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        if is_head and own_path(scope).startswith(("/api/", "/health")):
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)


class WebApp:
    """The guarded app, and whether it is ready to be used."""

    def __init__(self, house: House, port: int, token: str | None) -> None:
        self.is_ready = False
        inner = FastAPI(title="i2v", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json")
        inner.add_middleware(HeadAsGet)

        @inner.get("/health")
        def health(response: Response) -> dict[str, str]:
            status = "starting" if not self.is_ready else "ok" if house.dispatcher.is_alive else "stopped"
            response.status_code = 200 if status == "ok" else 503
            response.headers["Cache-Control"] = "no-store"
            return {"status": status, **({"realm": realm_of(token)} if token else {})}

        install_problem_handlers(inner)
        for router in all_routes(house):
            inner.include_router(router)

        # Gradio, mounted at the root, would answer for what we do not have, in words of its own. And its own API takes
        # uploads and fails on broken ones, while the page needs nothing of it.
        @inner.api_route("/api/{path:path}", methods=["GET", "POST", "PATCH", "DELETE"], include_in_schema=False)
        @inner.api_route("/gradio_api/{path:path}", methods=["GET", "POST", "PATCH", "DELETE"], include_in_schema=False)
        def unknown(request: Request) -> None:
            raise AddressUnknown(method=request.method, path=request.url.path[:200])

        mount_page(inner, house)
        settings = house.settings
        # Other machines know this one by its name or number.
        name = socket.gethostname()
        self.guarded = Guard(
            inner,
            port=port,
            extra_hosts=[name, f"{name}.local"] if settings.listen else [],
            any_ip=settings.listen,
            public=settings.public_address,
            max_body_bytes=settings.max_upload_mb << 20,
            token=token,
        )


def run_server(app: WebApp, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serves on a socket that listens already, until Ctrl-C or SIGTERM."""

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            app.is_ready = True
            on_ready()

    config = uvicorn.Config(
        app.guarded,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    Server(config).run(sockets=[listener])
