"""The enhanced passive page: what it says equals the command line, limits hold, wishes that fail are named."""

import json

import pytest

from engine import cli


def text(at):
    parts = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.info, *at.warning, *at.error]
    return "\n".join(str(element.value) for element in parts)


def table(at, column):
    return next(frame.value for frame in at.dataframe if column in frame.value.columns)


def test_the_table_equals_the_command_line(open_page, capsys, tmp_path):
    at = open_page("enhanced", lean_us_equity="-0.02")
    assert not at.exception
    wishes = {
        "type": "preference",
        "preferences": {"us_equity": -0.02, "em_equity": 0.03},
        "bounds": 0.10,
        "tracking_error_budget": 0.02,
    }
    file = tmp_path / "wishes.json"
    file.write_text(json.dumps(wishes), encoding="utf-8")
    with pytest.raises(SystemExit):
        cli.main(["world", "tilt", "--input", str(file), "--json"])
    told = json.loads(capsys.readouterr().out)
    shown = table(at, "Tilt")
    assert list(shown["Portfolio"]) == [f"{100 * round(weight, 3) + 0.0:.1f} %" for weight in told["weights"].values()]
    assert f"{100 * told['tracking_error']:.2f} %" in text(at)


def test_pure_passive_is_the_market(open_page):
    at = open_page("enhanced", type="passive")
    assert "This is the market portfolio" in text(at)
    shown = table(at, "Tilt")
    assert list(shown["Market"]) == list(shown["Portfolio"])


def test_a_wish_that_does_not_fit_is_named_with_what_works(open_page):
    at = open_page("enhanced", lean_em_equity="0.1", lean_us_equity="-0.1", budget="0.002")
    assert any("could not be kept" in warning.value for warning in at.warning)


def test_without_evidence_the_prediction_stays_at_zero(open_page):
    at = open_page("enhanced", type="prediction", lean_em_equity="0")
    assert "p-value" in text(at)
    assert "This is the market portfolio" in text(at)


def test_a_stronger_view_moves_money_into_factor_funds(open_page):
    at = open_page("enhanced", type="prediction", lean_em_equity="0", trust="1", strength="1")
    assert not at.exception
    assert "factor fund inside US equity" in set(table(at, "Why")["Why"])


def test_risk_level_moves_along_the_frontier(open_page):
    calm, bold = (open_page("enhanced", type="risk", lean_em_equity="0", gamma=gamma) for gamma in ("8", "2"))

    def share(at):
        shown = table(at, "Tilt").set_index("Block")["Portfolio"]
        return sum(float(shown[name].removesuffix(" %")) for name in ("US equity", "Emerging equity"))

    assert share(calm) < share(bold)


def test_leaving_out_emerging_markets_leaves_none(open_page):
    at = open_page("enhanced", type="passive", out="emerging")
    shown = table(at, "Tilt").set_index("Block")["Portfolio"]
    assert (shown["Emerging equity"], shown["Emerging bonds"]) == ("0.0 %", "0.0 %")
    assert "Left out" in text(at)


@pytest.mark.parametrize("kind", ["passive", "preference", "risk", "prediction"])
def test_korean_stands(open_page, kind):
    at = open_page("enhanced", lang="ko", type=kind)
    assert not at.exception
    assert not at.error
    assert "인핸스드 패시브" in text(at)


def test_the_funds_become_a_model_for_the_allocator(open_page):
    at = open_page("enhanced")
    funds = table(at, "Fund")
    assert {"VTI", "SPDW", "AGG"} <= set(funds["Fund"])
