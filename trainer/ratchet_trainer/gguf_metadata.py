"""The few scalar keys of a GGUF file that say how llama.cpp turns a prompt into tokens; arrays are passed over unread."""

import mmap
import struct
from pathlib import Path
from typing import Any

from .errors import bad_input

_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
# Pre-tokenizers of BPE for which llama.cpp puts BOS in front though the file does not say so (llama-vocab.cpp).
_BPE_WITH_BOS = {"llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2"}
_DEFAULT_BOS = {"llama": 1, "gpt2": 11, "bert": 101}


def read_scalars(path: Path, prefix: str = "") -> dict[str, Any]:
    """Numbers, booleans and strings of the metadata whose key begins with `prefix`. Raises InvalidInput for what is no GGUF."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            return _scalars(data, prefix)
        except (struct.error, KeyError, UnicodeDecodeError) as error:
            raise bad_input(f"{path} cannot be read as GGUF: {type(error).__name__} in its metadata") from error


def leading_tokens(path: Path) -> list[int]:
    """What llama.cpp puts in front of every prompt: the BOS token, or nothing."""
    keys = read_scalars(path, "tokenizer.ggml.")
    model = keys.get("tokenizer.ggml.model")
    implied = model in ("llama", "bert") or (model == "gpt2" and keys.get("tokenizer.ggml.pre") in _BPE_WITH_BOS)
    if not keys.get("tokenizer.ggml.add_bos_token", implied):
        return []
    bos = keys.get("tokenizer.ggml.bos_token_id", _DEFAULT_BOS.get(str(model)))
    return [] if bos is None else [int(bos)]


def _scalars(data: mmap.mmap, prefix: str) -> dict[str, Any]:
    if data[:4] != b"GGUF":
        raise KeyError("magic")
    (pairs,) = struct.unpack_from("<Q", data, 16)
    found, at = {}, 24
    for _ in range(pairs):
        key, at = _string(data, at)
        (kind,) = struct.unpack_from("<I", data, at)
        value, at = _value(data, kind, at + 4)
        if kind != _ARRAY and key.startswith(prefix):
            found[key] = value
    return found


def _value(data: mmap.mmap, kind: int, at: int) -> tuple[Any, int]:
    if kind == _STRING:
        return _string(data, at)
    if kind != _ARRAY:
        (value,) = struct.unpack_from(_SCALARS[kind], data, at)
        return value, at + struct.calcsize(_SCALARS[kind])
    item, count = struct.unpack_from("<IQ", data, at)
    at += 12
    if item in _SCALARS:
        return None, at + count * struct.calcsize(_SCALARS[item])
    for _ in range(count):
        if item == _STRING:
            at += 8 + struct.unpack_from("<Q", data, at)[0]
        else:
            _, at = _value(data, item, at)
    return None, at


def _string(data: mmap.mmap, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<Q", data, at)
    return data[at + 8 : at + 8 + length].decode(), at + 8 + length
