"""An expectation that cannot fail is worth nothing: each kind is shown a case it must refuse."""

import unittest

import expect
import rtp_party
from sipp import Message, parse_trace
from switch import parse_metrics


class Matching(unittest.TestCase):
    def test_a_table_is_a_subset_and_a_list_is_exact(self):
        record = {"outcome": "answered", "attempts": [{"outcome": "busy"}, {"outcome": "answered"}]}
        self.assertIsNone(expect.mismatch({"attempts": [{"outcome": "busy"}, {}]}, record))
        self.assertIn("attempts", expect.mismatch({"attempts": [{"outcome": "busy"}]}, record))
        self.assertEqual(expect.mismatch({"attempts": [{}, {"outcome": "busy"}]}, record),
                         "attempts[1].outcome: wanted 'busy', got 'answered'")

    def test_ranges_patterns_and_absence(self):
        self.assertTrue(expect.matches({"min": 1, "max": 2}, 2))
        self.assertFalse(expect.matches({"min": 1, "max": 2}, 3))
        self.assertFalse(expect.matches({"min": 1}, None))
        self.assertTrue(expect.matches("~^site:", "site:antwerp"))
        self.assertFalse(expect.matches("~^site:", "trunk:site:"))
        self.assertTrue(expect.matches("none", None))
        self.assertFalse(expect.matches("none", 0))
        self.assertFalse(expect.matches(1, True))
        self.assertTrue(expect.matches(1, 1.0))
        self.assertFalse(expect.matches(1, 2.0))
        self.assertFalse(expect.matches("1", 1))

    def test_a_missing_or_a_surplus_record_is_a_complaint(self):
        self.assertEqual(expect.check_calls([{}], []), ["1 CDRs wanted, 0 found"])
        self.assertEqual(expect.check_calls([], [{}]), ["0 CDRs wanted, 1 found"])


class Messages(unittest.TestCase):
    TRACE = (
        "----------------------------------------------- 2026-01-01 00:00:00.000001\n"
        "UDP message sent (20 bytes):\n\nINVITE sip:a SIP/2.0\nCSeq: 1 INVITE\n\n"
        "----------------------------------------------- 2026-01-01 00:00:00.000002\n"
        "UDP message received [20] bytes :\n\nSIP/2.0 180 Ringing\nCSeq: 1 INVITE\n\n"
        "c=IN IP4 127.0.0.9\nm=audio 4000 RTP/AVP 8\n\n")

    def test_the_trace_is_split_by_direction(self):
        sent, received = parse_trace(self.TRACE)
        self.assertTrue(sent.sent)
        self.assertFalse(received.sent)
        self.assertEqual(received.sdp_target(), ("127.0.0.9", 4000))
        self.assertIsNone(sent.sdp_target())

    def test_counts_and_forbidden_text(self):
        traces = {"caller": parse_trace(self.TRACE)}
        self.assertEqual(expect.check_messages([{"of": "caller", "received": "^SIP/2.0 180"}], traces), [])
        self.assertTrue(expect.check_messages([{"of": "caller", "sent": "^SIP/2.0 180"}], traces))
        self.assertTrue(expect.check_messages([{"of": "caller", "received": "180", "times": 2}], traces))
        self.assertTrue(expect.check_never([{"of": "caller", "text": "127.0.0.9"}], traces))
        self.assertEqual(expect.check_never([{"of": "caller", "text": "127.0.0.8"}], traces), [])

    def test_log_rules(self):
        self.assertTrue(expect.check_log([{"has": "answered"}], "refused"))
        self.assertTrue(expect.check_log([{"lacks": "panic"}], "a panic"))
        self.assertEqual(expect.check_log([{"has": "a", "lacks": "b"}], "a"), [])

    def test_metrics_sum_their_labels(self):
        values = parse_metrics('# HELP x y\nx{a="1"} 2\nx{a="2"} 3\nz 0\n')
        self.assertEqual((values["x"], values['x{a="1"}'], values["z"]), (5.0, 2.0, 0.0))
        self.assertTrue(expect.check_metrics({"missing": 0.0}, values))


class Audio(unittest.TestCase):
    def test_alaw_is_its_own_inverse_on_all_codes(self):
        for code in range(256):
            self.assertEqual(rtp_party.alaw(rtp_party.linear(code)), code)

    def test_a_tone_is_told_from_another(self):
        samples = [rtp_party.linear(code) for frame in range(20) for code in rtp_party.tone(440, frame)]
        self.assertGreater(rtp_party.share_of_energy(samples, 440), 0.98)
        self.assertLess(rtp_party.share_of_energy(samples, 880), 0.01)
        self.assertEqual(rtp_party.share_of_energy([0] * 160, 440), 0.0)

    def test_a_digit_counts_once_and_only_when_it_ended(self):
        packets = [b"\x80" + bytes([kind]) + bytes(2) + bytes([began]) + bytes(7) + payload
                   for kind, began, payload in rtp_party.event_frames("4#").values()]
        self.assertEqual(rtp_party.digits_of(packets), "4#")
        self.assertEqual(rtp_party.digits_of(packets[:5]), "")


if __name__ == "__main__":
    unittest.main()
