"""Forms of the output for other tools: one file a form, all derived from records or documents."""
