"""The Python client against what can stand in front of a server: proxies that are busy, redirect, or answer pages."""

import contextlib
import http.server
import threading
import traceback
import unittest

from facegate_client import Client, NoAnswer, Refused


class OddServer(http.server.ThreadingHTTPServer):
    """Gives its answers (status, headers, body) in turn, the last one for ever; keeps the requests."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self):
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.requests.append((self.path, dict(self.headers)))
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answers = self.server.answers
        status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_GET

    def log_message(self, *_):
        """Says nothing."""


@contextlib.contextmanager
def serving(*answers):
    """An odd server while the context lasts."""
    with OddServer(*answers) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


BUSY = (503, {"Retry-After": "0"}, b'{"message": "busy", "error_code": "SERVER_BUSY"}')
DONE = (200, {}, b'{"message": "Request Success", "timestamp": 1.5}')


class OddServers(unittest.TestCase):
    """What the client makes of them."""

    def test_busy_servers_are_asked_again_if_wanted(self):
        with serving(BUSY, BUSY, DONE) as server, Client(server.url, "a", "b", retries=2) as client:
            self.assertTrue(client.enroll("x").passed)
            self.assertEqual(len(server.requests), 3)

    def test_without_retries_the_caller_learns_when_to_come_back(self):
        with serving((429, {"Retry-After": "7"}, b"{}"), DONE) as server, Client(server.url, "a", "b") as client:
            with self.assertRaises(Refused) as refused:
                client.enroll("x")
            self.assertEqual((refused.exception.retry_after, refused.exception.retryable), (7.0, True))
            self.assertEqual(len(server.requests), 1)

    def test_used_up_retries_end_in_the_refusal(self):
        with serving(BUSY) as server, Client(server.url, "a", "b", retries=1) as client:
            with self.assertRaises(Refused) as refused:
                client.enroll("x")
            self.assertEqual((refused.exception.code, len(server.requests)), ("SERVER_BUSY", 2))

    def test_redirects_do_not_carry_the_key_away(self):
        with serving(DONE) as thief, serving((307, {"Location": thief.url}, b"")) as server:
            with Client(server.url, "a", "b") as client, self.assertRaises(Refused) as refused:
                client.delete("budi")
            self.assertEqual((refused.exception.status, refused.exception.code, thief.requests), (307, "", []))

    def test_pages_are_no_answers(self):
        for body in (b"<html>", b"", b"[]", b"[[1, 2]]", b"null", b"\xff"):
            with serving((200, {}, body)) as server, Client(server.url, "a", "b") as client:
                with self.assertRaises(NoAnswer) as none:
                    client.enroll("x")
                self.assertFalse(none.exception.retryable)
            with serving((502, {}, body)) as server, Client(server.url, "a", "b") as client:
                with self.assertRaises(Refused) as refused:
                    client.enroll("x")
                self.assertEqual(str(refused.exception), "HTTP status 502")

    def test_a_base_address_may_have_a_path(self):
        with serving(DONE) as server, Client(f"{server.url}/faces/", "a", "b") as client:
            client.subject("x/y")
            self.assertEqual(server.requests[0][0], "/faces/v1/face/subjects/x%2Fy")

    def test_a_dead_server_is_no_answer_and_shows_nobody(self):
        with OddServer(DONE) as server:
            url = server.url
        with Client(url, "a", "b") as client:
            try:
                client.subject("budi")
            except NoAnswer as none:
                self.assertTrue(none.retryable)
                self.assertNotIn("budi", "".join(traceback.format_exception_only(type(none), none)))
                self.assertIsNone(none.__context__)
            else:
                self.fail("there was an answer")


if __name__ == "__main__":
    unittest.main()
