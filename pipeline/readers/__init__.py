"""From a folder to bounded, decoded raw documents."""
