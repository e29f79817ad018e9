"""Making models: base conversion, domain training, fine-tuning. Needs the extra ``policynlp[train]``."""
