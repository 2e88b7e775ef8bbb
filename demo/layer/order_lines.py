"""What an order line is: the one place that knows. A layer, so that every function of the shop reads orders the same way."""
import csv
import io
from decimal import Decimal, InvalidOperation

COLOURS = ("red", "green", "blue")
FIELDS = ("order", "customer", "article", "colour", "quantity", "price")


def read(text):
    """Yields (line number, order, None) or (line number, None, what is wrong with the line)."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if tuple(reader.fieldnames or ()) != FIELDS:
        yield 1, None, f"the first line has to be {','.join(FIELDS)}"
        return
    for row in reader:
        try:
            yield reader.line_num, order_of(row), None
        except ValueError as e:
            yield reader.line_num, None, str(e)


def order_of(row):
    if None in row or None in row.values():
        raise ValueError(f"not {len(FIELDS)} fields")
    row = {field: row[field].strip() for field in FIELDS}
    if missing := [field for field in FIELDS if not row[field]]:
        raise ValueError(f"no {missing[0]}")
    if row["colour"] not in COLOURS:
        raise ValueError(f"the colour {row['colour']!r} is not sold")
    if not row["quantity"].isascii() or not row["quantity"].isdigit() or not 1 <= int(row["quantity"]) <= 10_000:
        raise ValueError(f"the quantity {row['quantity']!r} is no number from 1 to 10000")
    try:
        price = Decimal(row["price"])
    except InvalidOperation:
        price = Decimal("NaN")
    if not 0 <= price <= 1_000_000 or price.as_tuple().exponent < -2:
        raise ValueError(f"the price {row['price']!r} is no amount")
    return {**row, "quantity": int(row["quantity"]), "price": price}
