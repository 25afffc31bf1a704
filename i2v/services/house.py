"""Everything that runs behind the faces, put together over one data folder."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from i2v.dispatch.dispatcher import Dispatcher
from i2v.dispatch.job_files import JobFiles
from i2v.dispatch.local import LocalWorker
from i2v.dispatch.progress import ProgressBoard
from i2v.dispatch.publish import Publisher
from i2v.dispatch.run import Patience, Records
from i2v.domain.events import Assignment
from i2v.domain.job import QUEUED, RUNNING, Job
from i2v.engines.registry import engine_spec
from i2v.logs import current_run
from i2v.logs.reading import LogReader
from i2v.services.candidates import Candidates
from i2v.services.clip_judge import ClipJudge
from i2v.services.clip_measuring import ClipMeasuring
from i2v.services.coach import Coach
from i2v.services.drafts import Drafts, way_of
from i2v.services.estimate import Estimator
from i2v.services.housekeeping import Housekeeper
from i2v.services.improved_pictures import ImprovedPictures
from i2v.services.library import Library, Shelves
from i2v.services.machine import Machine, WorkerAtHand
from i2v.services.models import Models
from i2v.services.outlook import Outlook
from i2v.services.picture_judge import PictureJudge
from i2v.services.pictures import PictureStore
from i2v.services.queue import Queue
from i2v.services.stocktaking import Stocktaking
from i2v.services.submit import Sources, Submitter
from i2v.services.thumbnails import Thumbnails
from i2v.services.trash import Belongings, Trash
from i2v.services.way import Ways
from i2v.settings import Settings
from i2v.storage.database import Database
from i2v.storage.history import HistoryTable
from i2v.storage.jobs import JobTable
from i2v.storage.ownership import Ownership
from i2v.storage.queue_order import QueueOrder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class House:
    """One data folder at work. `open_house` builds it, `close` leaves it in order."""

    settings: Settings
    submitter: Submitter
    library: Library
    queue: Queue
    candidates: Candidates
    ways: Ways
    clips: ClipJudge
    measuring: ClipMeasuring
    estimator: Estimator
    coach: Coach
    machine: Machine
    pictures: PictureStore
    improved: ImprovedPictures
    models: Models
    thumbnails: Thumbnails
    stock: Stocktaking
    housekeeper: Housekeeper
    log: LogReader
    dispatcher: Dispatcher
    database: Database
    ownership: Ownership

    def close(self) -> None:
        """Stops the worker; a running job waits for the next start."""
        self.housekeeper.stop()
        self.dispatcher.stop()
        self.measuring.stop()
        self.database.close()
        self.ownership.release()


def open_house(settings: Settings, ownership: Ownership, patience: Patience | None = None) -> House:
    """Opens the data folder, prepared and owned already. Its queue rests until `house.dispatcher.start()`."""
    database = Database(settings.state_dir / "jobs.sqlite")
    jobs = JobTable(database)
    pictures = PictureStore(settings.input_dir)
    models = Models(settings)
    board = ProgressBoard()
    checkpoints = JobFiles(settings.state_dir / "checkpoints", ".checkpoint")
    latents = JobFiles(settings.state_dir / "latents", ".safetensors")
    drafts = Drafts(jobs, latents, JobFiles(settings.state_dir / "starts", ".safetensors"))
    sources = Sources(pictures, models, drafts)
    measuring = ClipMeasuring(jobs, pictures, settings.output_dir)
    records = Records(jobs, board, Publisher(settings.output_dir), checkpoints, latents, measuring.add)
    dispatcher = Dispatcher(
        records,
        lambda job: _assignment(job, settings.device, checkpoints.load(job.id), sources),
        lambda: LocalWorker(settings.temp_dir),
        patience or Patience(idle=settings.idle_minutes * 60),
    )
    drafts.sweep()
    _sweep(settings.temp_dir, jobs, checkpoints)
    history = HistoryTable(database)
    thumbnails = JobFiles(settings.state_dir / "thumbnails", ".webp")
    trash = Trash(
        settings.output_dir,
        JobFiles(settings.state_dir / "trash", ".mp4"),
        jobs,
        history,
        Belongings((latents, checkpoints, thumbnails), pictures),
    )
    trash.settle()
    library = Library(Shelves(settings.output_dir, jobs, history, board, latents, trash), dispatcher.cancel)
    stock = Stocktaking(settings.output_dir, history)
    machine = Machine(settings.device, lambda: _worker_at_hand(dispatcher))
    outlook = Outlook(jobs, models, machine)
    clips = ClipJudge(measuring)
    measuring.start()
    submitter = Submitter(settings, jobs, sources, outlook, dispatcher.wake)
    estimator = Estimator(submitter, outlook)
    return House(
        settings=settings,
        submitter=submitter,
        estimator=estimator,
        coach=Coach(models, outlook, PictureJudge(pictures, settings.max_resolution)),
        machine=machine,
        library=library,
        queue=Queue(QueueOrder(database, jobs), submitter, library, settings.max_queue),
        ways=Ways(jobs, library, submitter, estimator, settings.max_resolution),
        candidates=Candidates(submitter, library, jobs, clips),
        clips=clips,
        measuring=measuring,
        pictures=pictures,
        improved=ImprovedPictures(pictures, settings.temp_dir),
        models=models,
        thumbnails=Thumbnails(thumbnails, library),
        stock=stock,
        housekeeper=Housekeeper(stock, trash, pictures, jobs),
        log=LogReader(settings.logs_dir, current_run()),
        dispatcher=dispatcher,
        database=database,
        ownership=ownership,
    )


def _assignment(job: Job, device: str, checkpoint: bytes, sources: Sources) -> Assignment:
    """All that a worker needs for a job."""
    return Assignment(
        job_id=job.id,
        engine=job.engine,
        options=dict(job.options),
        picture=sources.pictures.path(job.picture_sha256).read_bytes(),
        picture_sha256=job.picture_sha256,
        device=device,
        model_dir=str(sources.models.folder(engine_spec(job.engine)) or ""),
        checkpoint=checkpoint,
        private=job.private,
        start_latents=sources.drafts.start_of(job),
        strength=job.strength or 0.0,
        way=way_of(job),
    )


def _worker_at_hand(dispatcher: Dispatcher) -> WorkerAtHand:
    engine = dispatcher.worker_engine
    return WorkerAtHand(dispatcher.worker_pid, bool(engine) and engine_spec(engine).needs_weights)


def _sweep(temp_dir: Path, jobs: JobTable, checkpoints: JobFiles) -> None:
    """Removes what an earlier run that was killed has left lying."""
    waiting = jobs.latest(10_000, statuses=(QUEUED, RUNNING))
    checkpoints.sweep({job.id for job in waiting})
    for folder in temp_dir.glob("clip-*"):
        shutil.rmtree(folder, ignore_errors=True)  # what somebody still holds open waits for the next start
