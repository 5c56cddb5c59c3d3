"""What stood in the address is repeated as text, never as markup."""

from hypothesis import given
from hypothesis import strategies as st

from ui.frame import SHOWN_OF_A_VALUE, plain


def test_an_address_cannot_make_the_page_load_a_picture_or_show_a_link():
    assert plain("![x](http://elsewhere/x.png)") == r"\!\[x\](http\://elsewhere/x.png)"
    assert plain("<b>") == r"\<b\>"
    assert plain("sp500_price") == "sp500_price"


@given(st.text(max_size=400))
def test_every_sign_of_markup_is_escaped_and_the_length_bounded(value):
    shown = plain(value)
    assert len(shown) <= 2 * SHOWN_OF_A_VALUE + 1
    bare = shown.replace("\\\\", "")
    for sign in "[]!<>`*$":
        assert all(bare[at - 1] == "\\" for at, letter in enumerate(bare) if letter == sign)
