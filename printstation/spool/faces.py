"""From the sealed payload of a job to the faces of its card."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import layouts
from drivers import Face, Model
from printstation.refusals import Refusal
from printstation.seal import Seal
from printstation.store import jobs
from printstation.store.engine import Store
from printstation.store.jobs import Job

#: Renders one job for one model: faces in the order front, back; as many as the model has sides.
Painter = Callable[[Job, Model], list[Face]]


def open_payload(store: Store, seal: Seal, job: str) -> dict[str, Any]:
    """The body of a job as it was posted; refuses `payload-erased`."""
    with store.read() as conn:
        found = jobs.sealed_payload(conn, job)
    if found is None:
        raise Refusal("payload-erased", f"the data of job {job} is erased")
    body: dict[str, Any] = json.loads(seal.open(found[1], job))
    return body


def pictures(
    store: Store, seal: Seal, job: Job, geometry: layouts.Geometry
) -> dict[str, layouts.Picture]:
    """Every side of a job's card; raises `layouts.Unprintable` or `LayoutError`."""
    body = open_payload(store, seal, job.id)
    return layouts.render(
        layouts.load(job.layout),
        body["values"],
        _picture(body.get("photo")),
        _picture(body.get("signature")),
        job.reference,
        geometry,
    )


def _picture(text: str | None) -> bytes | None:
    return base64.b64decode(text) if text else None


def geometry_of(model: Model) -> layouts.Geometry:
    """The dots of a model as the renderer wants them."""
    return layouts.Geometry(model.width_px, model.height_px, model.dpi)


def painter(store: Store, seal: Seal) -> Painter:
    """The painter of this station."""

    def paint(job: Job, model: Model) -> list[Face]:
        sides = pictures(store, seal, job, geometry_of(model))
        # A one-sided printer prints the front; that it has no back is in its model's description.
        return [Face(picture.rgb, picture.resin) for picture in sides.values()][: model.sides]

    return paint
