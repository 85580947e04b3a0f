"""Errors that end a run with one clear line; their type strings are those of schemas/errors.ts."""

import errno


class TrainerError(Exception):
    """`type` is an error type of the whole system; `exit_code` is 2 where the input is to blame, else 1."""

    def __init__(self, type: str, message: str, exit_code: int = 1):
        super().__init__(" ".join(message.split()))
        self.type = type
        self.exit_code = exit_code


def bad_input(message: str, type: str = "InvalidInput") -> TrainerError:
    return TrainerError(type, message, exit_code=2)


def classify(error: BaseException) -> TrainerError:
    """Give any exception the type and the advice that a person can act on."""
    if isinstance(error, TrainerError):
        return error
    name, text = type(error).__name__, str(error) or type(error).__name__
    if name == "OutOfMemoryError" or "CUDA out of memory" in text:
        return TrainerError(
            "GpuOutOfMemory",
            "the device ran out of memory: lower micro_batch_size (and raise gradient_accumulation_steps) or sequence_len",
        )
    if isinstance(error, MemoryError):
        return TrainerError("TrainerFailed", "this machine ran out of memory: lower micro_batch_size or sequence_len")
    # Rust code (safetensors, tokenizers) reports a full disk in words only.
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if full or "No space left" in text or "os error 28" in text:
        where = getattr(error, "filename", None)
        return TrainerError("DiskFull", f"no space left{f' at {where}' if where else ''}: free some and run again, it resumes")
    return TrainerError("TrainerFailed", f"{name}: {text}"[:500])
