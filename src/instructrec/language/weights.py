"""Where a language model is: SmolLM2 from its pinned 4-bit file, made readable once; a folder; or a name on the hub."""

import os
import shutil
from pathlib import Path

from instructrec.config import cache_folder
from instructrec.errors import ConfigError, require
from instructrec.store.download import hub_answers
from instructrec.store.resources import get

DEFAULT = "smollm2"  # SmolLM2-135M-Instruct (Ben Allal et al. 2025)
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
READABLE = "smollm2-f16"  # its folder in the cache


def locate(name: str = DEFAULT) -> str:
    """What the transformers library can load: a folder, or a name on the hub where that is reached.

    The default comes as a file of four bits a weight, which the library reads but cannot write or tune; it is written as
    safetensors to the cache once, 270 MB. Raises ConfigError for a name that leads nowhere.
    """
    if name == DEFAULT:
        folder = cache_folder() / READABLE
        if not (folder / "config.json").exists():
            _make_readable(get(DEFAULT), folder)
        return str(folder)
    if not (Path(name) / "config.json").exists() and not hub_answers():
        raise ConfigError(
            f"no language model {name!r}: it is no folder with a config.json, and the hub does not answer; give such a folder, "
            f"or {DEFAULT!r}"
        )
    return name


def _make_readable(source: Path, folder: Path) -> None:
    """Copy the weights into a model that does not know of the four bits, and write it; whole or not at all."""
    transformers, torch = require("transformers", "lm"), require("torch", "lm")
    require("gguf", "lm")
    read = transformers.AutoModelForCausalLM.from_pretrained(source, gguf_file=FILE, dtype=torch.float32)
    described = {key: value for key, value in read.config.to_dict().items() if key != "quantization_config"}
    plain = transformers.AutoModelForCausalLM.from_config(type(read.config).from_dict(described))
    plain.load_state_dict(read.state_dict())
    draft = folder.with_name(f".draft-{folder.name}-{os.getpid()}")
    plain.half().save_pretrained(draft)
    transformers.AutoTokenizer.from_pretrained(source, gguf_file=FILE).save_pretrained(draft)
    try:
        draft.rename(folder)
    except OSError:  # another process was quicker
        shutil.rmtree(draft)
