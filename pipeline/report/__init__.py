"""What a run says about itself: counts that must balance, and the files that tell other tools about the output."""
