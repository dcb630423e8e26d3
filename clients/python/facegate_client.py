"""A client for facegate and for every server that speaks the same face API. One file; needs Python 3.9 and `requests`.

    from pathlib import Path
    from facegate_client import Client, Refused

    client = Client("http://127.0.0.1:8080", app_id="…", api_key="…")
    try:
        answer = client.enroll(Path("budi.jpg"), subject_id="budi", validate_quality=True, validate_nface=True)
    except Refused as refusal:
        print(refusal.code)                             # FACE_NOT_DETECTED
    else:
        if answer.passed:
            print(answer["subject_id"], answer["bounding_box"])
        else:
            print(answer.code, answer.failed_gates)     # FAIL_ON_4 frozenset({'quality'})

    for subject in client.subjects():
        print(subject["subject_id"])

A photo that fails a gate is an `Answer`, not an error. Everything else raises a `FaceError`: `Refused` with the server's
code, or `NoAnswer`. Their texts never show a key, a subject id or a photo.

An image is a path (`pathlib.Path`), bytes, an open binary file, or a text. A text is sent as it is, so it can be base64, a
data URI, an http(s) URL or a sandbox scenario; it is never taken for a file's name.
"""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, Any, BinaryIO, Iterator, Mapping, Optional, TypedDict, Union
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Answer", "Client", "FaceError", "Flags", "Image", "Matching", "NoAnswer", "Refused"]

Image = Union[str, bytes, "os.PathLike[str]", BinaryIO]

_GATES = {1: "liveness", 2: "attribute", 4: "quality", 8: "nface", 16: "match"}


class Flags(TypedDict, total=False):
    """What to compute (`is_…`), and what must be right for the request to pass (`validate_…`); absent: the server's default."""

    is_quality: Optional[bool]
    is_attribute: Optional[bool]
    is_liveness: Optional[bool]
    validate_quality: Optional[bool]
    validate_attribute: Optional[bool]
    validate_liveness: Optional[bool]
    validate_nface: Optional[bool]


class Matching(Flags, total=False):
    """The same for requests that compare faces. `threshold` is 0..100, 82 by default: one false match in 10,000."""

    threshold: Optional[float]
    return_thresholds: Optional[bool]


class Capturing(TypedDict, total=False):
    """How a capture is done. The gates are on but for liveness; `expires_in` is 60..3600 seconds, 600 by default."""

    validate_quality: Optional[bool]
    validate_attribute: Optional[bool]
    validate_liveness: Optional[bool]
    validate_nface: Optional[bool]
    threshold: Optional[float]
    return_url: Optional[str]
    origin: Optional[str]
    expires_in: Optional[int]


class FaceError(Exception):
    """A request that has no answer. `retryable`: whether the same request may succeed later."""

    retryable = False


class Refused(FaceError):
    """The server refused: `status` is the HTTP status, `code` the `error_code` ("" when something else than the API answered,
    such as a proxy), `retry_after` in seconds, `duplicate_subject_id` comes with DUPLICATE_FACE."""

    def __init__(self, response: requests.Response):
        body = _object(response) or {}
        self.status = response.status_code
        self.code = str(body.get("error_code", ""))
        self.message = str(body.get("message", f"HTTP status {self.status}"))
        self.session_id: Optional[str] = body.get("session_id")
        self.duplicate_subject_id: Optional[str] = body.get("duplicate_subject_id")
        after = response.headers.get("Retry-After", "")
        self.retry_after = float(after) if after.isdecimal() else None
        self.retryable = self.status in (408, 429, 502, 503, 504)
        super().__init__(f"{self.code}: {self.message}" if self.code else self.message)


class NoAnswer(FaceError):
    """The server was not reached, or its answer did not arrive in time or is none of this API's. A request without an answer
    may have been carried out."""

    def __init__(self, reason: str, retryable: bool):
        super().__init__(reason)
        self.retryable = retryable


class Answer(dict[str, Any]):
    """A JSON answer with status 200. `request_id` is its `X-Request-Id`."""

    request_id: Optional[str] = None

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
        number = self.code[len("FAIL_ON_"):] if self.code.startswith("FAIL_ON_") else ""
        bits = int(number) if number.isdecimal() else 0
        return frozenset(name for bit, name in _GATES.items() if bits & bit)


class Client:
    """Speaks for one app. Safe to share between threads as far as `requests.Session` is.

    `timeout` is in seconds, for connecting and for each wait for bytes. `retries` repeats what the server refused as busy
    (429, 503) or what did not reach it, waiting as long as `Retry-After` says; what may have been carried out is never
    repeated. With a `session` of your own, mount your own adapters.
    """

    def __init__(self, base_url: str, app_id: str, api_key: str, timeout: float = 60.0, retries: int = 0,
                 session: Optional[requests.Session] = None):
        self._base = base_url.rstrip("/")
        self._timeout = timeout
        self._headers = {"App-ID": app_id, "API-Key": api_key}
        self._session = session or requests.Session()
        if session is None:
            retry = Retry(total=retries, read=0, other=0, status_forcelist=(429, 503), allowed_methods=None,
                          backoff_factor=0.5, raise_on_status=False)
            for scheme in ("http://", "https://"):
                self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def enroll(self, image: Image, subject_id: Optional[str] = None, *, check_duplicate: Optional[bool] = None,
               idempotency_key: Optional[str] = None, **flags: Unpack[Flags]) -> Answer:
        """Enrols a face, or replaces the subject's; without an id the server makes one.

        `check_duplicate` refuses a face that is enrolled under another subject. A request repeated with the same
        `idempotency_key` gets the first answer again and takes no second quota unit.
        """
        body = {"image": _image(image), "subject_id": subject_id, "check_duplicate": check_duplicate}
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key is not None else {}
        return self._post("enroll", body, Flags, flags, headers)

    def delete(self, subject_id: str) -> Answer:
        """Removes a subject with template and photo; the answer's `request_id` leads to the receipt."""
        return self._call("DELETE", "enroll", {"subject_id": subject_id})

    def verify(self, image: Image, subject_id: str, **flags: Unpack[Matching]) -> Answer:
        """Is this the subject? `similarity_status`, `similarity`."""
        return self._post("verify", {"image": _image(image), "subject_id": subject_id}, Matching, flags)

    def compare(self, image_1: Image, image_2: Image, **flags: Unpack[Matching]) -> Answer:
        """Do two photos show the same person? `similarity_status`, `similarity`."""
        return self._post("compare", {"image_1": _image(image_1), "image_2": _image(image_2)}, Matching, flags)

    def search(self, image: Image, limit: Optional[int] = None, *, return_image: Optional[bool] = None,
               **flags: Unpack[Matching]) -> Answer:
        """Who is this? `matches`, best first, at most `limit` (1..10, 1 by default)."""
        body = {"image": _image(image), "limit": limit, "return_image": return_image}
        return self._post("search", body, Matching, flags)

    def liveness(self, image: Image, **flags: Unpack[Flags]) -> Answer:
        """Does the photo show a live person? `liveness`."""
        return self._post("liveness", {"image": _image(image)}, Flags, flags)

    def detect(self, image: Image, **flags: Unpack[Flags]) -> Answer:
        """Every face of a photo. `faces`, `nface`."""
        return self._post("detect", {"image": _image(image)}, Flags, flags)

    def subject(self, subject_id: str) -> Answer:
        """One subject's record, without the photo."""
        if subject_id in (".", ".."):
            raise ValueError("the subject ids . and .. cannot be part of a URL")
        return self._call("GET", f"subjects/{quote(subject_id, safe='')}")

    def erasure(self, erasure_id: str) -> Answer:
        """The receipt of a deletion, by the `request_id` of its answer. `erased_at`, `removed`, `subject_pseudonym`."""
        return self._call("GET", f"erasures/{quote(erasure_id, safe='')}")

    def order_capture(self, purpose: str, subject_id: Optional[str] = None, **more: Unpack[Capturing]) -> Answer:
        """A link for a person with a browser and a camera; `purpose` is enroll or verify. `url` below the server's address,
        `capture_id`."""
        return self._post("capture_tokens", {"purpose": purpose, "subject_id": subject_id}, Capturing, more)

    def capture(self, capture_id: str) -> Answer:
        """How a capture went; ask before relying on what a browser says. `status`, `result_session_id`."""
        return self._call("GET", f"capture_tokens/{quote(capture_id, safe='')}")

    def subjects_page(self, limit: int = 100, cursor: Optional[str] = None) -> Answer:
        """A page of at most `limit` (1..500) `subjects` in the order of their ids; `next_cursor` is None on the last one."""
        return self._call("GET", "subjects", parameters={"limit": limit, "cursor": cursor})

    def subjects(self, page_size: int = 100) -> Iterator[dict[str, Any]]:
        """Every subject, fetched page by page; those that come or go meanwhile neither repeat nor hide others."""
        cursor: Optional[str] = None
        while True:
            page = self.subjects_page(page_size, cursor)
            yield from page["subjects"]
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def _post(self, path: str, body: dict[str, Any], known: Any, flags: Mapping[str, Any],
              headers: Optional[Mapping[str, str]] = None) -> Answer:
        # The server ignores what it does not know, so a misspelt gate would be no gate.
        for name in flags:
            if name not in known.__optional_keys__:
                raise TypeError(f"unknown parameter {name!r}; there are {', '.join(sorted(known.__optional_keys__))}")
        return self._call("POST", path, {**body, **flags}, headers)

    def _call(self, method: str, path: str, body: Optional[Mapping[str, Any]] = None,
              headers: Optional[Mapping[str, str]] = None, parameters: Optional[Mapping[str, Any]] = None) -> Answer:
        sent = {name: value for name, value in body.items() if value is not None} if body is not None else None
        reason = ""
        try:
            # A redirect would carry the key to wherever it leads.
            response = self._session.request(
                method, f"{self._base}/v1/face/{path}", json=sent, params=parameters, timeout=self._timeout,
                headers={**self._headers, **(headers or {})}, allow_redirects=False,
            )
        except requests.RequestException as error:
            # Its text holds the URL, which can hold a subject id.
            reason = type(error).__name__
        if reason:
            raise NoAnswer(f"no answer: {reason}", retryable=True)
        if response.status_code != 200:
            raise Refused(response)
        answer = _object(response)
        if answer is None:
            raise NoAnswer("the server's answer is none of the face API's", retryable=False)
        answer = Answer(answer)
        answer.request_id = response.headers.get("X-Request-Id")
        return answer


def _object(response: requests.Response) -> Optional[dict[str, Any]]:
    """The JSON object of an answer, if it is one."""
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _image(image: Image) -> str:
    """The image as the API wants it."""
    if isinstance(image, str):
        return image
    if isinstance(image, os.PathLike):
        with open(image, "rb") as file:
            image = file.read()
    elif not isinstance(image, (bytes, bytearray, memoryview)):
        image = image.read()
    return base64.b64encode(image).decode()
