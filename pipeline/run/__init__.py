"""Where stages run: every engine stands behind `concurrent.futures.Executor`."""
