/** GGUF files by sha256 → the model on the Hugging Face Hub that they hold. A file has no id of its own. */
export const HUB_IDS: Readonly<Record<string, string>> = {
  b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53: 'HuggingFaceTB/SmolLM2-135M-Instruct',
};
