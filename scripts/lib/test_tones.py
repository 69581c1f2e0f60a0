"""What the audio checks must refuse: silence, one's own voice, two voices at once, and speech with holes."""

import array
import math
import pathlib
import tempfile
import unittest

import tones


def tone(seconds, *hertz):
    return array.array("h", [int(sum(tones.LEVEL * math.sin(2 * math.pi * one * n / tones.RATE) for one in hertz))
                             for n in range(int(seconds * tones.RATE))])


class Complaints(unittest.TestCase):
    def test_the_right_tone_is_right(self):
        self.assertEqual(tones.complaints(tone(1, 500), 500, 1.0), [])

    def test_a_cut_beginning_and_end_do_not_matter(self):
        cut = tone(0.05) + tone(1, 500) + tone(0.05)
        self.assertEqual(tones.complaints(cut, 500, 1.0), [])

    def test_silence(self):
        self.assertTrue(tones.complaints(array.array("h", [0] * tones.RATE), 500, 1.0))

    def test_hiss_too_faint_to_be_a_voice(self):
        self.assertTrue(tones.complaints(array.array("h", [sample // 20 for sample in tone(1, 500)]), 500, 1.0))

    def test_somebody_else(self):
        self.assertTrue(tones.complaints(tone(1, 800), 500, 1.0))

    def test_somebody_else_as_well(self):
        self.assertTrue(tones.complaints(tone(1, 500, 800), 500, 1.0))

    def test_a_hole_of_300_ms(self):
        holed = tone(0.4, 500) + array.array("h", [0] * 2400) + tone(0.4, 500)
        self.assertTrue(tones.complaints(holed, 500, 1.0))

    def test_too_short(self):
        self.assertTrue(tones.complaints(tone(0.5, 500), 500, 1.0))
        self.assertTrue(tones.complaints(array.array("h"), 500, 1.0))


class Files(unittest.TestCase):
    def test_what_is_written_is_read(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "voice.wav"
            tones.write_wav(path, 1200, 2)
            self.assertEqual(tones.seconds(path), 2)
            self.assertEqual(tones.complaints(tones.read_wav(path), 1200, 2.0), [])


if __name__ == "__main__":
    unittest.main()
