"""LoRA training behind a spec file and JSONL events: `python -m ratchet_trainer SPEC.json`."""
