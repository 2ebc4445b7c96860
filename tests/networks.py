"""Small networks with random weights: two with a tokenizer of whole words, and one of bytes and merges as
SmolLM2 has.
"""

from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from instructrec.language.listwise import LABELS
from instructrec.language.model import TorchModel

WORDS = [
    "<pad>",
    "</s>",
    "<unk>",
    *LABELS,
    "red",
    "blue",
    "shoe",
    "hat",
    "which",
    "one",
    "?",
    "user",
    "answer",
]
CHAT = "{% for m in messages %}user {{ m['content'] }} {% endfor %}{% if add_generation_prompt %}answer{% endif %}"


def tokenizer(folder: Path, chat: bool) -> None:
    made = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if not chat:
        made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    kept = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="</s>", bos_token="</s>", unk_token="<unk>"
    )
    if chat:
        kept.chat_template = CHAT
    kept.save_pretrained(folder)


def written(
    folder: Path, kind: type[transformers.PreTrainedModel], config: transformers.PretrainedConfig, chat: bool
) -> TorchModel:
    """A network with random weights, the same ones each time, and its tokenizer, in a folder."""
    torch.manual_seed(0)
    kind(config).save_pretrained(folder)
    tokenizer(folder, chat)
    return TorchModel(str(folder))


def causal(folder: Path) -> TorchModel:
    """A network of the kind of SmolLM2."""
    shape = dict(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
    )
    config = transformers.LlamaConfig(
        vocab_size=len(WORDS), pad_token_id=0, bos_token_id=1, eos_token_id=1, **shape
    )
    return written(folder, transformers.LlamaForCausalLM, config, chat=True)


def encodes(folder: Path) -> TorchModel:
    """A network of the kind of Flan-T5."""
    shape = dict(d_model=32, d_kv=16, d_ff=64, num_layers=2, num_heads=2)
    config = transformers.T5Config(
        vocab_size=len(WORDS), decoder_start_token_id=0, pad_token_id=0, eos_token_id=1, **shape
    )
    return written(folder, transformers.T5ForConditionalGeneration, config, chat=False)


def merges(folder: Path, texts: list[str], layers: int = 4) -> TorchModel:
    """A causal network whose tokenizer merges bytes, as frequent in the texts, and whose head is its
    embedding.
    """
    made = Tokenizer(models.BPE())
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<start>", "<end>", "<pad>"]
    teach = trainers.BpeTrainer(
        vocab_size=600, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(texts, teach)
    kept = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<start>", eos_token="<end>", pad_token="<pad>"
    )
    kept.chat_template = CHAT
    shape = dict(
        hidden_size=32,
        intermediate_size=64,
        num_attention_heads=2,
        num_key_value_heads=1,
        tie_word_embeddings=True,
    )
    ids = dict(bos_token_id=0, eos_token_id=1, pad_token_id=2)
    config = transformers.LlamaConfig(vocab_size=len(kept), num_hidden_layers=layers, **shape, **ids)
    torch.manual_seed(0)
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    kept.save_pretrained(folder)
    return TorchModel(str(folder))
