"""Assembling the demonstration: city, register, plan, bindings, figures and an account, all of it or nothing."""

from __future__ import annotations

import csv
import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

from sqlalchemy import select

from qipan.core import tables
from qipan.core.access import system
from qipan.core.accounts import create_account
from qipan.core.catalogue import Catalogue, load_catalogue
from qipan.core.city import make_city
from qipan.core.database import Database, open_database
from qipan.core.demo.errors import DemoElsewhere, DemoNotWritten
from qipan.core.demo.sample import sample_plan
from qipan.core.exchange import import_folder
from qipan.core.jobs import Progress
from qipan.core.measuring import record_measurement, refresh
from qipan.core.plans import confirm_bindings, import_plan
from qipan.core.settings import as_of_day, setting_of, write_settings
from qipan.engines.reading.errors import ImageOnlyDocument
from qipan.engines.reading.formats import read_bytes

Step = Callable[[Database, Catalogue, Progress], None]
"""What a floor above adds to a demonstration once city and plan are in the register."""

sure_enough = 0.9
"""Confidence from which the demonstration confirms a proposed binding as a person would."""

sample_name = "鹏湾市新型信息基础设施提升行动计划.docx"
_account = "演示"
_database = "qipan.db"


@dataclass(frozen=True, slots=True)
class Document:
    """A plan's file as it came."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Digest by which a register knows that it has read the document already."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Demo:
    """An assembled demonstration."""

    database: Path
    account: str
    password: str
    as_of: date
    fresh: bool
    """False where what stood in the folder was used again."""


def assemble(
    folder: Path,
    *,
    scale: float = 0.02,
    document: Document | None = None,
    ocr: bool | None = None,
    fresh: bool = False,
    steps: Sequence[Step] = (),
    progress: Progress | None = None,
) -> Demo:
    """Make the demonstration in ``folder``, or use again what stands there, and return how to sign in.

    Without ``document`` the sample plan is read; a document that the register does not have yet is added to it. The
    ``steps`` follow when city and plan are in. With ``fresh`` everything is made anew. Until all is done the folder
    stays as it was. Raises DemoElsewhere where the folder holds another city or something else, DemoNotWritten where
    it cannot be written, and what reading a plan, making a city or a step raises.
    """
    progress = progress or Progress()
    place = folder.absolute()
    if not fresh and (place / _database).is_file():
        return _again(place / _database, scale, document, ocr, progress)
    if not fresh and place.exists() and any(place.iterdir()):
        message = f"{place} 里有别的内容，未作改动：请用 --folder 换一个文件夹"
        raise DemoElsewhere(message)
    if fresh and place.exists() and any(place.iterdir()) and not (place / _database).is_file():
        message = f"{place} 不是演示的文件夹，未作改动：请用 --folder 换一个文件夹"
        raise DemoElsewhere(message)
    if document is not None:
        _check_readable(document)
    with _whole_folder(place) as draft:
        _make(draft, scale, document, ocr, steps, progress)
    return _opened(place / _database, fresh=True)


@contextmanager
def _whole_folder(place: Path) -> Iterator[Path]:
    """Give a new folder beside ``place`` and put it in its place when the block ends well; else remove it."""
    draft: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
        yield draft
        draft.chmod(0o755)
        if place.exists():
            shutil.rmtree(place)
        draft.rename(place)
    except OSError as error:
        message = f"写不下演示文件夹 {place}（{error.strerror or error}）：请核对磁盘空间与权限，或用 --folder 换一处"
        raise DemoNotWritten(message) from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)


def _make(
    folder: Path,
    scale: float,
    document: Document | None,
    ocr: bool | None,
    steps: Sequence[Step],
    progress: Progress,
) -> None:
    catalogue = load_catalogue()
    making = progress.part(0.0, 0.1)
    city = make_city(folder / "city", scale, 1, making.report, progress.stop.is_set)
    (folder / sample_name).write_bytes(sample_plan(scale))
    database = open_database(folder / _database)
    try:
        with database.begin() as connection:
            facts = {"city_name": city.name, "as_of": city.as_of, "demo_scale": f"{scale:g}"}
            write_settings(connection, facts)
        import_folder(database, folder / "city", system, progress.part(0.1, 0.4))
        if document is None:
            _read(database, catalogue, _sample(scale), None, progress.part(0.4, 0.5))
            _report_figures(database, catalogue)
        else:
            _read(database, catalogue, document, ocr, progress.part(0.4, 0.5))
        for place, step in enumerate(steps):
            share = 0.4 / len(steps)
            step(database, catalogue, progress.part(0.5 + place * share, 0.5 + (place + 1) * share))
        progress.report(0.9, "计算指标")
        refresh(database, catalogue)
        password = secrets.token_urlsafe(9)
        with database.begin() as connection:
            create_account(connection, system, _account, "city", password=password)
            write_settings(connection, {"demo_account": _account, "demo_password": password})
        progress.report(1.0, "完成")
    finally:
        database.close()


def _check_readable(document: Document) -> None:
    """Refuse what is no document before a city is made for it; scanned pages are left to the reading itself."""
    with suppress(ImageOnlyDocument):
        read_bytes(document.content, document.name, ocr=False)


def _again(path: Path, scale: float, document: Document | None, ocr: bool | None, progress: Progress) -> Demo:
    """Use an assembled demonstration again; add the document where it is new to it."""
    database = open_database(path, create=False)
    try:
        with database.connect() as connection:
            made_at = setting_of(connection, "demo_scale")
            digests = set(connection.execute(select(tables.document.c.sha256)).scalars())
        if made_at != f"{scale:g}":
            made = f"规模为 {made_at} 的演示" if made_at else "一个不是演示的数据库"
            message = f"{path.parent} 里是{made}，未作改动：加 --fresh 重新制作，或用 --folder 换一个文件夹"
            raise DemoElsewhere(message)
        if document is not None and document.sha256 not in digests:
            _read(database, load_catalogue(), document, ocr, progress)
    finally:
        database.close()
    return _opened(path, fresh=False)


def _sample(scale: float) -> Document:
    return Document(sample_name, sample_plan(scale))


def _read(database: Database, catalogue: Catalogue, document: Document, ocr: bool | None, progress: Progress) -> None:
    stored = import_plan(
        database, catalogue, system, document.content, document.name, ocr=ocr, progress=progress.part(0.0, 0.8)
    )
    progress.report(0.9, "对应指标")
    with database.begin() as connection:
        confirm_bindings(connection, catalogue, system, stored["plan_id"], sure_enough)


def _report_figures(database: Database, catalogue: Catalogue) -> None:
    """Enter the figures that only people know, as the sample city's units would report them."""
    source = files("qipan.core.demo").joinpath("figures.csv").read_text(encoding="utf-8")
    with database.begin() as connection:
        city = select(tables.area.c.id).where(tables.area.c.level == "city")
        area_id = connection.execute(city).scalar_one()
        for row in csv.DictReader(source.splitlines()):
            day, value = date.fromisoformat(row["period_end"]), float(row["value"])
            given = {"indicator": row["indicator"], "area_id": area_id, "period_end": day, "value": value}
            record_measurement(connection, catalogue, system, given | {"source": row["source"]})


def _opened(path: Path, *, fresh: bool) -> Demo:
    database = open_database(path, create=False)
    try:
        with database.connect() as connection:
            day = as_of_day(connection)
            account, password = (setting_of(connection, key) for key in ("demo_account", "demo_password"))
    finally:
        database.close()
    return Demo(path, account, password, day, fresh)
