"""The palette can be told apart, also by readers with a colour-vision deficiency."""

import itertools
import tomllib

import numpy as np
import pytest

from ui import tokens
from ui.registry import ROOT

THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]

# Machado, Oliveira and Fernandes (2009), severity 1.0.
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = to_xyz @ rgb / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def difference(one, other):
    """CIEDE2000 (Sharma, Wu and Dalal 2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    dh = (h2 - h1 + 180) % 360 - 180
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2))
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = (h1 + h2) / 2 if abs(h1 - h2) <= 180 else ((h1 + h2 + 360) / 2 if h1 + h2 < 360 else (h1 + h2 - 360) / 2)
    t = (
        1
        - 0.17 * np.cos(np.radians(hm - 30))
        + 0.24 * np.cos(np.radians(2 * hm))
        + 0.32 * np.cos(np.radians(3 * hm + 6))
        - 0.2 * np.cos(np.radians(4 * hm - 63))
    )
    sl, sc, sh = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2), 1 + 0.045 * cm, 1 + 0.015 * cm * t
    rt = -2 * np.sqrt(cm**7 / (cm**7 + 25**7)) * np.sin(np.radians(60 * np.exp(-(((hm - 275) / 25) ** 2))))
    dl, dc = (l2 - l1) / sl, (c2 - c1) / sc
    return float(np.sqrt(dl**2 + dc**2 + (hue / sh) ** 2 + rt * dc * hue / sh))


def contrast(one, other):
    bright, dark = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


# Sharma, Wu and Dalal (2005), table 1: two colours in CIELAB and their CIEDE2000 difference.
PUBLISHED = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
    ((50.0, -0.001, 2.49), (50.0, 0.0009, -2.49), 4.8045),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((35.0831, -44.1164, 3.7933), (35.0232, -40.0716, 1.5901), 1.8645),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((36.4612, 47.8580, 18.3852), (36.2715, 50.5065, 21.2231), 1.4146),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "published"), PUBLISHED)
def test_ciede2000_reproduces_the_published_pairs_both_ways(one, other, published):
    assert difference(one, other) == pytest.approx(published, abs=1e-4)
    assert difference(other, one) == pytest.approx(published, abs=1e-4)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_ten_colours_so_that_streamlit_uses_them_at_all(theme):
    assert len(set(THEME[theme]["chartCategoricalColors"])) == len(THEME[theme]["chartCategoricalColors"]) == 10
    assert len(THEME[theme]["chartSequentialColors"]) == len(THEME[theme]["chartDivergingColors"]) == 10


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_stand_out_from_the_background(theme):
    background = THEME[theme]["backgroundColor"]
    for colour in THEME[theme]["chartCategoricalColors"]:
        assert contrast(colour, background) >= 3.0, colour
    assert contrast(THEME[theme]["textColor"], background) >= 7.0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_the_first_six_are_told_apart_with_every_kind_of_colour_vision(theme, vision):
    seen = [
        lab(np.clip(VISION[vision] @ linear(colour), 0, 1)) for colour in THEME[theme]["chartCategoricalColors"][:6]
    ]
    assert min(difference(a, b) for a, b in itertools.combinations(seen, 2)) >= 15


def blended(colour, background, share):
    """A colour laid over a background with an opacity."""
    pairs = [(int(colour[i : i + 2], 16), int(background[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * over + (1 - share) * under):02x}" for over, under in pairs)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("surface", ["backgroundColor", "secondaryBackgroundColor"])
def test_small_print_and_links_are_readable(theme, surface):
    """Streamlit writes captions in the text colour at 60 %; WCAG 2.2 asks 4.5 : 1 of text of that size."""
    background = THEME[theme][surface]
    assert contrast(blended(THEME[theme]["textColor"], background, 0.6), background) >= 4.5
    assert contrast(THEME[theme]["linkColor"], background) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_primary_colour_carries_white_text_and_stands_out_from_the_page(theme):
    assert contrast("#FFFFFF", THEME[theme]["primaryColor"]) >= 4.5
    assert contrast(THEME[theme]["primaryColor"], THEME[theme]["backgroundColor"]) >= 3.0


def drawn(theme):
    """Colours in the order in which lines take them."""
    return [THEME[theme]["chartCategoricalColors"][int(slot[1:]) - 1] for slot in tokens.SLOTS]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_the_first_six_lines_differ_in_colour_or_in_dash(theme, vision):
    seen = [lab(np.clip(VISION[vision] @ linear(colour), 0, 1)) for colour in drawn(theme)[:6]]
    for first, second in itertools.combinations(range(6), 2):
        assert difference(seen[first], seen[second]) >= 15 or tokens.dash(first) != tokens.dash(second)
    assert min(difference(a, b) for a, b in itertools.combinations(seen[:5], 2)) >= 15


def test_on_paper_without_colour_lines_differ_in_lightness_or_in_dash():
    """The light palette is what is printed on white; a grey printer keeps lightness and dashes."""
    colours = drawn("light")[:6]
    lightness = [lab(linear(colour))[0] for colour in colours]
    for first, second in itertools.combinations(range(6), 2):
        alike = abs(lightness[first] - lightness[second]) < 15
        assert not alike or tokens.dash(first) != tokens.dash(second), (colours[first], colours[second])
    assert all(contrast(colour, "#FFFFFF") >= 3.0 for colour in colours)
