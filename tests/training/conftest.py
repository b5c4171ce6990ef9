"""The training command needs LightGBM, which is no dependency: its tests are those of what it calls."""

collect_ignore = ["train_main_content.py"]
