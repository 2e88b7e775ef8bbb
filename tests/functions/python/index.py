"""The function of test_languages.py in Python."""
import logging
import os
import time

if os.environ.get("BROKEN"):
    raise RuntimeError("broken from the start")
calls = 0


def handler(event, context):
    global calls
    calls += 1
    if event.get("do") == "fail":
        raise ValueError("no good")
    if event.get("do") == "sleep":
        time.sleep(60)
    if event.get("do") == "levels":
        logging.getLogger().debug("finer")
        logging.getLogger().warning("careful")
    print("seen", event.get("do"))
    with open("/tmp/note", "w") as f:
        f.write("kept")
    return {"calls": calls, "do": event.get("do"), "id": context.aws_request_id, "arn": context.invoked_function_arn, "name": context.function_name,
            "version": context.function_version, "memory": context.memory_limit_in_mb, "group": context.log_group_name, "stream": context.log_stream_name,
            "left": context.get_remaining_time_in_millis(), "colour": os.environ.get("COLOUR"), "tmp": True}
