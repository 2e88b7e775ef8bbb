"""Started by the table's stream: new orders go to the queue of their colour, and one mail tells of them; another one of orders that expired."""
import collections
import functools
import json
import os
from decimal import Decimal

import boto3
from boto3.dynamodb.types import TypeDeserializer

sqs = boto3.client("sqs")
sns = boto3.client("sns")
prefix = os.environ["QUEUES"]
topic = os.environ["TOPIC"]
plain = TypeDeserializer().deserialize


@functools.cache
def queue_of(colour):
    return sqs.get_queue_url(QueueName=prefix + colour)["QueueUrl"]


def handler(event, context):
    images = {"INSERT": [], "REMOVE": []}
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage" if record["eventName"] == "INSERT" else "OldImage"]
        images[record["eventName"]].append({name: plain(value) for name, value in image.items()})
    if images["INSERT"]:
        to_queues(images["INSERT"])
        mail("New orders", images["INSERT"])
    if images["REMOVE"]:
        mail("Expired orders", images["REMOVE"])


def to_queues(orders):
    by_colour = collections.defaultdict(list)
    for order in orders:
        by_colour[order["colour"]].append(order)
    for colour, some in by_colour.items():
        for at in range(0, len(some), 10):
            entries = [{"Id": str(i), "MessageBody": json.dumps(order, default=str)} for i, order in enumerate(some[at:at + 10])]
            answer = sqs.send_message_batch(QueueUrl=queue_of(colour), Entries=entries)
            if answer.get("Failed"):
                raise RuntimeError(f"not taken by the queue: {answer['Failed']}")   # the whole batch comes again


def mail(what, orders):
    total = sum((order["price"] * order["quantity"] for order in orders), Decimal(0))
    colours = collections.Counter(order["colour"] for order in orders)
    lines = [f"{len(orders)} {'order' if len(orders) == 1 else 'orders'} worth {total:.2f}: " + ", ".join(f"{n} {colour}" for colour, n in sorted(colours.items())), ""]
    lines += [f"{order['order']:8} {order['quantity']:>3} x {order['article']} ({order['colour']}) for {order['customer']}" for order in orders[:20]]
    if len(orders) > 20:
        lines.append(f"and {len(orders) - 20} more")
    sns.publish(TopicArn=topic, Subject=f"{what}: {len(orders)}", Message="\n".join(lines))
