"""What an order line is: the one place that knows. A layer, so that every function of the shop reads orders the same way."""
import csv
import io
import re
from decimal import Decimal

COLOURS = ("red", "green", "blue")
FIELDS = ("order", "customer", "article", "colour", "quantity", "price")


def read(data):
    """Yields (line number, order, None) or (line number, None, what is wrong with the line)."""
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        if tuple(reader.fieldnames or ()) != FIELDS:
            yield 1, None, f"the first line has to be {','.join(FIELDS)}"
            return
    except (UnicodeDecodeError, csv.Error) as e:
        yield 1, None, f"no CSV file in UTF-8: {e}"
        return
    while True:
        try:
            order = order_of(next(reader))
            yield reader.line_num, order, None
        except StopIteration:
            return
        except (ValueError, csv.Error) as e:
            yield reader.line_num, None, str(e)


def order_of(row):
    if None in row or None in row.values():
        raise ValueError(f"not {len(FIELDS)} fields")
    row = {field: row[field].strip() for field in FIELDS}
    for field, text in row.items():
        if not text or len(text) > 200 or not text.isprintable():
            raise ValueError(f"no {field} of 1 to 200 printable characters")
    if row["colour"] not in COLOURS:
        raise ValueError(f"the colour {row['colour']!r} is not sold")
    if not re.fullmatch("[1-9][0-9]{0,3}", row["quantity"]):
        raise ValueError(f"the quantity {row['quantity']!r} is no number from 1 to 9999")
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,2})?", row["price"]):
        raise ValueError(f"the price {row['price']!r} is no amount")
    return {**row, "quantity": int(row["quantity"]), "price": Decimal(row["price"])}
