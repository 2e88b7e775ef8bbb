"""Where generated files go."""

import os
from pathlib import Path


class Output:
    """Files below one folder, written only when their content changes, so that nothing is compiled anew without need."""

    def __init__(self, folder: Path):
        self.folder, self.written = folder, []

    def write(self, name: str, content: str | bytes) -> None:
        path = self.folder / name
        data = content.encode() if isinstance(content, str) else content
        self.written.append(path)
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(path.name + ".new")
            fresh.write_bytes(data)
            os.replace(fresh, path)
