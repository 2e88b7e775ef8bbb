"""The one way in which generation fails: a text that names the file and what in it is wrong."""


class GenerationError(Exception):
    pass


def refuse(where: str, what: str) -> None:
    raise GenerationError(f"{where}: {what}")
