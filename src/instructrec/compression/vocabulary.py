"""A language model's vocabulary cut down to what a catalog's texts need; its rows of the network go with
it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import AutoTokenizer

from instructrec.errors import ConfigError
from instructrec.language.model import TorchModel

# first merges, the most frequent pieces of language, kept for wishes in words that the catalog has not
COMMON = 8_192
SPECIAL = (
    "bos_token_id",
    "eos_token_id",
    "pad_token_id",
    "unk_token_id",
    "decoder_start_token_id",
)  # of a configuration


def trimmed(model: TorchModel, texts: Iterable[str], common: int | None = None) -> TorchModel:
    """The same model with the tokens alone that the texts need, the `common` first ones, single bytes and
    special tokens.

    The texts are split into the same tokens as before, any other text into smaller ones; log-probabilities
    are the old ones, shared out among the tokens that are kept. The model that was given stays as it is.
    Raises ConfigError for a vocabulary that is not of bytes and merges, the one kind that can part any text
    after it was cut.
    """
    described = json.loads(model.tokenizer.backend_tokenizer.to_str())
    if (
        model.encodes
        or described["model"]["type"] != "BPE"
        or "ByteLevel" not in json.dumps(described["pre_tokenizer"])
    ):
        raise ConfigError(
            f"the vocabulary of {model.name!r} is {described['model']['type']}; only byte-level BPE "
            "of a causal model can be trimmed"
        )
    tokens = _needed(model.tokenizer, described, [*texts, *model.turns], COMMON if common is None else common)
    vocabulary: dict[str, int] = model.tokenizer.get_vocab()
    kept = sorted(tokens, key=vocabulary.__getitem__)
    rows = [vocabulary[token] for token in kept]
    small = TorchModel(model.name, model.precision)
    small.tokenizer = _trimmed_tokenizer(
        model.tokenizer, described, {token: place for place, token in enumerate(kept)}
    )
    small.network = _trimmed_network(model.network, rows)
    return small


def _needed(tokenizer: Any, described: Mapping[str, Any], texts: Sequence[str], common: int) -> set[str]:
    """The tokens to keep: with each of them the two halves of every merge that makes it, so that it is
    reached as before.
    """
    vocabulary = described["model"]["vocab"]
    parted = tokenizer.backend_tokenizer.encode_batch(list(dict.fromkeys(texts)), add_special_tokens=False)
    found = {token for each in parted for token in each.tokens}
    found |= {added["content"] for added in described["added_tokens"]}
    found |= {letter for letter in ByteLevel.alphabet() if letter in vocabulary}
    merges = described["model"]["merges"]
    found |= {"".join(merge) for merge in merges[:common]}
    for one, other in reversed(merges):  # a half is made by an earlier merge
        if one + other in found:
            found |= {one, other}
    return found


def _trimmed_tokenizer(tokenizer: Any, described: Mapping[str, Any], places: Mapping[str, int]) -> Any:
    """The tokenizer of the tokens at their new places."""
    made = deepcopy(dict(described))
    parts = made["model"]
    parts["vocab"] = {token: places[token] for token in parts["vocab"] if token in places}
    parts["merges"] = [pair for pair in parts["merges"] if places.keys() >= {*pair, "".join(pair)}]
    for added in made["added_tokens"]:
        added["id"] = places[added["content"]]
    _renumber(made["post_processor"], places)
    with TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        (Path(folder) / "tokenizer.json").write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
        return AutoTokenizer.from_pretrained(folder)


def _renumber(processor: Mapping[str, Any] | None, places: Mapping[str, int]) -> None:
    """Put the new numbers of special tokens where a template sets them round a text."""
    for part in (processor or {}).get("processors", []):
        _renumber(part, places)
    for special in (processor or {}).get("special_tokens", {}).values():
        special["ids"] = [places[token] for token in special["tokens"]]


def _trimmed_network(network: Any, rows: Sequence[int]) -> Any:
    """A copy of the network with these rows of its embedding and of its head, which may be one and the
    same.
    """
    made, places = deepcopy(network), {row: place for place, row in enumerate(rows)}
    taken = torch.tensor(rows, device=network.device)
    tied = made.get_output_embeddings().weight is made.get_input_embeddings().weight
    parts = [made.get_input_embeddings()] + ([] if tied else [made.get_output_embeddings()])
    for part in parts:
        part.weight = torch.nn.Parameter(
            part.weight.detach()[taken].clone(), requires_grad=part.weight.requires_grad
        )
    head = made.get_output_embeddings()
    head.weight = made.get_input_embeddings().weight if tied else head.weight
    made.get_input_embeddings().num_embeddings = head.out_features = made.config.vocab_size = len(rows)
    made.get_input_embeddings().padding_idx = None
    for described in (made.config, made.generation_config):
        _move_special_tokens(described, places)
    return made


def _move_special_tokens(described: Any, places: Mapping[int, int]) -> None:
    """Put the new numbers of special tokens into a configuration."""
    for name in SPECIAL:
        old = getattr(described, name, None)
        if isinstance(old, int):
            setattr(described, name, places[old])
        elif old is not None:
            setattr(described, name, [places[each] for each in old])
