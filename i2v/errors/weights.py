"""Model files could not be found, fetched or proven; nothing bad was kept."""

from __future__ import annotations

from i2v.errors.tree import I2VError


class WeightsFault(I2VError):
    """Model files could not be found, fetched or proven; what was fetched and proven stays."""

    http_status = 502


class WeightsAbsent(WeightsFault):
    """values: engine, size_gb, path (where a download would put them)."""

    code = "weights_absent"
    http_status = 409
    exit_code = 2


class EngineWithoutWeights(WeightsFault):
    """values: engine, known (comma-separated names of those that have some)."""

    code = "engine_without_weights"
    http_status = 422
    exit_code = 2


class WeightsBusy(WeightsFault):
    """Another process is at work on the same folder. values: path."""

    code = "weights_busy"
    http_status = 409


class WeightsUnproven(WeightsFault):
    """Files that this app did not fetch: nothing says what they should be. values: path, url."""

    code = "weights_unproven"
    http_status = 409


class WeightsDamaged(WeightsFault):
    """A file came with the right size and the wrong content, several times. values: file, url."""

    code = "weights_damaged"


class WeightsDiskFull(WeightsFault):
    """values: path, free_gb, needed_gb."""

    code = "weights_disk_full"
    http_status = 507


class HubOffline(WeightsFault):
    """values: variable (the one that forbids it)."""

    code = "hub_offline"
    http_status = 409
    exit_code = 2


class HubRefused(WeightsFault):
    """401 or 403. values: url, status, page."""

    code = "hub_refused"


class HubMissing(WeightsFault):
    """404. values: url, what (repository, revision and file)."""

    code = "hub_missing"


class HubTrouble(WeightsFault):
    """May pass by itself."""


class HubUnreachable(HubTrouble):
    """No connection, or it broke. values: url, reason."""

    code = "hub_unreachable"


class HubSilent(HubTrouble):
    """values: url, seconds."""

    code = "hub_silent"
    http_status = 504


class HubBusy(HubTrouble):
    """429 or 5xx. values: url, status, seconds (when it wants to be asked again, or 0)."""

    code = "hub_busy"
    http_status = 503


class HubAnswerOdd(HubTrouble):
    """Something else than what was asked for, such as a sign-in page. values: url, what, found."""

    code = "hub_answer_odd"
