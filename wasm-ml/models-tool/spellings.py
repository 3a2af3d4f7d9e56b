"""Writes src/tokenizer/reference.json: small tokenizers of the kinds that CLIPs bring, and what Hugging Face's library makes of texts.

Needs PyPI tokenizers 0.23.3, sentencepiece 0.2.3 and protobuf, which make the vocabularies from the lines below. The tests read what it wrote, so it
runs only when there is another kind."""

import base64
import io
import json
import pathlib
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as pb
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

LINES = """a photo of a cat on a red chair
a photo of a dog in the green garden
two cats and three dogs are sleeping on the sofa
the sun goes down over the golden gate bridge
eine Katze schläft auf dem roten Sofa
ein Hund spielt im grünen Garten mit Größe 42
un café naïve près de la forêt
猫が椅子の上で寝ている
カフェの猫は赤い
Кошка спит на красном диване
صورة قطة على كرسي""".split("\n")
TEXTS = [
    "",
    " \t\n ",
    "a photo of a cat",
    "  A photo\tof   TWO cats,\n sleeping! ",
    "Größe: 42 🐈 — it's 猫カフェ!!",
    "naïve café ½ ² Ⅳ cafe\u0301",
    "\ufb01sh and \ufb02ower, Ａ１ カﾞ",
    "Кошка спит, a قطة",
    "don't stop_me-now #tag @you 3.14",
    "nul\u0000in it\u0007, soft\u00adhyphen, zero\u200bwidth",
    "🐈🐈🐈 👩‍👩‍👧 🇩🇪",
    "catcatcatdogdogdog" * 4,
    "x" * 300,
    "the cat " * 30,
    "안녕하세요 ΣΊΣΥΦΟΣ ΑΣ ŞİŞ",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ㍿ ﷺ",
]
# Sequences of the rules of characters: a beginning of another one, one that goes, and one of three characters.
RULES = {"ﬁ": "fi", "ﬂ": "fl", "Ａ": "A", "１": "1", "½": "1⁄2", "Ⅳ": "IV", "e\u0301": "é", "カﾞ": "ガ", "\u0000": "", "\u00ad": "", "\t": " ", "㍿": "株式会社"}
LENGTH = 32


def pieces(**options):
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder, "rules.tsv")
        codes = lambda text: " ".join(f"{ord(c):X}" for c in text)
        rules.write_text("".join(f"{codes(a)}\t{codes(b)}\n" for a, b in RULES.items() if "\0" not in a))
        out = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(LINES * 20), model_writer=out, model_type="unigram", hard_vocab_limit=False,
            normalization_rule_tsv=str(rules), num_threads=1, minloglevel=2, character_coverage=0.98, **options)
    model = pb.ModelProto.FromString(out.getvalue())
    return [(p.piece, p.score) for p in model.pieces], model.normalizer_spec.precompiled_charsmap


def template(tokenizer, form):
    marks = {m for m in form.split() if m != "$A"}
    return processors.TemplateProcessing(single=form, special_tokens=[(m, tokenizer.token_to_id(m)) for m in sorted(marks)])


def xlm_roberta():
    found, table = pieces(vocab_size=260)
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)] + found[3:] + [("<mask>", 0.0)]
    made = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    made.normalizer = normalizers.Sequence([normalizers.Precompiled(table), normalizers.Replace(Regex(" {2,}"), " ")])
    made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    made.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)])
    made.post_processor = template(made, "<s> $A </s>")
    return made, "<pad>"


def siglip():
    found, table = pieces(vocab_size=600, byte_fallback=True)
    made = Tokenizer(models.Unigram([("<pad>", 0.0), ("</s>", 0.0)] + [p for p in found if p[0] not in ("<s>", "</s>")], unk_id=2, byte_fallback=True))
    made.normalizer = normalizers.Sequence([normalizers.Precompiled(table), normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")])
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    made.add_special_tokens(["<pad>", "</s>", "<unk>"])
    made.post_processor = template(made, "$A </s>")
    return made, "</s>"


def gemma():
    made = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    made.normalizer = normalizers.Replace(" ", "▁")
    marks = ["<pad>", "<eos>", "<bos>", "<unk>"]
    made.train_from_iterator(LINES * 20, trainers.BpeTrainer(vocab_size=400, special_tokens=marks, limit_alphabet=70, show_progress=False))
    made = with_bytes(made)
    made.normalizer = normalizers.Sequence([normalizers.Lowercase(), normalizers.Replace(" ", "▁")])
    made.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    made.post_processor = template(made, "$A <eos>")
    return made, "<pad>"


def with_bytes(made):
    """Tokenizers train no pieces for bytes; those of Gemma come after the marks."""
    read = json.loads(made.to_str())
    vocabulary = read["model"]["vocab"]
    for byte in range(256):
        vocabulary[f"<0x{byte:02X}>"] = len(vocabulary)
    return Tokenizer.from_str(json.dumps(read))


def nllb():
    made = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    marks = ["<s>", "<pad>", "</s>", "<unk>"]
    made.train_from_iterator(LINES * 20, trainers.BpeTrainer(vocab_size=300, special_tokens=marks, limit_alphabet=60, show_progress=False))
    made.normalizer = normalizers.NFKC()
    made.add_special_tokens(["deu_Latn", "eng_Latn", "zho_Hans", "zho_Hant", "kmr_Latn", "<mask>"])
    made.post_processor = template(made, "eng_Latn $A </s>")
    return made, "<pad>"


def bert(lowercase):
    made = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made.train_from_iterator(LINES * 20, trainers.WordPieceTrainer(vocab_size=300, special_tokens=marks, limit_alphabet=70, show_progress=False))
    made.post_processor = processors.BertProcessing(("[SEP]", made.token_to_id("[SEP]")), ("[CLS]", made.token_to_id("[CLS]")))
    return made, "[PAD]"


def cases():
    kinds = {"xlm-roberta": xlm_roberta, "siglip": siglip, "siglip2": gemma, "nllb": nllb, "labse": lambda: bert(False), "bert": lambda: bert(True)}
    for name, make in kinds.items():
        made, padding = make()
        plain = json.loads(made.to_str())
        made.enable_truncation(LENGTH)
        made.enable_padding(length=LENGTH, pad_id=made.token_to_id(padding), pad_token=padding)
        # White space is collapsed before, as the official service does.
        read = [[text, made.encode(" ".join(text.split())).ids] for text in TEXTS]
        yield {"name": name, "padding": padding, "length": LENGTH, "tokenizer": plain, "texts": read}


out = pathlib.Path(__file__).parent / "src/tokenizer/reference.json"
out.write_text("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases()) + "\n]\n")
