"""What is told of something, as data: the base of all that the API and the command line tell."""

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
