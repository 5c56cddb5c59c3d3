"""Order tickets of a product as CSV and XLSX, and the way back from a ticket to weights."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from engine.errors import BadInput
from engine.rebalance.accounts import Account
from engine.rebalance.book import weights_of

COLUMNS = ("session", "product", "ticker", "side", "shares", "price", "currency", "value", "weight_before",
           "weight_after", "marked")  # fmt: skip
MARK = "HINDSIGHT"
_MADE = datetime(2000, 1, 1)


def rows(account: Account, book: Mapping[str, Any], day: date, hindsight: str) -> list[dict[str, Any]]:
    """The orders of a book, one row each; shares are whole and above zero, the side says which way."""
    return [
        {
            "session": day.isoformat(),
            "product": account.key,
            "ticker": order["ticker"],
            "side": "buy" if order["shares"] > 0 else "sell",
            "shares": abs(order["shares"]),
            "price": order["price"],
            "currency": book["currency"],
            "value": abs(order["shares"]) * order["price"],
            "weight_before": book["before"].get(order["ticker"], 0.0),
            "weight_after": book["after"].get(order["ticker"], 0.0),
            "marked": MARK if hindsight else "",
        }
        for order in book["orders"]
    ]


def order_files(account: Account, book: Mapping[str, Any], day: date, *, hindsight: str) -> dict[str, bytes]:
    """Name and content of the order files of a product; equal orders give equal bytes."""
    listed = rows(account, book, day, hindsight)
    return {
        f"{account.key}-orders.csv": csv_bytes(listed, COLUMNS),
        f"{account.key}-orders.xlsx": xlsx_bytes(listed, COLUMNS),
    }


def csv_bytes(listed: list[dict[str, Any]], columns: tuple[str, ...]) -> bytes:
    """A table as CSV, numbers with every digit."""
    sink = io.StringIO()
    writer = csv.DictWriter(sink, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return sink.getvalue().encode()


def xlsx_bytes(listed: list[dict[str, Any]], columns: tuple[str, ...]) -> bytes:
    """A table as a workbook of one sheet, texts as texts and numbers as numbers."""
    import xlsxwriter

    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": _MADE})
        sheet = book.add_worksheet("orders")
        for at, name in enumerate(columns):
            sheet.write_string(0, at, name)
        for row, told in enumerate(listed, start=1):
            for at, name in enumerate(columns):
                value = told[name]
                if isinstance(value, str):
                    sheet.write_string(row, at, value)
                else:
                    sheet.write_number(row, at, value)
        sheet.freeze_panes(1, 0)
    return sink.getvalue()


def read_orders(content: bytes) -> list[dict[str, Any]]:
    """The orders of a ticket, CSV or XLSX: ticker, signed shares and price.

    Raises
    ------
    BadInput
        It is no ticket, or a row has no whole number of shares.
    """
    table = _xlsx(content) if content[:2] == b"PK" else list(csv.DictReader(io.StringIO(content.decode("utf-8"))))
    found = []
    for place, row in enumerate(table, start=2):
        try:
            sign = {"buy": 1, "sell": -1}[row["side"]]
            shares = float(row["shares"])
            price = float(row["price"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput("upload_number", field="ticket", row=place, value=str(row)[:80]) from error
        if not shares.is_integer() or shares <= 0:
            raise BadInput("upload_number", field="ticket", row=place, value=row["shares"])
        found.append({"ticker": str(row["ticker"]), "shares": sign * int(shares), "price": price})
    return found


def _xlsx(content: bytes) -> list[dict[str, Any]]:
    from openpyxl import load_workbook

    lines = list(load_workbook(io.BytesIO(content), read_only=True).active.iter_rows(values_only=True))
    return [dict(zip(map(str, lines[0]), line, strict=True)) for line in lines[1:]]


def reimported(
    content: bytes, before: Mapping[str, int], cash: float, cost: float, prices: Mapping[str, float]
) -> dict[str, float]:
    """Weights after the orders of a ticket are done on the holdings before them; cash is what is missing to one.

    Parameters
    ----------
    cash, cost : float
        Cash before, and the cost of the trades, US dollars.
    prices : mapping
        Of names that the ticket does not trade.
    """
    shares, left = dict(before), cash - cost
    known = dict(prices)
    for order in read_orders(content):
        shares[order["ticker"]] = shares.get(order["ticker"], 0) + order["shares"]
        known[order["ticker"]] = order["price"]
        left -= order["shares"] * order["price"]
    return weights_of({name: count for name, count in shares.items() if count}, left, known)
