"""What a test shows counts with its own result."""

import unittest
import xml.etree.ElementTree

import conformance

REPORT = """<testsuites><testsuite name="pointsman-sim">
<testcase name="hunting::busy" classname="pointsman-sim::scenarios">
<system-out>running 1 test
test hunting::busy ... shows: TRM-07 busy
shows: NET-04 outcomes
ok</system-out></testcase>
<testcase name="hunting::late" classname="pointsman-sim::scenarios"><failure type="test failure">no</failure>
<system-out>shows: TRM-07 no_answer
</system-out></testcase>
<testcase name="basic::quiet" classname="pointsman-sim::scenarios"/>
</testsuite></testsuites>"""


class OfJunit(unittest.TestCase):
    def test_rows_go_with_the_result_of_their_test(self):
        told = conformance.of_junit(xml.etree.ElementTree.fromstring(REPORT))
        self.assertEqual(told, [
            ("pointsman-sim::scenarios hunting::busy", True, ["TRM-07 busy", "NET-04 outcomes"]),
            ("pointsman-sim::scenarios hunting::late", False, ["TRM-07 no_answer"]),
            ("pointsman-sim::scenarios basic::quiet", True, []),
        ])


if __name__ == "__main__":
    unittest.main()
