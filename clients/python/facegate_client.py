"""A client for facegate and for every server that speaks the same face API. One file; needs `requests`.

    from facegate_client import Client, FaceError

    client = Client("http://127.0.0.1:8080", app_id="…", api_key="…")
    answer = client.enroll("budi.jpg", subject_id="budi", validate_quality=True, validate_nface=True)
    if answer.passed:
        print(answer["subject_id"], answer["bounding_box"])
    else:
        print(answer.code, answer.message)          # FAIL_ON_4 fail on quality

An answer with status 200 is an `Answer`, whether the gates passed or not; everything else raises `FaceError` with the
server's code. Images may be a path, bytes, an open binary file, or a text that is sent as it is (base64, a data URI, an
http(s) URL, a sandbox scenario).
"""

from __future__ import annotations

import base64
import os
import uuid
from typing import Any, BinaryIO, Iterator, Mapping, Optional, Union

import requests

__all__ = ["Answer", "Client", "FaceError", "Image"]

Image = Union[str, bytes, "os.PathLike[str]", BinaryIO]


class FaceError(Exception):
    """The server refused a request: `status` is the HTTP status, `code` the `error_code`, `message` its text."""

    def __init__(self, status: int, code: str, message: str, session_id: Optional[str], retry_after: Optional[float]):
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.session_id = session_id
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later: the server was busy or the rate limit was reached."""
        return self.status in (408, 429, 503)


class Answer(dict[str, Any]):
    """A JSON answer with status 200."""

    @property
    def passed(self) -> bool:
        """Whether every requested gate passed (and, for verify and compare, the faces match)."""
        return "error_code" not in self

    @property
    def code(self) -> str:
        """`SUCCESS` or `FAIL_ON_n`."""
        return str(self.get("error_code", "SUCCESS"))

    @property
    def message(self) -> str:
        """`Request Success`, or which gates failed."""
        return str(self.get("message", ""))

    @property
    def failed_gates(self) -> frozenset[str]:
        """Names of the failed gates: liveness, attribute, quality, nface, match."""
        number = int(self.code.rpartition("_")[2]) if self.code.startswith("FAIL_ON_") else 0
        names = {1: "liveness", 2: "attribute", 4: "quality", 8: "nface", 16: "match"}
        return frozenset(name for bit, name in names.items() if number & bit)


class Client:
    """Speaks for one app. Safe to share between threads as far as `requests.Session` is."""

    def __init__(self, base_url: str, app_id: str, api_key: str, timeout: float = 60.0,
                 session: Optional[requests.Session] = None):
        self._base = base_url.rstrip("/")
        self._timeout = timeout
        self._session = session or requests.Session()
        self._headers = {"App-ID": app_id, "API-Key": api_key}

    def enroll(self, image: Image, subject_id: Optional[str] = None, *, idempotency_key: Optional[str] = None,
               **flags: Any) -> Answer:
        """Enrols a face, or replaces the subject's. Flags: is_quality, validate_nface, check_duplicate, …"""
        body = {"image": _image(image), "subject_id": subject_id, **flags}
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return self._call("POST", "/v1/face/enroll", body, headers)

    def delete(self, subject_id: str) -> Answer:
        """Removes a subject with template and photo."""
        return self._call("DELETE", "/v1/face/enroll", {"subject_id": subject_id})

    def verify(self, image: Image, subject_id: str, **flags: Any) -> Answer:
        """Is this the subject? `similarity_status`, `similarity`."""
        return self._call("POST", "/v1/face/verify", {"image": _image(image), "subject_id": subject_id, **flags})

    def compare(self, image_1: Image, image_2: Image, **flags: Any) -> Answer:
        """Do two photos show the same person? `similarity_status`, `similarity`."""
        return self._call("POST", "/v1/face/compare", {"image_1": _image(image_1), "image_2": _image(image_2), **flags})

    def search(self, image: Image, limit: int = 1, **flags: Any) -> Answer:
        """Who is this? `matches`, best first."""
        return self._call("POST", "/v1/face/search", {"image": _image(image), "limit": limit, **flags})

    def liveness(self, image: Image, **flags: Any) -> Answer:
        """Does the photo show a live person? `liveness`."""
        return self._call("POST", "/v1/face/liveness", {"image": _image(image), **flags})

    def detect(self, image: Image, **flags: Any) -> Answer:
        """Every face of a photo. `faces`, `nface`."""
        return self._call("POST", "/v1/face/detect", {"image": _image(image), **flags})

    def subject(self, subject_id: str) -> Answer:
        """One subject's record, without the photo."""
        return self._call("GET", f"/v1/face/subjects/{requests.utils.quote(subject_id, safe='')}")

    def subjects(self, page_size: int = 100) -> Iterator[dict[str, Any]]:
        """Every subject, page by page."""
        cursor: Optional[str] = None
        while True:
            parameters = {"limit": str(page_size), **({"cursor": cursor} if cursor else {})}
            page = self._call("GET", "/v1/face/subjects", parameters=parameters)
            yield from page["subjects"]
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def _call(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None,
              headers: Optional[Mapping[str, str]] = None, parameters: Optional[Mapping[str, str]] = None) -> Answer:
        response = self._session.request(
            method, self._base + path, json=body, params=parameters, timeout=self._timeout,
            headers={**self._headers, **(headers or {})},
        )
        try:
            answer = Answer(response.json())
        except ValueError:
            answer = Answer()
        if response.status_code == 200:
            return answer
        retry_after = response.headers.get("Retry-After", "")
        raise FaceError(
            response.status_code, str(answer.get("error_code", "UNKNOWN")), str(answer.get("message", response.reason)),
            answer.get("session_id"), float(retry_after) if retry_after.isdigit() else None,
        )


def _image(image: Image) -> str:
    """The image as the API wants it: texts that are no existing file go as they are."""
    if isinstance(image, bytes):
        return base64.b64encode(image).decode()
    if isinstance(image, str) and (len(image) > 4096 or not os.path.isfile(image)):
        return image
    if isinstance(image, (str, os.PathLike)):
        with open(image, "rb") as file:
            return base64.b64encode(file.read()).decode()
    return base64.b64encode(image.read()).decode()
