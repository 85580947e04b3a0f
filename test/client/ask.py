"""Asks a gateway with the official openai package, and prints what came as one JSON object."""

import json
import sys

from openai import APIStatusError, OpenAI

url, model, text = sys.argv[1:4]
client = OpenAI(base_url=f"{url}/v1", max_retries=0)
messages = [{"role": "user", "content": text}]

answer = client.chat.completions.create(model=model, messages=messages, user="u1")
pieces: list[str] = []
usage = None
with client.chat.completions.create(
    model=model, messages=messages, user="u1", stream=True, stream_options={"include_usage": True}
) as stream:
    for chunk in stream:
        if chunk.usage is not None:
            usage = chunk.usage.model_dump(include={"prompt_tokens", "completion_tokens", "total_tokens"})
        pieces += [choice.delta.content for choice in chunk.choices if choice.delta.content]
try:
    client.chat.completions.create(model="no/such", messages=messages)
    refused = None
except APIStatusError as error:
    refused = {"kind": type(error).__name__, "code": error.code, "param": error.param}

json.dump(
    {
        "models": [model.id for model in client.models.list()],
        "id": answer.id,
        "text": answer.choices[0].message.content,
        "usage": answer.usage.model_dump(include={"prompt_tokens", "completion_tokens", "total_tokens"}),
        "streamed": "".join(pieces),
        "streamedUsage": usage,
        "refused": refused,
    },
    sys.stdout,
)
