"""What every section of `totem.toml` is made of: the strict base model, and paths and texts as an owner writes them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from totem.config import values


class Section(BaseModel):
    """Unknown keys are refused, values keep their TOML types, and nothing changes after loading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, validate_default=True, str_max_length=500, hide_input_in_errors=True
    )


def _resolve(value: object, info: ValidationInfo) -> object:
    """A path relative to the folder of the file that names it; `~` is the home of the user that runs the kiosk."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str):
        raise ValueError("tem de ser um caminho entre aspas")  # noqa: TRY004 - pydantic collects only ValueError
    if not value.strip() or "\0" in value:
        raise ValueError("o caminho não pode ficar vazio")
    folder = (info.context or {}).get("folder", Path())
    return (Path(folder) / Path(value).expanduser()).absolute()


def _must_exist(path: Path, info: ValidationInfo) -> Path:
    return values.existing_file(path) if checks_files(info) else path


def _must_be_secret(path: Path, info: ValidationInfo) -> Path:
    return values.owner_only_file(path, posix=os.name == "posix") if checks_files(info) else path


def checks_files(info: ValidationInfo) -> bool:
    return bool((info.context or {}).get("check_files", True))


def _must_be_usable(path: Path, info: ValidationInfo) -> Path:
    return values.usable_directory(path) if checks_files(info) else path


def _must_be_writable(path: Path, info: ValidationInfo) -> Path:
    return values.writable_file(path) if checks_files(info) else path


AnyPath = Annotated[Path, BeforeValidator(_resolve)]
InputFile = Annotated[Path, BeforeValidator(_resolve), AfterValidator(_must_exist)]
SecretFile = Annotated[Path, BeforeValidator(_resolve), AfterValidator(_must_be_secret)]
Folder = Annotated[Path, BeforeValidator(_resolve), AfterValidator(_must_be_usable)]
OutputFile = Annotated[Path, BeforeValidator(_resolve), AfterValidator(_must_be_writable)]
Line = Annotated[str, AfterValidator(values.one_line)]
Seconds = Annotated[int, Field(ge=1, le=3600)]
Variable = Annotated[str, Field(pattern=r"^([A-Z_][A-Z0-9_]*)?$")]
Version = Annotated[str, Field(pattern=r"^v[1-9][0-9]?$")]
