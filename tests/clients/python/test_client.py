"""The Python client against a live server: real photographs for what it answers, a sandbox app for every outcome.

Started by tests/clients/run.py, which names the server and its apps in the environment.
"""

import os
import pathlib
import unittest
import uuid

from facegate_client import Client, Refused

URL = os.environ["FACE_API_URL"]
PHOTOS = pathlib.Path(os.environ["FACE_TEST_PHOTOS"])
OBAMA, OBAMA_2 = PHOTOS / "face_recognition/obama.jpg", PHOTOS / "face_recognition/obama2.jpg"
BIDEN, GROUP = PHOTOS / "face_recognition/biden.jpg", PHOTOS / "faceapi/sample1.jpg"


def client(mode: str) -> Client:
    """A client of the app of this mode."""
    app_id, api_key = os.environ[f"FACE_API_{mode}"].split()
    return Client(URL, app_id, api_key)


class Live(unittest.TestCase):
    """Photographs of people."""

    @classmethod
    def setUpClass(cls):
        cls.client = client("LIVE")
        cls.addClassCleanup(cls.client.close)
        cls.id = f"né/{uuid.uuid4()} ?&"
        assert cls.client.enroll(OBAMA, cls.id, validate_quality=True, validate_nface=True).passed
        cls.addClassCleanup(cls.client.delete, cls.id)

    def test_every_form_of_an_image(self):
        with open(OBAMA, "rb") as file:
            found = [self.client.detect(image, is_liveness=False) for image in (OBAMA, OBAMA.read_bytes(), file)]
        for answer in found:
            self.assertEqual(answer["faces"], found[0]["faces"])
        with self.assertRaises(Refused) as refused:
            self.client.detect(str(OBAMA))
        self.assertEqual(refused.exception.status, 400)

    def test_verify(self):
        answer = self.client.verify(OBAMA_2, self.id, return_thresholds=True)
        self.assertTrue(answer.passed and answer["similarity_status"])
        self.assertGreaterEqual(answer["similarity"], 82)
        self.assertEqual(answer["thresholds"]["fmr_1e-4"], 82)
        other = self.client.verify(BIDEN, self.id)
        self.assertEqual((other.code, other.failed_gates), ("FAIL_ON_16", {"match"}))
        self.assertFalse(other["similarity_status"])

    def test_compare(self):
        self.assertTrue(self.client.compare(OBAMA, OBAMA_2)["similarity_status"])
        answer = self.client.compare(OBAMA, BIDEN, threshold=0.0, is_liveness=False)
        self.assertTrue(answer.passed)
        self.assertNotIn("liveness", answer["image_1"])

    def test_search(self):
        found = self.client.search(OBAMA_2, limit=10, return_image=True)["matches"]
        self.assertEqual([match["subject_id"] for match in found], [self.id])
        self.assertTrue(found[0]["image"])
        self.assertEqual(self.client.search(BIDEN)["matches"], [])

    def test_liveness_and_gates(self):
        answer = self.client.liveness(GROUP, validate_nface=True)
        self.assertIn("nface", answer.failed_gates)
        self.assertNotEqual(answer.message, "Request Success")
        self.assertTrue(0 <= answer["liveness"]["probability"] <= 100)

    def test_receipt_of_a_deletion(self):
        self.client.enroll(OBAMA, "leaves")
        deleted = self.client.delete("leaves")
        receipt = self.client.erasure(deleted.request_id)
        self.assertEqual((receipt["erasure_id"], receipt["removed"]["templates"]), (deleted.request_id, 1))

    def test_capture(self):
        ordered = self.client.order_capture("verify", self.id, expires_in=120)
        self.assertTrue(ordered["url"].startswith("/capture#token="))
        capture = self.client.capture(ordered["capture_id"])
        self.assertEqual((capture["status"], capture["subject_id"], capture["attempts"]), ("pending", self.id, 0))

    def test_subjects(self):
        ids = sorted(f"page-{number}" for number in range(5))
        for subject_id in ids:
            self.client.enroll(OBAMA, subject_id)
            self.addCleanup(self.client.delete, subject_id)
        found = [subject["subject_id"] for subject in self.client.subjects(page_size=2)]
        self.assertEqual(found, sorted([*ids, self.id]))
        self.assertEqual(self.client.subject(self.id)["subject_id"], self.id)
        page = self.client.subjects_page(limit=4)
        self.assertEqual(len(page["subjects"]), 4)
        self.assertEqual(len(self.client.subjects_page(4, page["next_cursor"])["subjects"]), 2)
        with self.assertRaises(Refused) as refused:
            self.client.subject("nobody")
        self.assertEqual((refused.exception.status, refused.exception.code), (404, "SUBJECT_NOT_FOUND"))
        with self.assertRaises(ValueError):
            self.client.subject("..")

    def test_duplicates_and_repetitions(self):
        with self.assertRaises(Refused) as refused:
            self.client.enroll(OBAMA_2, "another", check_duplicate=True)
        self.assertEqual((refused.exception.status, refused.exception.code), (409, "DUPLICATE_FACE"))
        self.assertEqual(refused.exception.duplicate_subject_id, self.id)
        self.assertNotIn(self.id, f"{refused.exception!s} {refused.exception!r}")
        first = self.client.enroll(BIDEN, idempotency_key="once")
        self.addCleanup(self.client.delete, first["subject_id"])
        self.assertEqual(self.client.enroll(BIDEN, idempotency_key="once"), first)


class Sandbox(unittest.TestCase):
    """Scenarios instead of photographs."""

    @classmethod
    def setUpClass(cls):
        cls.client = client("SANDBOX")
        cls.addClassCleanup(cls.client.close)

    def test_gates_have_names(self):
        for scenario, gates in [
            ("LIVE_PERSON_A_1", set()),
            ("SPOOF_PERSON_A_1", {"liveness"}),
            ("LIVE_PERSON_BLUR_M_A_3", {"quality", "attribute", "nface"}),
            ("SPOOF_PERSON_DARK_S_A_2", {"liveness", "attribute", "quality", "nface"}),
        ]:
            answer = self.client.enroll(scenario, is_liveness=True, validate_liveness=True, validate_quality=True,
                                        validate_attribute=True, validate_nface=True)
            self.assertEqual(answer.failed_gates, gates, scenario)
            self.assertEqual((answer.passed, "subject_id" in answer), (not gates, not gates), scenario)

    def test_refusals_have_codes(self):
        for scenario, code in [("NO_FACE_PHOTO", "FACE_NOT_DETECTED"), ("IMAGE_EXCEED_LIMIT", "INVALID_PAYLOAD_IMAGE_SIZE"),
                               ("a scenario", "INVALID_SANDBOX_IMAGE")]:
            with self.assertRaises(Refused) as refused:
                self.client.liveness(scenario)
            self.assertEqual((refused.exception.status, refused.exception.code), (400, code))
            self.assertTrue(uuid.UUID(refused.exception.session_id))
            self.assertFalse(refused.exception.retryable)

    def test_delete(self):
        self.assertTrue(self.client.delete("SUB_EXIST")["timestamp"])
        with self.assertRaises(Refused) as refused:
            self.client.delete("SUB_NOT_EXIST")
        self.assertEqual(refused.exception.code, "INVALID_PAYLOAD_SUBJECT_ID")

    def test_a_wrong_key_is_refused_and_not_shown(self):
        with self.assertRaises(Refused) as refused:
            Client(URL, "app", "secret-key").delete("SUB_EXIST")
        self.assertEqual((refused.exception.status, refused.exception.code), (401, "UNAUTHORIZED"))
        self.assertNotIn("secret-key", repr(refused.exception))

    def test_a_misspelt_gate_is_an_error(self):
        with self.assertRaises(TypeError):
            self.client.enroll("LIVE_PERSON_A_1", validate_qualty=True)
        with self.assertRaises(TypeError):
            self.client.enroll("LIVE_PERSON_A_1", threshold=82)


if __name__ == "__main__":
    unittest.main()
