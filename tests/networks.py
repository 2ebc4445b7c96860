"""Two small networks with random weights and a tokenizer of whole words: one causal, one encoder-decoder."""

from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from instructrec.language.listwise import LABELS
from instructrec.language.model import TorchModel

WORDS = ["<pad>", "</s>", "<unk>", *LABELS, "red", "blue", "shoe", "hat", "which", "one", "?", "user", "answer"]
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
    shape = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1)
    config = transformers.LlamaConfig(vocab_size=len(WORDS), pad_token_id=0, bos_token_id=1, eos_token_id=1, **shape)
    return written(folder, transformers.LlamaForCausalLM, config, chat=True)


def encodes(folder: Path) -> TorchModel:
    """A network of the kind of Flan-T5."""
    shape = dict(d_model=32, d_kv=16, d_ff=64, num_layers=2, num_heads=2)
    config = transformers.T5Config(vocab_size=len(WORDS), decoder_start_token_id=0, pad_token_id=0, eos_token_id=1, **shape)
    return written(folder, transformers.T5ForConditionalGeneration, config, chat=False)
