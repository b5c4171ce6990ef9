"""What a run keeps on disk: segments while it works, and the published set."""
