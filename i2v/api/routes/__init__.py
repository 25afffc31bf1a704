"""Addresses under `/api/v1`, a file for each subject.

Blocking work runs in FastAPI's thread pool, so handlers that touch the disk are plain functions.
"""

from __future__ import annotations

from fastapi import APIRouter

from i2v.api.routes.batches import batch_routes
from i2v.api.routes.coach import coach_routes
from i2v.api.routes.files import file_routes
from i2v.api.routes.history import history_routes
from i2v.api.routes.jobs import job_routes
from i2v.api.routes.log import log_routes
from i2v.api.routes.machine import machine_routes
from i2v.api.routes.models import model_routes
from i2v.api.routes.pictures import picture_routes
from i2v.api.routes.queue import queue_routes
from i2v.api.routes.recipes import recipe_routes
from i2v.api.routes.way import way_routes
from i2v.services.house import House


def all_routes(house: House) -> list[APIRouter]:
    """Every address of the REST face."""
    subjects = (
        job_routes,
        batch_routes,
        way_routes,
        queue_routes,
        history_routes,
        file_routes,
        picture_routes,
        recipe_routes,
        coach_routes,
        model_routes,
        machine_routes,
        log_routes,
    )
    return [routes(house) for routes in subjects]
