"""The error tree: every fault a user can meet, each with a stable code.

    I2VError                internal: a bug; the log says where
    ├── BadInput            exit 2, HTTP 4xx: nothing ran, the user can mend it
    │   ├── options         option_invalid  option_unknown  engine_unknown  preset_unknown  limit_exceeded
    │   │                   flag_not_here  target_unusable  command_unknown
    │   ├── pictures        picture_missing  picture_unreadable  picture_truncated  picture_unrecognized
    │   │                   picture_unsupported  picture_too_small  picture_too_large  picture_too_narrow
    │   │                   picture_too_heavy
    │   ├── recipes         clip_unreadable  recipe_missing  recipe_foreign  recipe_newer
    │   │                   recipe_picture_missing  recipe_sentence_missing  recipe_start_missing
    │   ├── requests        request_malformed  idempotency_conflict  queue_full  job_long  memory_short
    │   │                   job_begun  job_not_failed
    │   ├── refining        draft_unfinished  draft_latents_gone  draft_differs  refine_shape  refine_exact
    │   │                   refine_unchanged  phase_unknown
    │   ├── not found       job_unknown  job_stopping  batch_unknown  clip_missing  address_unknown
    │   │                   folder_unopened
    │   └── guard           host_refused  origin_refused  method_refused  token_required
    │                       body_too_large  body_too_slow  uploads_busy
    ├── StartFailed         exit 2: the program cannot begin
    │   ├── settings        setting_invalid  setting_unknown  setting_twice  settings_unreadable
    │   └── surroundings    folder_unusable  folder_owned  folder_busy  port_busy  port_forbidden
    │                       database_newer  server_unreachable  server_unready  server_unproven
    ├── JobFailed           exit 1: a job ran and did not reach its clip
    │   ├── worker          worker_crashed  worker_silent  engine_broken  weights_missing  device_missing
    │   ├── memory          out_of_memory  out_of_gpu_memory  gpu_fault
    │   └── clip            clip_damaged  clip_faulty  disk_full  output_unwritable
    └── WeightsFault        model files could not be found, fetched or proven; nothing bad was kept
        ├── here            weights_absent  engine_without_weights  weights_busy  weights_unproven  weights_damaged
        │                   weights_disk_full
        ├── hub             hub_offline  hub_refused  hub_missing
        └── HubTrouble      hub_unreachable  hub_silent  hub_busy  hub_answer_odd: tried again for a while first

An error carries its code and the values that explain it, never a finished sentence: the sentences, in every
language, live in `i2v/text/<language>/errors/` under the same code (`what` and `fix`).
"""

from i2v.errors.bad_input import *
from i2v.errors.guard import *
from i2v.errors.jobs import *
from i2v.errors.pictures import *
from i2v.errors.recipes import *
from i2v.errors.refine import *
from i2v.errors.start import *
from i2v.errors.tree import *
from i2v.errors.weights import *
