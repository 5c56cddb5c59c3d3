"""A line on members chosen with hindsight is said to be one, and leaves the screen by no way."""

import pytest

from ui.i18n import Translator


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_crisis_page_says_so_and_offers_no_file_of_it(open_page, language):
    t = Translator(language)
    at = open_page("crises", lang=language, series="momentum.MTUM")
    assert not at.exception
    assert t("crises.survivors") in [item.value for item in at.warning]
    assert t("frame.csv") not in {button.label for button in at.get("download_button")}
    assert at.session_state["_record"].survivors == t("crises.survivors")


def test_without_it_the_page_offers_its_table(open_page):
    t = Translator("en")
    at = open_page("crises", series="momentum_portfolios.MTUM")
    assert t("crises.survivors") not in [item.value for item in at.warning]
    assert t("frame.csv") in {button.label for button in at.get("download_button")}
    assert at.session_state["_record"].survivors == ""
