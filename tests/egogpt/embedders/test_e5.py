"""The e5 embedder finds meaning across languages, and computes what transformers does."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from egogpt.embedders.e5 import E5Embedder, unigram_tokenizer
from egogpt.embedders.e5_bert import E5Bert
from egogpt.embedders.e5_file import E5FileError, read_e5
from egogpt.embedders.paired import PairedEmbedder
from egogpt.protocols.image_embedder import PictureModelError
from egogpt.registry import embedder_name, load_embedder
from egogpt.weights.store import WeightMissing, WeightStore

TEXTS = [
    "I put the key into the drawer.",
    "他昨天去看牙医了。",
    "The train to Zürich leaves at nine, says Anna-Lena; nobody's surprised (it's 2024). " * 6,
]
WIDTH, INNER, HEADS, PIECES, POSITIONS = 64, 96, 2, 8, 16


def packed(weights: NDArray[np.float32]) -> bytes:
    """Blocks of 32 whole numbers from -8 to 7, each with the scale 1/16."""
    blocks = (weights.reshape(-1, 32) * 16 + 8).astype(np.uint8)
    scale = np.float16(1 / 16).tobytes()
    return b"".join(scale + (block[:16] | block[16:] << 4).tobytes() for block in blocks)


def made_up() -> dict[str, NDArray[np.float32]]:
    """A random model of one layer, its matrices on the grid that four bits can tell."""
    random = np.random.default_rng(7)

    def matrix(rows: int, columns: int) -> NDArray[np.float32]:
        return (random.integers(-8, 8, (rows, columns)) / 16).astype(np.float32)

    tensors = {"emb.word": matrix(PIECES, WIDTH)}
    for part in ("q", "k", "v", "ao"):
        tensors[f"l0.{part}.w"] = matrix(WIDTH, WIDTH)
    tensors |= {"l0.fi.w": matrix(INNER, WIDTH), "l0.fo.w": matrix(WIDTH, INNER)}
    shapes: dict[str, tuple[int, ...]] = {"emb.pos": (POSITIONS, WIDTH), "emb.type": (2, WIDTH)}
    shapes |= {f"{norm}.w": (WIDTH,) for norm in ("emb.ln", "l0.aln", "l0.oln")}
    shapes |= {f"{norm}.b": (WIDTH,) for norm in ("emb.ln", "l0.aln", "l0.oln")}
    shapes |= {f"l0.{part}.b": (WIDTH,) for part in ("q", "k", "v", "ao", "fo")}
    shapes["l0.fi.b"] = (INNER,)
    return tensors | {n: random.normal(0, 0.5, s).astype(np.float32) for n, s in shapes.items()}


def written(path: Path, tensors: dict[str, NDArray[np.float32]]) -> Path:
    """The model in the layout of the file, with a vocabulary of single letters."""
    pieces = [b"<s>", b"<pad>", b"</s>", b"<unk>", b"\xe2\x96\x81", b"a", b"b", b"c"]
    ends = np.cumsum([0, *map(len, pieces)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7ifi", WIDTH, 1, HEADS, INNER, PIECES, POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", PIECES, 0, 2, 1, 3, int(ends[-1]))
    head += ends.tobytes() + np.arange(0, -PIECES, -1, dtype="<f4").tobytes() + b"".join(pieces)
    head += struct.pack("<iI", 0, 0) + struct.pack("<i", len(tensors))
    is_packed = {name: array.ndim == 2 and name[:5] not in ("emb.p", "emb.t")
                 for name, array in tensors.items()}  # fmt: skip
    bodies = {n: packed(a) if is_packed[n] else a.tobytes() for n, a in tensors.items()}
    offset = len(head) + sum(23 + len(name) for name in tensors)
    for name, body in bodies.items():
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", is_packed[name], tensors[name].size, offset, len(body))
        offset += len(body)
    path.write_bytes(head + b"".join(bodies.values()))
    return path


def by_transformers(tensors: dict[str, NDArray[np.float32]], ids: Any, mask: Any) -> Any:
    """The same weights in an implementation that shares no code with ours."""
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=PIECES, hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=HEADS,
        intermediate_size=INNER, max_position_embeddings=POSITIONS,
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False).eval()
    names = {
        "emb.word": "embeddings.word_embeddings", "emb.pos": "embeddings.position_embeddings",
        "emb.type": "embeddings.token_type_embeddings", "emb.ln": "embeddings.LayerNorm",
        "l0.q": "attention.self.query", "l0.k": "attention.self.key",
        "l0.v": "attention.self.value", "l0.ao": "attention.output.dense",
        "l0.aln": "attention.output.LayerNorm", "l0.fi": "intermediate.dense",
        "l0.fo": "output.dense", "l0.oln": "output.LayerNorm",
    }  # fmt: skip
    state = {}
    for name, array in tensors.items():
        stem, _, kind = name.rpartition(".")
        ours = name if name in names else stem
        layer = "encoder.layer.0." if ours.startswith("l0") else ""
        suffix = "bias" if kind == "b" and name not in names else "weight"
        state[f"{layer}{names[ours]}.{suffix}"] = torch.tensor(array)
    model.load_state_dict(state)
    with torch.inference_mode():
        return model(input_ids=ids, attention_mask=mask.long()).last_hidden_state


def test_the_states_are_those_of_transformers(tmp_path: Path) -> None:
    tensors = made_up()
    model = E5Bert(read_e5(written(tmp_path / "e5.bin", tensors)), torch.float32)
    ids = torch.tensor([[0, 5, 6, 7, 2], [0, 7, 2, 0, 0]])
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    theirs = by_transformers(tensors, ids, mask)
    assert torch.allclose(model.states(ids, mask)[mask], theirs[mask], atol=1e-4)


def test_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    whole = written(tmp_path / "e5.bin", made_up()).read_bytes()
    (tmp_path / "e5.bin").write_bytes(whole[:-100])
    with pytest.raises(E5FileError, match=r"e5\.bin is damaged or cut short"):
        read_e5(tmp_path / "e5.bin")
    (tmp_path / "e5.bin").write_bytes(b"GGUF" + whole[4:])
    with pytest.raises(E5FileError, match="no model in the E5S1 layout"):
        read_e5(tmp_path / "e5.bin")


def test_a_folder_of_the_hubs_kind_is_an_embedder_too(tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=PIECES, hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=HEADS,
        intermediate_size=INNER, max_position_embeddings=POSITIONS,
    )  # fmt: skip
    model = BertModel(config).eval()
    model.save_pretrained(tmp_path)
    file = read_e5(written(tmp_path / "e5.bin", made_up()))
    unigram_tokenizer(file.pieces, file.special).save(str(tmp_path / "tokenizer.json"))
    name = f"e5:{tmp_path}"
    embedder = load_embedder(name, WeightStore(tmp_path / "none"))
    assert embedder.name == embedder_name(name) != E5Embedder.name
    vectors = embedder.embed_documents(["a b", "c"])
    assert vectors.shape == (2, embedder.dimension) == (2, WIDTH)
    ids = embedder._tokenizer.encode("passage: a b").ids  # type: ignore[attr-defined]
    with torch.inference_mode():
        mean = model(input_ids=torch.tensor([ids])).last_hidden_state[0].mean(dim=0)
    assert np.allclose(vectors[0], mean / mean.norm(), atol=0.02)  # bfloat16, on some machines
    with pytest.raises(PictureModelError, match="There is no folder"):
        load_embedder("e5:/nowhere/at/all", WeightStore(tmp_path))


@pytest.fixture(scope="module")
def e5() -> E5Embedder:
    try:
        return E5Embedder.load("e5", WeightStore())
    except WeightMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.model
def test_a_question_finds_its_answer_in_another_language(e5: E5Embedder) -> None:
    vectors = e5.embed_documents(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors @ e5.embed_query("钥匙放在什么地方？")).argmax() == 0
    assert (vectors @ e5.embed_query("Who saw the dentist?")).argmax() == 1
    assert (vectors @ e5.embed_query("火车几点开？")).argmax() == 2
    assert e5.embed_documents([]).shape == (0, e5.dimension)


class Letters:
    """An embedder of which only the first letter of a text counts."""

    name, dimension, synonym_cosine = "letters", 128, 1.0

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return np.eye(128, dtype=np.float32)[min(127, ord(text[0]))]


@pytest.mark.model
def test_of_two_embedders_the_multilingual_one_alone_reads_other_scripts(e5: E5Embedder) -> None:
    paired = PairedEmbedder(Letters(), e5)
    vectors = paired.embed_documents(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    question, alone = "钥匙放在什么地方？", e5.embed_documents(TEXTS)
    ours = vectors @ paired.embed_query(question)
    assert np.allclose(ours, 0.5**0.5 * (alone @ e5.embed_query(question)), atol=1e-3)
    assert (vectors @ paired.embed_query("The dentist")).argmax() == 2, "T, as in the third text"


@pytest.mark.model
def test_vectors_depend_little_on_what_is_beside_them(e5: E5Embedder) -> None:
    alone = np.stack([e5.embed_documents([text])[0] for text in TEXTS])
    assert ((e5.embed_documents(TEXTS) * alone).sum(axis=1) > 0.9999).all()


@pytest.mark.model
def test_each_token_has_a_state_and_its_place_in_the_text(e5: E5Embedder) -> None:
    text = "  Tomasz parked in Zürich，钥匙在哪里？"
    for role in ("query", "passage"):
        (tokens,) = e5.token_states([text], role)
        assert tokens.states.shape == (len(tokens.spans), e5.dimension)
        pieces = [text[start:end].strip() for start, end in tokens.spans]
        assert "".join(pieces) == text.replace(" ", "")
        assert "Tomasz" in pieces
    assert [len(one.spans) for one in e5.token_states(["", "key"])] == [0, 1]
