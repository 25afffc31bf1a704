"""What README and docs claim, each a command: `python -m benchmarks.NAME`; a module without one is a part of others.

Of the app: `experience` (waiting), `fuzz` (ill will), `kills`, `history`, `one_clip` (memory).
Of the model: `against_stock`, `gpu_check`, `memory_model`, `quality`, `sampler_curve`, `second_job`, `full_size_model`.
Of the coach: `coach`, `sentence_judge`, `word_classes` (sentences), `pictures`, `preprocess`, `clips`.
"""
