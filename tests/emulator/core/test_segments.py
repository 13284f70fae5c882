import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.segments import Segments, count_segments, split_segments

SMILE, WINK = "\U0001f600", "\U0001f61c"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
KENYA = "\U0001f1f0\U0001f1ea"

# Source: Twilio's sms-segments-calculator 1.3.0 (smart encoding off), split-sms 0.1.7 and smsutil 1.1.3, which agree on
# every row. (text, encoding, characters, units, parts)
VECTORS = [
    ("A", "GSM-7", 1, 1, 1),
    ("a" * 160, "GSM-7", 160, 160, 1),
    ("a" * 161, "GSM-7", 161, 161, 2),
    ("a" * 306, "GSM-7", 306, 306, 2),
    ("a" * 307, "GSM-7", 307, 307, 3),
    ("a" * 459, "GSM-7", 459, 459, 3),
    ("a" * 460, "GSM-7", 460, 460, 4),
    ("€", "GSM-7", 1, 2, 1),
    ("€" * 80, "GSM-7", 80, 160, 1),
    ("€" * 81, "GSM-7", 81, 162, 2),
    ("{" + "a" * 158, "GSM-7", 159, 160, 1),
    ("{" + "a" * 159, "GSM-7", 160, 161, 2),
    ("a" * 152 + "€" + "a" * 6, "GSM-7", 159, 160, 1),
    ("a" * 152 + "€" + "a" * 7, "GSM-7", 160, 161, 2),
    ("a" * 152 + "€" + "a" * 151, "GSM-7", 304, 305, 2),
    ("a" * 152 + "€" + "a" * 152, "GSM-7", 305, 306, 3),  # the escape pair does not fit into the first part
    ("Ç", "GSM-7", 1, 1, 1),
    ("ç", "UCS-2", 1, 1, 1),
    ("á", "UCS-2", 1, 1, 1),
    ("It's", "GSM-7", 4, 4, 1),
    ("It\u2019s", "UCS-2", 4, 4, 1),
    ("`", "UCS-2", 1, 1, 1),
    ("a\tb", "UCS-2", 3, 3, 1),
    ("a\nb", "GSM-7", 3, 3, 1),
    ("a\u00a0b", "UCS-2", 3, 3, 1),
    ("Ω", "GSM-7", 1, 1, 1),
    ("α", "UCS-2", 1, 1, 1),
    ("Привет", "UCS-2", 6, 6, 1),
    ("好" * 70, "UCS-2", 70, 70, 1),
    ("好" * 71, "UCS-2", 71, 71, 2),
    ("好" * 134, "UCS-2", 134, 134, 2),
    ("好" * 135, "UCS-2", 135, 135, 3),
    (SMILE, "UCS-2", 1, 2, 1),
    (SMILE * 35, "UCS-2", 35, 70, 1),
    (SMILE * 36, "UCS-2", 36, 72, 2),
    (WINK + "a" * 68, "UCS-2", 69, 70, 1),
    (WINK + "a" * 69, "UCS-2", 70, 71, 2),
    ("x" * 66 + SMILE + "a" * 2, "UCS-2", 69, 70, 1),
    ("x" * 66 + SMILE + "a" * 65, "UCS-2", 132, 133, 2),
    ("x" * 66 + SMILE + "a" * 66, "UCS-2", 133, 134, 3),  # the surrogate pair does not fit into the first part
    (FAMILY, "UCS-2", 5, 8, 1),
    (KENYA, "UCS-2", 2, 4, 1),
    ("Habari, nambari yako ya siri ni 123456", "GSM-7", 38, 38, 1),
    ("a" * 159 + "\u2019", "UCS-2", 160, 160, 3),
    ("", "GSM-7", 0, 0, 1),
]

# Texts rich in what the rules turn on: escape pairs, surrogate pairs, letters of neither table.
TEXTS = st.lists(st.sampled_from(["a" * 50, "a", "€", "{", "\n", "好" * 30, "ç", SMILE, FAMILY]), max_size=14).map(
    "".join
)
GSM_TEXTS = st.lists(st.sampled_from(["a" * 70, "a", "€", "[", "Ω", "\f"]), max_size=14).map("".join)


@pytest.mark.parametrize(("text", "encoding", "characters", "units", "parts"), VECTORS)
def test_text_is_counted_as_three_independent_libraries_count_it(text, encoding, characters, units, parts):
    counted = count_segments(text)

    assert len(text) == characters
    assert counted == Segments(encoding, units, parts)


@pytest.mark.parametrize("text", [vector[0] for vector in VECTORS])
def test_every_vector_is_split_into_as_many_parts_as_it_counts(text):
    assert len(split_segments(text)) == count_segments(text).count


@given(st.one_of(TEXTS, GSM_TEXTS, st.text(max_size=400)))
def test_parts_join_to_the_text_and_each_part_fits_into_a_segment(text):
    counted, parts = count_segments(text), split_segments(text)

    assert "".join(parts) == text
    assert len(parts) == counted.count
    single, several = (160, 153) if counted.encoding == "GSM-7" else (70, 67)
    room = single if len(parts) == 1 else several
    assert all(units_of(part, counted.encoding) <= room for part in parts)
    assert sum(units_of(part, counted.encoding) for part in parts) == counted.units


@given(st.one_of(TEXTS, GSM_TEXTS))
def test_no_part_of_several_is_empty(text):
    parts = split_segments(text)

    assert all(parts) or parts == [""]


def test_the_gsm_alphabet_has_127_basic_and_10_extension_characters():
    # Source: 3GPP TS 23.038, table 6.2.1 and 6.2.1.1; the escape itself is no character of a text.
    counts = [count_segments(chr(code)) for code in range(0x10000) if not 0xD800 <= code < 0xE000]

    assert sum(counted.encoding == "GSM-7" and counted.units == 1 for counted in counts) == 127
    assert sum(counted.encoding == "GSM-7" and counted.units == 2 for counted in counts) == 10


def units_of(text, encoding):
    """Septets or UTF-16 code units, counted in another way than the module does."""
    if encoding == "UCS-2":
        return len(text.encode("utf-16-le")) // 2
    return len(text) + sum(text.count(character) for character in "\f^{}\\[~]|€")
