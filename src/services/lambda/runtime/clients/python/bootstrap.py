"""Starts AWS's runtime client with the module search path that functions have in AWS."""
import sys

version = "python%d.%d" % sys.version_info[:2]
sys.path[0:1] = ["/var/task", "/opt/python/lib/" + version + "/site-packages", "/opt/python"]

from awslambdaric.__main__ import main  # noqa: E402

main(sys.argv)
